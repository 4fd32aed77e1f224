"""What the actions do to the agent's body and camera."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.apartment.people import discs_of
from streammem.envs.habitat.actions import LOOK_DOWN, LOOK_UP, MOVE_FORWARD, TURN_LEFT, TURN_RIGHT
from streammem.envs.headings import wrapped
from streammem.envs.rendering.noise import SensorNoise, noisy_motion
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.task import AgentPose

__all__ = ["act"]


def act(situation: Situation, action: int, noise: SensorNoise, rng: np.random.Generator) -> None:
    """Carry out an action of the body: the pose, the path, the collisions and the odometry go on.

    With actuation noise, steps and turns come out a little different; with odometry noise, what the agent believes to
    have done is a little different again.
    """
    agent, before = situation.agent, situation.pose
    forward_m, aside_m, turn = 0.0, 0.0, 0.0
    if action == MOVE_FORWARD:
        forward_m = agent.forward_step_m
    elif action in {TURN_LEFT, TURN_RIGHT}:
        turn = math.radians(agent.turn_deg) * (1 if action == TURN_LEFT else -1)
    elif action in {LOOK_UP, LOOK_DOWN}:
        tilt = math.radians(agent.tilt_deg) * (1 if action == LOOK_UP else -1)
        most = math.radians(agent.max_tilt_deg)
        situation.pose = AgentPose(before.x, before.y, before.yaw, min(max(before.pitch + tilt, -most), most))
    if noise.actuation > 0 and (forward_m or turn):
        forward_m, aside_m, turn = noisy_motion(forward_m, turn, deviation=noise.actuation, rng=rng)
    if turn:
        pose = situation.pose
        situation.pose = AgentPose(pose.x, pose.y, wrapped(pose.yaw + turn), pose.pitch)
    if forward_m or aside_m:
        _step(situation, forward_m, aside_m)
    situation.odometry = _reported(situation.odometry, before, situation.pose, noise, rng)


def _step(situation: Situation, forward_m: float, aside_m: float) -> None:
    """Go so far ahead and to the left, as far as the floor is free and nobody stands there."""
    pose, agent, grid = situation.pose, situation.agent, situation.grid
    start = situation.xy if grid.holds(*situation.xy) else grid.snap(situation.xy)
    if start is None:  # shut in by what was moved
        situation.collided = True
        situation.collisions += 1
        return
    c, s = math.cos(pose.yaw), math.sin(pose.yaw)
    end = (start[0] - s * forward_m - c * aside_m, start[1] + c * forward_m - s * aside_m)
    others = discs_of(situation.world)
    (x, y), situation.collided = grid.step(start, end, sliding=agent.allow_sliding, discs=others)
    situation.path_m += math.hypot(x - pose.x, y - pose.y)
    situation.collisions += situation.collided
    situation.pose = AgentPose(x, y, pose.yaw, pose.pitch)


def _reported(
    believed: AgentPose, before: AgentPose, after: AgentPose, noise: SensorNoise, rng: np.random.Generator
) -> AgentPose:
    """Where the agent believes to be after a motion: the truth, or a drift of its own."""
    if noise.odometry <= 0:
        return after
    east, north = after.x - before.x, after.y - before.y
    c, s = math.cos(before.yaw), math.sin(before.yaw)
    forward_m, left_m = -s * east + c * north, -c * east - s * north
    turn = wrapped(after.yaw - before.yaw)
    if east or north or turn:
        forward_m, slip_m, turn = noisy_motion(forward_m, turn, deviation=noise.odometry, rng=rng)
        left_m += slip_m
    c, s = math.cos(believed.yaw), math.sin(believed.yaw)
    return AgentPose(
        believed.x - s * forward_m - c * left_m,
        believed.y + c * forward_m - s * left_m,
        wrapped(believed.yaw + turn),
        after.pitch,
    )

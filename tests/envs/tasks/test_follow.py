"""The follower reaches what can be reached, however coarse its steps."""

import dataclasses
import math

import numpy as np
import pytest
from apartment_scenes import tiny_scene

from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.world import World
from streammem.envs.habitat.actions import MOVE_FORWARD, STOP, TURN_LEFT
from streammem.envs.habitat.config import OBJECT_NAV, POINT_NAV, AgentConfig
from streammem.envs.tasks.follow import Follower
from streammem.envs.tasks.task import AgentPose
from streammem.errors import ObservationError

SHUT = World(tiny_scene())
OPEN = World(tiny_scene())
OPEN.open(6)


def walked(
    agent: AgentConfig, grid: NavGrid, start: AgentPose, goal: tuple[float, float], arrived_m: float
) -> tuple[AgentPose, int]:
    """Where the follower stops, and after how many actions."""
    follower, field, pose = Follower(), grid.distances([goal]), start
    for count in range(400):
        action = follower.next(grid, agent, pose, field, arrived_m=arrived_m)
        if action == STOP:
            return pose, count
        if action == MOVE_FORWARD:
            reach = agent.forward_step_m
            end = (pose.x - reach * math.sin(pose.yaw), pose.y + reach * math.cos(pose.yaw))
            (x, y), _ = grid.step((pose.x, pose.y), end, sliding=agent.allow_sliding)
            pose = AgentPose(x, y, pose.yaw)
        else:
            turn = math.radians(agent.turn_deg) * (1 if action == TURN_LEFT else -1)
            pose = AgentPose(pose.x, pose.y, pose.yaw + turn)
    raise AssertionError(f"still on the way at {pose}")


@pytest.mark.parametrize("agent", [POINT_NAV, OBJECT_NAV, dataclasses.replace(OBJECT_NAV, turn_deg=45.0)])
def test_every_goal_is_reached_through_the_door(agent: AgentConfig) -> None:
    grid = NavGrid.of(OPEN, radius_m=agent.radius_m, height_m=agent.height_m)
    rng = np.random.default_rng(0)
    places = grid.middles()
    for _ in range(8):
        start, goal = places[rng.integers(len(places), size=2)].tolist()
        yaw = float(rng.uniform(-3, 3))
        arrived_m = 0.1 if agent.turn_deg > 10 else 0.2
        end, count = walked(agent, grid, AgentPose(*start, yaw), (goal[0], goal[1]), arrived_m)
        assert math.hypot(end.x - goal[0], end.y - goal[1]) < arrived_m
        assert count < 120


def test_straight_on_by_hand() -> None:
    grid = NavGrid.of(SHUT)
    end, count = walked(POINT_NAV, grid, AgentPose(3.05, 0.55, 0.0), (3.05, 1.55), 0.2)
    assert count == 4 and (end.x, end.y) == pytest.approx((3.05, 1.55))


def test_a_plan_is_left_when_the_agent_is_moved() -> None:
    grid = NavGrid.of(SHUT)
    field, follower = grid.distances([(3.05, 2.55)]), Follower()
    first = follower.next(grid, POINT_NAV, AgentPose(3.05, 0.55, 0.5), field, arrived_m=0.2)
    moved = follower.next(grid, POINT_NAV, AgentPose(3.05, 0.55, -0.5), field, arrived_m=0.2)
    assert first != moved


def test_no_way() -> None:
    grid = NavGrid.of(SHUT)
    with pytest.raises(ObservationError, match="no way leads"):
        Follower().next(
            grid, POINT_NAV, AgentPose(3.0, 1.0, 0.0), grid.distances([(6.0, 1.0)]), arrived_m=0.2
        )


def test_no_steps_that_fit() -> None:
    grid = NavGrid.of(SHUT)
    field = grid.distances([(3.05, 1.6)])
    coarse = dataclasses.replace(POINT_NAV, forward_step_m=1.0, turn_deg=180.0, allow_sliding=False)
    with pytest.raises(ObservationError, match="take another episode"):
        Follower().next(grid, coarse, AgentPose(2.05, 1.05, 0.0), field, arrived_m=0.05)

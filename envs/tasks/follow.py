"""The way to a goal in Habitat's actions, for one who knows the distances: greedy, and a search where greed fails.

Greedy as habitat-sim's GreedyGeodesicFollower: try a step in each direction that turns allow, take the one that comes
nearest. Steps of 0.25 m in turns of 30 degrees do not always reach a spot of 0.1 m, or pass a narrow door, that way:
where no step comes nearer, A* over the very steps that the body would make finds the way, and is followed to its end.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from typing import NamedTuple

from streammem.envs.apartment.distances import DistanceField
from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.habitat.actions import MOVE_FORWARD, STOP, TURN_LEFT, TURN_RIGHT
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.headings import wrapped
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.task import AgentPose
from streammem.errors import ObservationError

__all__ = ["Follower"]

_LEAST_PROGRESS = 0.3  # of a step's length; less counts as being stuck
_TURN_COST_M = 0.01  # of a turn, in metres of way: of equal steps, the one with fewer turns
_MOST_NODES = 60_000
_ENOUGH_M = 0.5  # nearer to the goal: where a search may end
_SAME_M = 0.02  # places nearer than this are one to the search

Place = tuple[float, float]
Plan = list[tuple[AgentPose, int]]  # the next action comes last, with the pose that it starts from


@dataclass
class Follower:
    """Follows distances to a goal; keeps the found way as long as the agent stays on it."""

    _plan: Plan = field(default_factory=list)

    def action(self, situation: Situation, distances: DistanceField, *, arrived_m: float) -> int:
        """The next action; stop where the distance is below `arrived_m`.

        Raises:
            ObservationError: if there is no way from here.
        """
        return self.next(situation.grid, situation.agent, situation.pose, distances, arrived_m=arrived_m)

    def next(
        self,
        grid: NavGrid,
        agent: AgentConfig,
        here: AgentPose,
        distances: DistanceField,
        *,
        arrived_m: float,
    ) -> int:
        """The same, of any body on any grid.

        Raises:
            ObservationError: if there is no way from here.
        """
        if distances.at((here.x, here.y)) < arrived_m:
            self._plan.clear()
            return STOP
        if not self._on_plan(here):
            body = _Body(grid, agent)
            self._plan = _greedy(body, distances, here) or _searched(body, distances, here, arrived_m)
        return self._plan.pop()[1]

    def _on_plan(self, here: AgentPose) -> bool:
        """Whether the plan's next action was meant for this pose."""
        if not self._plan:
            return False
        there = self._plan[-1][0]
        near = math.hypot(there.x - here.x, there.y - here.y) < 0.01
        return near and abs(wrapped(there.yaw - here.yaw)) < 0.01


class _Body:
    """What a step and a turn do."""

    def __init__(self, grid: NavGrid, agent: AgentConfig) -> None:
        self.grid, self.agent = grid, agent
        self.turn = math.radians(agent.turn_deg)

    def stepped(self, x: float, y: float, yaw: float) -> Place:
        """Where a step in this direction ends."""
        reach = self.agent.forward_step_m
        end = (x - reach * math.sin(yaw), y + reach * math.cos(yaw))
        return self.grid.step((x, y), end, sliding=self.agent.allow_sliding)[0]


def _greedy(body: _Body, distances: DistanceField, here: AgentPose) -> Plan:
    """The turns and the step that come nearest; nothing where no step comes nearer by much."""
    half = round(math.pi / body.turn)
    start = distances.at((here.x, here.y))
    best, most = 0, -math.inf
    for count in sorted(range(-half + 1, half + 1), key=abs):
        gain = start - distances.at(body.stepped(here.x, here.y, here.yaw + count * body.turn))
        gain -= _TURN_COST_M * abs(count)
        if gain > most + 1e-9:
            best, most = count, gain
    if not most > _LEAST_PROGRESS * body.agent.forward_step_m:
        return []
    sign, action = (1, TURN_LEFT) if best > 0 else (-1, TURN_RIGHT)
    poses = [AgentPose(here.x, here.y, here.yaw + sign * i * body.turn) for i in range(abs(best) + 1)]
    return [(poses[-1], MOVE_FORWARD), *((pose, action) for pose in poses[-2::-1])]


class _Node(NamedTuple):
    """A place and a heading (in turns from the start's) that the search has come to."""

    x: float
    y: float
    heading: int
    cost: float
    parent: int
    action: int


def _searched(body: _Body, distances: DistanceField, here: AgentPose, arrived_m: float) -> Plan:
    """A* over turns and steps until the distance is below `arrived_m`, or half a metre less than here.

    From there on greed goes on; both only ever come nearer, so that no way is gone twice.

    Raises:
        ObservationError: if there is no way, or none in these steps.
    """
    start_m = distances.at((here.x, here.y))
    if not math.isfinite(start_m):
        raise ObservationError(
            f"no way leads from {here.x:.2f} {here.y:.2f} to the goal: take another episode"
        )
    enough_m = max(arrived_m, start_m - _ENOUGH_M)
    nodes = [_Node(here.x, here.y, 0, 0.0, -1, STOP)]
    queue, closed = [(start_m, 0)], set()
    while queue and len(nodes) < _MOST_NODES:
        index = heapq.heappop(queue)[1]
        node = nodes[index]
        key = (round(node.x / _SAME_M), round(node.y / _SAME_M), node.heading)
        if key in closed:
            continue
        closed.add(key)
        if distances.at((node.x, node.y)) < enough_m:
            return _read_back(nodes, index, here.yaw, body.turn)
        for found in _next(body, node, index, here.yaw):
            left_m = distances.at((found.x, found.y))
            if math.isfinite(left_m):
                heapq.heappush(queue, (found.cost + left_m, len(nodes)))
                nodes.append(found)
    agent = body.agent
    raise ObservationError(
        f"no steps of {agent.forward_step_m} m and turns of {agent.turn_deg} degrees lead from {here.x:.2f} "
        f"{here.y:.2f} to within {arrived_m} m of the goal: take another episode"
    )


def _next(body: _Body, node: _Node, index: int, yaw: float) -> list[_Node]:
    full = max(1, round(2 * math.pi / body.turn))
    x, y = body.stepped(node.x, node.y, yaw + node.heading * body.turn)
    found = [_Node(x, y, node.heading, node.cost + body.agent.forward_step_m, index, MOVE_FORWARD)]
    for sign, action in ((1, TURN_LEFT), (-1, TURN_RIGHT)):
        heading, cost = (node.heading + sign) % full, node.cost + 5 * _TURN_COST_M
        found.append(_Node(node.x, node.y, heading, cost, index, action))
    return found


def _read_back(nodes: list[_Node], index: int, yaw: float, turn: float) -> Plan:
    plan: Plan = []
    while nodes[index].parent >= 0:
        before = nodes[nodes[index].parent]
        plan.append((AgentPose(before.x, before.y, yaw + before.heading * turn), nodes[index].action))
        index = nodes[index].parent
    return plan

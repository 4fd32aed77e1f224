"""A tour: the agent is carried through the rooms and looks about in each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.scene import RoomSpace
from streammem.envs.headings import heading, wrapped
from streammem.envs.tasks.task import AgentPose
from streammem.errors import ObservationError

__all__ = ["TourConfig", "look_about", "route", "stops", "tour"]

LARGE_M2 = 14.0  # a room as large as this has a second stop
ROOMY = 0.6  # of the room's best clearance: where one may stop


@dataclass(frozen=True, kw_only=True, slots=True)
class TourConfig:
    """How the agent is carried.

    Attributes:
        step_m: from frame to frame.
        turn_deg: from frame to frame, at most.
        look_about_deg: how far it turns at each stop; 0 for a look in passing.
    """

    step_m: float = 0.25
    turn_deg: float = 30.0
    look_about_deg: float = 360.0

    def __post_init__(self) -> None:
        if not (0.01 <= self.step_m <= 5.0 and 1.0 <= self.turn_deg <= 180.0):
            raise ObservationError(
                f"a tour steps 0.01 to 5 m and turns 1 to 180 degrees a frame, got {self.step_m} m and "
                f"{self.turn_deg} degrees"
            )
        if not 0.0 <= self.look_about_deg <= 720.0:
            raise ObservationError(f"look_about_deg lies between 0 and 720, got {self.look_about_deg}")


def stops(grid: NavGrid, room: RoomSpace) -> list[tuple[float, float]]:
    """Where one looks about in a room: in its roomy middle, and in large ones far from there, too.

    Only the floor's largest connected area counts; no stop where the room has none of it.
    """
    places = grid.middles()
    cells = grid.moves.cells
    inside = np.all((places > room.low) & (places < room.high), axis=1)
    inside &= grid.areas[cells[:, 0], cells[:, 1]] == grid.largest_area
    places, cells = places[inside], cells[inside]
    if not len(places):
        return []
    clearance_m = np.minimum(grid.clearance_m[cells[:, 0], cells[:, 1]], 1.0)
    places = places[clearance_m >= ROOMY * clearance_m.max()]
    away = np.hypot(*(places - room.centre).T)
    first = places[int(away.argmin())]
    chosen = [first]
    if room.area_m2 >= LARGE_M2:
        chosen.append(places[int(np.hypot(*(places - first).T).argmax())])
    return [(float(x), float(y)) for x, y in chosen]


def tour(
    grid: NavGrid, rooms: Sequence[RoomSpace], rng: np.random.Generator, config: TourConfig | None = None
) -> list[AgentPose]:
    """Where the agent is in each frame of a walk through these rooms, from a random one to the nearest next.

    Raises:
        ObservationError: if none of the rooms can be entered.
    """
    settings = config or TourConfig()
    left = [place for room in rooms for place in stops(grid, room)]
    if not left:
        raise ObservationError("no room of the tour has a free floor: nobody can be carried through it")
    here = left.pop(int(rng.integers(len(left))))
    yaw = float(rng.uniform(-math.pi, math.pi))
    poses = [AgentPose(*here, yaw)]
    while True:
        poses += look_about(poses[-1], settings, 1 if rng.random() < 0.5 else -1)
        if not left:
            return poses
        field = grid.distances([here])
        here = left.pop(int(np.argmin([field.at(place) for place in left])))
        poses += route(grid, poses[-1], here, settings)


def route(
    grid: NavGrid, start: AgentPose, goal: tuple[float, float], config: TourConfig | None = None
) -> list[AgentPose]:
    """The frames on the shortest way to a place, the start not among them.

    Raises:
        ObservationError: if there is no way.
    """
    settings = config or TourConfig()
    way = grid.distances([goal]).path((start.x, start.y))
    if not len(way):
        raise ObservationError(f"there is no way from ({start.x:.2f}, {start.y:.2f}) to {goal}")
    poses: list[AgentPose] = []
    last = start
    for x, y in _resampled(way, settings.step_m):
        if math.hypot(x - last.x, y - last.y) < 1e-6:
            continue
        ahead = heading(last.x, last.y, x, y)
        poses += _turned(last, ahead, math.radians(settings.turn_deg))
        last = AgentPose(x, y, ahead)
        poses.append(last)
    return poses


def _resampled(way: Float64[np.ndarray, "n 2"], step_m: float) -> list[tuple[float, float]]:
    """Places on a polyline, equally far along it, no farther than the step; its corners are kept."""
    found = [(float(way[0, 0]), float(way[0, 1]))]
    for a, b in pairwise(way):
        pieces = max(1, math.ceil(float(np.hypot(*(b - a))) / step_m - 1e-9))
        share = np.arange(1, pieces + 1)[:, None] / pieces
        found += [(float(x), float(y)) for x, y in a + share * (b - a)]
    return found


def _turned(pose: AgentPose, yaw: float, turn: float) -> list[AgentPose]:
    """Turns on the spot until the rest is no more than one turn."""
    off = wrapped(yaw - pose.yaw)
    count = max(0, math.ceil(abs(off) / turn - 1e-9) - 1)
    return [AgentPose(pose.x, pose.y, wrapped(pose.yaw + off * (i + 1) / (count + 1))) for i in range(count)]


def look_about(pose: AgentPose, config: TourConfig, side: int) -> list[AgentPose]:
    """Turns on the spot, to the left if `side` is 1, to the right if it is -1."""
    count = round(config.look_about_deg / config.turn_deg)
    turn = math.radians(config.turn_deg) * side
    return [AgentPose(pose.x, pose.y, wrapped(pose.yaw + turn * (i + 1))) for i in range(count)]

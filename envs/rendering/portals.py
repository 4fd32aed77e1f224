"""Which part of the view leads into which room: through doorways, from room to room."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

from streammem.envs.apartment.scene import Doorway, Scene
from streammem.types import Intrinsics

__all__ = ["Portals", "Span"]

DEEP = 8  # doorways behind each other
CLOSE_M = 0.3  # so near a doorway, one looks through it in every direction
STEEP = 0.7  # beyond this slope of the view, half its width is no angle any more
Span = tuple[float, float]


class Portals:
    """The doorways of a scene, seen from above. Angles are to the left of where the camera looks."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._rows = {room.id: row for row, room in enumerate(scene.rooms)}
        self._ways: list[list[tuple[int, tuple[tuple[float, float], ...], Doorway]]] = [
            [] for _ in scene.rooms
        ]
        for door in scene.doorways:
            one, two = (self._rows[room] for room in door.rooms)
            corners = _corners(door)
            self._ways[one].append((two, corners, door))
            self._ways[two].append((one, corners, door))

    def spans(
        self, world_from_camera: Float[np.ndarray, "4 4"], intrinsics: Intrinsics
    ) -> tuple[list[Span], list[int]]:
        """From the right to the left end of what may be seen of each room; right of left where nothing is.

        And the rooms of which all that is in the picture may be seen: where the camera is.
        """
        count = len(self._scene.rooms)
        view = _view(world_from_camera, intrinsics)
        x, y = world_from_camera[:2, 3].tolist()
        starts = [
            row
            for row, room in enumerate(self._scene.rooms)
            if room.low[0] <= x <= room.high[0] and room.low[1] <= y <= room.high[1]
        ] or self._beside(x, y)
        if not starts or view is None:
            return [(-math.inf, math.inf)] * count, list(range(count))
        found = [(math.inf, -math.inf)] * count
        heading = math.atan2(float(world_from_camera[1, 2]), float(world_from_camera[0, 2]))
        for start in starts:
            self._look(start, view, (x, y, heading), (start,), found)
        return found, starts

    def _beside(self, x: float, y: float) -> list[int]:
        """The rooms on both sides of the doorways that hold a place or are near it."""
        return [
            row
            for row, ways in enumerate(self._ways)
            if any(
                math.dist((x, y), door.at) < door.width_m / 2 + door.depth_m + CLOSE_M for _, _, door in ways
            )
        ]

    def _look(
        self,
        row: int,
        span: Span,
        eye: tuple[float, float, float],
        path: tuple[int, ...],
        found: list[Span],
    ) -> None:
        found[row] = min(found[row][0], span[0]), max(found[row][1], span[1])
        if len(path) > DEEP:
            return
        for beyond, corners, door in self._ways[row]:
            if beyond in path:
                continue
            low, high = _common(span, _through(corners, door, eye))
            if low < high:
                self._look(beyond, (low, high), eye, (*path, beyond), found)


def _corners(door: Doorway) -> tuple[tuple[float, float], ...]:
    """The corners of an opening in the plan."""
    c, s = math.cos(door.yaw), math.sin(door.yaw)
    return tuple(
        (door.at[0] + c * a - s * b, door.at[1] + s * a + c * b)
        for a in (-door.width_m / 2, door.width_m / 2)
        for b in (-door.depth_m / 2, door.depth_m / 2)
    )


def _through(
    corners: tuple[tuple[float, float], ...], door: Doorway, eye: tuple[float, float, float]
) -> Span:
    """The span of an opening; all round where one stands in it."""
    x, y, heading = eye
    if math.dist((x, y), door.at) < door.width_m / 2 + door.depth_m + CLOSE_M:
        return -math.inf, math.inf
    ahead, across = math.cos(heading), math.sin(heading)
    if all((a - x) * ahead + (b - y) * across <= 0 for a, b in corners):
        return 0.0, 0.0  # behind the camera, whose picture spans less than half a turn
    middle = math.remainder(math.atan2(door.at[1] - y, door.at[0] - x) - heading, math.tau)
    aside = [math.remainder(math.atan2(b - y, a - x) - heading - middle, math.tau) for a, b in corners]
    return middle + min(aside), middle + max(aside)


def _common(span: Span, through: Span) -> Span:
    """What two spans have in common; the second may have to be turned right round."""
    for turn in (0.0, math.tau, -math.tau):
        low, high = max(span[0], through[0] + turn), min(span[1], through[1] + turn)
        if low < high:
            return low, high
    return 0.0, 0.0


def _view(world_from_camera: Float[np.ndarray, "4 4"], intrinsics: Intrinsics) -> Span | None:
    """The span of the picture; None where the camera looks too steeply for it to have one."""
    forward = world_from_camera[:3, 2]
    if abs(forward[2]) > STEEP:
        return None
    across = [
        (-0.5 - intrinsics.cx) / intrinsics.fx,
        (intrinsics.width - 0.5 - intrinsics.cx) / intrinsics.fx,
    ]
    down = [(-0.5 - intrinsics.cy) / intrinsics.fy, (intrinsics.height - 0.5 - intrinsics.cy) / intrinsics.fy]
    (right_x, down_x, on_x), (right_y, down_y, on_y) = world_from_camera[:2, :3].tolist()
    rays = [(right_x * a + down_x * b + on_x, right_y * a + down_y * b + on_y) for a in across for b in down]
    level = math.atan2(on_y, on_x)
    turns = [math.remainder(math.atan2(y, x) - level, math.tau) for x, y in rays]
    low, high = min(turns), max(turns)
    ahead = all(x * on_x + y * on_y > 0 for x, y in rays)
    return (low, high) if ahead and low < 0 < high else None

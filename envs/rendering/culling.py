"""Which bodies may show in a picture, the nearest first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int64

from streammem.envs.rendering.baked import Baked, in_rooms
from streammem.envs.rendering.portals import Portals, Span
from streammem.types import Intrinsics

__all__ = ["Culling"]


KEPT = 64  # sets of rooms


class _Candidates(NamedTuple):
    """Bodies in some rooms."""

    bodies: Int64[np.ndarray, " k"]
    centres: Float[np.ndarray, "k 3"]
    radii: Float[np.ndarray, " k"]
    rooms: Bool[np.ndarray, "k rooms"]


class Culling:
    """The bodies of a scene as balls, where they are now.

    Args:
        baked: the scene.

    Attributes:
        centres: of the balls.
    """

    def __init__(self, baked: Baked) -> None:
        self._baked = baked
        self._portals = Portals(baked.scene)
        self._rooms, self._shown = baked.rooms, np.zeros(len(baked.rooms), np.bool_)
        self._candidates: dict[frozenset[int], _Candidates] = {}
        self.centres = np.zeros_like(baked.bodies.centres)

    def place(
        self,
        matrices: Float[np.ndarray, "bodies 4 4"],
        moved: Bool[np.ndarray, " bodies"],
        shown: Bool[np.ndarray, " bodies"],
    ) -> None:
        """Where the bodies are."""
        bodies = self._baked.bodies
        self.centres = np.einsum("nij,nj->ni", matrices[:, :3, :3], bodies.centres) + matrices[:, :3, 3]
        self._rooms, self._shown = self._baked.rooms, shown.copy()
        self._candidates.clear()
        if moved.any():
            around, reach = self.centres[moved, :2], bodies.radii[moved, None]
            self._rooms = self._rooms.copy()
            self._rooms[moved] = in_rooms(self._baked.scene, around - reach, around + reach)

    def visible(
        self, world_from_camera: Float[np.ndarray, "4 4"], intrinsics: Intrinsics
    ) -> Int64[np.ndarray, " k"]:
        """The bodies that may show, the nearest first."""
        spans, inner = self._portals.spans(world_from_camera, intrinsics)
        there = self._within(frozenset(row for row, (right, left) in enumerate(spans) if right <= left))
        away, radii = there.centres - world_from_camera[:3, 3], there.radii
        sides = world_from_camera[:3, :3] @ _sides(intrinsics)
        inside = np.flatnonzero((away @ sides > -radii[:, None]).all(axis=1))
        away, radii = away[inside], radii[inside]
        level = np.hypot(away[:, 0], away[:, 1])
        near = np.sqrt(level * level + away[:, 2] ** 2) - radii
        found, beyond = there.bodies[inside], np.asarray(~there.rooms[inside][:, inner].any(axis=1))
        if beyond.any():  # what stands in another room shows in the opening that leads there
            rows = np.flatnonzero(beyond)
            seen = self._through(found[rows], away[rows], level[rows], radii[rows], world_from_camera, spans)
            beyond[rows] = ~seen
            found, near = found[~beyond], near[~beyond]
        return np.asarray(found[np.argsort(near, kind="stable")])

    def _within(self, rooms: frozenset[int]) -> _Candidates:
        """What is in some rooms, or in their walls."""
        if rooms not in self._candidates:
            if len(self._candidates) >= KEPT:
                self._candidates.clear()
            bodies = np.flatnonzero(self._rooms[:, sorted(rooms)].any(axis=1) & self._shown)
            radii = self._baked.bodies.radii[bodies]
            self._candidates[rooms] = _Candidates(bodies, self.centres[bodies], radii, self._rooms[bodies])
        return self._candidates[rooms]

    def _through(
        self,
        bodies: Int64[np.ndarray, " k"],
        away: Float[np.ndarray, "k 3"],
        level: Float[np.ndarray, " k"],
        radii: Float[np.ndarray, " k"],
        world_from_camera: Float[np.ndarray, "4 4"],
        spans: Sequence[Span],
    ) -> Bool[np.ndarray, " k"]:
        """Which bodies reach into the part of the view that leads to one of their rooms."""
        x, y = world_from_camera[:2, 2].tolist()
        turn = np.arctan2(x * away[:, 1] - y * away[:, 0], x * away[:, 0] + y * away[:, 1])
        half = np.where(level > radii, np.arcsin(np.minimum(radii / np.maximum(level, 1e-9), 1)), np.pi)
        low, high = (turn - half)[:, None], (turn + half)[:, None]
        right, left = np.array(spans).T
        return np.asarray(((low <= left) & (high >= right) & self._rooms[bodies]).any(axis=1))


@lru_cache(maxsize=16)
def _sides(intrinsics: Intrinsics) -> Float[np.ndarray, "3 5"]:
    """The inward normals of the four sides of the view, and the way forward, in the camera's axes."""
    left, right = (intrinsics.cx + 0.5), (intrinsics.width - 0.5 - intrinsics.cx)
    top, bottom = (intrinsics.cy + 0.5), (intrinsics.height - 0.5 - intrinsics.cy)
    sides = []
    for focal, edge, axis, sign in (
        (intrinsics.fx, left, 0, 1.0),
        (intrinsics.fx, right, 0, -1.0),
        (intrinsics.fy, top, 1, 1.0),
        (intrinsics.fy, bottom, 1, -1.0),
    ):
        length = math.hypot(focal, edge)
        side = [0.0, 0.0, edge / length]
        side[axis] = sign * focal / length
        sides.append(side)
    return np.array([*sides, [0.0, 0.0, 1.0]]).T

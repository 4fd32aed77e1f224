"""Which bodies may show in a picture, the nearest first."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int64

from streammem.envs.rendering.baked import Baked, in_rooms
from streammem.envs.rendering.portals import Portals
from streammem.types import Intrinsics

__all__ = ["Culling"]


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
        if moved.any():
            around, reach = self.centres[moved, :2], bodies.radii[moved, None]
            self._rooms = self._rooms.copy()
            self._rooms[moved] = in_rooms(self._baked.scene, around - reach, around + reach)

    def visible(
        self, world_from_camera: Float[np.ndarray, "4 4"], intrinsics: Intrinsics
    ) -> Int64[np.ndarray, " k"]:
        """The bodies that may show, the nearest first."""
        away = self.centres - world_from_camera[:3, 3]
        radii = self._baked.bodies.radii
        inside = (away @ world_from_camera[:3, :3] @ _sides(intrinsics)) > -radii[:, None]
        found = np.flatnonzero(inside.all(axis=1) & self._shown)
        spans = self._portals.spans(world_from_camera, intrinsics)
        away, radii = away[found], radii[found]
        level = np.hypot(away[:, 0], away[:, 1])
        forward = world_from_camera[:2, 2]
        turn = np.arctan2(
            forward[0] * away[:, 1] - forward[1] * away[:, 0],
            forward[0] * away[:, 0] + forward[1] * away[:, 1],
        )
        half = np.where(level > radii, np.arcsin(np.minimum(radii / np.maximum(level, 1e-9), 1)), np.pi)
        low, high = (turn - half)[:, None], (turn + half)[:, None]
        seen = ((low <= spans[:, 1]) & (high >= spans[:, 0]) & self._rooms[found]).any(axis=1)
        near = np.sqrt(level[seen] ** 2 + away[seen, 2] ** 2) - radii[seen]
        return np.asarray(found[seen][np.argsort(near, kind="stable")])


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

"""Which bodies may show in a picture, the nearest first."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Bool, Float, Int64

from streammem.envs.rendering.baked import Baked, in_rooms
from streammem.types import Intrinsics

__all__ = ["Culling"]


class Culling:
    """The bodies of a scene as balls, where they are now.

    Args:
        baked: the scene.
    """

    def __init__(self, baked: Baked) -> None:
        self._baked = baked
        scene = baked.scene
        self._sees = np.array(
            [[b.id in scene.sees[a.id] for b in scene.rooms] for a in scene.rooms], np.bool_
        )
        self._rooms = {room.id: row for row, room in enumerate(scene.rooms)}
        self._seen = baked.rooms
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
        seen = self._baked.rooms
        if moved.any():
            around = self.centres[moved, :2]
            reach = bodies.radii[moved, None]
            within = in_rooms(self._baked.scene, around - reach, around + reach)
            seen = seen.copy()
            seen[moved] = (within.astype(np.int32) @ self._sees.T.astype(np.int32)) > 0
        self._seen = seen & shown[:, None]
        self._anywhere = shown

    def visible(
        self, world_from_camera: Float[np.ndarray, "4 4"], intrinsics: Intrinsics
    ) -> Int64[np.ndarray, " k"]:
        """The bodies that may show, the nearest first."""
        eye, turn = world_from_camera[:3, 3], world_from_camera[:3, :3]
        room = self._baked.scene.room_at(float(eye[0]), float(eye[1]))
        kept = self._anywhere if room is None else self._seen[:, self._rooms[room]]
        away = self.centres - eye
        local = away @ turn
        radii = self._baked.bodies.radii
        kept = kept & (local @ _sides(intrinsics).T > -radii[:, None]).all(axis=1) & (local[:, 2] > -radii)
        found = np.flatnonzero(kept)
        near = np.einsum("ni,ni->n", away[found], away[found]) ** 0.5 - radii[found]
        return np.asarray(found[np.argsort(near, kind="stable")])


def _sides(intrinsics: Intrinsics) -> Float[np.ndarray, "4 3"]:
    """The inward normals of the four sides of the view, in the camera's axes."""
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
    return np.array(sides)

"""The apartment drawn by OpenGL: colour, depth and instances in one pass."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int32, UInt8

from streammem.envs.apartment.world import World
from streammem.envs.rendering.baked import baked
from streammem.envs.rendering.context import drawing
from streammem.envs.rendering.culling import Culling
from streammem.envs.rendering.frame import Frame, check_view
from streammem.envs.rendering.light import Lighting
from streammem.envs.rendering.stage import MOTION_TEXELS, Shared, Stage, shared
from streammem.errors import ObservationError
from streammem.types import Intrinsics

__all__ = ["GlRenderer"]

ALL, MAPPED, PICTURED, PLAIN, UNMAPPED = (
    (0, 3),
    (0, 1),
    (1, 2),
    (2, 3),
    (1, 3),
)  # kinds of triangles, from and to
NEAR_M, FAR_M = 0.03, 100.0


@lru_cache(maxsize=16)
def clip_matrix(intrinsics: Intrinsics) -> Float64[np.ndarray, "4 4"]:
    """Clip-from-camera (OpenCV axes). The picture's first row comes first in memory, so nothing is turned over."""
    w, h = intrinsics.width, intrinsics.height
    clip = np.zeros((4, 4))
    clip[0, 0], clip[0, 2] = 2 * intrinsics.fx / w, 2 * (intrinsics.cx + 0.5) / w - 1
    clip[1, 1], clip[1, 2] = 2 * intrinsics.fy / h, 2 * (intrinsics.cy + 0.5) / h - 1
    clip[2, 2] = (FAR_M + NEAR_M) / (FAR_M - NEAR_M)
    clip[2, 3] = -2 * FAR_M * NEAR_M / (FAR_M - NEAR_M)
    clip[3, 2] = 1.0
    return clip


def _columns(world_from_camera: Float64[np.ndarray, "4 4"], camera: Intrinsics) -> Float32[np.ndarray, "4 4"]:
    """Clip-from-world, column after column."""
    back = world_from_camera.copy()  # the way back, turned over
    back[3, :3] = -(back[:3, 3] @ back[:3, :3])
    back[:3, 3] = 0
    return np.asarray(back @ clip_matrix(camera).T, np.float32)


class GlRenderer:
    """Draws by OpenGL. What it brings to the graphics card is shared by all renderers of the process.

    Raises:
        GlError: if there is no OpenGL here.
    """

    kind = "gl"

    def __init__(self) -> None:
        with drawing() as gl:
            shared(gl)
        self._world: World | None = None
        self._lighting = Lighting()
        self._stage: Stage | None = None
        self._drawn: tuple[int, int] = (0, -1)  # which state of the world is on the card

    def load(self, world: World, lighting: Lighting | None = None) -> None:
        """Draw this world from now on; scenes that were loaded before are quick to load again."""
        self._world, self._lighting = world, lighting or Lighting()
        with drawing() as gl:
            self._bring(shared(gl))

    def _bring(self, owned: Shared) -> Stage:
        assert self._world is not None
        self._stage = owned.stage(baked(self._world.scene, self._lighting))
        bodies, kinds = self._stage.baked.bodies, self._stage.baked.kinds
        self._culling = Culling(self._stage.baked)
        self._slices = {
            (a, b): [bodies.triangles[row[a] : row[b]] for row in kinds.tolist()]
            for a, b in (ALL, MAPPED, PICTURED, PLAIN, UNMAPPED)
        }
        self._back = np.linalg.inv(bodies.rest)
        self._moved = np.zeros(len(bodies.things), np.bool_)
        self._drawn = (0, -1)
        return self._stage

    def render(self, world_from_camera: Float64[np.ndarray, "4 4"], intrinsics: Intrinsics) -> Frame:
        """Colour, depth and instances from a camera (OpenCV axes).

        Raises:
            ObservationError: if nothing is loaded, the pose is not finite, or the picture is too large.
        """
        if self._world is None:
            raise ObservationError("nothing is loaded: call load(world) before render")
        check_view(world_from_camera, intrinsics)
        with drawing() as gl:
            owned = shared(gl)
            stage = self._stage
            if stage is None or not owned.holds(stage):
                stage = self._bring(owned)
            self._follow(stage)
            return self._draw(gl, owned, stage, world_from_camera, intrinsics)

    def _follow(self, stage: Stage) -> None:
        """Take over what has moved since the last picture."""
        world = self._world
        assert world is not None
        if self._drawn == (id(world), world.version):
            return
        self._drawn = (id(world), world.version)
        matrices, shown, baked = world.matrices(), world.shown, stage.baked
        self._moved = (matrices != baked.bodies.rest).any(axis=(1, 2))
        self._culling.place(matrices, self._moved, shown)
        rows = np.flatnonzero(self._moved)
        if len(rows):
            centres = self._culling.centres[rows]
            motion = np.zeros((len(shown), MOTION_TEXELS, 4), np.float32)
            motion[rows, :3] = (matrices[rows] @ self._back[rows])[:, :3]
            motion[rows, 3:, :3] = baked.grid.at(centres)
            motion[rows, 3:, 3] = baked.glow[rows, None]
            stage.motions.write(motion)

    def _draw(
        self,
        gl: Any,
        owned: Shared,
        stage: Stage,
        world_from_camera: Float64[np.ndarray, "4 4"],
        camera: Intrinsics,
    ) -> Frame:
        canvas = owned.canvas((camera.width, camera.height))
        canvas.use()
        canvas.clear(0, 0, 0, 0)
        gl.front_face = "cw"  # the picture is drawn upside down
        columns = _columns(world_from_camera, camera)
        owned.pictures.texture.use(0)
        stage.light.use(1)
        stage.motions.use(2)
        calls, parts, first = [], [], 0
        for chosen, hides, program, array in self._draws(owned, stage, world_from_camera, camera):
            count = 3 * sum(map(len, chosen))
            if count:
                parts += chosen
                calls.append((array, first, count, hides))
                program.write(columns)
                first += count
        if calls:
            stage.indices.write(np.concatenate(parts))
        for array, first, count, hides in calls:
            gl.enable_only(gl.DEPTH_TEST | gl.CULL_FACE if hides else gl.DEPTH_TEST)
            array.render(vertices=count, first=first)
        return _read(canvas, owned.scratch(camera.height, camera.width))

    def _draws(
        self, owned: Shared, stage: Stage, world_from_camera: Float64[np.ndarray, "4 4"], camera: Intrinsics
    ) -> list[tuple[list[Int32[np.ndarray, "_ 3"]], bool, Any, Any]]:
        """Triangles of the bodies that may show, whether backs are left out, their camera, and what draws them.

        Walls and floors come last: what stands before them has covered much of them by then.
        """
        visible = self._culling.visible(world_from_camera, camera)
        moved, closed = self._moved[visible], stage.baked.bodies.closed[visible]
        away = visible[moved].tolist()
        shut, open_ = visible[~moved & closed].tolist(), visible[~moved & ~closed].tolist()
        order = (
            (away, ALL, False, owned.cameras[3], stage.moved[0]),
            (shut, PLAIN, True, owned.cameras[2], stage.fixed[2]),
            (shut, PICTURED, True, owned.cameras[1], stage.fixed[1]),
            (open_, UNMAPPED, False, owned.cameras[1], stage.fixed[1]),
            (open_, MAPPED, False, owned.cameras[0], stage.fixed[0]),
            (shut, MAPPED, True, owned.cameras[0], stage.fixed[0]),
        )
        return [
            ([self._slices[kinds][row] for row in rows], hides, program, array)
            for rows, kinds, hides, program, array in order
        ]

    def close(self) -> None:
        """Forget the world; a second call does nothing."""
        self._world = self._stage = None


def _read(canvas: Any, rgba: UInt8[np.ndarray, "h w 4"]) -> Frame:
    """The picture, in arrays of its own; new memory costs more than the reading."""
    depth_m = np.empty(rgba.shape[:2], np.float32)
    instances = np.empty(rgba.shape[:2], np.int32)
    canvas.read_into(rgba, components=4, attachment=0, dtype="f1")
    canvas.read_into(depth_m, components=1, attachment=1, dtype="f4")
    canvas.read_into(instances, components=1, attachment=2, dtype="i4")
    return Frame(np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB)), depth_m, instances)

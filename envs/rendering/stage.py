"""A scene on the graphics card, and what all scenes share there."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from jaxtyping import UInt8

from streammem.envs.rendering.baked import Baked
from streammem.envs.rendering.pictures import Pictures
from streammem.envs.rendering.shaders import FIXED, MOVED, PAINTS, fragment

__all__ = ["Shared", "Stage", "shared"]

KEPT = 8  # scenes
CANVASES = 8
ROW = np.dtype([
    ("position", "f4", 3), ("places", "f4", 4), ("lit", "u1", 4), ("kinds", "i4", 2), ("colour", "u1", 4),
    ("normal", "u1", 4), ("body", "i4"),
])  # fmt: skip
LAYOUT = "3f 4f 4f1 2i 4f1 4f1 1i"  # the same, as moderngl writes it
MOTION_TEXELS = 9  # a matrix and the light from six sides


class Stage:
    """One scene's vertices, light map and matrices on the graphics card.

    Attributes:
        baked: what was brought there.
        motions: the texture of matrices and light of what moves.
        indices: triangles to draw; filled for each picture.
    """

    def __init__(self, gl: Any, shared: Shared, baked: Baked) -> None:
        self.baked = baked
        bodies, charts = baked.bodies, baked.charts
        layers = shared.pictures.layers(bodies)[bodies.layer]
        rows = np.zeros(len(bodies.vertices), ROW)
        rows["position"], rows["body"] = bodies.vertices, bodies.body
        rows["places"][:, :2], rows["places"][:, 2:] = bodies.uv, charts.at
        rows["kinds"][:, 0], rows["kinds"][:, 1] = layers, bodies.things[bodies.body]
        rows["lit"], rows["colour"] = baked.colours, bodies.colours
        rows["normal"][:, :3] = np.rint(bodies.normals * 127.5 + 127.5)
        self._vertices = gl.buffer(rows.tobytes())
        self.indices = gl.buffer(reserve=max(4, bodies.triangles.nbytes), dynamic=True)
        self.fixed, self.moved = (
            [
                gl.vertex_array(
                    program,
                    [(self._vertices, LAYOUT, *(ROW.names or ()))],
                    index_buffer=self.indices,
                    skip_errors=True,
                )
                for program in programs
            ]
            for programs in (shared.fixed, shared.moved)
        )
        height, width = baked.light.shape[:2]
        self.light = gl.texture((width, height), 4, baked.light.tobytes())
        self.light.repeat_x = self.light.repeat_y = False
        self.motions = gl.texture((MOTION_TEXELS, len(bodies.things)), 4, dtype="f4")
        self.motions.filter = (gl.NEAREST, gl.NEAREST)

    def release(self) -> None:
        """Give all of it back."""
        for held in (*self.fixed, *self.moved, self._vertices, self.indices, self.light, self.motions):
            held.release()


class Shared:
    """What all renderers of one context have together: programs, pictures, scenes and canvases."""

    def __init__(self, gl: Any) -> None:
        self._gl = gl
        self.fixed = [gl.program(vertex_shader=FIXED, fragment_shader=fragment(paint)) for paint in PAINTS]
        self.moved = [gl.program(vertex_shader=MOVED, fragment_shader=fragment(PAINTS[1]))]
        for program in (*self.fixed, *self.moved):
            for name, unit in (("pictures", 0), ("light", 1), ("motions", 2)):
                if name in program:
                    program[name] = unit
        self.cameras = [program["clip_from_world"] for program in (*self.fixed, *self.moved)]
        self.pictures = Pictures(gl)
        self._stages: OrderedDict[int, Stage] = OrderedDict()
        self._canvases: OrderedDict[tuple[int, int], Any] = OrderedDict()
        self._scratch: UInt8[np.ndarray, "h w 4"] = np.empty((0, 0, 4), np.uint8)

    def stage(self, baked: Baked) -> Stage:
        """A scene on the card; the last few stay there."""
        key = id(baked)  # a stage holds it, so its id is not used again
        if self.pictures.full:
            self._clear()
        if key not in self._stages:
            self._stages[key] = Stage(self._gl, self, baked)
            while len(self._stages) > KEPT:
                self._stages.popitem(last=False)[1].release()
        self._stages.move_to_end(key)
        return self._stages[key]

    def holds(self, stage: Stage) -> bool:
        """Whether a stage is still on the card."""
        return self._stages.get(id(stage.baked)) is stage

    def _clear(self) -> None:
        for stage in self._stages.values():
            stage.release()
        self._stages.clear()
        self.pictures.release()
        self.pictures = Pictures(self._gl)

    def scratch(self, height: int, width: int) -> UInt8[np.ndarray, "h w 4"]:
        """Where colours are read to; used again for each picture."""
        if self._scratch.shape[:2] != (height, width):
            self._scratch = np.empty((height, width, 4), np.uint8)
        return self._scratch

    def canvas(self, size: tuple[int, int]) -> Any:
        """Where a picture of some size is drawn: colour, depth in metres, instance."""
        if size not in self._canvases:
            gl = self._gl
            kinds = ((4, "f1"), (1, "f4"), (1, "i4"))
            colours = [gl.renderbuffer(size, components, dtype=dtype) for components, dtype in kinds]
            self._canvases[size] = gl.framebuffer(colours, gl.depth_renderbuffer(size))
            while len(self._canvases) > CANVASES:
                _, old = self._canvases.popitem(last=False)
                for held in (*old.color_attachments, old.depth_attachment, old):
                    held.release()
        self._canvases.move_to_end(size)
        return self._canvases[size]


def shared(gl: Any) -> Shared:
    """What belongs to a context."""
    if not isinstance(gl.extra, Shared):
        gl.extra = Shared(gl)
    return gl.extra

"""The apartment drawn by OpenGL: colour, depth and instances in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.world import World
from streammem.envs.rendering.bodies import Bodies, bodies_of
from streammem.envs.rendering.context import drawing
from streammem.envs.rendering.frame import Frame
from streammem.errors import ObservationError
from streammem.types import Intrinsics

__all__ = ["GlRenderer"]

NEAR_M, FAR_M = 0.03, 100.0

VERTEX = """
#version 330
uniform mat4 clip_from_world;
uniform sampler2D motions;
in vec3 position;
in vec3 normal;
in vec4 colour;
in int body;
in int thing;
flat out int v_thing;
out vec3 v_colour;
void main() {
    vec4 p = vec4(position, 1.0);
    vec4 a = texelFetch(motions, ivec2(0, body), 0);
    vec4 b = texelFetch(motions, ivec2(1, body), 0);
    vec4 c = texelFetch(motions, ivec2(2, body), 0);
    vec3 world = vec3(dot(a, p), dot(b, p), dot(c, p));
    vec3 n = vec3(dot(a.xyz, normal), dot(b.xyz, normal), dot(c.xyz, normal));
    v_colour = mix(colour.rgb * (0.72 + 0.2 * n.z + 0.08 * n.x + 0.04 * n.y), colour.rgb, colour.a);
    v_thing = thing;
    gl_Position = clip_from_world * vec4(world, 1.0);
}
"""
FRAGMENT = """
#version 330
flat in int v_thing;
in vec3 v_colour;
layout(location = 0) out vec4 rgb;
layout(location = 1) out float depth;
layout(location = 2) out int instance;
void main() {
    rgb = vec4(v_colour, 1.0);
    depth = 1.0 / gl_FragCoord.w;
    instance = v_thing;
}
"""


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


class GlRenderer:
    """Draws by OpenGL."""

    kind = "gl"

    def __init__(self) -> None:
        with drawing() as gl:
            self._gl = gl
            self._program = gl.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
        self._world: World | None = None
        self._bodies: Bodies | None = None
        self._array: Any = None
        self._motions: Any = None
        self._target: tuple[tuple[int, int], Any] | None = None

    def load(self, world: World) -> None:
        """Draw this world from now on."""
        if self._world is not None and self._world.scene is world.scene:
            self._world = world
            return
        with drawing() as gl:
            self._load(world, gl)

    def _load(self, world: World, gl: Any) -> None:
        bodies = bodies_of(world.scene)
        self._array = gl.vertex_array(
            self._program,
            [
                (gl.buffer(bodies.vertices.astype("f4").tobytes()), "3f", "position"),
                (gl.buffer(bodies.normals.astype("f4").tobytes()), "3f", "normal"),
                (gl.buffer(bodies.colours.tobytes()), "4f1", "colour"),
                (gl.buffer(bodies.body.astype("i4").tobytes()), "1i", "body"),
                (gl.buffer(bodies.things[bodies.body].astype("i4").tobytes()), "1i", "thing"),
            ],
            index_buffer=gl.buffer(bodies.triangles.astype("i4").tobytes()),
        )
        self._motions = gl.texture((3, len(bodies.things)), 4, dtype="f4")
        self._motions.filter = (gl.NEAREST, gl.NEAREST)
        self._world, self._bodies = world, bodies

    def render(self, world_from_camera: Float64[np.ndarray, "4 4"], intrinsics: Intrinsics) -> Frame:
        """Colour, depth and instances from a camera (OpenCV axes).

        Raises:
            ObservationError: if nothing is loaded, or the pose is not finite.
        """
        if self._world is None or self._bodies is None:
            raise ObservationError("nothing is loaded: call load(world) before render")
        if not np.isfinite(world_from_camera).all():
            raise ObservationError(f"the camera's pose is not finite:\n{world_from_camera}")
        with drawing():
            return self._render(self._world, self._bodies, world_from_camera, intrinsics)

    def _render(
        self,
        world: World,
        bodies: Bodies,
        world_from_camera: Float64[np.ndarray, "4 4"],
        intrinsics: Intrinsics,
    ) -> Frame:
        motion = world.matrices() @ np.linalg.inv(bodies.rest)
        motion[~world.shown] = 0
        self._motions.write(motion[:, :3].astype("f4").tobytes())
        self._motions.use(0)
        size = (intrinsics.width, intrinsics.height)
        target = self._canvas(size)
        target.use()
        target.clear(0, 0, 0, 0)
        self._gl.enable_only(self._gl.DEPTH_TEST)
        clip = clip_matrix(intrinsics) @ np.linalg.inv(world_from_camera)
        self._program["clip_from_world"].write(clip.T.astype("f4").tobytes())
        self._array.render()
        shape = (size[1], size[0])
        rgb = np.frombuffer(target.read(components=4, attachment=0, dtype="f1"), np.uint8).reshape(*shape, 4)
        depth = np.frombuffer(target.read(components=1, attachment=1, dtype="f4"), np.float32).reshape(shape)
        instances = np.frombuffer(target.read(components=1, attachment=2, dtype="i4"), np.int32).reshape(
            shape
        )
        return Frame(rgb[..., :3].copy(), depth.copy(), instances.copy())

    def _canvas(self, size: tuple[int, int]) -> Any:
        if self._target is None or self._target[0] != size:
            gl = self._gl
            colours = [
                gl.renderbuffer(size, 4),
                gl.renderbuffer(size, 1, dtype="f4"),
                gl.renderbuffer(size, 1, dtype="i4"),
            ]
            self._target = size, gl.framebuffer(colours, gl.depth_renderbuffer(size))
        return self._target[1]

    def close(self) -> None:
        """Give back what the renderer holds."""
        self._world = self._bodies = self._array = self._motions = self._target = None

"""What the ray caster knows of each triangle: how colours, textures and light run over it."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64, UInt8

from streammem.envs.rendering.atlas import SIDE, Atlas, looked_up
from streammem.envs.rendering.baked import Baked
from streammem.envs.rendering.light import RANGE, painted
from streammem.envs.rendering.pictures import picture_of

__all__ = ["TriangleTable"]


class TriangleTable:
    """A row for each triangle of a scene, and one more (the last) for what a ray meets that meets nothing.

    What belongs together lies together: fetching four numbers takes no longer than fetching one.

    Args:
        baked: the scene.
    """

    def __init__(self, baked: Baked) -> None:
        self._baked = baked
        bodies = baked.bodies
        self._atlas = Atlas([picture_of(bodies, name) for name in bodies.surfaces])
        self._light = np.ascontiguousarray(baked.light)
        corners = bodies.triangles
        rows = len(corners) + 1
        # Places in the picture and on the light map: at the first corner, and along two edges.
        self._uv, self._at = np.zeros((3, rows, 2), np.float32), np.zeros((3, rows, 2), np.float32)
        self._shine = np.zeros((rows, 4), np.float32)  # the same of its brightness, and texels per metre
        self._tints = np.zeros((rows, 4), np.float32)  # red, green, blue
        self._layers = np.zeros((rows, 2), np.float32)  # the corner of its picture
        self._uv[:, :-1] = _along(bodies.uv[corners])
        self._layers[:-1] = self._atlas.corners[bodies.layer[corners[:, 0]]]
        self._shine[:-1, 3] = _density(bodies.vertices[corners], bodies.uv[corners])
        self.at_rest(np.arange(len(corners)))

    def _tint(self, rows: Int64[np.ndarray, " k"], colours: Float32[np.ndarray, "k 3 3"]) -> None:
        """One colour for each triangle, and how bright each corner is (its hue hardly differs between them)."""
        most = np.maximum(colours.max(axis=1), 1e-3)
        bright = (colours / most[:, None]).mean(axis=2)
        self._shine[rows, :3] = _along(bright[..., None])[..., 0].T
        self._tints[rows, :3] = most / 255

    def at_rest(self, rows: Int64[np.ndarray, " k"]) -> None:
        """Light triangles where they stand at first."""
        corners = self._baked.bodies.triangles[rows]
        height, width = self._baked.light.shape[:2]
        chart = self._baked.charts.at[corners] * np.array([width, height], np.float32) - np.float32(0.5)
        self._at[:, rows] = _along(chart)
        self._tint(rows, self._baked.colours[:, :3][corners] * np.float32(RANGE))

    def moved(
        self,
        rows: Int64[np.ndarray, " k"],
        turns: Float32[np.ndarray, "bodies 3 3"],
        sides: Float32[np.ndarray, "bodies 6 3"],
    ) -> None:
        """Light triangles of bodies that have moved: how each is turned since, and the light from six sides."""
        bodies = self._baked.bodies
        vertex = bodies.triangles[rows].ravel()
        body = bodies.body[vertex]
        normals = np.einsum("nij,nj->ni", turns[body], bodies.normals[vertex])
        factor = np.zeros((len(vertex), 3), np.float32)
        for axis in range(3):
            side = sides[body, 2 * axis + (normals[:, axis] <= 0)]
            factor += side * (normals[:, axis] ** 2)[:, None]
        lit = painted(bodies.colours[vertex], factor, self._baked.glow[body]) * np.float32(255 * RANGE)
        self._at[:, rows] = 0  # the white texel is the first
        self._tint(rows, lit.reshape(-1, 3, 3))

    def colours(
        self,
        triangle: Int64[np.ndarray, " n"],
        one: Float32[np.ndarray, " n"],
        two: Float32[np.ndarray, " n"],
        spread_m: Float32[np.ndarray, " n"],
    ) -> UInt8[np.ndarray, "n 4"]:
        """The colours (the fourth is idle) of places on triangles, by their weights; `spread_m` is what a pixel covers there."""
        weights = _pairs(one), _pairs(two)
        shine = np.take(self._shine, triangle, axis=0, mode="clip")
        surface = self._atlas.texels(
            _between(self._uv, triangle, weights),
            np.take(self._layers, triangle, axis=0, mode="clip"),
            spread_m * shine[:, 3],
        )
        shone = looked_up(self._light, _between(self._at, triangle, weights))
        bright = shine[:, 1] * one
        bright += shine[:, 0]
        bright += shine[:, 2] * two
        tints = np.take(self._tints, triangle, axis=0, mode="clip")
        tints *= cv2.merge([bright] * 4).reshape(-1, 4)
        lit = cv2.multiply(surface, shone, scale=1 / 255, dtype=cv2.CV_32F)
        return np.asarray(cv2.multiply(lit, tints, dtype=cv2.CV_8U))


def _along(corners: Float32[np.ndarray, "t 3 c"]) -> Float32[np.ndarray, "3 t c"]:
    """Values at the corners of triangles as those at the first, and how they change along two edges."""
    first = corners[:, 0]
    return np.asarray(np.stack([first, corners[:, 1] - first, corners[:, 2] - first]))


def _pairs(values: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, "n 2"]:
    """Each number twice."""
    return np.asarray(cv2.merge([values, values])).reshape(-1, 2)


def _between(
    table: Float32[np.ndarray, "3 t c"],
    triangle: Int64[np.ndarray, " n"],
    weights: tuple[Float32[np.ndarray, "n c"], Float32[np.ndarray, "n c"]],
) -> Float32[np.ndarray, "n c"]:
    """The values at places on triangles."""
    value, first, second = (np.take(part, triangle, axis=0, mode="clip") for part in table)
    first *= weights[0]
    second *= weights[1]
    value += first
    value += second
    return np.asarray(value)


def _density(
    corners: Float32[np.ndarray, "t 3 3"], uv: Float32[np.ndarray, "t 3 2"]
) -> Float32[np.ndarray, " t"]:
    """Texels per metre."""
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    area = np.linalg.norm(np.cross(one, two), axis=1)
    drawn = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    return np.asarray(SIDE * np.sqrt(drawn / np.maximum(area, 1e-9)), np.float32)


def rows_of(starts: Int32[np.ndarray, " _"], chosen: Bool[np.ndarray, " bodies"]) -> Int64[np.ndarray, " k"]:
    """The triangles of some bodies."""
    return np.asarray(np.flatnonzero(np.repeat(chosen, np.diff(starts))))

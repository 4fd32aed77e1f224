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

U, V, X, Y, LIGHT = 0, 3, 6, 9, 12  # each: at the first corner, and along two edges
RED, LAYER_X, LAYER_Y, DENSITY = 15, 18, 19, 20
COLUMNS = 21


class TriangleTable:
    """A row for each triangle of a scene, and one more (the last) for what a ray meets that meets nothing.

    Args:
        baked: the scene.
    """

    def __init__(self, baked: Baked) -> None:
        self._baked = baked
        bodies = baked.bodies
        self._atlas = Atlas([picture_of(bodies, name) for name in bodies.surfaces])
        self._light = np.ascontiguousarray(baked.light[..., :3])
        corners = bodies.triangles
        self._columns = np.zeros((COLUMNS, len(corners) + 1), np.float32)
        self._run(U, bodies.uv[corners, 0])
        self._run(V, bodies.uv[corners, 1])
        layer = bodies.layer[corners[:, 0]]
        self._columns[[LAYER_X, LAYER_Y], :-1] = self._atlas.corners[layer].T
        self._columns[DENSITY, :-1] = _density(bodies.vertices[corners], bodies.uv[corners])
        self.at_rest(np.arange(len(corners)))

    def _run(
        self,
        column: int,
        values: Float32[np.ndarray, "t 3"],
        rows: Int64[np.ndarray, " t"] | slice = np.s_[:-1],
    ) -> None:
        self._columns[column, rows] = values[:, 0]
        self._columns[column + 1, rows] = values[:, 1] - values[:, 0]
        self._columns[column + 2, rows] = values[:, 2] - values[:, 0]

    def _tint(self, rows: Int64[np.ndarray, " k"], colours: Float32[np.ndarray, "k 3 3"]) -> None:
        """One colour for each triangle, and how bright each corner is (its hue hardly differs between them)."""
        most = np.maximum(colours.max(axis=1), 1e-3)
        self._run(LIGHT, (colours / most[:, None]).mean(axis=2), rows)
        self._columns[RED : RED + 3, rows] = most.T / 255

    def at_rest(self, rows: Int64[np.ndarray, " k"]) -> None:
        """Light triangles where they stand at first."""
        corners = self._baked.bodies.triangles[rows]
        height, width = self._baked.light.shape[:2]
        chart = self._baked.charts.at[corners] * np.array([width, height], np.float32) - np.float32(0.5)
        self._run(X, chart[..., 0], rows)
        self._run(Y, chart[..., 1], rows)
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
        self._columns[X:LIGHT, rows] = 0  # the white texel is the first
        self._tint(rows, lit.reshape(-1, 3, 3))

    def colours(
        self,
        triangle: Int64[np.ndarray, " n"],
        one: Float32[np.ndarray, " n"],
        two: Float32[np.ndarray, " n"],
        spread_m: Float32[np.ndarray, " n"],
    ) -> UInt8[np.ndarray, "n 3"]:
        """The colours of places on triangles, by their weights; `spread_m` is what a pixel covers there."""
        # One column after the other: gathering whole rows and slicing them is three times slower.
        taken = [np.take(column, triangle, mode="clip") for column in self._columns]
        u, v, x, y, light = (_between(taken, column, one, two) for column in (U, V, X, Y, LIGHT))
        surface = self._atlas.texels(u, v, taken[LAYER_X], taken[LAYER_Y], spread_m * taken[DENSITY])
        shone = looked_up(self._light, x, y)
        for column in range(RED, RED + 3):
            taken[column] *= light
        lit = cv2.multiply(surface, shone, scale=1 / 255, dtype=cv2.CV_32F)
        tints = cv2.merge(taken[RED : RED + 3]).reshape(-1, 3)
        return np.asarray(cv2.multiply(lit, tints, dtype=cv2.CV_8U))


def _between(
    taken: list[Float32[np.ndarray, " n"]],
    column: int,
    one: Float32[np.ndarray, " n"],
    two: Float32[np.ndarray, " n"],
) -> Float32[np.ndarray, " n"]:
    """The value at a place on its triangle; works in place."""
    value, first, second = taken[column], taken[column + 1], taken[column + 2]
    first *= one
    second *= two
    value += first
    value += second
    return value


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

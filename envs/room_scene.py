"""A set of things as the eye sees it: ray cast, painted, lit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, UInt8

from streammem.envs.room_paint import TILE, Atlas, Paint, atlas
from streammem.envs.room_shapes import Mesh, joined
from streammem.envs.room_things import Thing
from streammem.spatial import open3d
from streammem.types import Intrinsics

__all__ = ["Scene"]

AMBIENT = 0.42
LAMP_M = 0.35  # half the width of a lamp: how soft its shadows are
SAMPLES = 6  # points of the lamp that a surface looks at
STRIP = 48  # rows of a picture that are cast at a time
SKY = (150, 170, 190)


class Scene:
    """Ray casting by Open3D (Embree); patterns from an atlas; light by Lambert with soft shadows, at the vertices.

    Rays have length 1 along the optical axis, so a ray's hit parameter is the depth itself.

    Args:
        things: what there is.
        lamps: where light comes from; each surface sees the one nearest to it.
    """

    def __init__(self, things: Sequence[Thing], lamps: Float64[np.ndarray, "lamps 3"]) -> None:
        self._core = open3d.load().core
        parts = [
            (thing, part.paint, mesh)
            for thing in things
            for part, mesh in zip(thing.parts, thing.meshes, strict=True)
        ]
        paints = tuple(dict.fromkeys(paint for _, paint, _ in parts))
        self._atlas = _atlas(paints)
        self._caster: Any = open3d.load().t.geometry.RaycastingScene()
        mesh = joined([mesh for _, _, mesh in parts])
        self._caster.add_triangles(
            self._core.Tensor(np.ascontiguousarray(mesh.vertices)),
            self._core.Tensor(mesh.triangles.astype(np.uint32)),
        )
        counts = [len(mesh.triangles) for _, _, mesh in parts]
        # One row more than there are triangles: what a ray meets that meets nothing.
        self._labels = np.append(np.repeat([thing.id for thing, _, _ in parts], counts), 0).astype(np.int32)
        number = {paint: i for i, paint in enumerate(paints)}
        tile = np.repeat([number[paint] for _, paint, _ in parts], counts)
        repeat = np.repeat([paint.repeat_m for _, paint, _ in parts], counts)
        self._table = self._surface(mesh, tile, repeat, self._light(mesh, lamps))

    def _light(self, mesh: Mesh, lamps: Float64[np.ndarray, "lamps 3"]) -> Float32[np.ndarray, " n"]:
        """How bright each vertex is: ambient, and what it sees of its lamp."""
        points = mesh.vertices + mesh.normals * 0.004
        nearest = ((points[:, None, :2] - lamps[None, :, :2]) ** 2).sum(axis=2).argmin(axis=1)
        turn = np.arange(SAMPLES) * (2 * np.pi / SAMPLES)
        spread = np.stack([np.cos(turn), np.sin(turn), np.zeros(SAMPLES)], axis=-1) * LAMP_M
        toward = (lamps[nearest][:, None] + spread[None] - points[:, None]).astype(np.float32)
        origins = np.broadcast_to(points[:, None], toward.shape)
        rays = np.ascontiguousarray(np.concatenate([origins, toward], axis=-1), np.float32)
        hidden = self._caster.test_occlusions(self._core.Tensor(rays), 0.0, 1.0).numpy()
        distance = np.linalg.norm(toward, axis=-1)
        facing = np.einsum("nsk,nk->ns", toward, mesh.normals) / distance
        lamp = (np.where(hidden, 0.0, facing.clip(min=0)) / (1 + (distance / 3.0) ** 2)).mean(axis=1)
        sideways = (
            0.06 * mesh.normals[:, 0] + 0.03 * mesh.normals[:, 1]
        )  # tells a box's sides apart in the shade
        return np.asarray(AMBIENT + sideways + 0.85 * lamp, np.float32)

    def _surface(
        self, mesh: Mesh, tile: np.ndarray, repeat: np.ndarray, light: Float32[np.ndarray, " n"]
    ) -> Float32[np.ndarray, "11 t"]:
        """Per triangle, what changes linearly over it: texels and light at its corner and along two edges."""
        corners = mesh.triangles
        values = np.concatenate([mesh.on_m, light[:, None]], axis=1)[corners]  # triangle, corner, value
        values[..., :2] /= repeat[:, None, None]
        start, one, two = values[:, 0], values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
        table = np.zeros((len(corners) + 1, 11), np.float32)
        table[:-1] = np.concatenate([start, one, two, self._atlas.corner[tile]], axis=1)
        return np.ascontiguousarray(table.T)

    def render(
        self, world_from_camera: Float64[np.ndarray, "4 4"], intrinsics: Intrinsics
    ) -> tuple[UInt8[np.ndarray, "h w 3"], Float32[np.ndarray, "h w"], Int32[np.ndarray, "h w"]]:
        """Colour, depth in metres (0 where nothing is hit) and label of every pixel."""
        shape = (intrinsics.height, intrinsics.width)
        rgb, depth_m, labels = (
            np.empty((*shape, 3), np.uint8),
            np.empty(shape, np.float32),
            np.empty(shape, np.int32),
        )
        rotation = world_from_camera[:3, :3].T.astype(np.float32)
        directions = _directions(intrinsics)
        for top in range(0, shape[0], STRIP):  # what a strip needs stays in the processor's cache
            rows = slice(top, min(top + STRIP, shape[0]))
            rays = np.empty((rows.stop - top, shape[1], 6), np.float32)
            rays[..., :3] = world_from_camera[:3, 3]
            np.matmul(directions[rows], rotation, out=rays[..., 3:])
            hits = self._caster.cast_rays(self._core.Tensor.from_numpy(rays))
            depth = hits["t_hit"].numpy()
            missed = ~np.isfinite(depth)
            triangle = np.minimum(hits["primitive_ids"].numpy(), np.uint32(len(self._labels) - 1)).astype(
                np.int64
            )
            rgb[rows] = self._colour(triangle, hits["primitive_uvs"].numpy(), missed)
            depth_m[rows] = np.where(missed, np.float32(0), depth)
            labels[rows] = self._labels[triangle]
        return rgb, depth_m, labels

    @staticmethod
    def _texel(
        value: Float32[np.ndarray, "h w"],
        one: Float32[np.ndarray, "h w"],
        two: Float32[np.ndarray, "h w"],
        corner: Float32[np.ndarray, "h w"],
    ) -> Float32[np.ndarray, "h w"]:
        """Where in the atlas a place on the surface is; patterns repeat. Works in place, on `value`."""
        value += one
        value += two
        value -= np.floor(value)
        value *= TILE
        value += corner
        return value

    def _colour(
        self, triangle: np.ndarray, within: np.ndarray, missed: Bool[np.ndarray, "h w"]
    ) -> UInt8[np.ndarray, "h w 3"]:
        # One column after the other: gathering whole rows and slicing them is three times slower.
        (u0, v0, light, u1, v1, light1, u2, v2, light2, x0, y0) = (np.take(c, triangle) for c in self._table)
        one, two = np.ascontiguousarray(within[..., 0]), np.ascontiguousarray(within[..., 1])
        x, y = (
            self._texel(base, edge * one, other * two, corner)
            for base, edge, other, corner in ((u0, u1, u2, x0), (v0, v1, v2, y0))
        )
        light += light1 * one + light2 * two
        paint = cv2.remap(self._atlas.picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        rgb = cv2.multiply(paint, cv2.merge([light, light, light]), dtype=cv2.CV_8U)
        if missed.any():
            rgb[missed] = SKY
        return np.asarray(rgb)


@lru_cache(maxsize=8)
def _atlas(paints: tuple[Paint, ...]) -> Atlas:
    return atlas(paints)


@lru_cache(maxsize=8)
def _directions(intrinsics: Intrinsics) -> Float32[np.ndarray, "h w 3"]:
    """The ray of each pixel's centre in camera axes; pixel (0, 0) has its centre at 0, 0."""
    x = (np.arange(intrinsics.width, dtype=np.float32) - intrinsics.cx) / intrinsics.fx
    y = (np.arange(intrinsics.height, dtype=np.float32) - intrinsics.cy) / intrinsics.fy
    ones = np.ones((intrinsics.height, intrinsics.width), np.float32)
    return np.stack([np.broadcast_to(x, ones.shape), np.broadcast_to(y[:, None], ones.shape), ones], axis=-1)

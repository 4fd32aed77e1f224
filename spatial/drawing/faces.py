"""The faces of voxels that can be seen, with their light."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64, UInt8

from streammem.errors import ObservationError
from streammem.spatial.cells import cell_indices, cells_at, pack
from streammem.spatial.drawing.upright import below_cut, by_height, standing

__all__ = ["CubesConfig", "Faces", "faces_of"]

SIDES = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.int64)
OCCLUDED = 0.07  # how much darker a face is for each cube that rises beside it
# Steps to the four corners of a face, from the middle of the cube, for each side.
CORNERS = np.array(
    [
        [side / 2 + (a * first + b * second) / 2 for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        for side in SIDES
        for first, second in [np.eye(3)[np.flatnonzero(side == 0)]]
    ]
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CubesConfig:
    """How a view looks.

    Attributes:
        cut_m: how far above the floor the map is cut off, so that the ceiling hides nothing; None for nowhere.
        smooth: rays along each side of a pixel.
        up: which way is up in this world.
    """

    cut_m: float | None = 2.0
    smooth: int = 2
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)

    def __post_init__(self) -> None:
        if not (self.cut_m is None or self.cut_m > 0):
            raise ObservationError(f"a map is cut above 0 m, got {self.cut_m}")
        if not 1 <= self.smooth <= 4:
            raise ObservationError(f"smooth is 1 to 4 rays along a pixel, got {self.smooth}")


@dataclass(frozen=True, slots=True)
class Faces:
    """Square faces: their middles, corners, the way they look, and their colours with light."""

    centre: Float64[np.ndarray, "n 3"]
    corners: Float64[np.ndarray, "n 4 3"]
    normal: Float64[np.ndarray, "n 3"]
    colour: Float32[np.ndarray, "n 3"]

    def facing(self, to_viewer: Float64[np.ndarray, "n 3"]) -> Faces:
        """Those that look to the viewer."""
        seen = (self.normal * to_viewer).sum(axis=1) > 0
        return Faces(self.centre[seen], self.corners[seen], self.normal[seen], self.colour[seen])


def faces_of(
    occupied: Float[np.ndarray, "n 3"],
    colours: UInt8[np.ndarray, "n 3"] | None,
    free: Float[np.ndarray, "_ 3"] | None,
    voxel_m: float,
    config: CubesConfig,
) -> Faces:
    """The faces of a map's voxels that border on empty ones (known free ones where `free` is given), lit.

    Light comes from above, and a face is darker for each cube that rises beside it.

    Raises:
        ObservationError: if the voxel size is no length or a voxel too far away.
    """
    if not (math.isfinite(voxel_m) and voxel_m > 0):
        raise ObservationError(f"a voxel has a size above 0 m, got {voxel_m}")
    heights = standing(occupied, config.up)[:, 2]
    paint = by_height(heights) if colours is None else colours
    kept = below_cut(heights, config.cut_m)
    cells, paint = cell_indices(occupied[kept], voxel_m), paint[kept]
    solid = np.sort(pack(cells))
    empty = None if free is None else np.sort(cells_at(free, voxel_m))
    light = _light(config.up)
    parts: list[tuple[Any, ...]] = []
    for number, side in enumerate(SIDES):
        beside = pack(cells + side)
        seen = ~_among(beside, solid) if empty is None else _among(beside, empty)
        if empty is not None and config.cut_m is not None and _is_up(side, config.up):
            seen |= ~_among(beside, solid)  # where the cut goes through a wall, its top shows
        at, shade = cells[seen], np.full(int(seen.sum()), light[number])
        for other in SIDES[np.abs(SIDES @ side) == 0]:
            shade *= 1 - OCCLUDED * _among(pack(at + side + other), solid)
        centre = (at + 0.5 + side / 2) * voxel_m
        corners = (at[:, None] + 0.5 + CORNERS[number]) * voxel_m
        normal = np.broadcast_to(side.astype(float), centre.shape)
        parts.append((centre, corners, normal, paint[seen] * shade[:, None].astype(np.float32)))
    return Faces(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _is_up(side: Int64[np.ndarray, " 3"], up: tuple[float, float, float]) -> bool:
    return bool(side @ np.asarray(up, float) / np.linalg.norm(up) > 0.7)


def _light(up: tuple[float, float, float]) -> Float64[np.ndarray, " 6"]:
    """How bright each side is: most what looks up, least what looks down, and neighbours told apart."""
    rise = SIDES @ (np.asarray(up, float) / np.linalg.norm(up))
    return np.asarray(0.8 + np.where(rise > 0, 0.2, 0.16) * rise + np.array([0.05, -0.03, 0, -0.05, 0.03, 0]))


def _among(keys: Int64[np.ndarray, " n"], known: Int64[np.ndarray, " _"]) -> np.ndarray:
    """Which keys are in a sorted list."""
    if not len(known):
        return np.zeros(len(keys), bool)
    return np.asarray(known[np.searchsorted(known, keys).clip(max=len(known) - 1)] == keys)

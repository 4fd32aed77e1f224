"""Frontiers of an octree: its cells, box by box, so that a map may be as wide as it likes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
import torch
from jaxtyping import Float64

from streammem.errors import ObservationError
from streammem.spatial.cells import centres_of
from streammem.spatial.frontiers.known import MARGIN, Known
from streammem.spatial.frontiers.memory import Frontiers, Piece
from streammem.spatial.frontiers.sighting import Posed
from streammem.spatial.octree import Octree
from streammem.types import Box, Frontier

__all__ = ["seek"]

_BLOCK_LEVEL = 3
_MOST_CELLS = 1 << 24  # in one piece: 40 m x 40 m x 10 m in cells of 10 cm
_TILE_M = 16.0


def seek(
    frontiers: Frontiers,
    octree: Octree,
    *,
    within: Box | None = None,
    views: Sequence[Posed] | None = None,
    floor_m: float = 0.0,
) -> tuple[Frontier, ...]:
    """Find the frontiers of a map again, in a box that has changed or everywhere; see `Frontiers.update`.

    A box too large to be held densely is gone through in tiles, those in which anything is known.

    Raises:
        ObservationError: if the frontiers' cells are no cubes of the octree.
    """
    cell_m = frontiers.config.cell_m
    level = round(math.log2(cell_m / octree.config.voxel_m))
    if level < 0 or abs(octree.config.voxel_m * 2**level - cell_m) > 1e-9:
        raise ObservationError(
            f"an octree of {octree.config.voxel_m} m has cubes of twice that, and so on, got frontiers of {cell_m} m: "
            "set cell_m to one of these sizes"
        )
    around = frontiers.config.reach_m + MARGIN * cell_m
    half = octree.config.voxel_m * 2**_BLOCK_LEVEL
    places = _known_places(frontiers, octree, within)
    boxes = _boxes(places, within, half)
    cells = sum(np.prod((np.subtract(box.high, box.low) + 2 * around) / cell_m) for box in boxes)
    if cells > _MOST_CELLS:
        boxes = _tiles(places, within, half)

    def piece(box: Box) -> Piece:
        region = Box(low=_triple(np.subtract(box.low, around)), high=_triple(np.add(box.high, around)))
        if len(boxes) == 1:
            known = _known(octree, region, level, cell_m)
            return lambda: known, box
        return lambda: _known(octree, region, level, cell_m), box

    pieces = [piece(box) for box in boxes]
    return frontiers.renew(pieces, whole=within is None, views=views, floor_m=floor_m)


def _known(octree: Octree, region: Box, level: int, cell_m: float) -> Known:
    state, corner = octree.states(region, level=level)
    return Known.of_grid(state.numpy(force=True), corner, cell_m)


def _boxes(places: Float64[np.ndarray, "n 3"], within: Box | None, half: float) -> list[Box]:
    """The box that changed, or the one around all that is known."""
    if within is not None:
        return [within]
    if not len(places):
        return []
    return [Box(low=_triple(places.min(0) - half), high=_triple(places.max(0) + half))]


def _known_places(frontiers: Frontiers, octree: Octree, within: Box | None) -> Float64[np.ndarray, "n 3"]:
    """Middles of blocks of which something is known, and of border cells."""
    cells = centres_of(frontiers.cells[0], frontiers.config.cell_m)
    if within is not None:
        cells = cells[within.holds(cells)]
    blocks = [find(within=within, level=_BLOCK_LEVEL).centres for find in (octree.occupied, octree.free)]
    return np.concatenate([torch.cat(blocks).numpy(force=True).astype(np.float64), cells])


def _tiles(places: Float64[np.ndarray, "n 3"], within: Box | None, half: float) -> list[Box]:
    """Boxes of a coarse grid around these places and what is `half` around each, as small as can be."""
    corners = np.concatenate([places + np.array(step) * half for step in product((-1, 1), repeat=3)])
    tiles, tile = np.unique(np.floor(corners / _TILE_M), axis=0, return_inverse=True)
    tile, around = tile.reshape(-1), np.tile(places, (8, 1))
    low, high = np.full(tiles.shape, np.inf), np.full(tiles.shape, -np.inf)
    np.minimum.at(low, tile, around - half)
    np.maximum.at(high, tile, around + half)
    low, high = np.maximum(low, tiles * _TILE_M), np.minimum(high, (tiles + 1) * _TILE_M)
    if within is not None:
        low, high = np.maximum(low, within.low), np.minimum(high, within.high)
    return [Box(low=_triple(a), high=_triple(b)) for a, b in zip(low, high, strict=True) if (a <= b).all()]


def _triple(values: Float64[np.ndarray, " 3"]) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z

"""How well a frame shows each cell of surface in it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int64

from streammem.spatial.cells import cells_at
from streammem.spatial.sight import Sight
from streammem.spatial.views.config import ViewsConfig

__all__ = ["shown_cells"]

CORNER = 0.5  # what a cell in the picture's corner counts, beside one in its middle


def shown_cells(
    sight: Sight, centres: Float[np.ndarray, "seen 3"], config: ViewsConfig
) -> tuple[Int64[np.ndarray, " n"], Float32[np.ndarray, " n"]]:
    """Rising numbers of the cells that a frame shows, and how well, above 0 up to 1.

    `centres` are those of the voxels in `sight.seen`. The quality is the width of the cell in the picture, as the root
    of its pixels over `config.sharp_px` (at most 1): it falls with distance and with the slant, and where something
    stands in front. Times how central it is, down to a half in the corners, where lenses are weakest.
    """
    seen, rows = sight.seen.numpy(force=True), sight.rows.numpy(force=True)
    cells, cell = np.unique(cells_at(centres, config.cell_m), return_inverse=True)
    where = np.flatnonzero(rows.ravel() >= 0)
    voxel = np.searchsorted(seen, rows.ravel()[where])
    central = _central(sight, rows.shape).ravel()[where]
    pixels = np.bincount(cell[voxel], minlength=len(cells))
    total = np.bincount(cell[voxel], central, len(cells))
    width = np.sqrt(pixels) * sight.stride / config.sharp_px
    quality = np.minimum(width, 1) * total / np.maximum(pixels, 1)
    shown = pixels > 0
    return cells[shown], quality[shown].astype(np.float32)


def _central(sight: Sight, shape: tuple[int, ...]) -> Float32[np.ndarray, "h w"]:
    """1 in the middle of the picture, falling with the square of the distance to `CORNER` in its corners."""
    height, width = shape
    y = np.linspace(-1, 1, height, dtype=np.float32) if height > 1 else np.zeros(1, np.float32)
    x = np.linspace(-1, 1, width, dtype=np.float32) if width > 1 else np.zeros(1, np.float32)
    return 1 - (1 - CORNER) * (x**2 + y[:, None] ** 2) / 2

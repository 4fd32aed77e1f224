"""Where each frontier is, how large it is, and which way the unknown lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64, UInt8

from streammem.spatial.cells import centres_of
from streammem.spatial.frontiers.border import face_sums
from streammem.spatial.frontiers.config import FrontiersConfig

__all__ = ["Shapes", "shapes_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shapes:
    """One row a frontier, by rising id.

    `cell` is the one nearest to its middle and `centre` this cell's, `normal` the mean direction of its faces, `low` and
    `high` are its corners, `cells` counts them.
    """

    cell: Int64[np.ndarray, " rows"]
    centre: Float64[np.ndarray, "rows 3"]
    normal: Float64[np.ndarray, "rows 3"]
    area_m2: Float64[np.ndarray, " rows"]
    low: Float64[np.ndarray, "rows 3"]
    high: Float64[np.ndarray, "rows 3"]
    cells: Int64[np.ndarray, " rows"]


def shapes_of(
    cells: Int64[np.ndarray, " n"],
    faces: UInt8[np.ndarray, " n"],
    label: Int64[np.ndarray, " n"],
    config: FrontiersConfig,
) -> Shapes:
    """The shapes of labelled cells.

    A cell's part of the area is the length of the sum of its faces: right for borders along the grid and diagonal to
    it, up to a tenth too much in between. Where all faces cancel, the normal is that of the middle cell, or up.
    """
    order = np.argsort(label, kind="stable")
    cells, sums, label = cells[order], face_sums(faces[order]), label[order]
    starts = np.flatnonzero(np.diff(label, prepend=0))
    count = np.diff(starts, append=len(label))
    member = np.repeat(np.arange(len(starts)), count)
    centres = centres_of(cells, config.cell_m)
    if not len(starts):
        none = np.zeros((0, 3))
        return Shapes(
            cell=cells, centre=none, normal=none, area_m2=np.zeros(0), low=none, high=none, cells=count
        )
    middle = np.add.reduceat(centres, starts) / count[:, None]
    far = ((centres - middle[member]) ** 2).sum(1)
    nearest = np.lexsort((far, member))[starts]
    total = np.add.reduceat(sums, starts)
    own = np.where(sums[nearest].any(1, keepdims=True), sums[nearest], config.up)
    total = np.where(np.linalg.norm(total, axis=1, keepdims=True) > 1e-9, total, own)
    area = np.add.reduceat(np.maximum(np.linalg.norm(sums, axis=1), 1), starts)
    return Shapes(
        cell=cells[nearest],
        centre=centres[nearest],
        normal=total / np.linalg.norm(total, axis=1, keepdims=True),
        area_m2=area * config.cell_m**2,
        low=np.minimum.reduceat(centres, starts) - config.cell_m / 2,
        high=np.maximum.reduceat(centres, starts) + config.cell_m / 2,
        cells=count,
    )

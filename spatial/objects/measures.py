"""Where objects are, how large, and what they look like: sums over their rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float16, Float32, Int64

from streammem.spatial.objects.surface import Surface

__all__ = ["Measures", "measure"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """One entry an object. Boxes reach to the outer faces of the voxels; zero where an object has none."""

    voxels: Int64[np.ndarray, " k"]
    centre: Float32[np.ndarray, "k 3"]
    low: Float32[np.ndarray, "k 3"]
    high: Float32[np.ndarray, "k 3"]
    colour: Float32[np.ndarray, "k 3"]
    feature: Float16[np.ndarray, "k d"]
    inside: Int64[np.ndarray, " k"]


def measure(
    surface: Surface,
    ids: list[int],
    dim: int,
    boxes: tuple[Float32[np.ndarray, "k 3"], Float32[np.ndarray, "k 3"]] | None = None,
) -> Measures:
    """Measure these objects, and how many voxels of each lie in its box, low and high corners.

    Voxels count alike for place and colour, since the near side of a thing fills more pixels than the far one, and
    by their pixels for the feature.
    """
    rows, count = surface.groups(ids)
    size = len(ids)
    centre, low, high, colour = (np.zeros((size, 3), np.float32) for _ in range(4))
    feature = np.zeros((size, dim), np.float16)
    inside = np.zeros(size, np.int64)
    full = np.flatnonzero(count)
    if len(full):
        starts = np.concatenate([[0], np.cumsum(count[full])[:-1]])
        points, half = surface.centres(rows), np.float32(surface.voxel_m / 2)
        each = count[full, None]
        centre[full] = np.add.reduceat(points.astype(np.float64), starts) / each
        low[full] = np.minimum.reduceat(points, starts) - half
        high[full] = np.maximum.reduceat(points, starts) + half
        colour[full] = np.add.reduceat(surface.take("rgb", rows).astype(np.float32), starts) / each
        if boxes is not None:
            of = np.repeat(np.arange(size), count)
            within = ((points > boxes[0][of]) & (points < boxes[1][of])).all(axis=1)
            inside = np.bincount(of, within, minlength=size).astype(np.int64)
        if dim:
            weight = surface.take("weight", rows).astype(np.float32)[:, None]
            sums = np.add.reduceat(surface.take("feature", rows).astype(np.float32) * weight, starts)
            length = np.linalg.norm(sums, axis=1, keepdims=True)
            feature[full] = np.where(length > 0, sums / np.maximum(length, np.float32(1e-6)), 0).astype(
                np.float16
            )
    return Measures(
        voxels=count, centre=centre, low=low, high=high, colour=colour, feature=feature, inside=inside
    )

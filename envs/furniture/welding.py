"""Which triangles hang together."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64

__all__ = ["first_copies", "parts", "patches", "unit", "welded"]

STEP = 1e-5  # of a piece's span: corners nearer than that are one
TEXEL = 4096  # texture coordinates are one where they agree to a part of this


def welded(
    corners: Float64[np.ndarray, "t 3 3"],
) -> tuple[Float64[np.ndarray, "n 3"], Int64[np.ndarray, "t 3"]]:
    """Places of corners, each once, and which one each corner of a triangle is."""
    flat = corners.reshape(-1, 3)
    _, first, which = _numbered(np.round(flat / _step(corners)).astype(np.int64))
    return flat[first], which.reshape(-1, 3)


def parts(triangles: Int64[np.ndarray, "t 3"]) -> Int64[np.ndarray, " t"]:
    """Which connected part each triangle belongs to: those that share a corner."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes = int(triangles.max()) + 1
    rows, columns = triangles[:, [0, 1]].ravel(), triangles[:, [1, 2]].ravel()
    links = coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(nodes, nodes))
    part = connected_components(links, directed=False)[1][triangles[:, 0]]
    numbers: Int64[np.ndarray, " t"] = np.unique(part, return_inverse=True)[1].astype(np.int64)
    return numbers


def patches(
    corners: Float64[np.ndarray, "t 3 3"], uv: Float64[np.ndarray, "t 3 2"]
) -> Int64[np.ndarray, " t"]:
    """Which patch each triangle belongs to: within one, neighbours agree on the texture coordinates they share."""
    places = np.concatenate([np.round(corners / _step(corners)), np.round(uv * TEXEL)], -1).astype(np.int64)
    return parts(_numbered(places.reshape(-1, 5))[2].reshape(-1, 3))


def first_copies(triangles: Int64[np.ndarray, "t 3"]) -> Bool[np.ndarray, " t"]:
    """The first of triangles that have the same corners in any order; none that is only an edge."""
    ordered = np.sort(triangles, axis=1)
    chosen = np.zeros(len(triangles), bool)
    chosen[_numbered(ordered)[1]] = True
    return np.asarray(chosen & (ordered[:, 0] != ordered[:, 1]) & (ordered[:, 1] != ordered[:, 2]))


def unit(vectors: Float64[np.ndarray, "*n 3"]) -> Float64[np.ndarray, "*n 3"]:
    """Vectors at length 1; zero stays zero."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def _step(corners: Float64[np.ndarray, "t 3 3"]) -> float:
    return max(float(np.ptp(corners.reshape(-1, 3), axis=0).max()), 1e-6) * STEP


def _numbered(
    rows: Int64[np.ndarray, "n k"],
) -> tuple[Int64[np.ndarray, "m k"], Int64[np.ndarray, " m"], Int64[np.ndarray, " n"]]:
    """Rows without repetition, where each stands first, and which one each row is."""
    order = np.lexsort(rows.T)
    ordered = rows[order]
    new = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(1)])
    which = np.empty(len(rows), np.int64)
    which[order] = np.cumsum(new) - 1
    first = order[new]  # lexsort is stable, so the first of equals is the first of all
    return rows[first], first, which

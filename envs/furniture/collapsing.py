"""One connected surface with fewer triangles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float64, Int64

from streammem.envs.furniture.reading import Piece
from streammem.envs.furniture.welding import first_copies, welded

__all__ = ["collapsed"]

BORDER = 3.0  # how much more an open edge may not move than what lies within a surface
OVER = 1.4  # times the budget that a surface may have after all


def collapsed(piece: Piece, most: int) -> Piece:
    """A surface with about `most` triangles, without texture coordinates.

    Edges are collapsed by quadric error (Garland and Heckbert 1997): by Open3D where every edge has two faces, which
    keeps thin tubes whole; elsewhere by fast-simplification, which does not stop at edges with three. What is still
    too much (loose ends on all sides) is snapped to an ever coarser grid.

    Raises:
        ImportError: if fast-simplification is not installed.
    """
    places, triangles = welded(piece.corners)
    if _manifold(triangles):
        places, triangles = _by_open3d(places, triangles, most)
    else:
        from fast_simplification import simplify

        less, faces = simplify(
            places.astype(np.float32), triangles.astype(np.int32), target_count=most, agg=7.0
        )
        places, triangles = less.astype(np.float64), faces.astype(np.int64)
    if len(triangles) > OVER * most:
        places, triangles = _snapped(places, triangles, most)
    corners = places[triangles].reshape(-1, 3, 3)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return replace(piece, corners=corners[area > 1e-10], uv=None)


def _manifold(triangles: Int64[np.ndarray, "t 3"]) -> bool:
    """Whether no edge has more than two faces."""
    edges = np.sort(
        np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1
    )
    key = edges[:, 0] * (int(edges.max()) + 1) + edges[:, 1]
    return int(np.unique(key, return_counts=True)[1].max()) <= 2


def _by_open3d(
    places: Float64[np.ndarray, "n 3"], triangles: Int64[np.ndarray, "t 3"], most: int
) -> tuple[Float64[np.ndarray, "m 3"], Int64[np.ndarray, "k 3"]]:
    from streammem.spatial.open3d import load

    o3d = load()
    mesh = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(places), o3d.utility.Vector3iVector(triangles.astype(np.int32))
    )
    less = mesh.simplify_quadric_decimation(most, boundary_weight=BORDER)
    return np.asarray(less.vertices).copy(), np.asarray(less.triangles).astype(np.int64)


def _snapped(
    places: Float64[np.ndarray, "n 3"], triangles: Int64[np.ndarray, "t 3"], most: int
) -> tuple[Float64[np.ndarray, "m 3"], Int64[np.ndarray, "k 3"]]:
    """Places that share a cell of a grid become their mean; the finest grid that leaves few enough triangles."""
    low, span = places.min(0), float(np.ptp(places, axis=0).max())
    for cells in np.geomspace(256, 2, 29):
        cell = np.floor((places - low) / (span / cells)).astype(np.int64)
        _, which = np.unique(cell, axis=0, return_inverse=True)
        which = which.reshape(-1)
        fewer = which[triangles]
        fewer = fewer[first_copies(fewer)]
        if len(fewer) <= OVER * most:
            break
    total = np.bincount(which)
    mean = np.stack([np.bincount(which, places[:, i]) / total for i in range(3)], 1)
    return mean, fewer

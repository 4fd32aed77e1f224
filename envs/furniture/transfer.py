"""What a reduced surface takes over from the one that it stands for: normals, and places in the picture."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

from streammem.envs.furniture.reading import Piece
from streammem.envs.furniture.shading import corner_normals, face_normals
from streammem.envs.furniture.welding import patches, unit, welded

__all__ = ["taken_over"]

SAMPLES = 4  # for each old triangle at least; from them new corners learn
MORE = 8000  # spread over the old surface by area
FACING = 0.04  # of the piece's span: so many metres count as much as a normal turned by 60 degrees
INWARD = 0.02  # corners are asked for a little inside their triangle, where there is only one answer


def taken_over(
    piece: Piece, corners: Float64[np.ndarray, "n 3 3"], *, rng: np.random.Generator
) -> tuple[Float64[np.ndarray, "n 3 3"], Float64[np.ndarray, "n 3 2"] | None]:
    """Normals and texture coordinates of new triangles near an old surface.

    Each corner takes those of the nearest of many places on the old surface that faces the same way. The three of
    a triangle take their texture coordinates from one connected patch of the old texture, so that none is torn.
    """
    from scipy.spatial import cKDTree

    old = piece.corners
    flat, turned = face_normals(old), face_normals(corners)
    facing = FACING * float(np.ptp(old.reshape(-1, 3), axis=0).max())
    of, weights = _sampled(old, rng)
    places = np.einsum("sk,skd->sd", weights, old[of])
    known = np.concatenate([places, flat[of] * facing], 1)
    middle = corners.mean(1, keepdims=True)
    inward = corners * (1 - INWARD) + middle * INWARD
    asked = np.concatenate([inward, np.repeat(turned[:, None] * facing, 3, 1)], -1)
    tree = cKDTree(known)
    smooth = np.einsum("sk,skd->sd", weights, corner_normals(old, welded(old)[1])[of])
    normals = unit(smooth[tree.query(asked)[1]])
    normals = np.where((normals * turned[:, None]).sum(-1, keepdims=True) > 0.3, normals, turned[:, None])
    if piece.uv is None:
        return normals, None
    coordinates = np.einsum("sk,skd->sd", weights, piece.uv[of])
    patch = patches(old, piece.uv)
    home = patch[of[tree.query(asked.mean(1))[1]]]
    uv = np.empty((len(corners), 3, 2))
    for chart in np.unique(home):
        mine, there = np.flatnonzero(home == chart), np.flatnonzero(patch[of] == chart)
        uv[mine] = coordinates[there[cKDTree(known[there]).query(asked[mine])[1]]]
    return normals, uv


def _sampled(
    old: Float64[np.ndarray, "t 3 3"], rng: np.random.Generator
) -> tuple[Int64[np.ndarray, " s"], Float64[np.ndarray, "s 3"]]:
    """Places on a surface as triangles and weights of their corners: all corners, and more within by area."""
    area = np.linalg.norm(np.cross(old[:, 1] - old[:, 0], old[:, 2] - old[:, 0]), axis=1)
    extra = np.floor(area / max(area.sum(), 1e-12) * (SAMPLES * len(old) + MORE)).astype(np.int64) + 1
    within = np.repeat(np.arange(len(old)), extra)
    of = np.concatenate([within, np.repeat(np.arange(len(old)), 3)])
    inner = rng.dirichlet([0.6, 0.6, 0.6], len(within))
    return of, np.concatenate([inner, np.tile(np.eye(3), (len(old), 1))])

"""Normals for models whose own cannot be trusted: smooth over gentle bends, sharp over edges."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

from streammem.envs.furniture.welding import unit

__all__ = ["corner_normals", "face_normals"]

EDGE_DEG = 50.0  # bends sharper than this are edges
NEIGHBOURS = 24  # faces around a corner that count


def face_normals(corners: Float64[np.ndarray, "t 3 3"]) -> Float64[np.ndarray, "t 3"]:
    """Of unit length, toward the side from which corners go counter-clockwise."""
    return unit(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))


def corner_normals(
    corners: Float64[np.ndarray, "t 3 3"], triangles: Int64[np.ndarray, "t 3"]
) -> Float64[np.ndarray, "t 3 3"]:
    """For each corner, the mean normal of the faces at its place that are not turned away by an edge.

    Args:
        corners: of each triangle.
        triangles: which place each corner is (`welded`).
    """
    across = np.cross(
        corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    )  # as long as twice the area
    flat = unit(across)
    place = triangles.ravel()
    order = np.argsort(place, kind="stable")
    count = np.bincount(place)
    start = np.cumsum(count) - count
    face = np.repeat(np.arange(len(triangles)), 3)
    total = np.zeros((len(place), 3))
    limit = np.cos(np.radians(EDGE_DEG))
    for k in range(min(int(count.max()), NEIGHBOURS)):
        some = np.flatnonzero(count[place] > k)
        other = face[order[start[place[some]] + k]]
        near = (flat[other] * flat[face[some]]).sum(1) >= limit
        total[some[near]] += across[other[near]]
    smooth = unit(total)
    lost = (smooth == 0).all(1)
    smooth[lost] = flat[face[lost]]
    return smooth.reshape(-1, 3, 3)

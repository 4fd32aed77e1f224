"""Foliage: heaps of small loose sheets, of which a few stand for many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64, Int64

from streammem.envs.furniture.reading import Piece
from streammem.envs.furniture.shading import face_normals

__all__ = ["fewer_leaves", "is_leaf"]

SMALL = 40  # triangles of a leaf at most
MANY = 24  # leaves that make foliage
ALIGNED = 0.75  # leaves whose normals lie in one direction more than so are keys, tiles or slats
GROWN = 2.5  # times that a leaf may be enlarged


def is_leaf(corners: Float64[np.ndarray, "t 3 3"], part: Int64[np.ndarray, " t"]) -> Bool[np.ndarray, " t"]:
    """Which triangles belong to foliage: small loose parts, many of them, turned every way."""
    sizes, areas = np.bincount(part), np.bincount(part, _areas(corners))
    small = (sizes <= SMALL) & (areas < 0.03 * areas.sum())
    normal = face_normals(corners)
    some = small[part]
    if small.sum() < MANY or not some.any():
        return np.zeros(len(part), bool)
    spread = np.einsum("t,ti,tj->ij", _areas(corners[some]), normal[some], normal[some])
    values = np.linalg.eigvalsh(spread)
    return np.asarray(some & (values[2] < ALIGNED * values.sum()))


def fewer_leaves(
    piece: Piece, part: Int64[np.ndarray, " t"], most: int, *, rng: np.random.Generator
) -> Piece:
    """Foliage with at most `most` triangles: some leaves for all, larger accordingly, each a diamond with two sides."""
    numbers, which = np.unique(part, return_inverse=True)
    areas = _areas(piece.corners)
    of_leaf = np.bincount(which, areas)
    keep = max(min(most // 4, len(numbers)), 1)
    weights = of_leaf + 1e-12 * of_leaf.sum() + 1e-30
    chosen = np.sort(rng.choice(len(numbers), keep, replace=False, p=weights / weights.sum()))
    middle, axes, spans = _boxes(piece.corners, which, len(numbers))
    half = spans[chosen, :2] / 2
    drawn = 2 * half[:, 0] * half[:, 1]  # the area of a diamond
    grow = np.sqrt(of_leaf.sum() / max(float(drawn.sum()), 1e-12))
    half = half * min(max(grow, 1.0), GROWN)
    centre, along, across = middle[chosen], axes[chosen, :, 0] * half[:, :1], axes[chosen, :, 1] * half[:, 1:]
    tips = np.stack([centre - along, centre - across, centre + along, centre + across], 1)
    low, high = piece.corners.min((0, 1)), piece.corners.max((0, 1))
    tips = tips.clip(low, high)
    order = [[0, 1, 2], [0, 2, 3]]
    uv = None if piece.uv is None else _drawn_on(piece, which, chosen, tips)[:, order].reshape(-1, 3, 2)
    return replace(piece, corners=tips[:, order].reshape(-1, 3, 3), uv=uv, both=True)


def _areas(corners: Float64[np.ndarray, "t 3 3"]) -> Float64[np.ndarray, " t"]:
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(np.linalg.norm(across, axis=1) / 2)


def _boxes(
    corners: Float64[np.ndarray, "t 3 3"], which: Int64[np.ndarray, " t"], count: int
) -> tuple[Float64[np.ndarray, "p 3"], Float64[np.ndarray, "p 3 3"], Float64[np.ndarray, "p 3"]]:
    """Middle, axes (longest first, as columns) and extent along them of each part."""
    points, owner = corners.reshape(-1, 3), np.repeat(which, 3)
    total = np.bincount(owner, minlength=count)[:, None]
    mean = np.stack([np.bincount(owner, points[:, i], count) for i in range(3)], 1) / total
    away = points - mean[owner]
    spread = np.stack(
        [np.bincount(owner, away[:, i] * away[:, j], count) for i in range(3) for j in range(3)], 1
    ).reshape(count, 3, 3)
    axes = np.linalg.eigh(spread)[1][..., ::-1]
    local = np.einsum("nij,ni->nj", axes[owner], away)
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, owner, local)
    np.maximum.at(high, owner, local)
    return mean + np.einsum("pij,pj->pi", axes, (low + high) / 2), axes, high - low


def _drawn_on(
    piece: Piece,
    which: Int64[np.ndarray, " t"],
    chosen: Int64[np.ndarray, " k"],
    tips: Float64[np.ndarray, "k 4 3"],
) -> Float64[np.ndarray, "k 4 2"]:
    """Texture coordinates of the diamonds: those of the leaf's corner nearest to each tip."""
    assert piece.uv is not None
    points, uv = piece.corners.reshape(-1, 3), piece.uv.reshape(-1, 2)
    order = np.argsort(np.repeat(which, 3), kind="stable")
    ends = np.cumsum(np.bincount(np.repeat(which, 3)))
    starts = np.concatenate([[0], ends[:-1]])
    found = np.empty((len(chosen), 4, 2))
    for row, leaf in enumerate(chosen):
        mine = order[starts[leaf] : ends[leaf]]
        far = np.linalg.norm(points[mine][None] - tips[row][:, None], axis=-1)
        found[row] = uv[mine[far.argmin(1)]]
    return found

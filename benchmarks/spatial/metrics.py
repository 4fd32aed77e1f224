"""How alike two maps are, as sets of voxels on one grid whose corner is the world's origin.

A voxel is known by a 64-bit key: three counts of 21 bits, x first. Sets are sorted arrays without repeats.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64

__all__ = ["agreement", "centres", "f1", "grown", "iou", "keys_of", "near", "pack", "unpack", "voxel_set"]

BITS = 21
MIDDLE = 1 << (BITS - 1)
MASK = (1 << BITS) - 1
Keys = Int64[np.ndarray, " n"]


def pack(cells: Int64[np.ndarray, "n 3"]) -> Keys:
    """Keys of voxels counted from the origin, each count within +-2^20."""
    x, y, z = (cells.astype(np.int64) + MIDDLE).T
    return (x << 2 * BITS) | (y << BITS) | z


def unpack(keys: Keys) -> Int64[np.ndarray, "n 3"]:
    """Counts from the origin."""
    return np.stack([keys >> 2 * BITS, (keys >> BITS) & MASK, keys & MASK], axis=1) - MIDDLE


def keys_of(points: Float64[np.ndarray, "n 3"], voxel_m: float) -> Keys:
    """The key of each point's voxel."""
    return pack(np.floor(points / voxel_m).astype(np.int64))


def voxel_set(points: Float64[np.ndarray, "n 3"], voxel_m: float) -> Keys:
    """The voxels that hold a point."""
    return np.unique(keys_of(points, voxel_m))


def centres(keys: Keys, voxel_m: float) -> Float64[np.ndarray, "n 3"]:
    """The middle of each voxel, metres."""
    return (unpack(keys) + 0.5) * voxel_m


def grown(keys: Keys, reach: int = 1) -> Keys:
    """The set and everything within `reach` voxels along each axis."""
    steps = np.arange(-reach, reach + 1)
    for shift in (2 * BITS, BITS, 0):
        keys = np.unique(keys[:, None] + (steps << shift))
    return keys


def near(keys: Keys, others: Keys, reach: int = 1) -> Bool[np.ndarray, " n"]:
    """Which keys have one of the others within `reach` voxels along each axis."""
    return np.isin(keys, grown(others, reach))


def iou(one: Keys, other: Keys) -> float:
    """Intersection over union; 1 of two empty sets."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    union = len(one) + len(other) - shared
    return shared / union if union else 1.0


def f1(truth: Keys, found: Keys, reach: int = 1) -> float:
    """Harmonic mean of precision and recall, where a voxel counts that has one of the other set within `reach`."""
    if not len(truth) or not len(found):
        return float(len(truth) == len(found))
    precision, recall = near(found, truth, reach).mean(), near(truth, found, reach).mean()
    total = precision + recall
    return float(2 * precision * recall / total) if total > 0 else 0.0


def agreement(occupied: Keys, free: Keys, other_occupied: Keys, other_free: Keys) -> float:
    """Of the voxels that both maps know, the share that they call the same; 1 if there is none."""
    same = _shared(occupied, other_occupied) + _shared(free, other_free)
    both = same + _shared(occupied, other_free) + _shared(free, other_occupied)
    return same / both if both else 1.0


def _shared(one: Keys, other: Keys) -> int:
    return len(np.intersect1d(one, other, assume_unique=True))

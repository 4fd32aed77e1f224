"""Patch features to voxels: the mean over the pixels of each voxel, through a count of (voxel, patch) pairs."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Bool, Float, Float16, Float32, Int32, Int64
from torch import Tensor

from streammem.spatial.octree.places import places
from streammem.types import Intrinsics

__all__ = ["cuts_of", "merge", "patches_of", "pooled"]

DENSE = 4_000_000  # entries of a count matrix that is worth filling


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def patches_of(
    intrinsics: Intrinsics, stride: int, grid: tuple[int, int], device: torch.device
) -> Int32[Tensor, " n"]:
    """The cell of a (rows, columns) grid over the whole picture in which each strided pixel lies, row-major."""
    start = stride // 2 + 0.5
    v = torch.arange(start, intrinsics.height, stride) * grid[0] / intrinsics.height
    u = torch.arange(start, intrinsics.width, stride) * grid[1] / intrinsics.width
    rows = v.to(torch.int32).clamp_max(grid[0] - 1)
    columns = u.to(torch.int32).clamp_max(grid[1] - 1)
    return (rows[:, None] * grid[1] + columns[None, :]).reshape(-1).to(device)


@lru_cache(maxsize=8)
@torch.inference_mode(False)
def cuts_of(
    intrinsics: Intrinsics, stride: int, grid: tuple[int, int], device: torch.device
) -> Bool[Tensor, " _"]:
    """Between which neighbouring pixels, row-major, the patch changes."""
    patch = patches_of(intrinsics, stride, grid, device)
    return patch[1:] != patch[:-1]


def pooled(
    voxel: Int64[Tensor, " r"],
    length: Int64[Tensor, " r"],
    voxels: int,
    patch: Int32[Tensor, " r"],
    features: Float[Tensor, "cells dim"],
) -> Float32[Tensor, "voxels dim"]:
    """The sum of the features of each voxel's pixels, which come in runs; those of the voxel `voxels` count nowhere."""
    cells = features.shape[0]
    pair, times = voxel * cells + patch, length.to(torch.float32)
    features = features.to(torch.float32)
    if voxels * cells <= DENSE:
        # Whole numbers in float32 are exact, so the order in which a GPU adds them does not matter.
        counts = torch.zeros((voxels + 1) * cells, device=features.device)
        counts.scatter_add_(0, pair, times)
        return counts[: voxels * cells].view(voxels, cells) @ features
    kept = places(pair < voxels * cells)
    pairs, which = torch.unique(pair.index_select(0, kept), return_inverse=True)
    counts = torch.zeros(len(pairs), device=features.device)
    counts.scatter_add_(0, which, times.index_select(0, kept))
    sums = torch.zeros((voxels, features.shape[1]), device=features.device)
    weighted = features.index_select(0, pairs % cells) * counts[:, None]
    return sums.index_add_(0, pairs // cells, weighted)


def merge(
    feature: Float16[Tensor, "n dim"], weight: Float32[Tensor, " n"], total: Float32[Tensor, "n dim"]
) -> Float16[Tensor, "n dim"]:
    """The direction of the mean of `weight` pixels that pointed along `feature` and those that sum to `total`."""
    both = torch.addcmul(total, feature.to(torch.float32), weight[:, None])
    length = torch.linalg.vector_norm(both, dim=1, keepdim=True).clamp_min_(1e-12)
    return both.div_(length).to(torch.float16)

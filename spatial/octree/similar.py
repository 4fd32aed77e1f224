"""Surface voxels by what they look like."""

from __future__ import annotations

import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from streammem.errors import ObservationError
from streammem.spatial.octree.morton import encode
from streammem.spatial.octree.places import places
from streammem.spatial.octree.regions import inside
from streammem.spatial.octree.tables import Tables
from streammem.spatial.octree.voxels import Voxels, centres_of
from streammem.types import Box, Interval, Sphere

__all__ = ["features_of", "top_cubes", "top_k"]


def top_k(
    tables: Tables,
    voxel_m: float,
    features: Float[Tensor, "q d"],
    k: int,
    within: Sphere | Box | None,
    during: Interval | None,
) -> tuple[Int64[Tensor, "q k"], Float32[Tensor, "q k"]]:
    """The rows whose features have the largest dot product with each query; -1 and minus infinity beyond the last."""
    surface = tables.surface
    dim = surface["feature"].shape[1]
    _check(features, dim, k)
    high = surface.high
    queries = features.to(surface.device, torch.float32)
    known = surface["weight"][:high] > 0  # a free row weighs nothing
    if during is not None:
        known &= (surface["first_s"][:high] <= during.end_s) & (surface["last_s"][:high] >= during.start_s)
    scores = queries @ surface["feature"][:high].to(torch.float32).T
    if within is not None:
        known &= inside(centres_of(surface["key"][:high], voxel_m), within)
    scores.masked_fill_(~known, -torch.inf)
    best = scores.topk(min(k, high), dim=1)
    rows = best.indices.masked_fill(best.values == -torch.inf, -1)
    return _filled(rows, k, -1), _filled(best.values, k, -torch.inf)


def top_cubes(
    tables: Tables, voxel_m: float, voxels: Voxels, features: Float[Tensor, "q d"], k: int
) -> tuple[Int64[Tensor, "q k"], Float32[Tensor, "q k"]]:
    """The best-seen rows of the cubes whose mean features have the largest dot product with each query."""
    known = places(voxels.rows >= 0)
    vectors, rows = features_of(tables, voxel_m, voxels)[known], voxels.rows[known]
    _check(features, vectors.shape[1], k)
    best = (features.to(vectors.device, torch.float32) @ vectors.T).topk(min(k, rows.numel()), dim=1)
    found = rows.index_select(0, best.indices.reshape(-1)).view(best.indices.shape)
    return _filled(found, k, -1), _filled(best.values, k, -torch.inf)


def _check(features: Float[Tensor, "q d"], dim: int, k: int) -> None:
    if features.shape[1] != dim or k < 1:
        raise ObservationError(
            f"queries have {dim} numbers like the features and k is at least 1, got {features.shape[1]} and {k}"
        )


def _filled(found: Tensor, k: int, value: float) -> Tensor:
    if found.shape[1] == k:
        return found
    return torch.nn.functional.pad(found, (0, k - found.shape[1]), value=value)


def features_of(tables: Tables, voxel_m: float, voxels: Voxels) -> Float32[Tensor, "n dim"]:
    """Unit vectors of voxels, or of cubes the mean direction over their surface voxels; zero where there is none."""
    surface = tables.surface
    if voxels.level == 0:
        found = surface["feature"].index_select(0, voxels.rows.clamp_min(0)).to(torch.float32)
        return found.masked_fill_((voxels.rows < 0)[:, None], 0)
    size_m = voxels.size_m
    total = torch.zeros((len(voxels), surface["feature"].shape[1]), device=tables.device)
    if not len(voxels):
        return total
    # The cubes' own keys, from their centres; these are exact to far less than half a cube.
    whole = (voxels.centres.to(torch.float64) / size_m).floor().to(torch.int64) << voxels.level
    keys, order = (encode(whole) >> 3 * voxels.level).sort()
    rows = surface.rows
    cube = surface["key"].index_select(0, rows) >> 3 * voxels.level
    at = torch.searchsorted(keys, cube).clamp_(max=keys.numel() - 1)
    within = keys.index_select(0, at) == cube
    rows, at = rows[within], order[at[within]]
    weighted = surface["feature"].index_select(0, rows).to(torch.float32) * surface["weight"][rows][:, None]
    total.index_add_(0, at, weighted)
    return torch.nn.functional.normalize(total, dim=1)

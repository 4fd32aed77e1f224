"""One depth picture, prepared: which pixels are hits, and how far along each ray space is known to be free."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Bool, Float32
from torch import Tensor

from streammem.errors import ObservationError
from streammem.spatial.camera import ray_grid
from streammem.spatial.depth import DepthConfig, suspicious_depth, valid_depth
from streammem.spatial.octree.config import OctreeConfig
from streammem.types import Intrinsics

__all__ = ["Lens", "View", "lens_of", "view_of"]

COARSE = 80  # columns of the picture from which windows of maxima are made


@dataclass(frozen=True, kw_only=True, slots=True)
class Lens:
    """What a camera at a stride has in common over all its frames; pixels are those of the strided picture."""

    rays: Float32[Tensor, "3 n"]  # x/z, y/z and 1 of every pixel
    cosine: Float32[Tensor, "h w"]  # metres of depth per metre along the ray, at most 1
    fx: float
    fy: float
    cx: float
    cy: float
    planes: Float32[Tensor, "5 3"]  # unit normals, into the picture: in front, right of its left edge, ...
    corners: tuple[tuple[float, float], ...]  # x/z, y/z of the picture's corners


@lru_cache(maxsize=8)
def lens_of(intrinsics: Intrinsics, stride: int, device: torch.device) -> Lens:
    """The lens of a camera at a stride."""
    with torch.inference_mode(False):  # shared with those who differentiate
        grid = ray_grid(intrinsics, stride, device)
    height, width = grid.shape[:2]
    rays = torch.cat([grid.reshape(-1, 2).T, torch.ones_like(grid[..., :1]).reshape(1, -1)])
    fx, fy = intrinsics.fx / stride, intrinsics.fy / stride
    cx, cy = (intrinsics.cx - stride // 2) / stride, (intrinsics.cy - stride // 2) / stride
    left, right = (-0.5 - cx) / fx, (width - 0.5 - cx) / fx
    top, bottom = (-0.5 - cy) / fy, (height - 0.5 - cy) / fy
    normals = [(0.0, 0.0, 1.0), (1.0, 0.0, -left), (-1.0, 0.0, right), (0.0, 1.0, -top), (0.0, -1.0, bottom)]
    planes = torch.tensor(normals, device=device)
    return Lens(
        rays=rays.contiguous(),
        cosine=(grid.square().sum(-1) + 1).rsqrt(),
        fx=fx,
        fy=fy,
        cx=cx,
        cy=cy,
        planes=planes / planes.norm(dim=1, keepdim=True),
        corners=((left, top), (right, top), (left, bottom), (right, bottom)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A depth picture at a stride. `free_m` and `through_m` have a border of zeros, one pixel wide.

    A voxel's centre at depth z is in front of the surface if z < `free_m` of its pixel, and clearly seen through if
    z < `through_m`. Both are 0 where nothing was measured, so that holes never carve.
    """

    lens: Lens
    depth_m: Float32[Tensor, "h w"]
    hit: Bool[Tensor, "h w"]
    free_m: Float32[Tensor, "_ _"]
    through_m: Float32[Tensor, "_ _"]
    deepest_m: float  # how far the picture reaches; 0 if nothing was measured


def view_of(depth_m: Float32[Tensor, "h w"], intrinsics: Intrinsics, config: OctreeConfig) -> View:
    """Prepare a depth picture that fits its camera.

    Raises:
        ObservationError: if the depths are in another unit than metres.
    """
    stride, device = config.stride, depth_m.device
    lens = lens_of(intrinsics, stride, device)
    valid = valid_depth(depth_m, _reaching(config.depth, config.beyond_m, intrinsics), stride)
    if 2 * int(valid.sum()) < valid.numel():  # where most depths are in reach, they are metres
        said = suspicious_depth(depth_m)
        if said is not None:
            raise ObservationError(said)
    depth = depth_m[stride // 2 :: stride, stride // 2 :: stride].nan_to_num(0.0, 0.0, 0.0)
    depth.mul_(valid)
    hit = valid & (depth <= config.depth.far_m) if config.beyond_m > config.depth.far_m else valid
    reach = depth.clamp_max(config.depth.far_m)
    both = torch.zeros((2, reach.shape[0] + 2, reach.shape[1] + 2), device=device)
    inner = both[:, 1:-1, 1:-1]
    torch.add(reach, lens.cosine, alpha=-config.voxel_m * config.tolerance, out=inner[0])
    torch.add(reach, lens.cosine, alpha=-config.voxel_m * config.through, out=inner[1])
    both.clamp_min_(0.0)
    deepest = float(reach.max())
    return View(lens=lens, depth_m=depth, hit=hit, free_m=both[0], through_m=both[1], deepest_m=deepest)


@lru_cache(maxsize=8)
def _reaching(depth: DepthConfig, far_m: float, intrinsics: Intrinsics) -> DepthConfig:
    return dataclasses.replace(depth, far_m=far_m).seen_by(intrinsics)


def window_maxima(free_m: Float32[Tensor, "h w"]) -> tuple[Float32[Tensor, "_ _ _"], int]:
    """The maximum of every square window of 1, 2, 4, ... pixels, [level, top, left], and pixels per entry.

    Windows that reach over the edge end there. A range-maximum table (Bender and Farach-Colton 2000) in two
    dimensions, of the picture reduced to about 80 columns.
    """
    reduce = max(1, free_m.shape[1] // COARSE)
    if reduce > 1:
        free_m = _reduced(_reduced(free_m, reduce).T, reduce).T
    levels = max(1, math.ceil(math.log2(max(free_m.shape)))) + 1
    table = free_m.expand(levels, *free_m.shape).clone()
    for level in range(1, levels):
        step = 1 << (level - 1)
        now, before = table[level], table[level - 1]
        now.copy_(before)
        if step < now.shape[1]:
            torch.maximum(before[:, :-step], before[:, step:], out=now[:, :-step])
        if step < now.shape[0]:
            across = now.clone()
            torch.maximum(across[:-step], across[step:], out=now[:-step])
    return table, reduce


def _reduced(picture: Float32[Tensor, "h w"], by: int) -> Float32[Tensor, "_ w"]:
    """The maximum of every `by` rows; the last rows may be fewer. By slices, which is quicker than pooling."""
    most = picture[::by].clone()
    for offset in range(1, by):
        rows = picture[offset::by]
        torch.maximum(most[: rows.shape[0]], rows, out=most[: rows.shape[0]])
    return most

"""The pinhole camera: pixels to rays and points, and back. The pixel (0, 0) has its centre at (0, 0)."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float32
from torch import Tensor

from streammem.errors import ObservationError
from streammem.types import Intrinsics

__all__ = ["back_project", "check_camera", "project", "ray_grid"]


def check_camera(intrinsics: Intrinsics, shape: tuple[int, int]) -> None:
    """See that a camera belongs to a depth picture of this shape (height, width).

    Raises:
        ObservationError: if its size is another, or its principal point lies outside of the picture.
    """
    height, width = shape
    if (intrinsics.height, intrinsics.width) != (height, width):
        raise ObservationError(
            f"intrinsics of {intrinsics.width}x{intrinsics.height} pixels do not fit a depth of {width}x{height}: "
            "hand in those of the depth, or intrinsics.rescaled(width, height)"
        )
    # -0.5 to width - 0.5 is the picture; a crop may put the point outside, but never far (NaN fails too).
    if not (-width <= intrinsics.cx <= 2 * width and -height <= intrinsics.cy <= 2 * height):
        raise ObservationError(
            f"the principal point ({intrinsics.cx}, {intrinsics.cy}) is far outside of {width}x{height} pixels: it "
            "is in pixels, usually near the middle"
        )


@lru_cache(maxsize=16)
def ray_grid(
    intrinsics: Intrinsics, stride: int = 1, device: str | torch.device = "cpu"
) -> Float32[Tensor, "h w 2"]:
    """(x/z, y/z) of every `stride`-th pixel, from the pixel (stride // 2, stride // 2) on.

    Cached: the same tensor for all who ask, so not to be written to.

    Raises:
        ObservationError: if no pixel is left at this stride.
    """
    if not 1 <= stride <= min(intrinsics.width, intrinsics.height):
        raise ObservationError(
            f"stride must be 1 to the picture's shorter side ({min(intrinsics.width, intrinsics.height)}), got {stride}"
        )
    u = torch.arange(stride // 2, intrinsics.width, stride, dtype=torch.float64)
    v = torch.arange(stride // 2, intrinsics.height, stride, dtype=torch.float64)
    x, y = (u - intrinsics.cx) / intrinsics.fx, (v - intrinsics.cy) / intrinsics.fy
    grid = torch.stack([x.expand(len(y), -1), y[:, None].expand(-1, len(x))], dim=-1)
    return grid.to(torch.float32).contiguous().to(device)


def back_project(
    depth_m: Float32[Tensor, "h w"], intrinsics: Intrinsics, stride: int = 1
) -> Float32[Tensor, "_ _ 3"]:
    """The point of every `stride`-th pixel in camera axes, metres; NaN where the depth is not finite or not positive.

    Args:
        depth_m: distance along the camera's z (not along the ray), metres.
        intrinsics: of the depth picture.
        stride: take pixels (stride // 2, stride // 2) and every `stride`-th from there.

    Raises:
        ObservationError: if the camera does not fit the picture.
    """
    check_camera(intrinsics, (depth_m.shape[0], depth_m.shape[1]))
    rays = ray_grid(intrinsics, stride, depth_m.device)
    z = depth_m[stride // 2 :: stride, stride // 2 :: stride]
    z = z.where((z > 0) & (z < torch.inf), torch.nan)[..., None]
    return torch.cat([rays * z, z], dim=-1)


def project(
    points_camera: Float32[Tensor, "n 3"], intrinsics: Intrinsics
) -> tuple[Float32[Tensor, "n 2"], Float32[Tensor, " n"]]:
    """Where points in camera axes appear: (u, v) in pixels and their z in metres.

    What is behind the camera or in its plane has u and v NaN. Whether a pixel is inside of the picture is left to
    the caller: -0.5 <= u < width - 0.5.
    """
    z = points_camera[:, 2]
    ahead = z.where(z > 0, torch.nan)
    u = points_camera[:, 0] / ahead * intrinsics.fx + intrinsics.cx
    v = points_camera[:, 1] / ahead * intrinsics.fy + intrinsics.cy
    return torch.stack([u, v], dim=-1), z

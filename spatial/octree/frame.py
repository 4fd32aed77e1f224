"""One frame as the octree takes it: checked, on the octree's device, before anything changes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Float64, UInt8
from numpy.typing import ArrayLike
from torch import Tensor

from streammem.errors import ObservationError, OrderError
from streammem.poses import check_pose
from streammem.spatial.camera import check_camera
from streammem.types import Intrinsics

__all__ = ["Frame", "checked_frame"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """A posed depth picture, with its colours and patch features where there are any."""

    depth_m: Float32[Tensor, "h w"]
    intrinsics: Intrinsics
    world_from_camera: Float64[np.ndarray, "4 4"]
    t_s: float
    frame: int
    place: int
    rgb: UInt8[Tensor, "h w 3"] | None
    features: Float32[Tensor, "cells dim"] | None
    grid: tuple[int, int] | None


def checked_frame(
    *,
    depth_m: Tensor | ArrayLike,
    intrinsics: Intrinsics,
    world_from_camera: ArrayLike,
    t_s: float,
    frame: int,
    place: int,
    rgb: Tensor | ArrayLike | None,
    features: Tensor | ArrayLike | None,
    grid: tuple[int, int] | None,
    dim: int,
    last_s: float,
    device: torch.device,
) -> Frame:
    """The frame, if all of it can be taken.

    Raises:
        ObservationError: a depth that is no picture, a camera, colours or features
            that do not fit, a number that is none.
        PoseError: a pose that is no rotation and translation.
        OrderError: a time before the last one.
    """
    depth = _tensor(depth_m, "depth_m", device)
    if depth.ndim != 2 or not depth.is_floating_point() or 0 in depth.shape:
        raise ObservationError(
            f"depth_m must be metres as floating point numbers of shape (height, width), got {depth.dtype} of shape "
            f"{tuple(depth.shape)}"
        )
    check_camera(intrinsics, (depth.shape[0], depth.shape[1]))
    pose = check_pose(world_from_camera)
    if not math.isfinite(t_s):
        raise ObservationError(f"frame {frame} has the time {t_s}: drop it")
    if t_s < last_s:
        raise OrderError(
            f"frame {frame} is of {t_s:.3f} s, the one before of {last_s:.3f} s: sort them by time"
        )
    if not (-(2**63) <= frame < 2**63 and -(2**31) <= place < 2**31):
        raise ObservationError(f"frame {frame} and place {place} must fit 64 and 32 bits")
    depth = depth.to(torch.float32)
    return Frame(
        depth_m=depth,
        intrinsics=intrinsics,
        world_from_camera=pose,
        t_s=float(t_s),
        frame=frame,
        place=place,
        rgb=_colours(rgb, (depth.shape[0], depth.shape[1]), device),
        features=_features(features, grid, dim, device),
        grid=grid if features is not None else None,
    )


def _tensor(value: Tensor | ArrayLike, name: str, device: torch.device) -> Tensor:
    try:
        return torch.as_tensor(value, device=device)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ObservationError(f"{name} must be an array, got {type(value).__name__}: {error}") from error


def _colours(
    rgb: Tensor | ArrayLike | None, shape: tuple[int, int], device: torch.device
) -> UInt8[Tensor, "h w 3"] | None:
    if rgb is None:
        return None
    picture = _tensor(rgb, "rgb", device)
    if picture.dtype != torch.uint8 or picture.shape != (*shape, 3):
        raise ObservationError(
            f"rgb must be uint8 of shape {(*shape, 3)} like the depth, got {picture.dtype} of shape "
            f"{tuple(picture.shape)}: resize the picture to the depth's size (cv2.resize)"
        )
    return picture


def _features(
    features: Tensor | ArrayLike | None, grid: tuple[int, int] | None, dim: int, device: torch.device
) -> Float32[Tensor, "cells dim"] | None:
    if features is None:
        return None
    vectors = _tensor(features, "features", device)
    if grid is None or min(grid) < 1 or vectors.shape != (grid[0] * grid[1], dim):
        raise ObservationError(
            f"features are a vector of {dim} numbers for each cell of a grid (rows, columns), got shape "
            f"{tuple(vectors.shape)} with grid {grid}"
        )
    if not (vectors.is_floating_point() and bool(vectors.isfinite().all())):
        raise ObservationError("features must be finite floating point numbers: drop those of this frame")
    return vectors.to(torch.float32)

"""Posed depth frames, and what every map is given of one: the same valid points."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64, Int64, UInt8

from streammem.spatial.camera import ray_grid
from streammem.spatial.depth import DepthConfig, valid_depth
from streammem.types import Intrinsics

__all__ = ["GRID", "PosedFrame", "Shot", "kitchen_folder", "noise_features", "posed", "read_frames"]

PERIOD_S = 1 / 3  # every tenth frame of a camera at 30 Hz
GRID = (8, 14)  # cells of the default encoder
VALID = DepthConfig()
NOTHING_MM = 65535  # of 7-Scenes


@dataclass(frozen=True, kw_only=True, slots=True)
class PosedFrame:
    """One picture with depth in metres (0 where there is none) and where the camera stood."""

    index: int
    t_s: float
    depth_m: Float32[np.ndarray, "h w"]
    rgb: UInt8[np.ndarray, "h w 3"]
    intrinsics: Intrinsics
    world_from_camera: Float64[np.ndarray, "4 4"]


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A frame as it is handed to every map at a stride, made before any clock runs.

    The points are those of the pixels that `streammem.spatial.depth.valid_depth` calls measurements, so all maps
    see the same ones. `grid_features` belong to the cells of `grid`; a map of points reads `point_features`.
    """

    frame: PosedFrame
    stride: int
    grid_features: Float32[np.ndarray, "cells d"]
    grid: tuple[int, int] = GRID

    @cached_property
    def valid(self) -> Bool[np.ndarray, "h w"]:
        """Which of every `stride`-th pixel is a measurement."""
        measured = VALID.seen_by(self.frame.intrinsics)
        return valid_depth(torch.from_numpy(self.frame.depth_m), measured, self.stride).numpy()

    @cached_property
    def depth_m(self) -> Float32[np.ndarray, "h w"]:
        """Every `stride`-th pixel, 0 where it is no measurement."""
        start = self.stride // 2
        sparse = self.frame.depth_m[start :: self.stride, start :: self.stride]
        return np.where(self.valid, sparse, np.float32(0))

    @cached_property
    def points(self) -> Float64[np.ndarray, "n 3"]:
        """In the world, metres, row-major."""
        rays = ray_grid(self.frame.intrinsics, self.stride).numpy()[self.valid].astype(np.float64)
        depth = self.depth_m[self.valid].astype(np.float64)[:, None]
        pose = self.frame.world_from_camera
        return np.concatenate([rays * depth, depth], axis=1) @ pose[:3, :3].T + pose[:3, 3]

    @cached_property
    def cells(self) -> Int64[np.ndarray, " n"]:
        """The feature cell that each point lies in."""
        height, width = self.frame.depth_m.shape
        v, u = (np.nonzero(self.valid)[i] * self.stride + self.stride // 2 for i in (0, 1))
        return v * self.grid[0] // height * self.grid[1] + u * self.grid[1] // width

    @cached_property
    def point_features(self) -> Float32[np.ndarray, "n d"]:
        """The feature of each point."""
        return self.grid_features[self.cells]

    def prepared(self, *, features: bool = False) -> Shot:
        """Itself, with everything computed that maps of points ask for."""
        _ = self.points, self.point_features if features else None
        return self


def noise_features(index: int, dim: int, grid: tuple[int, int] = GRID) -> Float32[np.ndarray, "cells d"]:
    """Random unit vectors for the cells of a frame, the same whenever it is asked for."""
    rng = np.random.default_rng((index, dim))
    vectors = rng.standard_normal((grid[0] * grid[1], dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def kitchen_folder() -> Path | None:
    """7-Scenes RedKitchen in the data folder, where it is present."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    roots = [Path(place) for place in (os.environ.get("STREAMMEM_DATA"), beside) if place]
    found = (root / "rgbd" / "7scenes_redkitchen_every10" for root in roots)
    return next((folder for folder in found if folder.is_dir()), None)


def read_frames(folder: Path, most: int | None = None) -> list[PosedFrame]:
    """The frames of a 7-Scenes folder, first to last.

    Raises:
        FileNotFoundError: if the folder holds no depth pictures.
    """
    pictures = sorted(folder.glob("*.depth.png"))[:most]
    if not pictures:
        raise FileNotFoundError(f"{folder} holds no *.depth.png: --data takes a folder of 7-Scenes")
    (fx, _, cx), (_, fy, cy), _ = np.loadtxt(folder / "camera-intrinsics.txt").tolist()
    frames = []
    for index, picture in enumerate(pictures):
        raw = cv2.imread(str(picture), cv2.IMREAD_UNCHANGED)
        bgr = cv2.imread(str(picture).replace(".depth.png", ".color.jpg"))
        height, width = raw.shape
        frames.append(
            PosedFrame(
                index=index,
                t_s=index * PERIOD_S,
                depth_m=np.where(raw == NOTHING_MM, 0, raw).astype(np.float32) / np.float32(1000),
                rgb=np.ascontiguousarray(bgr[..., ::-1]),
                intrinsics=Intrinsics(fx=fx, fy=fy, cx=cx, cy=cy, width=width, height=height),
                world_from_camera=_rigid(np.loadtxt(str(picture).replace(".depth.png", ".pose.txt"))),
            )
        )
    return frames


def posed(
    frame: PosedFrame, *, index: int, shift_m: tuple[float, float, float] = (0, 0, 0), depth_m=None
) -> PosedFrame:
    """The frame again at another time, place or with another depth."""
    pose = frame.world_from_camera.copy()
    pose[:3, 3] += shift_m
    depth_m = frame.depth_m if depth_m is None else depth_m
    return replace(frame, index=index, t_s=index * PERIOD_S, world_from_camera=pose, depth_m=depth_m)


def _rigid(pose: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
    """The nearest rotation: the poses are published with three digits."""
    left, _, right = np.linalg.svd(pose[:3, :3])
    pose[:3, :3] = left @ right
    return pose

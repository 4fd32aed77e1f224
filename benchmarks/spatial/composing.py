"""Boxes put into real depth pictures, pixel by pixel, and where there is room for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt8

from benchmarks.spatial.frames import PosedFrame
from streammem.spatial.camera import ray_grid

__all__ = ["REAL", "Block", "Take", "box_depth", "composed", "find_places", "silhouette"]

REAL = 0  # label of what was there
NOISE_M = 0.0005  # standard deviation at 1 m; it grows with the square of the distance
APART_M = 0.4
Point = Float64[np.ndarray, " 3"]


@dataclass(frozen=True, kw_only=True)
class Block:
    """A box along the world's axes, metres; `label` marks its pixels."""

    label: int
    centre: Point
    half_m: tuple[float, float, float]

    @property
    def low(self) -> Point:
        """The lowest corner."""
        return self.centre - np.array(self.half_m)

    @property
    def high(self) -> Point:
        """The highest corner."""
        return self.centre + np.array(self.half_m)

    def corners(self) -> Float64[np.ndarray, "8 3"]:
        """All eight."""
        signs = np.stack(np.meshgrid(*[[-1, 1]] * 3), axis=-1).reshape(8, 3)
        return self.centre + signs * np.array(self.half_m)


@dataclass(frozen=True, kw_only=True)
class Take:
    """A frame with things put in, and which pixel shows what."""

    frame: PosedFrame
    labels: UInt8[np.ndarray, "h w"]


def box_depth(frame: PosedFrame, block: Block) -> Float32[np.ndarray, "h w"]:
    """How far along z each pixel's ray meets the box, infinite where it does not (the slab test)."""
    rays = ray_grid(frame.intrinsics, 1).numpy().astype(np.float64)
    pose = frame.world_from_camera
    ways = rays @ pose[:3, :2].T + pose[:3, 2]  # of camera z = 1 each, so that lengths are depths
    ways = np.where(ways == 0, 1e-12, ways)
    near, far = (block.low - pose[:3, 3]) / ways, (block.high - pose[:3, 3]) / ways
    enter, leave = np.minimum(near, far).max(axis=-1), np.maximum(near, far).min(axis=-1)
    return np.where((enter <= leave) & (enter > 0), enter, np.inf).astype(np.float32)


def composed(
    frame: PosedFrame,
    blocks: Sequence[Block],
    *,
    rng: np.random.Generator,
    holes: Bool[np.ndarray, "h w"] | None = None,
    index: int | None = None,
) -> Take:
    """The frame with boxes in it: whatever is nearer is seen. Where the camera measured nothing, it still does not.

    `holes` are pixels without a measurement. Noise that grows with the square of the distance is laid on every
    depth, so that a frame which is shown again is not the same, and depths are rounded to millimetres.
    """
    depth, labels = frame.depth_m.copy(), np.full(frame.depth_m.shape, REAL, np.uint8)
    for block in blocks:
        front = box_depth(frame, block)
        nearer = front < depth  # never where the depth is 0
        depth[nearer], labels[nearer] = front[nearer], block.label
    if holes is not None:
        depth[holes] = 0
    depth += np.where(depth > 0, NOISE_M * depth**2, 0) * rng.standard_normal(depth.shape, np.float32)
    depth = np.round(depth, 3).astype(np.float32)
    index = frame.index if index is None else index
    return Take(frame=replace(frame, depth_m=depth, index=index, t_s=index / 3), labels=labels)


def silhouette(
    frame: PosedFrame, block: Block, margin_px: int = 0, *, clipped: bool = False
) -> tuple[slice, slice] | None:
    """The rectangle of pixels, rows and columns, that holds the box and a margin.

    None if it is not wholly in the picture, unless it may be `clipped`; None always if it reaches behind the camera.
    """
    pose, camera = frame.world_from_camera, frame.intrinsics
    x, y, z = ((block.corners() - pose[:3, 3]) @ pose[:3, :3]).T
    if z.min() <= 0.1:
        return None
    u, v = x / z * camera.fx + camera.cx, y / z * camera.fy + camera.cy
    left, top = int(u.min()) - margin_px, int(v.min()) - margin_px
    right, bottom = int(u.max()) + margin_px + 1, int(v.max()) + margin_px + 1
    if clipped:
        left, top, right, bottom = (
            max(left, 0),
            max(top, 0),
            min(right, camera.width),
            min(bottom, camera.height),
        )
    if left < 0 or top < 0 or right > camera.width or bottom > camera.height:
        return None
    return slice(top, bottom), slice(left, right)


def find_places(
    frames: Sequence[PosedFrame], side_m: float = 0.2, *, gap_m: float = 0.2, step_px: int = 12
) -> tuple[Point, Point]:
    """Two places for a cube, each in full view of all frames, before a surface that has depth nearly everywhere.

    Raises:
        ValueError: if there are no two such places `APART_M` apart that never overlap in a picture.
    """
    middle = frames[len(frames) // 2]
    rays = ray_grid(middle.intrinsics, 1).numpy().astype(np.float64)
    pose = middle.world_from_camera
    fit: list[tuple[float, Point]] = []
    for v in range(step_px, middle.depth_m.shape[0], step_px):
        for u in range(step_px, middle.depth_m.shape[1], step_px):
            depth = float(middle.depth_m[v, u])
            if 1.2 < depth < 3.5:
                ray = np.append(rays[v, u], 1.0)
                before = depth - gap_m - side_m * 0.87  # half a cube's diagonal before the surface
                centre = pose[:3, :3] @ (ray * before) + pose[:3, 3]
                share = _share_in_view(frames, Block(label=1, centre=centre, half_m=(side_m / 2,) * 3))
                if share > 0.9:
                    fit.append((before, centre))
    fit.sort(key=lambda found: found[0])  # the nearest first
    for i, (_, one) in enumerate(fit):
        for _, other in fit[:i]:
            if np.linalg.norm(one - other) > APART_M and _apart(frames, one, other, side_m):
                return other, one
    raise ValueError(f"{len(fit)} places for a cube of {side_m} m are in full view, no two {APART_M} m apart")


def _share_in_view(frames: Sequence[PosedFrame], block: Block) -> float:
    """The least share of pixels about the box that have depth, 0 if anything is before it or in it."""
    least = 1.0
    for frame in frames:
        place = silhouette(frame, block, 4)
        if place is None:
            return 0.0
        depth = frame.depth_m[place]
        pose = frame.world_from_camera
        back = float(((block.corners() - pose[:3, 3]) @ pose[:3, 2]).max())
        known = depth > 0
        if (depth[known] < back + 0.02).any():
            return 0.0
        least = min(least, float(known.mean()))
    return least


def _apart(frames: Sequence[PosedFrame], one: Point, other: Point, side_m: float) -> bool:
    for frame in frames:
        places = [
            silhouette(frame, Block(label=1, centre=centre, half_m=(side_m / 2,) * 3), 16)
            for centre in (one, other)
        ]
        if places[0] is None or places[1] is None:
            return False
        if all(a.start < b.stop and b.start < a.stop for a, b in zip(*places, strict=True)):
            return False
    return True

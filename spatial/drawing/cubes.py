"""Views of a map's voxels as lit cubes: from where a camera stands, or along an axis without perspective.

Only faces that border on empty voxels are drawn, and of those only the ones that look toward the viewer, so that from
outside one sees into a room; where it is known which voxels are free, faces toward the unknown are left out as well.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from jaxtyping import Float, Float32, Float64, UInt8

from streammem.errors import ObservationError
from streammem.poses import check_pose, up_rotation
from streammem.spatial import open3d
from streammem.spatial.drawing.faces import CubesConfig, Faces, faces_of
from streammem.spatial.drawing.upright import standing
from streammem.types import Intrinsics

__all__ = ["orthographic", "overview", "perspective"]

PAPER = (236, 238, 242)
MARGIN = 1.06  # how much larger than the map an overview is


def perspective(
    *,
    occupied: Float[np.ndarray, "n 3"],
    voxel_m: float,
    world_from_camera: Float64[np.ndarray, "4 4"],
    intrinsics: Intrinsics,
    colours: UInt8[np.ndarray, "n 3"] | None = None,
    free: Float[np.ndarray, "_ 3"] | None = None,
    config: CubesConfig | None = None,
) -> UInt8[np.ndarray, "h w 3"]:
    """What a camera would see of the map; `overview` finds one that sees all of it.

    Raises:
        ObservationError: if the voxel size is no length or a voxel too far away; PoseError: if the pose is none.
    """
    config, pose = config or CubesConfig(), check_pose(world_from_camera)
    faces = faces_of(occupied, colours, free, voxel_m, config)
    eye = pose[:3, 3]
    faces = faces.facing(eye - faces.centre)
    width, height, smooth = intrinsics.width, intrinsics.height, config.smooth
    x = ((np.arange(width * smooth) + 0.5) / smooth - 0.5 - intrinsics.cx) / intrinsics.fx
    y = ((np.arange(height * smooth) + 0.5) / smooth - 0.5 - intrinsics.cy) / intrinsics.fy
    rays = np.empty((len(y), len(x), 6), np.float32)
    rays[..., :3] = eye
    rays[..., 3:] = np.stack([*np.meshgrid(x, y), np.ones((len(y), len(x)))], axis=-1) @ pose[:3, :3].T
    return _cast(faces, rays, smooth)


def orthographic(
    *,
    occupied: Float[np.ndarray, "n 3"],
    voxel_m: float,
    toward: tuple[float, float, float],
    colours: UInt8[np.ndarray, "n 3"] | None = None,
    free: Float[np.ndarray, "_ 3"] | None = None,
    width: int = 1000,
    config: CubesConfig | None = None,
) -> UInt8[np.ndarray, "h w 3"]:
    """The map seen along the direction `toward`, parallel rays, upright; the height follows from the map.

    Raises:
        ObservationError: if the voxel size or the direction is no length, or a voxel too far away.
    """
    config = config or CubesConfig()
    faces = faces_of(occupied, colours, free, voxel_m, config)
    right, down, ahead = _axes(toward, config.up)
    faces = faces.facing(np.broadcast_to(-ahead, faces.centre.shape))
    across = (
        np.concatenate([faces.corners.reshape(-1, 3), np.zeros((1, 3))]) @ np.stack([right, down, ahead]).T
    )
    seen = across[:-1] if len(across) > 1 else across
    (x0, y0, z0), (x1, y1, _) = seen.min(axis=0) - voxel_m, seen.max(axis=0) + voxel_m
    smooth, scale = config.smooth, (x1 - x0) / width
    height = int(np.clip(math.ceil((y1 - y0) / scale), 1, 8 * width))
    x = x0 + (np.arange(width * smooth) + 0.5) * scale / smooth
    y = y0 + (np.arange(height * smooth) + 0.5) * scale / smooth
    grid_x, grid_y = np.meshgrid(x, y)
    rays = np.empty((*grid_x.shape, 6), np.float32)
    rays[..., :3] = grid_x[..., None] * right + grid_y[..., None] * down + (z0 - 1) * ahead
    rays[..., 3:] = ahead
    return _cast(faces, rays, smooth)


def overview(
    points: Float[np.ndarray, "n 3"],
    *,
    up: tuple[float, float, float] = (0.0, 0.0, 1.0),
    seen_from: Float[np.ndarray, "_ 3"] | None = None,
    turned: float | None = None,
    tilted: float = 48.0,
    width: int = 1280,
    height: int = 800,
) -> tuple[Float64[np.ndarray, "4 4"], Intrinsics]:
    """A camera above and outside that sees all points but the outermost, looking down by `tilted` degrees.

    It is `turned` degrees about up; unless given, as shows the map largest, rather from the side that it was seen from
    (`seen_from`, where the cameras were): what nobody saw from behind has no back to look at.

    Raises:
        ObservationError: if there is no point.
    """
    if not len(points):
        raise ObservationError("an empty map has no view: observe frames first")
    focal = 1.1 * max(width, height)
    camera = Intrinsics(
        fx=focal, fy=focal, cx=width / 2 - 0.5, cy=height / 2 - 0.5, width=width, height=height
    )
    low, high = np.percentile(points, [0.5, 99.5], axis=0)
    inner = np.asarray(points, float)[((points >= low) & (points <= high)).all(axis=1)]
    inner = inner if len(inner) else np.asarray(points, float)
    half = np.array([width, height]) / 2 / focal / MARGIN
    turns = np.arange(-165.0, 180.0, 15.0) if turned is None else np.array([turned])
    found = [_framing(inner, half, up, math.radians(turn), math.radians(tilted)) for turn in turns]
    side = np.zeros(3)
    if seen_from is not None and len(seen_from):
        away = standing(inner.mean(axis=0) - np.mean(seen_from, axis=0, keepdims=True), up)[0]
        spread = np.linalg.norm(standing(inner, up)[:, :2].std(axis=0))
        side[:2] = away[:2] / max(float(np.linalg.norm(away[:2])), float(spread), 1e-9)
    costs = [far * (1 - 0.8 * float(standing(pose[None, :3, 2], up)[0] @ side)) for far, pose in found]
    return found[int(np.argmin(costs))][1], camera


def _framing(
    points: Float64[np.ndarray, "n 3"],
    half: Float64[np.ndarray, " 2"],
    up: tuple[float, float, float],
    turn: float,
    tilt: float,
) -> tuple[float, Float64[np.ndarray, "4 4"]]:
    """The nearest eye from which all points lie within `half` (slopes of the picture's borders), and how far it is."""
    standing_axes = up_rotation(up)[:3, :3].T
    toward = standing_axes @ (
        math.cos(tilt) * math.sin(turn),
        math.cos(tilt) * math.cos(turn),
        -math.sin(tilt),
    )
    pose = np.eye(4)
    pose[:3, :3] = np.stack(_axes(tuple(toward), up), axis=1)
    inner = points @ pose[:3, :3]
    # Along each picture axis, the eye that just holds the points between its two borders; the farther one holds both.
    first = (inner[:, :2] + half * inner[:, 2:]).min(axis=0)
    last = (inner[:, :2] - half * inner[:, 2:]).max(axis=0)
    back = float(((first - last) / 2 / half).min())
    pose[:3, 3] = pose[:3, :3] @ np.array([*((first + last) / 2), back])
    return float(inner[:, 2].mean()) - back, pose


def _axes(
    toward: tuple[float, ...], up: tuple[float, float, float]
) -> tuple[Float64[np.ndarray, " 3"], Float64[np.ndarray, " 3"], Float64[np.ndarray, " 3"]]:
    """Right, down and ahead of a viewer who looks along `toward`, upright where that says which way up is."""
    ahead, upward = np.asarray(toward, float), np.asarray(up, float)
    size = float(np.linalg.norm(ahead))
    if not (math.isfinite(size) and size > 0):
        raise ObservationError(f"a direction has a length above 0, got {toward}")
    ahead = ahead / size
    right = np.cross(ahead, upward)
    if np.linalg.norm(right) < 1e-6 * np.linalg.norm(upward):  # straight up or down: as a plan shows it
        right = up_rotation(up)[0, :3]
    right = right / np.linalg.norm(right)
    return right, np.cross(ahead, right), ahead


def _cast(faces: Faces, rays: Float32[np.ndarray, "h w 6"], smooth: int) -> UInt8[np.ndarray, "_ _ 3"]:
    """The colour of the first face that each ray meets, paper where there is none; then the mean over each pixel."""
    height, width = rays.shape[:2]
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = PAPER
    if len(faces.centre):
        core = open3d.load().core
        scene = open3d.load().t.geometry.RaycastingScene()
        quads = np.arange(4 * len(faces.centre), dtype=np.uint32).reshape(-1, 4)
        triangles = np.stack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], axis=1).reshape(-1, 3)
        scene.add_triangles(
            core.Tensor(faces.corners.reshape(-1, 3).astype(np.float32)),
            core.Tensor(np.ascontiguousarray(triangles)),
        )
        for rows in np.array_split(np.arange(height), max(1, height * width // 40_000)):
            hits = scene.cast_rays(core.Tensor(np.ascontiguousarray(rays[rows])))
            met = np.isfinite(hits["t_hit"].numpy())
            face = hits["primitive_ids"].numpy()[met].astype(np.int64) // 2
            picture[rows[0] : rows[-1] + 1][met] = faces.colour[face]
    small = cv2.resize(picture, (width // smooth, height // smooth), interpolation=cv2.INTER_AREA)
    return np.rint(small).clip(0, 255).astype(np.uint8)

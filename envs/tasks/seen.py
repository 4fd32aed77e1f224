"""Which parts of the floor a picture shows."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

from streammem.envs.apartment.navigation import CELL_M
from streammem.envs.rendering.frame import Frame
from streammem.envs.tasks.situation import Situation
from streammem.poses import inverse

__all__ = ["cells_met", "floor_seen"]

_SLACK_M = 0.05  # of the depth at which the floor is found
_HEAD_M = 2.0  # higher things do not say what is below them


def floor_seen(
    situation: Situation,
    frame: Frame,
    world_from_camera: Float64[np.ndarray, "4 4"],
    places: Float64[np.ndarray, "n 2"],
) -> Bool[np.ndarray, " n"]:
    """Whether the picture shows the floor at each place, within the depth sensor's range."""
    camera = situation.camera
    back = inverse(world_from_camera)
    depth, aside = places @ back[2, :2] + back[2, 3], places @ back[0, :2] + back[0, 3]
    ahead = (depth > CELL_M) & (depth <= situation.agent.max_depth_m)
    near = np.flatnonzero(ahead & (np.abs(aside) * camera.fx < depth * camera.width))  # few; exactly below
    z, x = depth[near], aside[near]
    y = places[near] @ back[1, :2] + back[1, 3]
    column = np.rint(camera.fx * x / z + camera.cx)
    row = np.rint(camera.fy * y / z + camera.cy)
    inside = (column >= 0) & (column < camera.width) & (row >= 0) & (row < camera.height)
    near, z = near[inside], z[inside]
    there = frame.depth_m[row[inside].astype(np.int64), column[inside].astype(np.int64)]
    # A pixel of the floor at depth z spans z^2 / (height x focal length) of it: half of that either way.
    spread = z**2 / (situation.agent.camera_height_m * camera.fy)
    found = np.zeros(len(places), np.bool_)
    found[near] = np.abs(there - z) < _SLACK_M + spread
    return found


def cells_met(
    situation: Situation,
    frame: Frame,
    world_from_camera: Float64[np.ndarray, "4 4"],
    low: tuple[float, float],
    shape: tuple[int, int],
) -> Bool[np.ndarray, "columns rows"]:
    """The cells (by x and y, from the corner `low`) above which the picture shows something below head height."""
    camera = situation.camera
    row, column = np.indices(frame.depth_m.shape)
    z = frame.depth_m.astype(np.float64)
    points = np.stack([(column - camera.cx) / camera.fx * z, (row - camera.cy) / camera.fy * z, z], -1)
    world = points[z > 0] @ world_from_camera[:3, :3].T + world_from_camera[:3, 3]
    cells = np.floor((world[world[:, 2] < _HEAD_M, :2] - np.array(low)) / CELL_M).astype(np.int64)
    cells = cells[((cells >= 0) & (cells < shape)).all(1)]
    found = np.zeros(shape, np.bool_)
    found[cells[:, 0], cells[:, 1]] = True
    return found

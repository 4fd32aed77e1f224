"""Which parts of the floor a picture shows."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64

from streammem.envs.apartment.navigation import CELL_M
from streammem.envs.rendering.frame import Frame
from streammem.envs.tasks.situation import Situation

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
    camera, agent = situation.camera, situation.agent
    # Number by number: a product of matrices of this size wakes the threads of NumPy's library, which then wait.
    away_x, away_y = places[:, 0] - world_from_camera[0, 3], places[:, 1] - world_from_camera[1, 3]
    z = away_x * world_from_camera[0, 2] + away_y * world_from_camera[1, 2]
    z -= world_from_camera[2, 3] * world_from_camera[2, 2]
    near = np.flatnonzero((z > CELL_M) & (z <= agent.max_depth_m))
    away_x, away_y, z = away_x[near], away_y[near], z[near]
    x = away_x * world_from_camera[0, 0] + away_y * world_from_camera[1, 0]
    x -= world_from_camera[2, 3] * world_from_camera[2, 0]
    y = away_x * world_from_camera[0, 1] + away_y * world_from_camera[1, 1]
    y -= world_from_camera[2, 3] * world_from_camera[2, 1]
    column = np.rint(camera.fx * x / z + camera.cx)
    row = np.rint(camera.fy * y / z + camera.cy)
    inside = (column >= 0) & (column < camera.width) & (row >= 0) & (row < camera.height)
    near, z = near[inside], z[inside]
    there = frame.depth_m[row[inside].astype(np.int64), column[inside].astype(np.int64)]
    # A pixel of the floor at depth z spans z^2 / (height x focal length) of it: half of that either way.
    spread = z**2 / (agent.camera_height_m * camera.fy)
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

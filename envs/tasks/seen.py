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
    height_m = agent.camera_height_m * camera.fy
    # The floor is nowhere deeper than the deepest pixel, but for the slack of the farthest place that counts.
    deepest = float(frame.depth_m.max()) + _SLACK_M + agent.max_depth_m**2 / height_m
    (right_x, down_x, on_x), (right_y, down_y, on_y), (right_z, down_z, on_z) = world_from_camera[
        :3, :3
    ].tolist()
    eye_x, eye_y, eye_z = world_from_camera[:3, 3].tolist()
    # Number by number: a product of matrices of this size wakes the threads of NumPy's library, which then wait.
    ahead = places[:, 0] * on_x
    ahead += places[:, 1] * on_y
    at_eye = eye_x * on_x + eye_y * on_y + eye_z * on_z
    last = at_eye + min(agent.max_depth_m, deepest)
    near = np.flatnonzero((ahead > at_eye + CELL_M) & (ahead <= last))
    away_x, away_y = places[:, 0].take(near) - eye_x, places[:, 1].take(near) - eye_y
    z = ahead.take(near) - at_eye
    per_depth = 1 / z
    column = (away_x * right_x + away_y * right_y - eye_z * right_z) * per_depth
    row = (away_x * down_x + away_y * down_y - eye_z * down_z) * per_depth
    column, row = np.rint(camera.fx * column + camera.cx), np.rint(camera.fy * row + camera.cy)
    inside = (column >= 0) & (column < camera.width) & (row >= 0) & (row < camera.height)
    shown = np.flatnonzero(inside)  # picked by number: several times quicker than by a mask
    near, z = near.take(shown), z.take(shown)
    pixels = (row.take(shown) * camera.width + column.take(shown)).astype(np.int64)
    # A pixel of the floor at depth z spans z^2 / (height x focal length) of it: half of that either way.
    off = np.abs(frame.depth_m.ravel().take(pixels) - z) - z * z / height_m
    found = np.zeros(len(places), np.bool_)
    found[near] = off < _SLACK_M
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

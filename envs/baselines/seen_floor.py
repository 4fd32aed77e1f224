"""A plan of the floor as one agent has seen it: free, occupied or unknown, from depth and pose alone."""

from __future__ import annotations

import math

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float64, Int64, UInt8

from streammem.envs.apartment.navigation import CELL_M, NavGrid

__all__ = ["FREE", "OCCUPIED", "UNKNOWN", "SeenFloor"]

UNKNOWN, FREE, OCCUPIED = 0, 1, 2
_SIDE = 400  # cells: 40 m
_FLOOR_M = 0.15  # what is lower is floor
_NEAR_M = 0.3  # around the agent, where its camera does not look
_ROWS = 48  # of the picture that are read, at most


class SeenFloor:
    """Cells of 0.1 m around where the agent was first; rows go with y, columns with x."""

    def __init__(self, x: float, y: float, *, radius_m: float, height_m: float, reach_m: float) -> None:
        half = _SIDE * CELL_M / 2
        self.origin = (
            math.floor((x - half) / CELL_M) * CELL_M,
            math.floor((y - half) / CELL_M) * CELL_M,
        )
        self.state: UInt8[np.ndarray, "rows columns"] = np.full((_SIDE, _SIDE), UNKNOWN, np.uint8)
        self.radius_m, self.height_m, self.reach_m = radius_m, height_m, reach_m
        self._been: Bool[np.ndarray, "rows columns"] = np.zeros((_SIDE, _SIDE), np.bool_)
        self._done: Bool[np.ndarray, "rows columns"] = np.zeros((_SIDE, _SIDE), np.bool_)
        self._last = (x, y)

    def add(
        self,
        depth_m: Float[np.ndarray, "h w"],
        intrinsics: Float64[np.ndarray, "3 3"],
        world_from_camera: Float64[np.ndarray, "4 4"],
    ) -> None:
        """Enter a picture: what stands up is occupied, and all before it, column by column, is free."""
        step = max(1, len(depth_m) // _ROWS)
        depth = depth_m[::step].astype(np.float64)
        rows, columns = np.meshgrid(
            np.arange(0, len(depth_m), step), np.arange(depth_m.shape[1]), indexing="ij"
        )
        rays = np.stack([columns, rows, np.ones_like(rows)], -1) @ np.linalg.inv(intrinsics).T
        points = (rays * depth[..., None]) @ world_from_camera[:3, :3].T + world_from_camera[:3, 3]
        x, y = float(world_from_camera[0, 3]), float(world_from_camera[1, 3])
        away = np.hypot(points[..., 0] - x, points[..., 1] - y)
        valid = (depth > 0) & (away < self.reach_m)
        stands = valid & (points[..., 2] > _FLOOR_M) & (points[..., 2] < self.height_m)
        first = np.where(stands, away, np.inf).min(0)
        open_m = np.minimum(first - CELL_M, np.where(valid, away, 0).max(0))
        self._sweep(x, y, points, away, open_m)
        self._mark(points[stands][:, :2], OCCUPIED)
        near = self._disc(x, y, _NEAR_M)
        self.state[near & (self.state == UNKNOWN)] = FREE
        way = self._cells(np.linspace(self._last, (x, y), 32))
        self._been[way[:, 0], way[:, 1]] = True
        self._last = (x, y)

    def _sweep(
        self,
        x: float,
        y: float,
        points: Float64[np.ndarray, "rows columns 3"],
        away: Float64[np.ndarray, "rows columns"],
        open_m: Float64[np.ndarray, " columns"],
    ) -> None:
        """Free every column's way up to where it is open."""
        farthest = np.argmax(away, 0)
        across = np.arange(points.shape[1])
        ends = points[farthest, across, :2] - (x, y)
        length = np.maximum(np.hypot(ends[:, 0], ends[:, 1]), 1e-6)
        steps = np.arange(0.0, self.reach_m, CELL_M / 2)
        within = steps[None] <= open_m[:, None]
        line = ends[:, None] / length[:, None, None] * steps[None, :, None] + (x, y)
        cells = self._cells(line[within])
        known = self.state[cells[:, 0], cells[:, 1]]
        fresh = cells[known == UNKNOWN]
        self.state[fresh[:, 0], fresh[:, 1]] = FREE

    def bump(self, x: float, y: float, yaw: float) -> None:
        """Something is in the way that the camera did not show."""
        ahead = self.radius_m + CELL_M
        self._mark(np.array([[x - ahead * math.sin(yaw), y + ahead * math.cos(yaw)]]), OCCUPIED)

    def grid(self) -> NavGrid:
        """Where the agent can be, for all that it knows; what is unknown counts as occupied."""
        blocked = (self.state == OCCUPIED).astype(np.uint8)
        distance = cv2.distanceTransform(1 - blocked, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        clearance = np.asarray((distance - 0.5) * CELL_M, np.float32)
        clearance[self.state != FREE] = 0
        clearance[self._been] = np.maximum(clearance[self._been], self.radius_m)  # where it was, it can be
        return NavGrid(clearance, self.origin, self.radius_m)

    def frontiers(self, least: int) -> Bool[np.ndarray, "rows columns"]:
        """Free cells beside unknown ones, in groups of at least so many (Yamauchi 1997)."""
        unknown = cv2.dilate((self.state == UNKNOWN).astype(np.uint8), np.ones((3, 3), np.uint8))
        border = ((self.state == FREE) & (unknown > 0) & ~self._done).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(border, connectivity=8)
        large = stats[:, cv2.CC_STAT_AREA] >= least
        large[0] = False
        return np.asarray(large[labels])

    def give_up(self, x: float, y: float, within_m: float) -> None:
        """Count no cell around here as a frontier any more: the agent was there, and saw no more of it."""
        self._done |= self._disc(x, y, within_m)

    def _disc(self, x: float, y: float, within_m: float) -> Bool[np.ndarray, "rows columns"]:
        """The cells around a place."""
        found = np.zeros((_SIDE, _SIDE), np.uint8)
        row, column = self._cells(np.array([[x, y]]))[0].tolist()
        cv2.circle(found, (column, row), round(within_m / CELL_M), 1, -1)
        return found > 0

    def _mark(self, places: Float64[np.ndarray, "n 2"], value: int) -> None:
        cells = self._cells(places)
        self.state[cells[:, 0], cells[:, 1]] = value

    def _cells(self, places: Float64[np.ndarray, "n 2"]) -> Int64[np.ndarray, "_ 2"]:
        """Rows and columns of the places on the plan."""
        cells = np.floor((places - np.array(self.origin)) / CELL_M).astype(np.int64)[:, ::-1]
        return np.asarray(cells[((cells >= 0) & (cells < _SIDE)).all(1)])

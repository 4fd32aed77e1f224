"""How deep the kept moments were: a coarse depth picture and a pose for each, so that evidence can say where.

Other stores remember what was in a frame and where in the picture. Of each frame that one of them keeps, a glimpse
holds the depth on a grid of 24 by 32 cells, the camera and its pose: enough to turn a box in the picture into a
place in the world, about 2 kB a frame. The oldest by the map's clock goes first.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float16, Float32, Float64, Int64

from streammem.interface import State
from streammem.poses import transform
from streammem.token_table import Column, TokenTable
from streammem.types import BoundingBox, Box, Observation, Sphere

__all__ = ["Glimpses"]

GRID = (24, 32)  # rows and columns of cells
SAMPLES = 4  # depths looked at in a cell, along each axis
NEAR_ENOUGH_S = 1.5 / 256  # evidence of some stores tells time in ticks
CORE = 0.5  # of a box, along each axis: there the thing itself is, not what stands around it
DEEP = 0.25  # a cell whose depth differs from the core's by more than this share is something else
_JOINED = np.array([1 << 32, 1], np.int64)  # one number for a stream and a frame
COLUMNS = {
    "stream": Column(np.uint8),
    "place": Column(np.int32),  # the landmark that the pose hangs on
    "frame": Column(np.uint32),
    "t_s": Column(np.float64),  # of the frame, on its stream's clock
    "map_s": Column(np.float64),  # and on the map's: streams' clocks cannot be compared
    "camera": Column(np.float32, (4,)),  # fx, fy, cx, cy as shares of the picture's width and height
    "pose": Column(np.float64, (4, 4)),
    "depth": Column(np.float16, GRID),
}


class Glimpses:
    """At most as many as fit into a number of bytes."""

    def __init__(self, budget_bytes: int) -> None:
        self.table = TokenTable(COLUMNS, budget_bytes // self.row_bytes())
        self.dropped = 0

    @staticmethod
    def row_bytes() -> int:
        """Bytes of one glimpse."""
        return TokenTable.row_bytes(COLUMNS)

    def keep(self, observation: Observation, stream: int, place: int, map_s: float) -> None:
        """Note a frame that has depth, a camera and a checked pose, at the cost of the oldest if need be.

        `map_s` is its time on the map's clock, by which glimpses are old.
        """
        camera, depth_m = observation.intrinsics, observation.depth_m
        assert camera is not None and depth_m is not None and observation.world_from_camera is not None
        table = self.table
        if table.full:
            table.free(int(table["map_s"].argmin()))
            self.dropped += 1
        row = table.allocate()
        high, wide = depth_m.shape
        values = {
            "stream": stream,
            "place": place,
            "frame": observation.index,
            "t_s": observation.t_s,
            "map_s": map_s,
            "camera": (
                camera.fx / wide,
                camera.fy / high,
                (camera.cx + 0.5) / wide,
                (camera.cy + 0.5) / high,
            ),
            "pose": observation.world_from_camera,
            "depth": coarse_depth(depth_m),
        }
        for name, value in values.items():
            table[name][row] = value

    def locate(
        self, stream: int, frame: int, t_s: float, box: BoundingBox | None
    ) -> tuple[tuple[float, float, float], Box] | None:
        """Where in the world what a box shows was, and what it filled there; None if that is not known.

        The depth is the median of the box's core, the extent that of the cells of the box at about this depth: the
        near side of the thing. Without a box it is what the middle of the picture shows.
        """
        row = self._row(stream, frame, t_s)
        if row is None:
            return None
        whole = box or BoundingBox(0.0, 0.0, 1.0, 1.0)
        points, depth = self._points(row)
        core = depth[_cells(_core(whole))]
        core = core[core > 0]
        if not len(core):
            return None
        middle = float(np.sort(core)[len(core) // 2])  # a depth that some cell has
        inside = _cells(whole)
        near = np.abs(depth[inside] - middle) <= DEEP * middle
        seen = transform(self.table["pose"][row], points[inside][near].astype(np.float64))
        low, high, centre = seen.min(axis=0), seen.max(axis=0), np.median(seen, axis=0)
        extent = Box(low=_triple(low), high=_triple(high))
        return _triple(centre), extent

    def show(self, region: Sphere | Box, keys: Int64[np.ndarray, "n 2"]) -> Bool[np.ndarray, " n"]:
        """Which frames, told by (stream, frame), show any surface inside a region."""
        table = self.table
        rows = np.flatnonzero(table.live)
        inside = [
            row for row in rows if region.holds(transform(table["pose"][row], self._measured(int(row)))).any()
        ]
        mine = np.stack((table["stream"][inside], table["frame"][inside]), axis=1).astype(np.int64)
        return np.isin(keys @ _JOINED, mine @ _JOINED)

    def move(self, deltas: Mapping[int, Float64[np.ndarray, "4 4"]]) -> None:
        """Poses that hang on these landmarks follow them."""
        for place, delta in deltas.items():
            mine = np.flatnonzero(self.table.live & (self.table["place"][: self.table.high] == place))
            self.table["pose"][mine] = delta @ self.table["pose"][mine]

    def rename_places(self, places: Mapping[int, int]) -> None:
        """Landmarks have become others: poses that hang on the old ones hang on the new ones."""
        own = self.table["place"][: self.table.high]
        for old, new in places.items():
            own[self.table.live & (own == old)] = new

    def _row(self, stream: int, frame: int, t_s: float) -> int | None:
        table, high = self.table, self.table.high
        same = table.live & (table["stream"][:high] == stream) & (table["frame"][:high] == frame)
        same &= np.abs(table["t_s"][:high] - t_s) <= NEAR_ENOUGH_S
        return int(same.argmax()) if same.any() else None

    def _points(self, row: int) -> tuple[Float32[np.ndarray, "r c 3"], Float32[np.ndarray, "r c"]]:
        """The cells' points in camera axes, and their depth; 0 where there is none."""
        fx, fy, cx, cy = self.table["camera"][row]
        depth = self.table["depth"][row].astype(np.float32)
        y = ((np.arange(GRID[0], dtype=np.float32) + 0.5) / GRID[0] - cy) / fy
        x = ((np.arange(GRID[1], dtype=np.float32) + 0.5) / GRID[1] - cx) / fx
        return np.stack([x[None] * depth, y[:, None] * depth, depth], axis=-1), depth

    def _measured(self, row: int) -> Float64[np.ndarray, "n 3"]:
        points, depth = self._points(row)
        return points[depth > 0].astype(np.float64)

    def nbytes(self) -> int:
        """Bytes of `state`."""
        return self.table.nbytes()

    def state(self) -> State:
        """The rows in use."""
        return self.table.state()

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it does not fit this table.
        """
        self.table.restore(state)


def coarse_depth(depth_m: Float32[np.ndarray, "h w"]) -> Float16[np.ndarray, "r c"]:
    """The median of 16 depths in each cell of the grid, metres; 0 where most are no measurement."""
    at = [
        np.minimum(((np.arange(cells * SAMPLES) + 0.5) * size / (cells * SAMPLES)).astype(np.int64), size - 1)
        for cells, size in zip(GRID, depth_m.shape, strict=True)
    ]
    samples = depth_m[np.ix_(*at)].reshape(GRID[0], SAMPLES, GRID[1], SAMPLES)
    flat = samples.transpose(0, 2, 1, 3).reshape(*GRID, SAMPLES * SAMPLES)
    good = np.isfinite(flat) & (flat > 0) & (flat < np.finfo(np.float16).max)
    ranked = np.sort(np.where(good, flat, np.inf), axis=-1)
    count = good.sum(axis=-1)
    middle = np.take_along_axis(ranked, np.maximum(count - 1, 0)[..., None] // 2, axis=-1)[..., 0]
    return np.where(2 * count > SAMPLES * SAMPLES, middle, 0.0).astype(np.float16)


def _cells(box: BoundingBox) -> tuple[slice, slice]:
    left, top, right, bottom = box.pixels(GRID[1], GRID[0])
    top, left = min(top, GRID[0] - 1), min(left, GRID[1] - 1)
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def _core(box: BoundingBox) -> BoundingBox:
    wide, high = (box.right - box.left) * (1 - CORE) / 2, (box.bottom - box.top) * (1 - CORE) / 2
    return BoundingBox(box.left + wide, box.top + high, box.right - wide, box.bottom - high)


def _triple(point: Float64[np.ndarray, " 3"]) -> tuple[float, float, float]:
    x, y, z = point.tolist()
    return x, y, z

"""Room for things in a room: what is taken, what must stay clear, and where a thing fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float64

from streammem.envs.apartment.model import Model
from streammem.envs.apartment.scene import Relation, RoomSpace
from streammem.envs.apartment.stock import Item

__all__ = ["SIDES", "Boxes", "Draft", "Ground", "Places", "Side"]

BOARD_M = 0.1  # what begins higher is above the board along the wall's foot
GAP_M = 0.02  # between furniture and the wall behind it: there is a board along the wall's foot
APART_M = 0.02  # between things beside each other
STEP_M = 0.1  # between places that are tried along a wall
PERSON_M = 1.6  # what is kept clear for people reaches so high

Box = tuple[float, float, float, float, float, float]  # low corner, high corner


@dataclass(eq=False, slots=True)
class Draft:
    """A thing that has a place, but no id yet."""

    item: Item
    at: tuple[float, float, float]
    yaw: float
    room: int
    relation: Relation
    parent: Draft | None = None
    movable: bool = False
    open: float = 0.0
    partner: Draft | None = None  # without which it makes no sense: a chair's table

    @property
    def model(self) -> Model:
        """What it is."""
        return self.item.model

    def box(self) -> Box:
        """Its box in the world."""
        x0, y0, x1, y1 = self.item.turned(self.yaw)
        x, y, z = self.at
        return x + x0, y + y0, z + self.item.low[2], x + x1, y + y1, z + self.item.high[2]

    def world(self, x: float, y: float) -> tuple[float, float]:
        """Where a place in its own axes is."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return self.at[0] + c * x - s * y, self.at[1] + s * x + c * y


@dataclass(frozen=True, slots=True)
class Side:
    """A wall of a room as things stand against it: `yaw` turns their backs to it."""

    axis: int  # along the wall
    upper: bool
    yaw: float


SIDES = (
    Side(0, False, math.pi),
    Side(0, True, 0.0),
    Side(1, False, math.pi / 2),
    Side(1, True, -math.pi / 2),
)


@dataclass(frozen=True, slots=True)
class Places:
    """Places to try: a row of `xy` for each, in runs that share a yaw (how many, which)."""

    xy: Float64[np.ndarray, "k 2"]
    runs: tuple[tuple[int, float], ...]

    @staticmethod
    def one(xy: tuple[float, float], yaw: float) -> Places:
        """A single place."""
        return Places(np.array([xy]), ((1, yaw),))

    @staticmethod
    def joined(places: Sequence[Places]) -> Places:
        """All of them, in order."""
        return Places(np.concatenate([p.xy for p in places]), tuple(run for p in places for run in p.runs))

    def yaw(self, row: int) -> float:
        """The yaw of a place."""
        for count, yaw in self.runs:
            if row < count:
                return yaw
            row -= count
        raise IndexError(row)

    def at(self, row: int) -> tuple[float, float]:
        """Where a place is."""
        return float(self.xy[row, 0]), float(self.xy[row, 1])

    def rects(self, item: Item) -> Float64[np.ndarray, "k 4"]:
        """The level rectangles that a thing takes there: x0, y0, x1, y1."""
        rects: Float64[np.ndarray, "k 4"] = np.concatenate([self.xy, self.xy], 1)
        first = 0
        for count, yaw in self.runs:
            rects[first : first + count] += item.turned(yaw)
            first += count
        return rects


class Boxes:
    """A growing list of boxes that can be asked at once."""

    def __init__(self) -> None:
        self.rows: list[Box] = []
        self._array: Float64[np.ndarray, "6 n"] | None = None

    def add(self, box: Box) -> None:
        """Append one."""
        self.rows.append(box)
        self._array = None

    def meet(
        self, rects: Float64[np.ndarray, "k 4"], low: float, high: float, apart_m: float
    ) -> Bool[np.ndarray, " k"]:
        """Which rectangles, from `low` to `high`, share space with a box or come nearer than `apart_m`."""
        if not self.rows:
            return np.zeros(len(rects), np.bool_)
        if self._array is None:
            self._array = np.array(self.rows).T
        near = self._array[:, (self._array[2] < high) & (self._array[5] > low)]
        far = near[3:5] + (apart_m - 1e-9)
        near = near[:2] - (apart_m - 1e-9)
        columns = rects.T[:, :, None]
        meets = columns[0] < far[0]
        meets &= columns[2] > near[0]
        meets &= columns[1] < far[1]
        meets &= columns[3] > near[1]
        return np.asarray(meets.any(axis=1))

    def meets(self, box: Box, apart_m: float, *, but: int | None = None) -> bool:
        """Whether a box shares space with one of these, or stands nearer to it; one of them may be left out."""
        a0, b0, low, a1, b1, high = box
        return any(
            x0 - apart_m < a1 and a0 < x1 + apart_m and y0 - apart_m < b1 and b0 < y1 + apart_m
            and z0 < high and low < z1 and row != but
            for row, (x0, y0, z0, x1, y1, z1) in enumerate(self.rows)
        )  # fmt: skip


@dataclass
class Ground:
    """The floor and the walls of one room.

    Attributes:
        solids: what is taken.
        clears: where nothing may stand: before doors, before things that people use. These may overlap each other.
    """

    room: RoomSpace
    height_m: float
    solids: Boxes = field(default_factory=Boxes)
    clears: Boxes = field(default_factory=Boxes)
    _rows: dict[int, int] = field(default_factory=dict)  # of drafts in `solids`

    def ends(self, side: Side) -> tuple[float, float]:
        """Where a wall begins and ends, along its axis."""
        return self.room.low[side.axis], self.room.high[side.axis]

    def span(self, item: Item, side: Side) -> tuple[float, float]:
        """How far a thing reaches to both sides along a wall."""
        x0, y0, x1, y1 = item.turned(side.yaw)
        return (x0, x1) if side.axis == 0 else (y0, y1)

    def off_wall(self, item: Item, side: Side, gap_m: float = GAP_M) -> float:
        """The coordinate across a wall of a thing with its back to it."""
        x0, y0, x1, y1 = item.turned(side.yaw)
        across = 1 - side.axis
        if side.upper:
            return self.room.high[across] - gap_m - (x1, y1)[across]
        return self.room.low[across] + gap_m - (x0, y0)[across]

    def against(self, item: Item, side: Side, gap_m: float = GAP_M) -> Places:
        """Places along a wall, from corner to corner, the back to it."""
        before, after = self.span(item, side)
        low, high = self.ends(side)
        first, last = low + gap_m - before, high - gap_m - after
        if last < first:
            return Places(np.zeros((0, 2)), ())
        count = max(2, int((last - first) / STEP_M) + 1)
        xy = np.empty((count, 2))
        xy[:, side.axis] = first + np.arange(count) * ((last - first) / (count - 1))
        xy[:, 1 - side.axis] = self.off_wall(item, side, gap_m)
        return Places(xy, ((count, side.yaw),))

    def around(self, item: Item, yaw: float, step_m: float = 0.2) -> Places:
        """Places all over the floor."""
        x0, y0, x1, y1 = item.turned(yaw)
        xs = np.arange(self.room.low[0] - x0 + APART_M, self.room.high[0] - x1 - APART_M, step_m)
        ys = np.arange(self.room.low[1] - y0 + APART_M, self.room.high[1] - y1 - APART_M, step_m)
        xy = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)
        return Places(xy, ((len(xy), yaw),) if len(xy) else ())

    def fits(
        self, item: Item, places: Places, *, z: float = 0.0, access_m: float = 0.0, apart_m: float = APART_M
    ) -> Bool[np.ndarray, " k"]:
        """Where the thing stands free, with a strip of `access_m` before its front that holds nothing solid."""
        rects = places.rects(item)
        low, high = z + item.low[2], z + item.high[2]
        good = self._inside(rects, GAP_M if low < BOARD_M else 0.0)
        good &= ~self.solids.meet(rects, low, high, apart_m)
        good &= ~self.clears.meet(rects, low, high, 0.0)
        if access_m > 0:
            strips = places.rects(item.front(access_m))
            good &= self._inside(strips) & ~self.solids.meet(strips, 0.0, PERSON_M, 0.0)
        return good

    def holds(self, draft: Draft, apart_m: float, *, on: Draft) -> bool:
        """Whether there is room for a small thing on or in another."""
        x0, y0, z0, x1, y1, z1 = draft.box()
        box = (x0, y0, z0 + 1e-6, x1, y1, z1)
        return not (
            self.solids.meets(box, apart_m, but=self._rows.get(id(on))) or self.clears.meets(box, 0.0)
        )

    def take(self, draft: Draft, access_m: float = 0.0) -> None:
        """Mark a thing's box as taken, and the strip before it as to be kept clear."""
        self._rows[id(draft)] = len(self.solids.rows)
        self.solids.add(draft.box())
        if access_m > 0:
            x0, y0, x1, y1 = draft.item.front(access_m).turned(draft.yaw)
            x, y, _ = draft.at
            self.clears.add((x + x0, y + y0, 0.0, x + x1, y + y1, PERSON_M))

    def gaps(
        self, side: Side, *, depth_m: float, height_m: float, access_m: float
    ) -> list[tuple[float, float]]:
        """The free stretches of a wall for things so deep and so high, with so much room before them."""
        across = 1 - side.axis
        wall = self.room.high[across] if side.upper else self.room.low[across]
        sign = -1.0 if side.upper else 1.0
        near, far = sorted((wall, wall + sign * depth_m))
        front, back = sorted((wall + sign * depth_m, wall + sign * (depth_m + access_m)))
        taken: list[tuple[float, float]] = []
        for box in [*self.solids.rows, *self.clears.rows]:
            if box[2] < height_m and box[across] < far and box[3 + across] > near:
                taken.append((box[side.axis], box[3 + side.axis]))
        for box in self.solids.rows:
            if box[2] < PERSON_M and box[across] < back and box[3 + across] > front:
                taken.append((box[side.axis], box[3 + side.axis]))
        low, high = self.ends(side)
        found, at = [], low + GAP_M
        for start, end in sorted(taken):
            if start - APART_M > at:
                found.append((at, start - APART_M))
            at = max(at, end + APART_M)
        return [*found, (at, high - GAP_M)] if high - GAP_M > at else found

    def _inside(self, rects: Float64[np.ndarray, "k 4"], gap_m: float = 0.0) -> Bool[np.ndarray, " k"]:
        (x0, y0), (x1, y1) = self.room.low, self.room.high
        a0, b0, a1, b1 = rects.T
        gap = gap_m - 1e-9
        good = a0 >= x0 + gap
        good &= b0 >= y0 + gap
        good &= a1 <= x1 - gap
        good &= b1 <= y1 - gap
        return np.asarray(good)

"""Room for things in a room: what is taken, what must stay clear, and where a thing fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float

from streammem.envs.apartment.model import Model
from streammem.envs.apartment.scene import Relation, RoomSpace
from streammem.envs.apartment.stock import Item

__all__ = ["SIDES", "Draft", "Ground", "Places", "Side"]

GAP_M = 0.02  # between furniture and the wall behind it: the board along its foot
APART_M = 0.02  # between things beside each other
STEP_M = 0.1  # between places that are tried along a wall


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

    @property
    def model(self) -> Model:
        """What it is."""
        return self.item.model

    def box(self) -> tuple[float, float, float, float, float, float]:
        """Its box in the world: low corner, high corner."""
        x0, y0, x1, y1 = self.item.turned(self.yaw)
        x, y, z = self.at
        return x + x0, y + y0, z + self.item.low[2], x + x1, y + y1, z + self.item.high[2]


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
    """Places to try: one row for each."""

    xy: Float[np.ndarray, "k 2"]
    yaw: Float[np.ndarray, " k"]

    @staticmethod
    def joined(places: Sequence[Places]) -> Places:
        """All of them, in order."""
        return Places(np.concatenate([p.xy for p in places]), np.concatenate([p.yaw for p in places]))


@dataclass
class Ground:
    """The floor and walls of one room.

    Attributes:
        solids: boxes that are taken.
        clears: boxes where nothing may stand: before doors, before things that one uses. They may overlap each other.
    """

    room: RoomSpace
    height_m: float
    solids: list[tuple[float, ...]] = field(default_factory=list)
    clears: list[tuple[float, ...]] = field(default_factory=list)

    def along(self, side: Side) -> tuple[float, float]:
        """Where a wall begins and ends."""
        return self.room.low[side.axis], self.room.high[side.axis]

    def against(self, item: Item, side: Side, gap_m: float = GAP_M) -> Places:
        """Places along a wall, from corner to corner, back to it."""
        x0, y0, x1, y1 = item.turned(side.yaw)
        low, high = self.along(side)
        before, after = (x0, x1) if side.axis == 0 else (y0, y1)
        first, last = low + gap_m - before, high - gap_m - after
        if last < first:
            return Places(np.zeros((0, 2)), np.zeros(0))
        count = max(2, int((last - first) / STEP_M) + 1)
        xy = np.empty((count, 2))
        xy[:, side.axis] = np.linspace(first, last, count)
        other = 1 - side.axis
        back = (x1, y1)[other] if side.upper else (x0, y0)[other]
        wall = self.room.high[other] - gap_m if side.upper else self.room.low[other] + gap_m
        xy[:, other] = wall - back
        return Places(xy, np.full(count, side.yaw))

    def around(self, item: Item, yaw: float, step_m: float = 0.2) -> Places:
        """Places all over the floor."""
        x0, y0, x1, y1 = item.turned(yaw)
        xs = np.arange(self.room.low[0] - x0 + APART_M, self.room.high[0] - x1 - APART_M, step_m)
        ys = np.arange(self.room.low[1] - y0 + APART_M, self.room.high[1] - y1 - APART_M, step_m)
        xy = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)
        return Places(xy, np.full(len(xy), yaw))

    def fits(
        self, item: Item, places: Places, *, z: float = 0.0, access_m: float = 0.0
    ) -> Bool[np.ndarray, " k"]:
        """Where the thing stands free, with a strip of `access_m` before its front that holds nothing solid."""
        if len(places.yaw) == 0:
            return np.zeros(0, np.bool_)
        rects = _rects(item, places)
        low, high = z + item.low[2], z + item.high[2]
        good = self._inside(rects) & ~_meets(rects, low, high, self.solids + self.clears, APART_M)
        if access_m > 0:
            strips = _fronts(item, places, access_m)
            good &= self._inside(strips) & ~_meets(strips, 0.0, 1.6, self.solids, 0.0)
        return good

    def take(self, draft: Draft, access_m: float = 0.0) -> None:
        """Mark a thing's box as taken, and the strip before it as to be kept clear."""
        self.solids.append(draft.box())
        if access_m > 0:
            place = Places(np.array([draft.at[:2]]), np.array([draft.yaw]))
            x0, y0, x1, y1 = _fronts(draft.item, place, access_m)[0].tolist()
            self.clears.append((x0, y0, 0.02, x1, y1, 1.6))

    def _inside(self, rects: Float[np.ndarray, "k 4"]) -> Bool[np.ndarray, " k"]:
        low, high = np.array(self.room.low) - 1e-9, np.array(self.room.high) + 1e-9
        found: Bool[np.ndarray, " k"] = (rects[:, :2] >= low).all(1) & (rects[:, 2:] <= high).all(1)
        return found


def _rects(item: Item, places: Places) -> Float[np.ndarray, "k 4"]:
    """The level rectangles of a thing at each place."""
    return np.concatenate([places.xy, places.xy], 1) + _by_yaw(places.yaw, lambda yaw: item.turned(yaw))


def _fronts(item: Item, places: Places, depth_m: float) -> Float[np.ndarray, "k 4"]:
    """The strips before the fronts."""
    a, b, _ = item.low
    strip = Item(item.model, (a, b - depth_m, 0.0), (item.high[0], b, 0.0))
    return _rects(strip, places)


def _by_yaw(yaw: Float[np.ndarray, " k"], rect: object) -> Float[np.ndarray, "k 4"]:
    assert callable(rect)
    values, rows = np.unique(yaw, return_inverse=True)
    return np.array([rect(float(value)) for value in values])[rows]


def _meets(
    rects: Float[np.ndarray, "k 4"],
    low: float,
    high: float,
    boxes: Sequence[tuple[float, ...]],
    apart_m: float,
) -> Bool[np.ndarray, " k"]:
    """Which rectangles, from `low` to `high`, share space with any of the boxes or come nearer than `apart_m`."""
    if not boxes:
        return np.zeros(len(rects), np.bool_)
    b = np.array(boxes)
    b = b[(b[:, 2] < high) & (b[:, 5] > low)]
    a = rects[:, None]
    near = apart_m - 1e-9
    meets = (
        (a[..., 0] < b[:, 3] + near)
        & (a[..., 2] > b[:, 0] - near)
        & (a[..., 1] < b[:, 4] + near)
        & (a[..., 3] > b[:, 1] - near)
    )
    found: Bool[np.ndarray, " k"] = meets.any(1)
    return found

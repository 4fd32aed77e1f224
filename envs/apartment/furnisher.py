"""Puts things into one room: against walls, at tables, in corners, on walls."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from streammem.envs.apartment.placing import SIDES, Draft, Ground, Places, Side
from streammem.envs.apartment.scene import RoomSpace
from streammem.envs.apartment.stock import Item, Stock

__all__ = ["Furnisher", "facing"]

Point = tuple[float, float]


def facing(start: Point, end: Point) -> float:
    """The yaw that turns a thing's front at `start` towards `end`."""
    return math.atan2(end[0] - start[0], -(end[1] - start[1]))


class Furnisher:
    """One room while it is being furnished; `drafts` is what has found its place.

    Every method that puts something returns it, or None where no place was free for it.
    """

    def __init__(self, ground: Ground, stock: Stock, rng: np.random.Generator) -> None:
        self.ground, self.stock, self.rng = ground, stock, rng
        self.drafts: list[Draft] = []

    @property
    def room(self) -> RoomSpace:
        """The room."""
        return self.ground.room

    def pick(self, category: str) -> Item:
        """A model of a category."""
        return self.stock.pick(category, self.rng)

    def chance(self, share: float) -> bool:
        """True that often."""
        return float(self.rng.random()) < share

    def add(self, item: Item, at: Point, yaw: float, *, access_m: float = 0.0, opened: float = 0.0) -> Draft:
        """Put a thing on the floor, wherever that is."""
        draft = Draft(item, (round(at[0], 4), round(at[1], 4), 0.0), yaw, self.room.id, "floor", open=opened)
        self.drafts.append(draft)
        if any(part.solid for part in item.model.parts):
            self.ground.take(draft, access_m)
        return draft

    def choose(
        self,
        item: Item,
        places: Places,
        *,
        access_m: float = 0.0,
        score: Callable[[Float[np.ndarray, "k 2"]], Float[np.ndarray, " k"]] | None = None,
    ) -> Draft | None:
        """Put a thing at the best of the places where it fits: the one with the least score, or any."""
        good = np.flatnonzero(self.ground.fits(item, places, access_m=access_m))
        if len(good) == 0:
            return None
        noise = self.rng.random(len(good))
        scores = noise if score is None else score(places.xy[good]) + 0.3 * noise
        best = int(good[int(np.argmin(scores))])
        x, y = places.xy[best].tolist()
        return self.add(item, (x, y), float(places.yaw[best]), access_m=access_m)

    def against_wall(
        self,
        category: str | Item,
        *,
        access_m: float = 0.6,
        near: Point | None = None,
        far: Point | None = None,
        corner: bool = False,
        sides: Sequence[Side] = SIDES,
    ) -> Draft | None:
        """Put a thing with its back to a wall; near to or far from a point, or in a corner where one is free."""
        item = self.pick(category) if isinstance(category, str) else category
        places = Places.joined([self.ground.against(item, side) for side in sides])

        def score(xy: Float[np.ndarray, "k 2"]) -> Float[np.ndarray, " k"]:
            if near is not None:
                return np.linalg.norm(xy - np.array(near), axis=1)
            if far is not None:
                return -np.linalg.norm(xy - np.array(far), axis=1)
            return self._to_corner(xy) if corner else np.zeros(len(xy))

        return self.choose(item, places, access_m=access_m, score=score)

    def in_corner(self, category: str) -> Draft | None:
        """Put a thing that has no back into a free corner."""
        return self.against_wall(category, access_m=0.0, corner=True)

    def beside(
        self, category: str, other: Draft, *, gap_m: float = 0.04, access_m: float = 0.3
    ) -> Draft | None:
        """Put a thing to the left or the right of another, their backs in line."""
        item = self.pick(category)
        c, s = math.cos(other.yaw), math.sin(other.yaw)
        off = other.item.width / 2 + item.width / 2 + gap_m
        back = other.item.high[1] - item.high[1]
        xy = [(other.at[0] + c * x - s * back, other.at[1] + s * x + c * back) for x in (off, -off)]
        places = Places(np.array(xy), np.full(2, other.yaw))
        return self.choose(item, places, access_m=access_m)

    def before(
        self, item: Item, other: Draft, *, gap_m: float, access_m: float = 0.0, aside: float = 0.0
    ) -> Draft | None:
        """Put a thing before another's front, turned towards it."""
        c, s = math.cos(other.yaw), math.sin(other.yaw)
        y = other.item.low[1] - gap_m + item.low[1]
        at = (other.at[0] + c * aside - s * y, other.at[1] + s * aside + c * y)
        yaw = other.yaw + math.pi
        return self.choose(item, Places(np.array([at]), np.array([yaw])), access_m=access_m)

    def chairs_around(self, table: Draft, category: str = "chair", *, most: int = 6) -> list[Draft]:
        """Put chairs at a table's long sides, then at its ends; all of one design."""
        item = self.pick(category)
        half_w, half_d = table.item.width / 2, table.item.depth / 2
        seats = max(1, int(table.item.width / (item.width + 0.12)))
        reach = -item.low[1]
        spots: list[tuple[float, float, float]] = []  # x, y in the table's axes, yaw against its own
        for number in range(seats):
            x = (number + 0.5) * table.item.width / seats - half_w
            spots += [(x, -half_d - reach, math.pi), (x, half_d + reach, 0.0)]
        spots += [(-half_w - reach, 0.0, math.pi / 2), (half_w + reach, 0.0, -math.pi / 2)]
        found: list[Draft] = []
        c, s = math.cos(table.yaw), math.sin(table.yaw)
        for x, y, yaw in spots:
            out = 0.03 + 0.1 * float(self.rng.random() ** 2)
            length = math.hypot(x, y)
            dx, dy = (0.0, math.copysign(out, y)) if yaw in (0.0, math.pi) else (math.copysign(out, x), 0.0)
            if len(found) == most or length == 0:
                break
            px, py = x + dx, y + dy
            at = np.array([[table.at[0] + c * px - s * py, table.at[1] + s * px + c * py]])
            draft = self.choose(item, Places(at, np.array([table.yaw + yaw])))
            if draft is not None:
                found.append(draft)
        return found

    def rug(self, centre: Point, yaw: float = 0.0) -> Draft | None:
        """Lay a rug, moved so far that it lies within the room; nobody trips over it."""
        item = self.pick("rug")
        x0, y0, x1, y1 = item.turned(yaw)
        low = (self.room.low[0] - x0 + 0.1, self.room.low[1] - y0 + 0.1)
        high = (self.room.high[0] - x1 - 0.1, self.room.high[1] - y1 - 0.1)
        if low[0] > high[0] or low[1] > high[1]:
            return None
        at = (min(max(centre[0], low[0]), high[0]), min(max(centre[1], low[1]), high[1]))
        return self.add(item, at, yaw)

    def hang(self, category: str, *, z: float, near: Point | None = None) -> Draft | None:
        """Hang a thing on a wall, its lower edge or (for a picture) its middle at a height."""
        item = self.pick(category)
        height = min(z, self.ground.height_m - 0.12 - item.height)
        places = Places.joined([self.ground.against(item, side, gap_m=0.0) for side in SIDES])
        good = np.flatnonzero(
            self.ground.fits(item, places, z=height) & (self._to_corner(places.xy) > item.width / 2 + 0.2)
        )
        if len(good) == 0:
            return None
        scores = self.rng.random(len(good))
        if near is not None:
            scores = 0.1 * scores + np.linalg.norm(places.xy[good] - np.array(near), axis=1)
        best = int(good[int(np.argmin(scores))])
        x, y = places.xy[best].tolist()
        draft = Draft(item, (x, y, round(height, 3)), float(places.yaw[best]), self.room.id, "wall")
        self.drafts.append(draft)
        self.ground.take(draft)
        return draft

    def _to_corner(self, xy: Float[np.ndarray, "k 2"]) -> Float[np.ndarray, " k"]:
        low, high = np.array(self.room.low), np.array(self.room.high)
        near: Float[np.ndarray, "k 2"] = np.minimum(xy - low, high - xy)
        return near.max(1)

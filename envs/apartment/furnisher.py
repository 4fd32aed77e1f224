"""Puts things into one room: against walls, at tables, in corners, on walls."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.placing import SIDES, Draft, Ground, Places
from streammem.envs.apartment.reach import RoomWays, in_the_way
from streammem.envs.apartment.scene import RoomSpace
from streammem.envs.apartment.stock import Item, Stock

__all__ = ["Furnisher", "facing"]

Point = tuple[float, float]
Score = Callable[[Float64[np.ndarray, "k 2"]], Float64[np.ndarray, " k"]]

EDGE_M = 0.2  # pictures hang at least so far from a corner
UNDER_CEILING_M = 0.12
PLACES_TRIED = 4  # before a thing is left out because it would bar the way
NOISE_M = 0.3  # two places that differ by less than this in score are equally good


def facing(start: Point, end: Point) -> float:
    """The yaw that turns a thing's front at `start` towards `end`."""
    return math.atan2(end[0] - start[0], start[1] - end[1])


class Furnisher:
    """One room while it is being furnished; `drafts` is what has found its place, in order.

    Every method that puts something returns it, or None where no place was free for it.
    """

    def __init__(
        self,
        ground: Ground,
        stock: Stock,
        rng: np.random.Generator,
        ways: RoomWays | None = None,
    ) -> None:
        self.ground, self.stock, self.rng = ground, stock, rng
        self.drafts: list[Draft] = []
        self.ways = ways

    @property
    def room(self) -> RoomSpace:
        """The room."""
        return self.ground.room

    def pick(self, category: str) -> Item:
        """A model of a category."""
        return self.stock.pick(category, self.rng)

    def matching(self, category: str, other: Item) -> Item:
        """A model of a category that goes with another."""
        return self.stock.matching(category, other, self.rng)

    def chance(self, share: float) -> bool:
        """True that often."""
        return float(self.rng.random()) < share

    def draft(self, item: Item, at: Point, yaw: float) -> Draft:
        """A thing on the floor that is not there yet."""
        return Draft(item, (round(at[0], 4), round(at[1], 4), -item.low[2]), yaw, self.room.id, "floor")

    def leaves_ways(self, drafts: Sequence[Draft]) -> bool:
        """Whether one could still walk through the room if these were there, too."""
        solid = [draft for draft in drafts if in_the_way(draft)]
        return not solid or self.ways is None or self.ways.allow(solid)

    def keep(self, draft: Draft, access_m: float = 0.0) -> Draft:
        """Put a thing where it was drafted, and keep a strip before it clear."""
        self.drafts.append(draft)
        if any(part.solid for part in draft.model.parts):
            self.ground.take(draft, access_m)
            if self.ways is not None:
                self.ways.take(draft)
        return draft

    def add(self, item: Item, at: Point, yaw: float, *, access_m: float = 0.0) -> Draft:
        """Put a thing on the floor, wherever that is."""
        return self.keep(self.draft(item, at, yaw), access_m)

    def choose(
        self,
        item: Item,
        places: Places,
        *,
        access_m: float = 0.0,
        keep_clear: bool = True,
        score: Score | None = None,
        room_for: Item | None = None,
    ) -> Draft | None:
        """Put a thing at the best of the places where it fits and bars no way: the least score, or any.

        With `room_for`, only where that would fit, too (the thing and what is to stand around it).
        """
        good = np.flatnonzero(self.ground.fits(room_for or item, places, access_m=access_m))
        if len(good) == 0:
            return None
        scores = NOISE_M * self.rng.random(len(good))
        if score is not None:
            scores = scores + score(places.xy[good])
        for row in good[np.argsort(scores, kind="stable")[:PLACES_TRIED]].tolist():
            draft = self.draft(item, places.at(row), places.yaw(row))
            if self.leaves_ways([draft]):
                return self.keep(draft, access_m if keep_clear else 0.0)
        return None

    def along_walls(self, item: Item) -> Places:
        """Places along all walls, the back to them."""
        return Places.joined([self.ground.against(item, side) for side in SIDES])

    def against_wall(
        self, category: str | Item, *, access_m: float = 0.6, near: Point | None = None, corner: bool = False
    ) -> Draft | None:
        """Put a thing with its back to a wall; near a point, or as far into a corner as it can be."""
        item = self.pick(category) if isinstance(category, str) else category
        score: Score | None = self.to_corner if corner else None
        if near is not None:
            point = np.array(near)
            score = lambda xy: np.linalg.norm(xy - point, axis=1)  # noqa: E731  # one of two ways to score, side by side
        return self.choose(item, self.along_walls(item), access_m=access_m, score=score)

    def needed(self, category: str, *, access_m: float, corner: bool = False) -> Draft | None:
        """Put a thing that a room cannot do without: tries other models, and less room before them."""
        for share in (1.0, 0.75, 0.5):
            for _ in range(3):
                placed = self.against_wall(category, access_m=share * access_m, corner=corner)
                if placed is not None:
                    return placed
        return None

    def in_corner(self, category: str) -> Draft | None:
        """Put a thing into a free corner."""
        return self.against_wall(category, access_m=0.0, corner=True)

    def beside(self, item: Item, other: Draft, *, gap_m: float = 0.04, access_m: float = 0.3) -> Draft | None:
        """Put a thing to the left or the right of another, their backs in line."""
        off = other.item.width / 2 + item.width / 2 + gap_m
        back = other.item.high[1] - item.high[1]
        xy = np.array([other.world(x, back) for x in (off, -off)])
        return self.choose(item, Places(xy, ((2, other.yaw),)), access_m=access_m)

    def before(self, item: Item, other: Draft, *, gap_m: float, aside_m: float = 0.0) -> Draft | None:
        """Put a thing before another's front, turned towards it."""
        at = other.world(aside_m, other.item.low[1] - gap_m + item.low[1])
        draft = self.choose(item, Places.one(at, other.yaw + math.pi))
        if draft is not None:
            draft.partner = other
        return draft

    def chairs_around(self, table: Draft, *, most: int) -> list[Draft]:
        """Put chairs at a table's long sides, then at its ends; all of one design."""
        item = self.stock.pick("chair", self.rng, but="office")
        half_w, half_d = table.item.width / 2, table.item.depth / 2
        seats = max(1, int(table.item.width / (item.width + 0.12)))
        spots: list[
            tuple[float, float, float, float]
        ] = []  # place in the table's axes, and from there outward
        for number in range(seats):
            x = (number + 0.5) * table.item.width / seats - half_w
            spots += [(x, -half_d, 0.0, -1.0), (x, half_d, 0.0, 1.0)]
        spots += [(-half_w, 0.0, -1.0, 0.0), (half_w, 0.0, 1.0, 0.0)]
        found: list[Draft] = []
        for x, y, dx, dy in spots:
            if len(found) == most:
                break
            out = -item.low[1] + 0.03 + 0.1 * float(self.rng.random()) ** 2
            at = table.world(x + dx * out, y + dy * out)
            yaw = table.yaw + facing((dx, dy), (0.0, 0.0))
            draft = self.choose(item, Places.one(at, yaw))
            if draft is not None:
                draft.partner = table
                found.append(draft)
        return found

    def rug(self, centre: Point, yaw: float = 0.0) -> Draft | None:
        """Lay a rug, moved so far that it lies within the room; things may stand on it."""
        item = self.pick("rug")
        x0, y0, x1, y1 = item.turned(yaw)
        low = (self.room.low[0] - x0 + 0.1, self.room.low[1] - y0 + 0.1)
        high = (self.room.high[0] - x1 - 0.1, self.room.high[1] - y1 - 0.1)
        if low[0] > high[0] or low[1] > high[1]:
            return None
        at = (min(max(centre[0], low[0]), high[0]), min(max(centre[1], low[1]), high[1]))
        return self.add(item, at, yaw)

    def hang(self, category: str, *, z: float, near: Point | None = None) -> Draft | None:
        """Hang a thing on a wall, its middle at a height."""
        item = self._unlike_others(category)
        highest = self.ground.height_m - UNDER_CEILING_M - item.high[2]
        height = round(min(z - (item.low[2] + item.high[2]) / 2, highest), 3)
        places = Places.joined([self.ground.against(item, side, gap_m=0.0) for side in SIDES])
        good = self.ground.fits(item, places, z=height) & (
            self.to_corner(places.xy) > item.width / 2 + EDGE_M
        )
        rows = np.flatnonzero(good)
        if len(rows) == 0:
            return None
        scores = self.rng.random(len(rows))
        if near is not None:
            scores = 0.1 * scores + np.linalg.norm(places.xy[rows] - np.array(near), axis=1)
        best = int(rows[int(np.argmin(scores))])
        draft = Draft(item, (*places.at(best), height), places.yaw(best), self.room.id, "wall")
        self.drafts.append(draft)
        self.ground.take(draft)
        return draft

    def _unlike_others(self, category: str) -> Item:
        """A model that does not hang in the room yet, if there is one after a few tries."""
        names = {draft.model.name for draft in self.drafts}
        items = [self.pick(category) for _ in range(4)]
        return next((item for item in items if item.model.name not in names), items[0])

    def to_corner(self, xy: Float64[np.ndarray, "k 2"]) -> Float64[np.ndarray, " k"]:
        """How far it is along the walls to the nearest corner of the room."""
        low, high = np.array(self.room.low), np.array(self.room.high)
        return np.asarray(np.minimum(xy - low, high - xy).max(1))

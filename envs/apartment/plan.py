"""Where the rooms of an apartment are: a rectangle, split again and again, with a hall in the middle.

Everything here is measured on the centre lines of walls; `openings.py` turns it into rooms, doorways and windows.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Cell", "floor_plan"]

SMALLEST_M2, LARGEST_M2 = 70.0, 130.0
DOOR_ROOM_M = 1.3  # of shared wall that a door needs, corners and frame included
PROGRAMMES, TRIES = 40, 40  # sets of rooms, and layouts of each in each form

# What a room may measure: least side, least and largest area, and how many times longer than wide.
LIMITS: dict[str, tuple[float, float, float, float]] = {
    "living room": (3.3, 16.0, 38.0, 2.0),
    "kitchen": (2.3, 7.5, 20.0, 2.2),
    "dining room": (2.7, 8.5, 18.0, 1.9),
    "bedroom": (2.7, 9.0, 23.0, 2.0),
    "study": (2.2, 6.5, 15.0, 2.0),
    "bathroom": (2.0, 5.2, 11.5, 2.2),
    "hall": (1.9, 4.5, 17.0, 6.0),
}
USUAL_M2: dict[str, tuple[float, float]] = {
    "living room": (20, 30),
    "kitchen": (9, 14),
    "dining room": (10, 14),
    "bedroom": (11, 17),
    "study": (8, 11),
    "bathroom": (6, 9),
}
OPEN_TO_EACH_OTHER = {"living room", "kitchen", "dining room"}
LEADS_TO_BATH = {"hall", "bedroom"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A room up to the middle of its walls."""

    kind: str
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def area(self) -> float:
        """In square metres."""
        return (self.x1 - self.x0) * (self.y1 - self.y0)


Wish = tuple[str, float]  # a kind of room and the area that it should have


def floor_plan(rng: np.random.Generator) -> list[Cell]:
    """The cells of an apartment, the hall first; its lower left corner is the origin.

    Raises:
        RuntimeError: if no plan was found; of the seeds in `SPLITS` there is none like that.
    """
    for _ in range(PROGRAMMES):
        wishes = _programme(rng)
        for form in rng.permutation(len(_FORMS)).tolist():
            for _ in range(TRIES):
                cells = _FORMS[form](wishes, rng)
                if _sound(cells):
                    return _turned(cells, rng)
    raise RuntimeError(f"no floor plan in {PROGRAMMES * len(_FORMS) * TRIES} tries: take another seed")


def shared(one: Cell, other: Cell) -> float:
    """How many metres of wall two cells share."""
    if one.x1 == other.x0 or other.x1 == one.x0:
        return max(0.0, min(one.y1, other.y1) - max(one.y0, other.y0))
    if one.y1 == other.y0 or other.y1 == one.y0:
        return max(0.0, min(one.x1, other.x1) - max(one.x0, other.x0))
    return 0.0


def leads(one: Cell, other: Cell) -> bool:
    """Whether a door can lead from one to another; nobody has to go through a bathroom."""
    usual = may_open(one.kind, other.kind) and one.kind != "bathroom"
    return usual and shared(one, other) > DOOR_ROOM_M - 1e-6


def may_open(one: str, other: str) -> bool:
    """Whether a door between two kinds of rooms is usual."""
    if "bathroom" in (one, other):
        return bool({one, other} & LEADS_TO_BATH) and one != other
    return (
        "hall" in (one, other)
        or {one, other} <= OPEN_TO_EACH_OTHER
        or {one, other} == {"living room", "study"}
    )


def _programme(rng: np.random.Generator) -> list[Wish]:
    """The rooms but the hall, with areas: together with a hall 70 to 130 square metres."""
    extras = ["bedroom", "study", "dining room", "bedroom"]
    chosen = [extras[i] for i in sorted(rng.permutation(4)[: int(rng.integers(0, 4))].tolist())]
    kinds = ["living room", "kitchen", "bedroom", "bathroom", *chosen]
    areas = [float(rng.uniform(*USUAL_M2[kind])) for kind in kinds]
    hall = float(rng.uniform(7, 11))
    scale = float(np.clip(sum(areas) + hall, 76, 124)) / (sum(areas) + hall)
    return [(kind, area * scale) for kind, area in zip(kinds, areas, strict=True)]


def _total(wishes: Sequence[Wish]) -> float:
    return sum(area for _, area in wishes)


def _split(wishes: Sequence[Wish], box: tuple[float, float, float, float]) -> list[Cell]:
    """A rectangle shared out by area, always across its longer side."""
    x0, y0, x1, y1 = box
    if len(wishes) == 1:
        return [Cell(wishes[0][0], x0, y0, x1, y1)]
    half = len(wishes) // 2
    part = _total(wishes[:half]) / _total(wishes)
    if x1 - x0 >= y1 - y0:
        middle = round(x0 + part * (x1 - x0), 2)
        return _split(wishes[:half], (x0, y0, middle, y1)) + _split(wishes[half:], (middle, y0, x1, y1))
    middle = round(y0 + part * (y1 - y0), 2)
    return _split(wishes[:half], (x0, y0, x1, middle)) + _split(wishes[half:], (x0, middle, x1, y1))


def _row(wishes: Sequence[Wish], box: tuple[float, float, float, float]) -> list[Cell]:
    """A rectangle shared out by area from left to right."""
    x0, y0, x1, y1 = box
    edges, total = [x0], _total(wishes)
    for so_far in itertools.accumulate(area for _, area in wishes):
        edges.append(round((x0 + (x1 - x0) * so_far / total) * 100) / 100)
    edges[0], edges[-1] = round(x0 * 100) / 100, x1
    return [
        Cell(kind, a, y0, b, y1) for (kind, _), (a, b) in zip(wishes, itertools.pairwise(edges), strict=True)
    ]


def _public_and_private(wishes: Sequence[Wish], rng: np.random.Generator) -> tuple[list[Wish], list[Wish]]:
    public = [wish for wish in wishes if wish[0] in OPEN_TO_EACH_OTHER]
    private = [wish for wish in wishes if wish[0] not in OPEN_TO_EACH_OTHER]
    return public, [private[i] for i in rng.permutation(len(private))]


def _wing(wishes: Sequence[Wish], rng: np.random.Generator) -> list[Cell]:
    """Living at one end; from there a hall leads between two rows of rooms."""
    public, private = _public_and_private(wishes, rng)
    depth = round(float(rng.uniform(1.95, 2.4)), 2)
    total = (_total(wishes)) * 1.12
    height = round(float(np.sqrt(total / rng.uniform(1.15, 1.65))), 2)
    left = round(_total(public) / height, 2)
    half = (len(private) + int(rng.integers(2))) // 2
    below, above = private[:half], private[half:]
    if not below or not above:
        return []
    width = round(left + _total(private) / (height - depth), 2)
    y0 = round((height - depth) * _total(below) / _total(private), 2)
    y1 = round(y0 + depth, 2)
    cells = [Cell("hall", left, y0, width, y1)]
    cells += _row(below, (left, 0.0, width, y0)) + _row(above, (left, y1, width, height))
    return cells + _split(public, (0.0, 0.0, left, height))


def _pinwheel(wishes: Sequence[Wish], rng: np.random.Generator) -> list[Cell]:
    """Four strips of rooms that turn around a hall."""
    if len(wishes) < 6:  # fewer rooms would make long and narrow ones
        return []
    strips: list[list[Wish]] = [[wishes[0]], [], [], []]
    for wish in sorted(wishes[1:], key=lambda wish: -wish[1] * float(rng.uniform(0.8, 1.2))):
        min(strips[1:], key=_total).append(wish)
    strips = [
        strip if rng.integers(2) else strip[::-1]
        for strip in (strips[i] for i in rng.permutation(4).tolist())
    ]
    w, h = (round(float(rng.uniform(2.2, 4.4)), 2) for _ in range(2))
    south, east, north, west = (_total(strip) for strip in strips)
    x0, wide, high = 3.0, 9.0, 9.0
    for _ in range(12):  # each strip gets its area; a few rounds settle it
        y0 = south / (x0 + w)
        wide = x0 + w + east / (y0 + h)
        high = y0 + h + north / (wide - x0)
        x0 = west / (high - y0)
    x0, y0, wide, high = (round(value, 2) for value in (x0, y0, wide, high))
    x1, y1 = round(x0 + w, 2), round(y0 + h, 2)
    boxes = ((0.0, 0.0, x1, y0), (x1, 0.0, wide, y1), (x0, y1, wide, high), (0.0, y0, x0, high))
    cells = [Cell("hall", x0, y0, x1, y1)]
    for strip, box in zip(strips, boxes, strict=True):
        cells += _split(strip, box)
    return cells


def _entrance(wishes: Sequence[Wish], rng: np.random.Generator) -> list[Cell]:
    """A hall at the outer wall, rooms on both sides of it, and a row of rooms behind."""
    public, private = _public_and_private(wishes, rng)
    count = int(rng.integers(0, len(private) - 1)) if len(private) > 2 else 0
    behind = [*public, *private[:count]]
    sides = private[count:]
    half = (len(sides) + int(rng.integers(2))) // 2
    left, right = sides[:half], sides[half:]
    if not left or not right:
        return []
    total = _total(wishes) * 1.12
    width = round(float(np.sqrt(total * rng.uniform(1.1, 1.7))), 2)
    hall = round(float(rng.uniform(2.0, 3.2)), 2)
    upper = _total(behind) / width
    lower = round(_total(sides) / (width - hall), 2)
    height = round(lower + upper, 2)
    x0 = round((width - hall) * _total(left) / _total(sides), 2)
    x1 = round(x0 + hall, 2)
    cells = [Cell("hall", x0, 0.0, x1, lower)]
    cells += _split(left, (0.0, 0.0, x0, lower)) + _split(right, (x1, 0.0, width, lower))
    order = [behind[i] for i in rng.permutation(len(behind))] if rng.random() < 0.3 else behind
    return cells + _row(order, (0.0, lower, width, height))


_FORMS = (_wing, _pinwheel, _entrance)


def _sound(cells: Sequence[Cell]) -> bool:
    """Whether every room is as large as its kind should be, all can be reached, and the whole is a usual size."""
    return (
        bool(cells)
        and SMALLEST_M2 <= sum(cell.area for cell in cells) <= LARGEST_M2
        and all(_fits(cell) for cell in cells)
        and _reachable(cells)
    )


def _fits(cell: Cell) -> bool:
    least, smallest, largest, longest = LIMITS[cell.kind]
    short, long = sorted((cell.x1 - cell.x0, cell.y1 - cell.y0))
    return short >= least and smallest <= cell.area <= largest and long / short <= longest


def _reachable(cells: Sequence[Cell]) -> bool:
    """Whether usual doors lead everywhere, and to each bedroom and bathroom from the hall or a bedroom."""
    reached = {0}
    waiting = [0]
    while waiting:
        here = waiting.pop()
        for there in range(len(cells)):
            if there not in reached and leads(cells[here], cells[there]):
                reached.add(there)
                waiting.append(there)
    return len(reached) == len(cells)


def _turned(cells: Sequence[Cell], rng: np.random.Generator) -> list[Cell]:
    """The same plan mirrored or turned on its side."""
    width, height = max(c.x1 for c in cells), max(c.y1 for c in cells)
    found = list(cells)
    if rng.integers(2):
        found = [Cell(c.kind, round(width - c.x1, 2), c.y0, round(width - c.x0, 2), c.y1) for c in found]
    if rng.integers(2):
        found = [Cell(c.kind, c.x0, round(height - c.y1, 2), c.x1, round(height - c.y0, 2)) for c in found]
    if rng.integers(2):
        found = [Cell(c.kind, c.y0, c.x0, c.y1, c.x1) for c in found]
    return found

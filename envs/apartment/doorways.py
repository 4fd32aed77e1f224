"""Doorways between rooms: which rooms they join, where they are, and which way their doors turn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from streammem.envs.apartment.openings import DOOR_HEIGHT_M, DOOR_WIDTH_M, WALL_M, Leaf, Opening
from streammem.envs.apartment.plan import OPEN_TO_EACH_OTHER, Cell, leads
from streammem.envs.apartment.scene import Doorway

__all__ = ["doorways_between"]

CORNER_M = 0.14  # least distance of a doorway from a corner
WIDE_M = 1.9  # walls shorter than this get no wide opening
PASSAGE_M = 0.8  # before and behind a doorway
WIDE_SHARE, WIDE_TO_HALL_SHARE = 0.75, 0.4

Rect = tuple[float, float, float, float]


def doorways_between(cells: Sequence[Cell], rng: np.random.Generator) -> list[Opening]:
    """Doorways that make all rooms reachable. No door turns into the way through another one, or into its leaf."""
    found: list[Opening] = []
    swings: list[Rect] = []
    passages: list[Rect] = []
    for one, other, needed in _connections(cells):
        for opening in _tries(cells, one, other, rng):
            swing, passage = _space(cells, opening)
            free = not (_meets(swing, swings) or _meets(swing, passages) or _meets(passage, swings))
            if free:
                break
        if not (free or needed):
            continue
        found.append(opening)
        passages.append(passage)
        if swing is not None:
            swings.append(swing)
    return found


def _connections(cells: Sequence[Cell]) -> list[tuple[int, int, bool]]:
    """Which rooms have a door between them, and whether they need it.

    First the hall and all around it, and what is left; then, not needed, the rooms for the day.
    """
    found: list[tuple[int, int, bool]] = []
    waiting, reached = [0], {0}
    while waiting:
        one = waiting.pop(0)
        for other in range(len(cells)):
            if other not in reached and leads(cells[one], cells[other]):
                found.append((one, other, True))
                reached.add(other)
                waiting.append(other)
    for one in range(1, len(cells)):
        for other in range(one + 1, len(cells)):
            day = {cells[one].kind, cells[other].kind} <= OPEN_TO_EACH_OTHER
            known = any({one, other} == {a, b} for a, b, _ in found)
            if day and not known and leads(cells[one], cells[other]):
                found.append((one, other, False))
    return found


def _wall_between(one: Cell, other: Cell) -> tuple[int, float, float, float]:
    """Of the wall that two cells share: the axis along it, where it stands, from where to where."""
    if one.x1 == other.x0 or other.x1 == one.x0:
        return 1, one.x1 if one.x1 == other.x0 else one.x0, max(one.y0, other.y0), min(one.y1, other.y1)
    return 0, one.y1 if one.y1 == other.y0 else one.y0, max(one.x0, other.x0), min(one.x1, other.x1)


def _tries(cells: Sequence[Cell], one: int, other: int, rng: np.random.Generator) -> Iterator[Opening]:
    """Ways to open a wall: wide where rooms belong together, else a door at an end of it, at last without a leaf."""
    axis, across, start, end = _wall_between(cells[one], cells[other])
    start, end = start + WALL_M / 2 + CORNER_M, end - WALL_M / 2 - CORNER_M
    kinds = {cells[one].kind, cells[other].kind}
    wide = kinds <= OPEN_TO_EACH_OTHER | {"hall"} and end - start >= WIDE_M
    if wide and rng.random() < (WIDE_TO_HALL_SHARE if "hall" in kinds else WIDE_SHARE):
        width = round(float(rng.uniform(1.3, min(2.4, end - start - 0.3))), 2)
        middle = round(float(rng.uniform(start + width / 2, end - width / 2)), 3)
        yield Opening(doorway=_doorway(one, other, axis, across, middle, width))
    half, room = DOOR_WIDTH_M / 2, end - start - DOOR_WIDTH_M
    ends = [(start + half, -1), (end - half, 1)]
    order = [ends[i] for i in rng.permutation(2).tolist()]
    usual = one if cells[other].kind == "hall" else other
    places = [(m - h * min(0.1, room) * float(rng.random()), h) for m, h in order]
    places += [(m - h * share * room, h) for share in (0.25, 0.5) for m, h in order]
    for into in (usual, one + other - usual):
        for middle, hinge in places:
            leaf = Leaf(into=into, hinge=hinge, open=round(float(rng.uniform(0.92, 1.0)), 2))
            yield Opening(
                doorway=_doorway(one, other, axis, across, round(middle, 3), DOOR_WIDTH_M), leaf=leaf
            )
    for share in (0.5, 0.0, 1.0, 0.25, 0.75):
        yield Opening(
            doorway=_doorway(one, other, axis, across, round(start + half + share * room, 3), DOOR_WIDTH_M)
        )


def _doorway(one: int, other: int, axis: int, across: float, along: float, width: float) -> Doorway:
    return Doorway(
        rooms=(one, other),
        at=(along, across) if axis == 0 else (across, along),
        yaw=0.0 if axis == 0 else math.pi / 2,
        width_m=width,
        height_m=DOOR_HEIGHT_M,
        depth_m=WALL_M,
    )


def _space(cells: Sequence[Cell], opening: Opening) -> tuple[Rect | None, Rect]:
    """The floor that a leaf passes over, and the one that people need before and behind a doorway."""
    door, leaf = opening.doorway, opening.leaf
    axis = 0 if door.yaw == 0 else 1
    half = door.width_m / 2

    def rect(before: float, behind: float) -> Rect:
        x, y = door.at
        return (
            (x - half, y - before, x + half, y + behind)
            if axis == 0
            else (x - before, y - half, x + behind, y + half)
        )

    if leaf is None:
        return None, rect(PASSAGE_M, PASSAGE_M)
    cell = cells[leaf.into]
    middle = (cell.y0 + cell.y1) / 2 if axis == 0 else (cell.x0 + cell.x1) / 2
    reach = WALL_M / 2 + door.width_m
    swing = rect(0.0, reach) if middle > door.at[1 - axis] else rect(reach, 0.0)
    return swing, rect(PASSAGE_M, PASSAGE_M)


def _meets(rect: Rect | None, others: Sequence[Rect]) -> bool:
    if rect is None:
        return False
    return any(rect[0] < o[2] and o[0] < rect[2] and rect[1] < o[3] and o[1] < rect[3] for o in others)

"""Pieces of furniture that stand together: sofa and television, table and chairs, a kitchen's row."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from streammem.envs.apartment.furnisher import Furnisher, facing
from streammem.envs.apartment.placing import APART_M, GAP_M, SIDES, Draft, Places, Side
from streammem.envs.apartment.stock import Item

__all__ = ["bed_and_nightstands", "dining_table", "kitchen_row", "sofa_and_tv", "work_place"]

T = TypeVar("T")
Trio = tuple[T, T, T]  # television, sofa, coffee table

VIEWING_M = 3.9  # from the wall behind the television to the back of the sofa, at most
BEHIND_SOFA_M = 0.8  # a sofa stands at the wall or leaves so much to walk behind it
KNEES_M = 0.42  # between sofa and coffee table
CHAIRS_M = 0.6  # room for chairs, and people on them, around a table
BEFORE_ROW_M = 0.75
ROW_GAP_M = APART_M + 0.001
NOISE_M = 0.5
SOFA_TRIES = 2
SEATS_TRIED = 10
SHIFTS_M = (0.0, 0.4, -0.4, 0.9, -0.9)


def sofa_and_tv(f: Furnisher) -> Draft | None:
    """A sofa that faces the television, a coffee table between them, often a rug and armchairs; the sofa."""
    for _ in range(SOFA_TRIES):
        items = f.pick("tv"), f.pick("sofa"), f.pick("coffee table")
        for places, row in _seat_places(f, items):
            group = [f.draft(item, at.at(row), at.yaw(row)) for item, at in zip(items, places, strict=True)]
            if f.leaves_ways(group):
                return _add_seats(f, group)
    sofa = f.needed("sofa", access_m=0.8)
    ahead = f.room.centre if sofa is None else sofa.world(0.0, sofa.item.low[1] - 2.0)
    f.against_wall("tv", access_m=0.6, near=ahead)
    return sofa


def _seat_places(f: Furnisher, items: Trio[Item]) -> list[tuple[Trio[Places], int]]:
    """Where the three fit, a few of all places, the ones in the middle of the room first."""
    trios: list[Trio[Places]] = []
    off: list[float] = []
    for side in SIDES:
        at = _facing_places(f, side, items)
        if at is not None:
            for shift_m in SHIFTS_M:
                moved = _shifted(at, side.axis, shift_m)
                trios.append(moved)
                off += (np.abs(moved[1].xy[:, side.axis] - f.room.centre[side.axis]) + abs(shift_m)).tolist()
    if not trios:
        return []
    tvs, sofas, tables = (Places.joined(part) for part in zip(*trios, strict=True))
    places = (tvs, sofas, tables)
    fits = [f.ground.fits(item, part) for item, part in zip(items, places, strict=True)]
    found = [
        (off[row] + 0.6 * float(f.rng.random()), row)
        for row in np.flatnonzero(fits[0] & fits[1] & fits[2]).tolist()
    ]
    found.sort(key=lambda entry: entry[0])
    return [(places, row) for _, row in found[:: 1 + len(found) // SEATS_TRIED]]


def _shifted(places: Trio[Places], axis: int, shift_m: float) -> Trio[Places]:
    """The television as it is, the seats moved along the wall."""
    tvs, sofas, tables = places
    shift = np.array([shift_m, 0.0] if axis == 0 else [0.0, shift_m])
    return tvs, Places(sofas.xy + shift, sofas.runs), Places(tables.xy + shift, tables.runs)


def _add_seats(f: Furnisher, group: list[Draft]) -> Draft:
    _, sofa, table = (f.keep(draft) for draft in group)
    if f.chance(0.8):
        f.rug((table.at[0], table.at[1]), table.yaw)
    for _ in range(int(f.rng.integers(0, 3))):
        _armchair(f, table)
    return sofa


def _facing_places(f: Furnisher, side: Side, items: Trio[Item]) -> Trio[Places] | None:
    """Where television, sofa and table would stand with the television at one wall, the seats opposite."""
    tv, sofa, table = items
    tvs = f.ground.against(tv, side)
    across = 1 - side.axis
    length = f.room.high[across] - f.room.low[across]
    away = VIEWING_M if length - VIEWING_M > BEHIND_SOFA_M else length
    between = away - 2 * GAP_M - tv.depth - sofa.depth
    if len(tvs.runs) == 0 or between < KNEES_M + table.depth + 0.45:
        return None  # the room is too short
    inward = -1.0 if side.upper else 1.0
    wall = f.room.high[across] if side.upper else f.room.low[across]
    sofas, tables = tvs.xy.copy(), tvs.xy.copy()
    sofas[:, across] = wall + inward * (away - GAP_M - sofa.high[1])
    front = away - GAP_M - sofa.depth
    tables[:, across] = wall + inward * (front - KNEES_M - table.depth / 2)
    turned = ((len(tvs.xy), side.yaw + math.pi),)
    return tvs, Places(sofas, turned), Places(tables, turned)


def _armchair(f: Furnisher, table: Draft) -> None:
    item = f.pick("armchair")
    off = table.item.width / 2 + 0.35 - item.low[1]
    for side in (1, -1) if f.chance(0.5) else (-1, 1):
        at = table.world(side * off, 0.0)
        yaw = facing(at, (table.at[0], table.at[1])) + float(f.rng.uniform(-0.25, 0.25))
        if f.choose(item, Places.one(at, yaw)) is not None:
            return


def dining_table(f: Furnisher, *, most: int) -> Draft | None:
    """A table with chairs: in the free if there is room all around, else with one side to a wall."""
    item = f.pick("table")
    centre = np.array(f.room.centre)
    table = None
    for yaw in (0.0, math.pi / 2) if f.chance(0.5) else (math.pi / 2, 0.0):
        table = table or f.choose(
            item,
            f.ground.around(item, yaw),
            score=lambda xy: np.linalg.norm(xy - centre, axis=1),
            room_for=item.grown(CHAIRS_M),
        )
    if table is None:
        table = f.choose(item, f.along_walls(item), access_m=CHAIRS_M, keep_clear=False)
    if table is not None:
        f.chairs_around(table, most=most)
    return table


def bed_and_nightstands(f: Furnisher) -> Draft | None:
    """A bed with its head to a wall, a nightstand on each side where there is room; a small room gets a small bed."""
    stand = f.pick("nightstand")
    for access_m in (0.6, 0.6, 0.4, 0.3):
        bed = _bed(f, stand.width + 0.06, access_m)
        if bed is not None:
            for _ in range(2):
                nightstand = f.beside(stand, bed, access_m=0.2)
                if nightstand is not None:
                    nightstand.partner = bed
            return bed
    return None


def _bed(f: Furnisher, stand_m: float, access_m: float) -> Draft | None:
    """A bed with room for nightstands on both sides, on one, or on none."""
    bed = f.pick("bed")
    (a, b, c), (d, e, g) = bed.low, bed.high
    for left, right in ((stand_m, stand_m), (stand_m, 0.0), (0.0, stand_m), (0.0, 0.0)):
        wider = Item(bed.model, (a - left, b, c), (d + right, e, g))
        places = Places.joined([f.ground.against(wider, wall) for wall in SIDES])
        placed = f.choose(bed, places, access_m=access_m, room_for=wider)
        if placed is not None:
            return placed
    return None


def work_place(f: Furnisher) -> Draft | None:
    """A desk against a wall with a chair before it."""
    item = f.pick("desk")
    desk = f.choose(item, f.along_walls(item), access_m=0.9, keep_clear=False)
    if desk is not None:
        f.before(f.pick("chair"), desk, gap_m=0.03, aside_m=float(f.rng.uniform(-0.1, 0.1)))
    return desk


def kitchen_row(f: Furnisher) -> None:
    """Sink and stove with counters between them along one wall, or what of it fits, and a fridge at an end."""
    counter, stove = f.pick("counter"), f.pick("stove")
    sink = f.matching("kitchen sink", counter)
    row = [counter, sink, counter, stove, counter]
    if f.chance(0.5):
        row.reverse()
    whole = next((put for wanted in (row, row[:-1], row[1:-1]) if (put := _in_a_row(f, wanted))), None)
    if whole is None:
        whole = _in_a_row(f, [sink, counter]) or _in_a_row(f, [sink]) or []
        whole += _in_a_row(f, [stove, counter]) or _in_a_row(f, [stove]) or []
    fridge = f.pick("fridge")
    ends = (whole[0], whole[-1]) if whole else ()
    if not any(f.beside(fridge, end, gap_m=ROW_GAP_M, access_m=BEFORE_ROW_M) for end in ends):
        f.needed("fridge", access_m=BEFORE_ROW_M, corner=True)
    if f.chance(0.5):
        _in_a_row(f, [counter])


def _in_a_row(f: Furnisher, row: list[Item]) -> list[Draft] | None:
    """Put things side by side along one wall, from a corner if one is free; None if no wall is free for it."""
    length = sum(item.width + ROW_GAP_M for item in row)
    depth, height = max(item.depth for item in row), max(item.high[2] for item in row)
    starts: list[tuple[float, Side, float]] = []
    for side in SIDES:
        low, high = f.ground.ends(side)
        for start, end in f.ground.gaps(side, depth_m=depth + GAP_M, height_m=height, access_m=BEFORE_ROW_M):
            if end - start >= length:
                score = min(start - low, high - end) + NOISE_M * float(f.rng.random())
                starts.append((score, side, end - length if high - end < start - low else start))
    if not starts:
        return None
    _, side, at = min(starts, key=lambda entry: entry[0])
    placed = []
    for item in row:
        before, after = f.ground.span(item, side)
        along, across = at - before, f.ground.off_wall(item, side)
        xy = (along, across) if side.axis == 0 else (across, along)
        placed.append(f.add(item, xy, side.yaw, access_m=BEFORE_ROW_M + item.depth - depth))
        at += after - before + ROW_GAP_M
    return placed

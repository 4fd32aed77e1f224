"""What belongs into each kind of room, and how it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from streammem.envs.apartment.furnisher import Furnisher, facing
from streammem.envs.apartment.placing import SIDES, Draft, Places

__all__ = ["RECIPES"]


def living_room(f: Furnisher) -> None:
    """A sofa opposite the television, a coffee table between, and what fits around."""
    sofa = _seats(f)
    if f.room.area_m2 > 21 and f.chance(0.7):
        dining(f, most=4)
    f.against_wall("bookshelf")
    f.against_wall("cabinet")
    if sofa is not None:
        f.beside("lamp", sofa, access_m=0.0)
    for _ in range(int(f.rng.integers(1, 3))):
        f.in_corner("plant")
    if f.chance(0.5):
        f.against_wall("bookshelf")
    if f.chance(0.4):
        f.against_wall("stool", access_m=0.0, corner=True)
    if sofa is not None:
        f.hang("picture", z=1.35, near=(sofa.at[0], sofa.at[1]))
    f.hang("picture", z=1.3)
    if f.chance(0.6):
        f.hang("clock", z=1.8)


def _seats(f: Furnisher) -> Draft | None:
    """Television, sofa, coffee table, rug and armchairs as a group."""
    tv, sofa, table = f.pick("tv"), f.pick("sofa"), f.pick("coffee table")
    best: list[tuple[float, Places, Places, Places]] = []
    for side in SIDES:
        tvs = f.ground.against(tv, side)
        if len(tvs.yaw) == 0:
            continue
        across = 1 - side.axis
        length = f.room.high[across] - f.room.low[across]
        away = min(length, 3.9) if length - 3.9 > 0.8 else length
        sign = -1.0 if side.upper else 1.0
        wall = f.room.high[across] if side.upper else f.room.low[across]
        back = np.array(tvs.xy)
        back[:, across] = wall + sign * (away - sofa.high[1] - 0.02)
        middle = np.array(back)
        middle[:, across] -= sign * (-sofa.low[1] + 0.42 + table.depth / 2)
        sofas, tables = Places(back, tvs.yaw + math.pi), Places(middle, tvs.yaw + math.pi)
        gap = np.abs(middle - tvs.xy)[:, across] - table.depth / 2 + tv.low[1]
        good = (
            f.ground.fits(tv, tvs) & f.ground.fits(sofa, sofas) & f.ground.fits(table, tables) & (gap > 0.5)
        )
        for row in np.flatnonzero(good):
            one = slice(row, row + 1)
            group = tuple(Places(p.xy[one], p.yaw[one]) for p in (tvs, sofas, tables))
            off = abs(float(tvs.xy[row, side.axis]) - f.room.centre[side.axis])
            best.append((off + 0.5 * float(f.rng.random()), *group))
    if not best:
        f.against_wall(tv)
        return f.against_wall(sofa)
    _, tvs, sofas, tables = min(best, key=lambda entry: entry[0])
    f.add(tv, _at(tvs), float(tvs.yaw[0]))
    placed = f.add(sofa, _at(sofas), float(sofas.yaw[0]))
    low = f.add(table, _at(tables), float(tables.yaw[0]))
    if f.chance(0.8):
        f.rug(_at(tables), float(tables.yaw[0]))
    if f.chance(0.7):
        _armchair(f, low)
    return placed


def _armchair(f: Furnisher, table: Draft) -> None:
    item = f.pick("armchair")
    off = table.item.width / 2 + 0.35 - item.low[1]
    c, s = math.cos(table.yaw), math.sin(table.yaw)
    for side in (1, -1) if f.chance(0.5) else (-1, 1):
        at = (table.at[0] + c * side * off, table.at[1] + s * side * off)
        yaw = facing(at, (table.at[0], table.at[1])) + float(f.rng.uniform(-0.25, 0.25))
        if f.choose(item, Places(np.array([at]), np.array([yaw]))) is not None:
            return


def _at(places: Places) -> tuple[float, float]:
    x, y = places.xy[0].tolist()
    return x, y


def dining(f: Furnisher, *, most: int = 6) -> Draft | None:
    """A table with room around it, and chairs."""
    item = f.pick("table")
    table = None
    for yaw in (0.0, math.pi / 2) if f.chance(0.5) else (math.pi / 2, 0.0):
        places = f.ground.around(item, yaw)
        x0, y0, x1, y1 = item.turned(yaw)
        grown = type(item)(
            item.model,
            (item.low[0] - 0.75, item.low[1] - 0.75, 0.0),
            (item.high[0] + 0.75, item.high[1] + 0.75, 1.0),
        )
        roomy = f.ground.fits(grown, places)
        if roomy.any():
            places = Places(places.xy[roomy], places.yaw[roomy])
            centre = np.array(f.room.centre)
            table = f.choose(item, places, score=lambda xy: np.linalg.norm(xy - centre, axis=1))
            break
    if table is None:
        table = f.against_wall(item, access_m=0.8)
    if table is not None:
        f.chairs_around(table, most=most)
    return table


def dining_room(f: Furnisher) -> None:
    """A table and chairs in the middle."""
    table = dining(f, most=6)
    if table is not None and f.chance(0.5):
        f.rug((table.at[0], table.at[1]), table.yaw)
    f.against_wall("cabinet")
    if f.chance(0.5):
        f.against_wall("cabinet")
    f.in_corner("plant")
    if f.chance(0.4):
        f.in_corner("lamp")
    for _ in range(2):
        f.hang("picture", z=1.3)


def kitchen(f: Furnisher) -> None:
    """A row along a wall: counters, sink, stove and fridge; then a table if it fits."""
    kinds = ["fridge", "counter", "kitchen sink", "counter", "stove", "counter"]
    if f.chance(0.5):
        kinds.reverse()
    items = [f.pick(kind) for kind in kinds]
    counter = f.pick("counter")
    items = [counter if kind == "counter" else item for kind, item in zip(kinds, items, strict=True)]
    _row(f, items)
    dining(f, most=4)
    if f.chance(0.4):
        f.against_wall("stool", access_m=0.0, corner=True)
    if f.chance(0.5):
        f.in_corner("plant")
    f.hang("clock", z=1.85)
    if f.chance(0.4):
        f.hang("picture", z=1.4)


def _row(f: Furnisher, items: list) -> None:  # type: ignore[type-arg]
    """Things beside each other along one wall; what does not fit goes along another."""
    rest = list(items)
    for _ in range(4):
        if not rest:
            return
        best: tuple[int, float, list[tuple[object, Places]]] | None = None
        for side in SIDES:
            low, high = f.ground.along(side)
            for start in np.arange(low + 0.02, high - 0.5, 0.15):
                run: list[tuple[object, Places]] = []
                at = float(start)
                for item in rest:
                    x0, y0, x1, y1 = item.turned(side.yaw)
                    before, after = (x0, x1) if side.axis == 0 else (y0, y1)
                    xy = f.ground.against(item, side).xy[:1].copy()
                    if len(xy) == 0:
                        break
                    xy[:, side.axis] = at - before
                    place = Places(xy, np.array([side.yaw]))
                    if not f.ground.fits(item, place, access_m=0.75)[0]:
                        break
                    run.append((item, place))
                    at += after - before + 0.021
                key = (len(run), float(f.rng.random()))
                if run and (best is None or key > best[:2]):
                    best = (*key, run)
        if best is None:
            return
        for item, place in best[2]:
            f.add(item, _at(place), float(place.yaw[0]), access_m=0.75)  # type: ignore[arg-type]
        rest = rest[len(best[2]) :]


def bedroom(f: Furnisher) -> None:
    """A bed with its head to a wall and a nightstand on each side, a wardrobe, often a desk."""
    bed = f.against_wall("bed", access_m=0.7)
    if bed is not None:
        for _ in range(2):
            f.beside("nightstand", bed)
    f.against_wall("wardrobe", access_m=0.8)
    if f.chance(0.5):
        work(f)
    if f.chance(0.5):
        f.against_wall("bookshelf" if f.chance(0.5) else "cabinet")
    if bed is not None and f.chance(0.7):
        f.rug((bed.at[0] + math.sin(bed.yaw) * 0.9, bed.at[1] - math.cos(bed.yaw) * 0.9), bed.yaw)
    if f.chance(0.3):
        f.in_corner("armchair")
    f.in_corner("plant" if f.chance(0.6) else "lamp")
    if f.chance(0.25):
        f.against_wall("tv", access_m=0.6)
    if bed is not None:
        f.hang("picture", z=1.4, near=(bed.at[0], bed.at[1]))
    if f.chance(0.5):
        f.hang("picture", z=1.3)


def work(f: Furnisher) -> Draft | None:
    """A desk with a chair before it."""
    desk = f.against_wall("desk", access_m=0.85)
    if desk is None:
        return None
    f.ground.clears.pop()
    f.before(f.pick("chair"), desk, gap_m=0.03)
    return desk


def study(f: Furnisher) -> None:
    """A desk, a chair, books."""
    work(f)
    f.against_wall("bookshelf")
    if f.chance(0.7):
        f.against_wall("bookshelf")
    if f.chance(0.5):
        f.against_wall("cabinet")
    if f.chance(0.6):
        f.in_corner("armchair")
    f.in_corner("lamp")
    f.in_corner("plant")
    if f.chance(0.7):
        f.rug(f.room.centre)
    f.hang("picture", z=1.35)
    f.hang("clock", z=1.8)


def bathroom(f: Furnisher) -> None:
    """A bathtub, a toilet, a washbasin."""
    f.against_wall("bathtub", access_m=0.5)
    f.against_wall("toilet", access_m=0.5)
    f.against_wall("sink", access_m=0.6)
    if f.chance(0.5):
        f.against_wall("stool", access_m=0.0, corner=True)
    if f.chance(0.6):
        f.rug(f.room.centre)
    if f.chance(0.4):
        f.in_corner("plant")


def hall(f: Furnisher) -> None:
    """Somewhere to put coats and shoes; mostly a way through."""
    f.against_wall("wardrobe" if f.chance(0.5) else "cabinet", access_m=0.9)
    if f.chance(0.6):
        f.against_wall("cabinet", access_m=0.9)
    if f.chance(0.6):
        f.against_wall("stool", access_m=0.5)
    if f.chance(0.5):
        f.in_corner("plant")
    if f.chance(0.4):
        f.rug(
            f.room.centre,
            0.0 if f.room.high[0] - f.room.low[0] > f.room.high[1] - f.room.low[1] else math.pi / 2,
        )
    for _ in range(2):
        f.hang("picture", z=1.3)
    if f.chance(0.4):
        f.hang("clock", z=1.8)


RECIPES: Mapping[str, Callable[[Furnisher], None]] = {
    "living room": living_room,
    "dining room": dining_room,
    "kitchen": kitchen,
    "bedroom": bedroom,
    "study": study,
    "bathroom": bathroom,
    "hall": hall,
}

"""What belongs into each kind of room, and how it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from streammem.envs.apartment.furnisher import Furnisher
from streammem.envs.apartment.groups import (
    bed_and_nightstands,
    dining_table,
    kitchen_row,
    sofa_and_tv,
    work_place,
)

__all__ = ["RECIPES"]

BIG_LIVING_ROOM_M2 = 21.0


def living_room(f: Furnisher) -> None:
    """A sofa opposite the television, a coffee table between, and what fits around."""
    sofa = sofa_and_tv(f)
    if f.room.area_m2 > BIG_LIVING_ROOM_M2 and f.chance(0.6):
        dining_table(f, most=4)
    f.against_wall("bookshelf")
    f.against_wall("cabinet")
    if sofa is not None:
        f.beside(f.pick("lamp"), sofa, access_m=0.0)
    for _ in range(int(f.rng.integers(1, 3))):
        f.in_corner("plant")
    if f.chance(0.5):
        f.against_wall("bookshelf")
    if f.chance(0.4):
        f.against_wall("stool", access_m=0.0, corner=True)
    if sofa is not None:
        f.hang("picture", z=1.55, near=(sofa.at[0], sofa.at[1]))
    for _ in range(int(f.rng.integers(1, 3))):
        f.hang("picture", z=1.55)
    if f.chance(0.6):
        f.hang("clock", z=1.95)


def dining_room(f: Furnisher) -> None:
    """A table and chairs in the middle."""
    table = dining_table(f, most=6)
    if table is not None and f.chance(0.5):
        f.rug((table.at[0], table.at[1]), table.yaw)
    f.against_wall("cabinet")
    if f.chance(0.4):
        f.against_wall("cabinet")
    f.in_corner("plant")
    if f.chance(0.4):
        f.in_corner("lamp")
    for _ in range(2):
        f.hang("picture", z=1.55)


def kitchen(f: Furnisher) -> None:
    """Counters, sink, stove and fridge along the walls; then a table if it fits."""
    kitchen_row(f)
    dining_table(f, most=4)
    if f.chance(0.4):
        f.in_corner("stool")
    if f.chance(0.5):
        f.in_corner("plant")
    f.hang("clock", z=1.95)
    if f.chance(0.4):
        f.hang("picture", z=1.65)


def bedroom(f: Furnisher) -> None:
    """A bed with its head to a wall, a wardrobe, often a place to work."""
    bed = bed_and_nightstands(f)
    f.needed("wardrobe", access_m=0.8)
    if f.chance(0.45):
        work_place(f)
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
        f.hang("picture", z=1.65, near=(bed.at[0], bed.at[1]))
    if f.chance(0.5):
        f.hang("picture", z=1.55)


def study(f: Furnisher) -> None:
    """A desk, a chair, books."""
    work_place(f)
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
    f.hang("picture", z=1.55)
    f.hang("clock", z=1.9)


def bathroom(f: Furnisher) -> None:
    """A bathtub, a toilet, a washbasin."""
    f.needed("bathtub", access_m=0.5, corner=True)
    f.needed("toilet", access_m=0.5)
    f.needed("sink", access_m=0.6)
    if f.chance(0.5):
        f.in_corner("stool")
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
        (x0, y0), (x1, y1) = f.room.low, f.room.high
        f.rug(f.room.centre, 0.0 if x1 - x0 > y1 - y0 else math.pi / 2)
    for _ in range(2):
        f.hang("picture", z=1.55)
    if f.chance(0.4):
        f.hang("clock", z=1.95)


RECIPES: Mapping[str, Callable[[Furnisher], None]] = {
    "living room": living_room,
    "dining room": dining_room,
    "kitchen": kitchen,
    "bedroom": bedroom,
    "study": study,
    "bathroom": bathroom,
    "hall": hall,
}

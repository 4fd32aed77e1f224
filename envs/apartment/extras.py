"""Things that only some wardrobes hold: a cat, a bicycle, a teapot on the table."""

from __future__ import annotations

import math
from typing import Protocol, runtime_checkable

import numpy as np

from streammem.envs.apartment.categories import Category
from streammem.envs.apartment.furnisher import Furnisher
from streammem.envs.apartment.placing import Draft
from streammem.envs.apartment.stock import Item

__all__ = ["WithExtras", "drop", "extras_for", "leave"]

MOST = 2  # in a room
WALL_M = 0.9  # what is wider stands with its back to a wall


@runtime_checkable
class WithExtras(Protocol):
    """Designs of categories that the apartment has none of its own for."""

    @property
    def extras(self) -> tuple[Category, ...]:
        """What they are, and the rooms that they belong to."""


def extras_for(f: Furnisher) -> list[Category]:
    """Some of the extras that belong into a room.

    Draws nothing where the wardrobe has none, so that procedural apartments stay as they are.
    """
    designs = f.stock.designs
    if not isinstance(designs, WithExtras):
        return []
    belong = [category for category in designs.extras if f.room.kind in category.rooms]
    chosen = f.rng.permutation(len(belong))[: int(f.rng.integers(0, MOST + 1))]
    return [belong[number] for number in sorted(chosen.tolist())]


def leave(f: Furnisher, category: Category) -> None:
    """Leave a thing on the floor, large ones with their backs to a wall; not where there is no room for it."""
    item = f.pick(category.name)
    wide = max(item.width, item.depth) > WALL_M
    draft = f.against_wall(item, access_m=0.3) if wide else drop(f, item)
    if draft is not None:
        draft.movable = category.movable


def drop(f: Furnisher, item: Item) -> Draft | None:
    """Leave a small thing on the floor, near a wall or a piece of furniture."""
    spots = f.ground.around(item, float(f.rng.uniform(-math.pi, math.pi)), step_m=0.15)
    low, high = np.array(f.room.low), np.array(f.room.high)
    return f.choose(item, spots, score=lambda xy: np.minimum(xy - low, high - xy).min(1))

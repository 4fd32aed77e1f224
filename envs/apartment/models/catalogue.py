"""Which design belongs to which kind of thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from streammem.envs.apartment.model import Model
from streammem.envs.apartment.models import (
    appliances,
    bathroom,
    beds,
    decoration,
    kitchen,
    lights,
    openings,
    plants,
    seats,
    small,
    storage,
    tables,
    vessels,
)
from streammem.envs.apartment.models.people import person
from streammem.errors import ObservationError

__all__ = ["Procedural", "design", "person"]


DESIGNS: Mapping[str, Callable[[np.random.Generator], Model]] = {
    "sofa": seats.sofa,
    "armchair": seats.armchair,
    "chair": seats.chair,
    "stool": seats.stool,
    "table": tables.table,
    "desk": tables.desk,
    "coffee table": tables.coffee_table,
    "bed": beds.bed,
    "nightstand": beds.nightstand,
    "cabinet": storage.cabinet,
    "wardrobe": storage.wardrobe,
    "bookshelf": storage.bookshelf,
    "counter": kitchen.counter,
    "fridge": appliances.fridge,
    "stove": appliances.stove,
    "kitchen sink": kitchen.kitchen_sink,
    "sink": bathroom.sink,
    "toilet": bathroom.toilet,
    "bathtub": bathroom.bathtub,
    "tv": decoration.tv,
    "lamp": lights.lamp,
    "table lamp": lights.table_lamp,
    "ceiling lamp": lights.ceiling_lamp,
    "plant": plants.plant,
    "rug": decoration.rug,
    "picture": decoration.picture,
    "clock": decoration.clock,
    "window": openings.window,
    "door": openings.door,
    "cup": vessels.cup,
    "bottle": vessels.bottle,
    "bowl": vessels.bowl,
    "box": small.storage_box,
    "ball": small.ball,
    "book": small.book,
    "backpack": small.backpack,
    "shoe": small.shoe,
    "laptop": small.laptop,
    "person": person,
}


def design(category: str, rng: np.random.Generator) -> Model:
    """A thing of a kind, in a variant, sizes and colours of its own.

    Raises:
        ObservationError: if the category is unknown.
    """
    if category not in DESIGNS:
        raise ObservationError(f"no thing is called {category!r}: take one of {', '.join(DESIGNS)}")
    return DESIGNS[category](rng)


@dataclass(frozen=True)
class Procedural:
    """The designs that need nothing but a generator of random numbers."""

    name: str = "procedural"

    def has(self, category: str) -> bool:
        """Whether there are designs of it."""
        return category in DESIGNS

    def design(self, category: str, rng: np.random.Generator) -> Model:
        """One of them.

        Raises:
            ObservationError: if the category is unknown.
        """
        return design(category, rng)

"""Which design belongs to which kind of thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from streammem.envs.apartment.categories import CATEGORIES
from streammem.envs.apartment.mesh import joined
from streammem.envs.apartment.model import Joint, Model, Part, Support
from streammem.envs.apartment.models import bathroom, beds, kitchen, seats, storage, tables
from streammem.envs.apartment.solids import box
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
    "fridge": kitchen.fridge,
    "stove": kitchen.stove,
    "kitchen sink": kitchen.kitchen_sink,
    "sink": bathroom.sink,
    "toilet": bathroom.toilet,
    "bathtub": bathroom.bathtub,
}
SIZES = {
    "bed": (1.6, 2.05, 0.95), "sofa": (1.9, 0.9, 0.8), "armchair": (0.85, 0.85, 0.85), "chair": (0.45, 0.5, 0.88),
    "stool": (0.38, 0.38, 0.6), "table": (1.5, 0.85, 0.74), "desk": (1.3, 0.65, 0.74), "coffee table": (1.0, 0.55, 0.42),
    "nightstand": (0.45, 0.4, 0.52), "cabinet": (1.0, 0.45, 0.85), "counter": (1.2, 0.6, 0.9), "wardrobe": (1.2, 0.6, 1.95),
    "bookshelf": (0.9, 0.32, 1.8), "fridge": (0.6, 0.65, 1.75), "stove": (0.6, 0.6, 0.9), "sink": (0.55, 0.45, 0.95),
    "kitchen sink": (0.8, 0.6, 1.15), "toilet": (0.4, 0.68, 0.8), "bathtub": (1.7, 0.75, 0.6), "tv": (1.3, 0.4, 1.15), "lamp": (0.4, 0.4, 1.6),
    "plant": (0.5, 0.5, 1.1), "table lamp": (0.26, 0.26, 0.45), "ceiling lamp": (0.4, 0.4, 0.5), "rug": (2.0, 1.4, 0.006),
    "picture": (0.7, 0.03, 0.5), "clock": (0.3, 0.04, 0.3), "window": (1.2, 0.1, 1.2), "cup": (0.1, 0.08, 0.1),
    "bottle": (0.08, 0.08, 0.28), "bowl": (0.18, 0.18, 0.08), "box": (0.3, 0.22, 0.2), "ball": (0.22, 0.22, 0.22),
    "book": (0.16, 0.23, 0.035), "backpack": (0.32, 0.22, 0.45), "shoe": (0.1, 0.28, 0.11), "laptop": (0.33, 0.26, 0.23),
}  # fmt: skip


def design(category: str, rng: np.random.Generator) -> Model:
    """A thing of a kind, in a variant, sizes and colours of its own.

    Raises:
        ObservationError: if the category is unknown.
    """
    if category not in CATEGORIES:
        raise ObservationError(f"no thing is called {category!r}: take one of {', '.join(CATEGORIES)}")
    if category == "person":
        return person(rng)
    if category in DESIGNS:
        return DESIGNS[category](rng)
    return _first(category, rng)


def _first(category: str, rng: np.random.Generator) -> Model:
    mount = CATEGORIES[category].mount
    red, green, blue = (int(c) for c in rng.integers(60, 230, 3))
    if category == "door":
        leaf = Part(
            mesh=box((-0.44, -0.02, 0.005), (0.44, 0.02, 2.02), (150, 110, 70)),
            joint=Joint(kind="hinge", origin=(-0.44, 0, 0), axis=(0, 0, 1), high=1.5),
        )
        frame = box((-0.45, -0.05, 2.03), (0.45, 0.05, 2.05), (150, 110, 70))
        return Model(
            category="door", variant=0, name="door", size=(0.9, 0.1, 2.045), parts=(Part(mesh=frame), leaf)
        )
    x, y, z = SIZES[category]
    low, high = (-x / 2, -y / 2, 0.0), (x / 2, y / 2, z)
    if mount == "wall":
        low, high = (-x / 2, -y, 0.0), (x / 2, 0.0, z)
    if mount == "ceiling":
        low, high = (-x / 2, -y / 2, -z), (x / 2, y / 2, 0.0)
    inside = CATEGORIES[category].container
    parts: tuple[Part, ...] = (Part(mesh=box(low, high, (red, green, blue)), solid=category != "rug"),)
    supports: tuple[Support, ...] = ()
    if inside:
        t, f = 0.02, low[1] + 0.02
        walls = [
            box((low[0], f, 0), (high[0], high[1], t), (red, green, blue)),
            box((low[0], f, z - t), (high[0], high[1], z), (red, green, blue)),
            box((low[0], f, t), (low[0] + t, high[1], z - t), (red, green, blue)),
            box((high[0] - t, f, t), (high[0], high[1], z - t), (red, green, blue)),
            box((low[0] + t, high[1] - t, t), (high[0] - t, high[1], z - t), (red, green, blue)),
        ]
        front = box((low[0], low[1], 0), (high[0], f, z), (red // 2 + 100, green, blue))
        hinge = Joint(kind="hinge", origin=(low[0], low[1], 0), axis=(0, 0, -1), high=1.8)
        parts = (Part(mesh=joined(walls)), Part(mesh=front, joint=hinge))
        supports = (
            Support(
                low=(low[0] + 0.03, f + 0.01), high=(high[0] - 0.03, high[1] - 0.03), z=t, clear_m=z - 0.05,
                relation="in", door=1,
            ),
        )  # fmt: skip
    tops = {"table", "desk", "coffee table", "nightstand", "cabinet", "counter", "stool", "bookshelf"}
    if category in tops:
        supports = (Support(low=low[:2], high=high[:2], z=z, clear_m=0.6), *supports)
    return Model(
        category=category, variant=0, name=category, size=(x, y, z), parts=parts, supports=supports, mount=mount
    )  # fmt: skip


def person(rng: np.random.Generator) -> Model:
    """Someone: body with head, left leg, right leg, left arm, right arm."""
    height = float(rng.uniform(1.55, 1.9))
    hip, shoulder = 0.5 * height, 0.82 * height
    shirt, trousers = (190, 50, 50), (50, 60, 90)

    def limb(x: float, low: float, top: float, half: float, colour: tuple[int, int, int]) -> Part:
        swing = Joint(kind="hinge", origin=(x, 0, top), axis=(1, 0, 0), low=-0.6, high=0.6)
        return Part(mesh=box((x - half, -half, low), (x + half, half, top), colour), joint=swing)

    body = joined([
        box((-0.2, -0.12, hip), (0.2, 0.12, shoulder), shirt),
        box((-0.09, -0.1, shoulder + 0.04), (0.09, 0.1, height), (220, 180, 150)),
    ])  # fmt: skip
    limbs = (
        limb(0.1, 0, hip, 0.07, trousers),
        limb(-0.1, 0, hip, 0.07, trousers),
        limb(0.25, 0.75, shoulder, 0.04, shirt),
        limb(-0.25, 0.75, shoulder, 0.04, shirt),
    )
    return Model(
        category="person", variant=0, name="person", size=(0.58, 0.24, height), parts=(Part(mesh=body), *limbs)
    )  # fmt: skip


@dataclass(frozen=True)
class Procedural:
    """The designs that need nothing but a generator of random numbers."""

    name: str = "procedural"

    def has(self, category: str) -> bool:
        """Whether there are designs of it."""
        return category in CATEGORIES

    def design(self, category: str, rng: np.random.Generator) -> Model:
        """One of them.

        Raises:
            ObservationError: if the category is unknown.
        """
        return design(category, rng)

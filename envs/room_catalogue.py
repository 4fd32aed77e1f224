"""Furniture and small things, designed from a few solids each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from streammem.envs.room_paint import Paint, Pattern, bright
from streammem.envs.room_shapes import Ball, Block, Turned
from streammem.envs.room_things import Part, Top
from streammem.errors import ObservationError

__all__ = ["CATALOGUE", "FURNITURE", "SMALL", "design"]

Design = tuple[tuple[Part, ...], tuple[Top, ...]]


def design(name: str, rng: np.random.Generator) -> Design:
    """The parts and the tops of a thing by its name, in sizes and colours of its own.

    Raises:
        ObservationError: if the catalogue has no such thing.
    """
    if name not in CATALOGUE:
        raise ObservationError(f"no thing is called {name!r}: take one of {', '.join(sorted(CATALOGUE))}")
    return CATALOGUE[name](rng)


def _paint(rng: np.random.Generator, repeat_m: float, *patterns: Pattern) -> Paint:
    hue = float(rng.random())
    chosen: Pattern = patterns[int(rng.integers(len(patterns)))]
    return Paint(
        pattern=chosen,
        first=bright(rng, hue),
        second=bright(rng, hue + float(rng.uniform(0.25, 0.6))),
        repeat_m=repeat_m,
        seed=int(rng.integers(1 << 31)),
    )


def _wood(rng: np.random.Generator) -> Paint:
    tint = float(rng.uniform(0.35, 0.75))
    return Paint(
        pattern="planks",
        first=(tint, tint * 0.68, tint * 0.4),
        second=(tint * 0.6, tint * 0.36, tint * 0.2),
        repeat_m=0.8,
        seed=int(rng.integers(1 << 31)),
    )


def _block(x: float, y: float, z: float, wide: float, deep: float, high: float) -> Block:
    """A box by the middle of its foot and its size."""
    return Block(low=(x - wide / 2, y - deep / 2, z), high=(x + wide / 2, y + deep / 2, z + high))


def _legs(wide: float, deep: float, high: float, thick: float) -> list[Block]:
    x, y = wide / 2 - thick, deep / 2 - thick
    return [_block(sx * x, sy * y, 0, thick, thick, high) for sx in (-1, 1) for sy in (-1, 1)]


def _table(rng: np.random.Generator) -> Design:
    wide, deep, high = (float(rng.uniform(*span)) for span in ((1.1, 1.5), (0.7, 0.85), (0.70, 0.76)))
    wood = _wood(rng)
    shapes = [_block(0, 0, high - 0.04, wide, deep, 0.04), *_legs(wide, deep, high - 0.04, 0.06)]
    return tuple(Part(shape, wood) for shape in shapes), (_flat(wide, deep, high),)


def _flat(wide: float, deep: float, z: float, clear_m: float = 1.0) -> Top:
    return Top(low=(-wide / 2, -deep / 2), high=(wide / 2, deep / 2), z=z, clear_m=clear_m)


def _chair(rng: np.random.Generator) -> Design:
    wood, cloth = _wood(rng), _paint(rng, 0.3, "checker", "dots", "noise")
    parts = [Part(leg, wood) for leg in _legs(0.42, 0.42, 0.43, 0.04)]
    parts += [
        Part(_block(0, 0, 0.43, 0.44, 0.44, 0.04), cloth),
        Part(_block(0, 0.2, 0.47, 0.42, 0.04, 0.45), cloth),
    ]
    return tuple(parts), ()


def _shelf(rng: np.random.Generator) -> Design:
    wide, deep, high, wood = float(rng.uniform(0.8, 1.1)), 0.34, 1.75, _wood(rng)
    levels = [0.05, 0.48, 0.91, 1.34]
    sides = [_block(s * (wide / 2 - 0.015), 0, 0, 0.03, deep, high) for s in (-1, 1)]
    boards = [_block(0, 0, z - 0.03, wide - 0.06, deep - 0.02, 0.03) for z in (*levels, high)]
    shapes = [*sides, *boards, _block(0, deep / 2 - 0.005, 0, wide, 0.01, high)]
    tops = tuple(_flat(wide - 0.1, deep - 0.04, z, 0.38) for z in levels[1:])
    return tuple(Part(shape, wood) for shape in shapes), tops


def _cabinet(rng: np.random.Generator) -> Design:
    wide, high, wood, front = (
        float(rng.uniform(0.8, 1.3)),
        0.82,
        _wood(rng),
        _paint(rng, 0.5, "plain", "stripes"),
    )
    parts = [Part(_block(0, 0, 0, wide, 0.45, high), wood)]
    parts += [
        Part(_block(s * wide / 4, -0.23, 0.08, wide / 2 - 0.06, 0.02, high - 0.16), front) for s in (-1, 1)
    ]
    return tuple(parts), (_flat(wide, 0.45, high),)


def _sofa(rng: np.random.Generator) -> Design:
    cloth = _paint(rng, 0.5, "noise", "stripes", "checker")
    shapes = [_block(0, 0, 0, 1.7, 0.8, 0.42), _block(0, 0.32, 0.42, 1.7, 0.16, 0.4)]
    shapes += [_block(s * 0.78, 0, 0.42, 0.14, 0.8, 0.2) for s in (-1, 1)]
    return tuple(Part(shape, cloth) for shape in shapes), ()


def _bed(rng: np.random.Generator) -> Design:
    wood, cloth, white = _wood(rng), _paint(rng, 0.6, "checker", "stripes", "dots"), (0.9, 0.9, 0.88)
    pillow = Paint(pattern="dots", first=white, second=(0.6, 0.7, 0.8), repeat_m=0.3)
    return (
        Part(_block(0, 0, 0, 1.0, 2.0, 0.3), wood),
        Part(_block(0, -0.02, 0.3, 0.96, 1.94, 0.18), cloth),
        Part(_block(0, 0.98, 0.3, 1.0, 0.04, 0.55), wood),
        Part(Ball(centre=(0, 0.7, 0.52), radii=(0.33, 0.2, 0.09)), pillow),
    ), ()


def _plant(rng: np.random.Generator) -> Design:
    green = Paint(
        pattern="noise",
        first=(0.1, 0.35, 0.1),
        second=(0.4, 0.75, 0.25),
        repeat_m=0.25,
        seed=int(rng.integers(99)),
    )
    pot = Part(
        Turned(bottom=0, top=0.3, bottom_radius=0.12, top_radius=0.17), _paint(rng, 0.3, "plain", "stripes")
    )
    leaves = [
        Ball(
            centre=(float(rng.uniform(-0.1, 0.1)), float(rng.uniform(-0.1, 0.1)), z),
            radii=(0.2 - 0.03 * i, 0.2 - 0.03 * i, 0.22),
        )
        for i, z in enumerate((0.5, 0.75, 1.0))
    ]
    return (pot, *(Part(leaf, green) for leaf in leaves)), ()


def _cup(rng: np.random.Generator) -> Design:
    paint = _paint(rng, 0.12, "stripes", "dots", "checker")
    body = Turned(bottom=0, top=0.12, bottom_radius=0.04, top_radius=0.05)
    return (Part(body, paint), Part(_block(0.06, 0, 0.03, 0.04, 0.015, 0.06), paint)), ()


def _bottle(rng: np.random.Generator) -> Design:
    glass, label = _paint(rng, 0.2, "plain"), _paint(rng, 0.15, "stripes", "checker")
    return (
        Part(Turned(bottom=0, top=0.2, bottom_radius=0.045, top_radius=0.045), glass),
        Part(Turned(bottom=0.05, top=0.14, bottom_radius=0.047, top_radius=0.047), label),
        Part(Turned(bottom=0.2, top=0.26, bottom_radius=0.045, top_radius=0.017), glass),
        Part(Turned(bottom=0.26, top=0.31, bottom_radius=0.017, top_radius=0.017), label),
    ), ()


def _box(rng: np.random.Generator) -> Design:
    wide, deep, high = (float(value) for value in rng.uniform((0.16, 0.14, 0.12), (0.3, 0.22, 0.26)))
    return (
        Part(_block(0, 0, 0, wide, deep, high), _paint(rng, 0.2, "checker", "noise", "dots", "bricks")),
    ), ()


def _ball(rng: np.random.Generator) -> Design:
    radius = float(rng.uniform(0.08, 0.12))
    paint = _paint(rng, 0.25, "checker", "stripes")
    return (Part(Ball(centre=(0, 0, radius), radii=(radius, radius, radius)), paint),), ()


def _book(rng: np.random.Generator) -> Design:
    cover = _paint(rng, 0.3, "noise", "plain", "stripes")
    return (Part(_block(0, 0, 0, 0.17, 0.24, float(rng.uniform(0.03, 0.06))), cover),), ()


def _bowl(rng: np.random.Generator) -> Design:
    paint = _paint(rng, 0.2, "dots", "stripes")
    return (Part(Turned(bottom=0, top=0.08, bottom_radius=0.05, top_radius=0.12), paint),), ()


def _vase(rng: np.random.Generator) -> Design:
    paint = _paint(rng, 0.2, "stripes", "noise", "checker")
    return (
        Part(Turned(bottom=0, top=0.14, bottom_radius=0.05, top_radius=0.09), paint),
        Part(Turned(bottom=0.14, top=0.28, bottom_radius=0.09, top_radius=0.04), paint),
    ), ()


def _lamp(rng: np.random.Generator) -> Design:
    shade, metal = _paint(rng, 0.3, "stripes", "plain"), _paint(rng, 0.3, "plain")
    return (
        Part(Turned(bottom=0, top=0.03, bottom_radius=0.08, top_radius=0.08), metal),
        Part(Turned(bottom=0.03, top=0.2, bottom_radius=0.015, top_radius=0.015), metal),
        Part(Turned(bottom=0.2, top=0.36, bottom_radius=0.12, top_radius=0.07), shade),
    ), ()


def _person(rng: np.random.Generator) -> Design:
    trousers, shirt = _paint(rng, 0.4, "plain"), _paint(rng, 0.4, "stripes", "checker")
    skin = Paint(pattern="plain", first=(0.85, 0.65, 0.5), second=(0.8, 0.6, 0.5), repeat_m=0.3)
    legs = [
        Turned(axis=(s * 0.1, 0), bottom=0, top=0.82, bottom_radius=0.07, top_radius=0.09) for s in (-1, 1)
    ]
    return (
        *(Part(leg, trousers) for leg in legs),
        Part(Turned(bottom=0.82, top=1.45, bottom_radius=0.18, top_radius=0.22), shirt),
        Part(Ball(centre=(0, 0, 1.61), radii=(0.1, 0.11, 0.14)), skin),
    ), ()


SMALL: dict[str, Callable[[np.random.Generator], Design]] = {
    "ball": _ball,
    "book": _book,
    "bottle": _bottle,
    "bowl": _bowl,
    "box": _box,
    "cup": _cup,
    "lamp": _lamp,
    "vase": _vase,
}
FURNITURE: dict[str, Callable[[np.random.Generator], Design]] = {
    "bed": _bed,
    "cabinet": _cabinet,
    "chair": _chair,
    "plant": _plant,
    "shelf": _shelf,
    "sofa": _sofa,
    "table": _table,
}
CATALOGUE = {**SMALL, **FURNITURE, "person": _person}

"""Tables, desks, coffee tables."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.apartment.mesh import Mesh, joined
from streammem.envs.apartment.model import Joint, Model, Part, Support
from streammem.envs.apartment.models.workshop import between, legs, made, slab
from streammem.envs.apartment.palette import DARK, STEEL, chosen, darker, wood
from streammem.envs.apartment.soft import rounded
from streammem.envs.apartment.solids import Paint, box
from streammem.envs.apartment.turned import cylinder, lathe, rod

__all__ = ["coffee_table", "desk", "table"]

CLEAR_M = 1.0


def _top(wide: float, deep: float, z: float, *, clear_m: float = CLEAR_M) -> Support:
    """A level rectangle on which things can stand."""
    return Support(low=(-wide / 2, -deep / 2), high=(wide / 2, deep / 2), z=z, clear_m=clear_m)


def _apron(wide: float, deep: float, z: float, high: float, paint: Paint) -> list[Mesh]:
    """The frame under a table top."""
    across = [slab(0, side * deep / 2, z, wide, 0.02, high, paint) for side in (-1, 1)]
    return across + [slab(side * wide / 2, 0, z, 0.02, deep, high, paint) for side in (-1, 1)]


def table(rng: np.random.Generator) -> Model:
    """On four legs, round on a pillar, or on steel frames."""
    variant, timber = int(rng.integers(3)), chosen(rng, ("oak", "walnut", "white", "pine"))
    paint = wood(timber)
    wide, deep, high = between(rng, 1.3, 1.7), between(rng, 0.8, 0.9), 0.75
    if variant == 0:
        under = wood("white") if timber != "white" and rng.random() < 0.3 else paint
        meshes = [rounded((-wide / 2, -deep / 2, high - 0.035), (wide / 2, deep / 2, high), 0.008, paint)]
        meshes += legs(wide - 0.1, deep - 0.1, high - 0.035, 0.07, under, foot=0.55)
        meshes += _apron(wide - 0.2, deep - 0.2, high - 0.115, 0.08, darker(under, 0.95))
        return made("table", 0, f"{timber} table", meshes, supports=(_top(wide, deep, high),))
    if variant == 1:
        radius = between(rng, 0.5, 0.62)
        meshes = [cylinder((0, 0, high - 0.035), 0.035, radius, paint, sides=20)]
        foot = (
            (0.0, 0.0),
            (0.3, 0.0),
            (0.29, 0.03),
            (0.08, 0.08),
            (0.045, 0.2),
            (0.045, 0.62),
            (0.16, high - 0.035),
            (0.0, high - 0.035),
        )
        meshes.append(lathe(foot, darker(paint, 0.92), sides=14))
        return made(
            "table", 1, f"round {timber} table", meshes, supports=(_top(radius * 1.4, radius * 1.4, high),)
        )
    meshes = [box((-wide / 2, -deep / 2, high - 0.045), (wide / 2, deep / 2, high), paint)]
    for side in (-1, 1):
        x = side * (wide / 2 - 0.2)
        meshes += [
            slab(x, 0, 0, 0.06, deep - 0.08, 0.03, DARK),
            slab(x, 0, high - 0.075, 0.06, deep - 0.08, 0.03, DARK),
            *(slab(x, y * (deep / 2 - 0.06), 0.03, 0.06, 0.03, high - 0.105, DARK) for y in (-1, 1)),
        ]
    return made("table", 2, f"{timber} table on steel legs", meshes, supports=(_top(wide, deep, high),))


def _drawers(
    x: float, wide: float, deep: float, low: float, high: float, paint: Paint, count: int
) -> list[Mesh]:
    """Fronts with knobs before a pedestal that stays shut."""
    share, found = (high - low) / count, []
    for i in range(count):
        z = low + i * share
        found += [
            box((x - wide / 2 + 0.01, -deep / 2 - 0.015, z + 0.006), (x + wide / 2 - 0.01, -deep / 2, z + share - 0.006), paint),
            slab(x, -deep / 2 - 0.025, z + share / 2, 0.1, 0.02, 0.012, STEEL),
        ]  # fmt: skip
    return found


def desk(rng: np.random.Generator) -> Model:
    """With a pedestal of drawers, a plain one with a drawer that opens, or one with a raised shelf at its back."""
    variant, timber = int(rng.integers(3)), chosen(rng, ("oak", "walnut", "white", "pine"))
    paint, wide, deep, high = wood(timber), between(rng, 1.2, 1.45), 0.65, 0.74
    top = box((-wide / 2, -deep / 2, high - 0.03), (wide / 2, deep / 2, high), paint)
    support = _top(wide, deep, high)
    if variant == 0:
        x, body = wide / 2 - 0.21, 0.38
        meshes = [top, slab(x, 0.01, 0.03, body, deep - 0.08, high - 0.06, darker(paint, 0.94))]
        meshes += _drawers(x, body, deep - 0.06, 0.05, high - 0.03, paint, 3)
        meshes.append(slab(-wide / 2 + 0.03, 0, 0, 0.03, deep - 0.06, high - 0.03, paint))
        meshes.append(
            slab(-0.18, deep / 2 - 0.06, 0.35, wide - 0.42, 0.018, high - 0.38, darker(paint, 0.94))
        )
        return made("desk", 0, f"{timber} desk", meshes, supports=(support,))
    if variant == 1:
        meshes = [top, *legs(wide - 0.06, deep - 0.06, high - 0.03, 0.055, paint, foot=0.6)]
        meshes += [
            slab(0, deep / 2 - 0.06, high - 0.15, wide - 0.16, 0.02, 0.12, paint),
            *(
                slab(side * (wide / 2 - 0.06), 0, high - 0.15, 0.02, deep - 0.14, 0.12, paint)
                for side in (-1, 1)
            ),
        ]
        return made(
            "desk", 1, f"{timber} writing desk", meshes, (_drawer(wide - 0.2, deep, high, paint),), (support,)
        )
    meshes = [top]
    for side in (-1, 1):
        x = side * (wide / 2 - 0.1)
        meshes += [
            rod((x, -deep / 2 + 0.02, 0), (x - side * 0.05, 0, high - 0.03), 0.018, DARK, sides=6),
            rod((x, deep / 2 - 0.02, 0), (x - side * 0.05, 0, high - 0.03), 0.018, DARK, sides=6),
            slab(side * (wide / 2 - 0.02), deep / 2 - 0.1, high, 0.02, 0.18, 0.16, paint),
        ]
    meshes.append(slab(0, deep / 2 - 0.1, high + 0.16, wide, 0.2, 0.02, paint))
    front = Support(low=(-wide / 2, -deep / 2), high=(wide / 2, deep / 2 - 0.21), z=high, clear_m=CLEAR_M)
    above = Support(low=(-wide / 2, deep / 2 - 0.19), high=(wide / 2, deep / 2), z=high + 0.18, clear_m=0.8)
    return made("desk", 2, f"{timber} desk with a shelf", meshes, supports=(front, above))


def _drawer(wide: float, deep: float, high: float, paint: Paint) -> Part:
    """A drawer that slides out to the front."""
    y, low = -deep / 2 + 0.02, high - 0.14
    sides = [
        slab(0, y + 0.01, low, wide, 0.02, 0.105, paint),
        slab(0, y + 0.22, low, wide - 0.04, 0.4, 0.01, paint),
        slab(0, y + 0.41, low, wide - 0.04, 0.012, 0.08, paint),
        *(slab(side * (wide / 2 - 0.026), y + 0.22, low, 0.012, 0.4, 0.08, paint) for side in (-1, 1)),
        slab(0, y - 0.01, low + 0.05, 0.14, 0.02, 0.014, STEEL),
    ]
    return Part(mesh=joined(sides), joint=Joint(kind="slide", origin=(0, 0, 0), axis=(0, -1, 0), high=0.32))


def coffee_table(rng: np.random.Generator) -> Model:
    """Low, with a shelf below, round, or of glass on a frame."""
    variant, timber = int(rng.integers(3)), chosen(rng, ("oak", "walnut", "white", "black"))
    paint, wide, deep, high = wood(timber), between(rng, 0.95, 1.15), 0.58, 0.42
    if variant == 0:
        meshes = [rounded((-wide / 2, -deep / 2, high - 0.035), (wide / 2, deep / 2, high), 0.008, paint)]
        meshes += legs(wide - 0.04, deep - 0.04, high - 0.035, 0.05, paint, foot=0.8)
        meshes.append(slab(0, 0, 0.14, wide - 0.1, deep - 0.1, 0.02, paint))
        below = _top(wide - 0.14, deep - 0.14, 0.16, clear_m=high - 0.035 - 0.16 - 0.01)
        return made(
            "coffee table", 0, f"{timber} coffee table", meshes, supports=(_top(wide, deep, high), below)
        )
    if variant == 1:
        radius = between(rng, 0.38, 0.46)
        meshes = [cylinder((0, 0, high - 0.03), 0.03, radius, paint, sides=20)]
        for i in range(3):
            turn = 2 * math.pi * i / 3 + 0.4
            c, s = math.cos(turn) * radius, math.sin(turn) * radius
            meshes.append(
                rod(
                    (0.92 * c, 0.92 * s, 0.01),
                    (0.6 * c, 0.6 * s, high - 0.03),
                    0.014,
                    paint,
                    end_radius=0.024,
                )
            )
        top = _top(radius * 1.4, radius * 1.4, high)
        return made("coffee table", 1, f"round {timber} coffee table", meshes, supports=(top,))
    glass = Paint((196, 216, 214))
    meshes = [box((-wide / 2, -deep / 2, high - 0.014), (wide / 2, deep / 2, high), glass)]
    meshes += [
        slab(sx * (wide / 2 - 0.03), sy * (deep / 2 - 0.03), 0, 0.03, 0.03, high - 0.014, DARK)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    meshes += _apron(wide - 0.06, deep - 0.06, high - 0.04, 0.024, DARK)
    meshes += [slab(0, 0, 0.12, wide - 0.08, deep - 0.08, 0.018, paint)]
    below = _top(wide - 0.14, deep - 0.14, 0.138, clear_m=high - 0.014 - 0.138 - 0.03)
    return made(
        "coffee table",
        2,
        f"glass and {timber} coffee table",
        meshes,
        supports=(_top(wide, deep, high), below),
    )

"""Fridges and stoves."""

from __future__ import annotations

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model, Part, Support
from streammem.envs.apartment.models.kitchen import disc
from streammem.envs.apartment.models.workshop import carcass, handle, hinged, made, shelf, slab
from streammem.envs.apartment.palette import CHROME, DARK, STEEL, WHITE, chosen, darker, plain
from streammem.envs.apartment.soft import rounded
from streammem.envs.apartment.solids import Paint, box, boxes
from streammem.envs.apartment.turned import cylinder, rod

__all__ = ["fridge", "stove"]


def fridge(rng: np.random.Generator) -> Model:
    """A tall one with its freezer below, a rounded coloured one, or a small white one."""
    variant = int(rng.integers(3))
    word = (
        chosen(rng, ("white", "steel")),
        chosen(rng, ("red", "blue", "green", "yellow", "orange")),
        "small white",
    )[variant]
    paint = STEEL if word == "steel" else plain("white" if variant == 2 else word, 1.0)
    wide, deep, high = ((0.6, 0.62, 1.8), (0.6, 0.62, 1.5), (0.55, 0.56, 0.86))[variant]
    y, w, foot = -deep / 2 + 0.06, 0.04, 0.04
    split = 0.62 if variant == 0 else foot
    inner = Paint((246, 248, 250))
    meshes = carcass((-wide / 2, y, foot), (wide / 2, deep / 2, high), paint, inner, board=w)
    meshes.append(slab(0, 0.04, 0, wide - 0.04, deep - 0.12, foot, DARK))
    moving, supports = [], []
    if variant == 0:
        meshes.append(
            box((-wide / 2 + w, y, split - w / 2), (wide / 2 - w, deep / 2 - w, split + w / 2), inner)
        )
    moving.append(_fridge_door(variant, wide, y, split + (0.005 if variant == 0 else 0.0), high, paint))
    levels = _levels(
        split + (w / 2 if variant == 0 else w), high - w, 4 if variant == 0 else 3 if variant == 1 else 2
    )
    for i, (low, top) in enumerate(levels):
        if i:
            meshes.append(
                box(
                    (-wide / 2 + w, y + 0.03, low - 0.008),
                    (wide / 2 - w, deep / 2 - w, low),
                    Paint((206, 226, 230)),
                )
            )
        supports.append(shelf((-wide / 2 + w, y + 0.03, low), (wide / 2 - w, deep / 2 - w, top), door=1))
    if variant == 0:
        moving.append(_fridge_door(0, wide, y, foot, split - 0.005, paint))
        supports.append(
            shelf((-wide / 2 + w, y + 0.03, foot + w), (wide / 2 - w, deep / 2 - w, split - w / 2), door=2)
        )
    supports.append(Support(low=(-wide / 2 + 0.03, y), high=(wide / 2 - 0.03, deep / 2), z=high, clear_m=0.4))
    return made("fridge", variant, f"{word} fridge", meshes, moving, supports)


def _levels(low: float, high: float, count: int) -> list[tuple[float, float]]:
    """Heights of the floors and of the ceilings of compartments of one height, 8 mm apart."""
    step = (high - low) / count
    return [(low + i * step, low + (i + 1) * step - (0.008 if i + 1 < count else 0)) for i in range(count)]


def _fridge_door(variant: int, wide: float, y: float, low: float, high: float, paint: Paint) -> Part:
    """A thick leaf with its hinge on the right, seen from the front."""
    x = -wide / 2 + 0.05
    slot = (high - 0.5, high - 0.06) if high - low < 0.7 else (low + 0.1, low + 0.6)
    bar = handle(x, y - 0.06, *slot, darker(CHROME, 0.85))
    soft = 0.035 if variant == 1 else 0.012
    leaf = rounded((-wide / 2, y - 0.06, low), (wide / 2, y - 0.003, high), soft, paint)
    meshes = [leaf, *bar]
    if variant == 1:
        meshes.append(slab(0.05, y - 0.062, high - 0.2, 0.2, 0.006, 0.02, CHROME))
    return hinged(meshes, (wide / 2, y - 0.003, low), (0, 0, 1.0), high=1.9)


def stove(rng: np.random.Generator) -> Model:
    """With a glass plate and four rings, with gas burners, or of steel with a panel at its back; an oven below."""
    variant = int(rng.integers(3))
    paint = (WHITE, darker(WHITE, 0.97), STEEL)[variant]
    wide, deep, high, y, w = 0.6, 0.58, 0.9, -0.27, 0.03
    low, top = 0.22, high - 0.13
    meshes = carcass((-wide / 2, y, low), (wide / 2, deep / 2, top), paint, Paint((70, 70, 74)), board=w)
    meshes += [
        slab(0, 0.01, 0, wide - 0.06, deep - 0.1, 0.06, DARK),
        box((-wide / 2, y, 0.06), (wide / 2, deep / 2, low), paint),
        box((-wide / 2 + 0.006, y - 0.016, 0.07), (wide / 2 - 0.006, y, low - 0.01), darker(paint, 1.02)),
        box((-wide / 2, y - 0.02, top), (wide / 2, deep / 2, high - 0.02), paint),
        *_cooktop(variant, wide, deep, high),
    ]
    knobs = DARK if variant != 0 else darker(STEEL, 0.8)
    for i in range(5):
        x = -0.22 + 0.11 * i
        meshes.append(
            rod(
                (x, y - 0.02, high - 0.075),
                (x, y - 0.05, high - 0.075),
                0.021,
                knobs,
                end_radius=0.017,
                sides=6,
            )
        )
    if variant == 2:
        meshes.append(
            box((-wide / 2, deep / 2 - 0.03, high - 0.02), (wide / 2, deep / 2, high + 0.16), paint)
        )
        meshes.append(
            box(
                (-0.09, deep / 2 - 0.033, high + 0.05),
                (0.09, deep / 2 - 0.03, high + 0.11),
                Paint((40, 220, 160), glow=200),
            )
        )
    cavity = shelf((-wide / 2 + w, y + 0.02, low + w), (wide / 2 - w, deep / 2 - w, top - w), door=1)
    word = ("white", "gas", "steel")[variant]
    return made("stove", variant, f"{word} stove", meshes, (_oven_door(wide, y, low, top, paint),), (cavity,))


def _cooktop(variant: int, wide: float, deep: float, high: float) -> list[Mesh]:
    """The plate and what is on it, up to four centimetres above."""
    places = [
        (sx * 0.14, sy * 0.125 + 0.01, 0.095 if sx == sy else 0.075) for sx in (-1, 1) for sy in (-1, 1)
    ]
    plate = (Paint((38, 38, 42)), Paint((232, 232, 228)), darker(STEEL, 0.9))[variant]
    meshes = [slab(0, 0.01, high - 0.02, wide - 0.01, deep - 0.05, 0.02, plate)]
    iron = Paint((40, 40, 42))
    for x, y, r in places:
        if variant == 0:
            meshes += [
                disc(x, y, high, r, Paint((196, 90, 66)), sides=14),
                disc(x, y, high + 0.001, r - 0.018, Paint((52, 48, 50)), sides=14),
            ]
        elif variant == 1:
            z = high + 0.018
            bars = [((x - 0.11, y - 0.007, z), (x + 0.11, y + 0.007, z + 0.012))]
            bars += [((x - 0.007, y - 0.1, z), (x + 0.007, y + 0.1, z + 0.012))]
            bars += [
                ((x + dx - 0.007, y - 0.007, high), (x + dx + 0.007, y + 0.007, z)) for dx in (-0.1, 0.1)
            ]
            meshes += [cylinder((x, y, high), 0.016, 0.45 * r, iron, sides=8), boxes(bars, iron)]
        else:
            meshes.append(cylinder((x, y, high), 0.012, r, iron, sides=12))
    return meshes


def _oven_door(wide: float, y: float, low: float, top: float, paint: Paint) -> Part:
    """A leaf with a window that falls open to the front."""
    meshes = [
        box((-wide / 2 + 0.006, y - 0.035, low + 0.004), (wide / 2 - 0.006, y - 0.001, top - 0.006), paint),
        box(
            (-wide / 2 + 0.07, y - 0.038, low + 0.07),
            (wide / 2 - 0.07, y - 0.035, top - 0.14),
            Paint((34, 30, 30)),
        ),
        rod((-0.23, y - 0.075, top - 0.07), (0.23, y - 0.075, top - 0.07), 0.011, CHROME, sides=7),
        *(slab(side * 0.2, y - 0.055, top - 0.078, 0.016, 0.04, 0.016, CHROME) for side in (-1, 1)),
    ]
    return hinged(meshes, (0, y - 0.001, low + 0.004), (1.0, 0, 0), high=1.45)

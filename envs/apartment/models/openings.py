"""What closes openings in walls: doors and windows, made to measure."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model
from streammem.envs.apartment.models.workshop import hinged, made, slab
from streammem.envs.apartment.palette import BRASS, STEEL, WHITE, chosen, darker, plain, wood
from streammem.envs.apartment.solids import Paint, box, panel
from streammem.envs.apartment.turned import ball, rod

__all__ = ["door", "window"]

LEAF_M = 0.04  # the thickness of a leaf
JAMB_M = 0.035  # how far the frame reaches into the opening
CASING_M = 0.06  # the boards around it, on the wall's faces


def door(
    rng: np.random.Generator, *, width_m: float = 0.9, height_m: float = 2.05, depth_m: float = 0.1
) -> Model:
    """A frame in an opening of a wall of some depth, and a leaf with its hinge at -x that opens toward -y.

    Its origin is in the middle of the opening, in the middle of the wall. The casing lies 12 mm before the wall's
    faces and 60 mm around the opening.
    """
    variant = int(rng.integers(3))
    word = chosen(rng, ("white", "oak", "walnut", "grey", "blue", "green")[: (6, 3, 6)[variant]])
    paint = wood(word) if word in ("white", "oak", "walnut") else plain(word, 1.05)
    frame = paint if word in ("oak", "walnut") else WHITE
    x, y, top = width_m / 2, depth_m / 2 + 0.012, height_m
    meshes = []
    for side in (-1, 1):
        inner, outer = side * (x - JAMB_M), side * (x + CASING_M)
        for face in (-1, 1):
            low, high = sorted((face * (y - 0.012), face * y))
            a, b = sorted((inner, outer))
            meshes.append(box((a, low, 0), (b, high, top + CASING_M), frame))
        a, b = sorted((inner, side * x))
        meshes.append(box((a, -y + 0.012, 0), (b, y - 0.012, top), frame))
    meshes.append(box((-x + JAMB_M, -y, top - JAMB_M), (x - JAMB_M, y, top), frame))
    meshes += [
        box((-x + JAMB_M, low, top), (x - JAMB_M, high, top + CASING_M), frame)
        for low, high in ((-y, -y + 0.012), (y - 0.012, y))
    ]
    half, up = x - JAMB_M - 0.004, top - JAMB_M - 0.004
    leaf = _leaf(variant, half, up, paint)
    motion = np.eye(4)
    motion[1, 3] = -y + 0.012 + LEAF_M / 2 + 0.002
    origin = (-half, -y + 0.014, 0.0)
    part = hinged([mesh.moved(motion) for mesh in leaf], origin, (0, 0, -1.0), high=math.radians(95))
    noun = ("panelled door", "door", "door with a window")[variant]
    return made("door", variant, f"{word} {noun}", meshes, (part,), centred=False)


def _leaf(variant: int, half: float, top: float, paint: Paint) -> list[Mesh]:
    """A leaf around y = 0 with handles on both sides."""
    y, low = LEAF_M / 2 - 0.006, 0.008
    shade = darker(paint, 0.9)
    meshes: list[Mesh] = []
    if variant == 2:
        bottom = 0.95
        meshes += [
            box((-half, -y, low), (half, y, bottom), paint),
            box((-half, -y, top - 0.13), (half, y, top), paint),
            *(slab(side * (half - 0.06), 0, bottom, 0.12, 2 * y, top - 0.13 - bottom, paint) for side in (-1, 1)),
            box((-half + 0.12, -0.004, bottom), (half - 0.12, 0.004, top - 0.13), Paint((206, 222, 226))),
            slab(0, 0, bottom, 0.03, 0.02, top - 0.13 - bottom, paint),
            box((-half + 0.12, -0.01, (bottom + top - 0.13) / 2 - 0.015), (half - 0.12, 0.01, (bottom + top - 0.13) / 2 + 0.015), paint),
        ]  # fmt: skip
    else:
        meshes.append(box((-half, -y, low), (half, y, top), paint))
    fields = [(0.16, 0.86), (1.06, top - 0.14)] if variant == 0 else [(0.16, 0.8)] if variant == 2 else []
    for a, b in fields:
        meshes += [
            box((-half + 0.12, side * y - 0.006, a), (half - 0.12, side * y + 0.006, b), shade)
            for side in (-1, 1)
        ]
    metal = BRASS if variant == 0 else STEEL
    for side in (-1, 1):
        at = side * y
        meshes += [
            rod((half - 0.06, at, 1.0), (half - 0.06, at + side * 0.05, 1.0), 0.01, metal, sides=6),
            rod(
                (half - 0.055, at + side * 0.05, 1.0),
                (half - 0.17, at + side * 0.05, 1.0),
                0.009,
                metal,
                sides=6,
            ),
            slab(half - 0.06, at + side * 0.003, 0.92, 0.035, 0.008, 0.16, metal),
        ]
    if variant == 0:
        meshes.append(ball((half - 0.17, -y - 0.05, 1.0), (0.012, 0.012, 0.012), metal, sides=6, rings=4))
    return meshes


def window(
    rng: np.random.Generator, *, width_m: float = 1.2, height_m: float = 1.25, depth_m: float = 0.1
) -> Model:
    """A frame with two casements, panes or one pane in a wall's opening, what is outside behind it, and a sill.

    It hangs on a wall: its back (y = 0) is the wall's outer face where `depth_m` is that of the wall.
    """
    variant = int(rng.integers(3))
    word = chosen(rng, ("white", "oak", "grey"))
    frame = wood(word) if word != "grey" else plain("grey")
    view = Paint((255, 255, 255), f"outside:{int(rng.integers(6))}", glow=225)
    x, b, y = width_m / 2, 0.05, -depth_m - 0.012
    meshes = [
        box((-x, y, 0), (-x + b, -0.01, height_m), frame),
        box((x - b, y, 0), (x, -0.01, height_m), frame),
        box((-x + b, y, 0), (x - b, -0.01, b), frame),
        box((-x + b, y, height_m - b), (x - b, -0.01, height_m), frame),
        panel((-x + b, -0.02, b), (x - b, 0, height_m - b), WHITE, view),
        box((-x, y - 0.12, 0), (x, y, 0.025), Paint((236, 234, 228))),
    ]
    bars = -0.05
    if variant < 2:
        meshes.append(slab(0, bars, b, 0.06, 0.05, height_m - 2 * b, frame))
        meshes.append(slab(0.0, bars - 0.03, height_m / 2 - 0.06, 0.02, 0.02, 0.12, STEEL))
    if variant == 1:
        meshes.append(
            box((-x + b, bars - 0.02, height_m * 0.66), (x - b, bars + 0.02, height_m * 0.66 + 0.035), frame)
        )
    noun = ("window", "window with panes", "picture window")[variant]
    return made("window", variant, f"{word} {noun}", meshes, mount="wall")

"""Bathrooms: washbasins, toilets, bathtubs."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model, Support
from streammem.envs.apartment.models.kitchen import tap
from streammem.envs.apartment.models.storage import pair_of_doors
from streammem.envs.apartment.models.workshop import carcass, legs, made, mirrored, shelf, slab
from streammem.envs.apartment.palette import BRASS, CHROME, DARK, chosen, darker, plain, wood
from streammem.envs.apartment.soft import rounded
from streammem.envs.apartment.solids import Paint, box, boxes
from streammem.envs.apartment.turned import cylinder, lathe, rod

__all__ = ["bathtub", "sink", "toilet"]

Profile = tuple[tuple[float, float], ...]
ENAMEL = Paint((246, 246, 243))


def _basin(
    z: float, high: float, wide: float, deep: float, *, power: float = 4.0, sides: int = 16
) -> list[Mesh]:
    """A hollow bowl with a rim at the height `z + high`, about the origin, and its plug hole."""
    half, stretch = wide / 2, (1.0, deep / wide)
    rim = 0.025
    outside = ((half - rim, z + high - 0.008), (half * 0.75, z + 0.015), (half * 0.5, z), (0.0, z))[::-1]
    edge = ((half, z + high - 0.006), (half, z + high), (half - rim, z + high))
    inside = (
        (half - rim - 0.02, z + high - 0.03),
        (half * 0.72, z + 0.045),
        (half * 0.45, z + 0.025),
        (0.0, z + 0.025),
    )
    return [
        lathe((*outside, *edge, *inside), ENAMEL, sides=sides, stretch=stretch, power=power),
        cylinder((0, 0, z + 0.025), 0.003, 0.022, darker(CHROME, 0.6), top_radius=0.0, sides=8),
    ]


def _at(meshes: list[Mesh], x: float, y: float, z: float = 0.0) -> list[Mesh]:
    motion = np.eye(4)
    motion[:3, 3] = (x, y, z)
    return [mesh.moved(motion) for mesh in meshes]


def sink(rng: np.random.Generator) -> Model:
    """On a pedestal, in a cabinet with doors, or a bowl on a wooden board."""
    variant, timber = int(rng.integers(3)), chosen(rng, ("oak", "walnut", "white"))
    colour = chosen(rng, ("white", "grey", "blue", "green"))
    if variant == 0:
        column = ((0.0, 0.0), (0.14, 0.0), (0.085, 0.12), (0.075, 0.45), (0.14, 0.72), (0.0, 0.72))
        meshes = _at(_basin(0.68, 0.17, 0.56, 0.44, power=3.0), 0, -0.02)
        meshes += _at([lathe(column, ENAMEL, sides=10)], 0, 0.03)
        meshes += [
            rounded((-0.26, 0.15, 0.76), (0.26, 0.24, 0.865), 0.02, ENAMEL),
            *tap(0, 0.19, 0.86, 0.16, 0.14),
        ]
        return made("sink", 0, "white pedestal sink", meshes)
    if variant == 1:
        wide, deep, high = 0.7, 0.46, 0.8
        front = plain(colour, 0.96)
        meshes = carcass(
            (-wide / 2, -deep / 2, 0.12), (wide / 2, deep / 2, high), front, darker(front, 0.8), lid=False
        )
        meshes += legs(wide - 0.02, deep - 0.02, 0.12, 0.04, DARK, foot=0.8)
        meshes += _at(_basin(high - 0.13, 0.18, 0.54, 0.36, power=6.0, sides=16), 0, -0.02)
        meshes += _frame(wide + 0.02, deep + 0.01, 0.5, 0.32, -0.02, high, 0.045)
        meshes += tap(0, 0.19, high + 0.045, 0.15, 0.13)
        doors = pair_of_doors(
            (-wide / 2, -deep / 2, 0.12), (wide / 2, deep / 2, high - 0.005), front, knob=True
        )
        inside = [
            shelf(
                (-wide / 2 + 0.018, -deep / 2 + 0.02, 0.138), (-0.01, deep / 2 - 0.018, high - 0.14), door=1
            ),
            shelf((0.01, -deep / 2 + 0.02, 0.138), (wide / 2 - 0.018, deep / 2 - 0.018, high - 0.14), door=2),
        ]
        return made("sink", 1, f"{colour} bathroom sink with doors", meshes, doors, inside)
    paint = wood(timber)
    meshes = [
        box((-0.45, -0.24, 0.74), (0.45, 0.24, 0.78), paint),
        *legs(0.86, 0.46, 0.74, 0.05, paint, foot=1.0),
    ]
    meshes += [slab(0, 0, 0.2, 0.84, 0.42, 0.02, paint)]
    meshes += _at(_basin(0.78, 0.13, 0.42, 0.36, power=2.0), 0, -0.03)
    meshes += tap(0, 0.19, 0.78, 0.26, 0.16, BRASS)
    below = Support(low=(-0.36, -0.17), high=(0.36, 0.17), z=0.22, clear_m=0.5)
    beside = Support(low=(0.24, -0.2), high=(0.44, 0.2), z=0.78, clear_m=0.5)
    return made("sink", 2, f"bowl sink on {timber}", meshes, supports=(below, beside))


def _frame(
    wide: float, deep: float, hole_x: float, hole_y: float, y: float, z: float, high: float
) -> list[Mesh]:
    """A slab with a rectangular hole, whose middle is at `y`."""
    left, front, back = hole_x / 2, y - hole_y / 2, y + hole_y / 2
    corners = [
        ((-wide / 2, -deep / 2, z), (-left, deep / 2, z + high)),
        ((left, -deep / 2, z), (wide / 2, deep / 2, z + high)),
        ((-left, -deep / 2, z), (left, front, z + high)),
        ((-left, back, z), (left, deep / 2, z + high)),
    ]
    return [boxes(corners, ENAMEL)]


def toilet(rng: np.random.Generator) -> Model:
    """With its lid up, with its lid down, or hung from a wall without a tank to see."""
    variant = int(rng.integers(3))
    word = chosen(rng, ("white", "wooden")) if variant < 2 else "white"
    seat = wood("oak") if word == "wooden" else ENAMEL
    foot: Profile = ((0.0, 0.0), (0.13, 0.0), (0.1, 0.16), (0.18, 0.36), (0.185, 0.4), (0.145, 0.4))
    bowl = ((0.1, 0.26), (0.06, 0.2), (0.0, 0.2))
    if variant == 2:
        foot = ((0.0, 0.1), (0.1, 0.11), (0.18, 0.34), (0.185, 0.4), (0.145, 0.4))
    meshes = _at([lathe((*foot, *bowl), ENAMEL, sides=14, stretch=(1.0, 1.3))], 0, -0.1)
    ring = ((0.125, 0.402), (0.19, 0.402), (0.19, 0.422), (0.125, 0.422), (0.125, 0.402))
    meshes += _at([lathe(ring, seat, sides=14, stretch=(1.0, 1.3))], 0, -0.1)
    meshes += _at(
        [cylinder((0, 0, 0.22), 0.004, 0.07, Paint((170, 205, 220)), top_radius=0.0, sides=10)], 0, -0.1
    )
    lid = lathe(((0.0, 0.0), (0.19, 0.0), (0.19, 0.018), (0.0, 0.022)), seat, sides=14, stretch=(1.0, 1.25))
    if variant == 1:
        meshes += _at([lid], 0, -0.1, 0.424)
    else:
        lean = math.radians(96)
        c, s = math.cos(lean), math.sin(lean)
        meshes.append(lid.moved(np.array([[1, 0, 0, 0], [0, c, s, 0.155], [0, -s, c, 0.65], [0, 0, 0, 1.0]])))
    if variant == 2:
        meshes += [
            rounded((-0.3, 0.2, 0.0), (0.3, 0.36, 1.1), 0.008, Paint((232, 232, 228), "tile", 0.6)),
            slab(0, 0.197, 0.92, 0.22, 0.01, 0.14, CHROME),
            rounded((-0.14, 0.0, 0.12), (0.14, 0.22, 0.4), 0.03, ENAMEL),
        ]
        return made("toilet", 2, "white wall toilet", meshes)
    meshes += [
        rounded((-0.13, 0.02, 0.0), (0.13, 0.26, 0.4), (0.04, 0.03, 0.03), ENAMEL),
        rounded((-0.2, 0.2, 0.4), (0.2, 0.38, 0.78), 0.025, ENAMEL),
        rounded((-0.21, 0.185, 0.775), (0.21, 0.39, 0.81), 0.012, ENAMEL),
        cylinder((0, 0.29, 0.81), 0.008, 0.025, CHROME, top_radius=0.0, sides=8),
    ]
    noun = "toilet" if word == "white" else "toilet with a wooden seat"
    return made(
        "toilet",
        variant,
        f"{'closed ' if variant == 1 else ''}{'white ' if word == 'white' else ''}{noun}",
        meshes,
    )


def bathtub(rng: np.random.Generator) -> Model:
    """Built in behind white or coloured panels, or free on its feet."""
    variant, colour = int(rng.integers(2)), chosen(rng, ("white", "blue", "green", "grey"))
    long, wide, high = 1.7, 0.75, 0.58
    if variant == 0:
        half, z = long / 2, high
        skirt = plain(colour, 1.0) if colour != "white" else Paint((250, 250, 248), "small tile", 0.6)
        skirt_z = z - 0.05
        profile = (
            (half, skirt_z),
            (half, z),
            (half - 0.07, z),
            (half - 0.19, 0.2),
            (half - 0.27, 0.15),
            (0.0, 0.15),
        )
        inside = ((0.0, 0.12), (half - 0.05, 0.12), (half - 0.05, skirt_z), *profile)
        meshes = [
            lathe(inside, ENAMEL, sides=20, stretch=(1.0, wide / long), power=9.0),
            boxes(
                [
                    ((-half + 0.012, -wide / 2 + 0.012, 0), (half - 0.012, -wide / 2 + 0.03, skirt_z)),
                    ((-half + 0.012, wide / 2 - 0.03, 0), (half - 0.012, wide / 2 - 0.012, skirt_z)),
                    ((-half + 0.012, -wide / 2 + 0.03, 0), (-half + 0.03, wide / 2 - 0.03, skirt_z)),
                    ((half - 0.03, -wide / 2 + 0.03, 0), (half - 0.012, wide / 2 - 0.03, skirt_z)),
                ],
                skirt,
            ),
        ]
        meshes += _tub_tap(half - 0.04, high)
        return made("bathtub", 0, f"{colour} bathtub", meshes)
    half = long / 2
    skin = plain(colour, 1.0) if colour != "white" else ENAMEL
    outer = ((0.0, 0.1), (half * 0.6, 0.1), (half * 0.82, 0.18), (half * 0.95, high - 0.04))
    inner = ((half, high), (half * 0.94, high), (half * 0.78, 0.22), (half * 0.55, 0.15), (0.0, 0.15))
    meshes = [lathe((*outer, *inner), skin, sides=20, stretch=(1.0, wide / long), power=2.6)]
    for sx, sy in mirrored():
        foot = (sx * 0.57, sy * 0.26, 0.012)
        meshes.append(rod((sx * 0.48, sy * 0.2, 0.17), foot, 0.035, BRASS, end_radius=0.02, sides=6))
    meshes += _tub_tap(half - 0.05, high)
    return made("bathtub", 1, f"free-standing {colour} bathtub", meshes)


def _tub_tap(x: float, z: float) -> list[Mesh]:
    """A spout and two handles at the end of a tub."""
    return [
        rod((x, 0, z - 0.01), (x, 0, z + 0.13), 0.016, CHROME, sides=6),
        rod((x + 0.01, 0, z + 0.12), (x - 0.15, 0, z + 0.1), 0.014, CHROME, sides=6),
        *(
            rod((x, side * 0.09, z - 0.01), (x, side * 0.09, z + 0.07), 0.018, CHROME, sides=6)
            for side in (-1, 1)
        ),
    ]

"""What holds things behind doors or on boards: cabinets, wardrobes, bookshelves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from streammem.envs.apartment.mesh import Mesh, joined
from streammem.envs.apartment.model import Model, Part, Support
from streammem.envs.apartment.models.workshop import (
    between,
    carcass,
    door_part,
    handle,
    legs,
    made,
    shelf,
    slab,
)
from streammem.envs.apartment.palette import CHROME, STEEL, chosen, darker, plain, wood
from streammem.envs.apartment.solids import Paint, Point, box, panel
from streammem.envs.apartment.turned import ball

__all__ = ["bookshelf", "cabinet", "pair_of_doors", "wardrobe"]

B = 0.018  # the boards


def pair_of_doors(
    low: Point, high: Point, paint: Paint, *, knob: bool = False, depth: float = 0.018
) -> tuple[Part, Part]:
    """Two leaves that close the front of a carcass between two corners; `low[1]` is the plane of its front edges."""
    middle, y = (low[0] + high[0]) / 2, low[1]
    tall, at = high[2] - low[2], (low[2] + high[2]) / 2
    leaves = []
    for right in (False, True):
        x = (middle + 0.002, high[0] - 0.003) if right else (low[0] + 0.003, middle - 0.002)
        grip = middle + (0.035 if right else -0.035)
        more = (
            [ball((grip, y - depth - 0.014, at), (0.015, 0.014, 0.015), STEEL, sides=8, rings=4)]
            if knob
            else handle(grip, y - depth, at - min(0.12, tall / 4), at + min(0.12, tall / 4))
        )
        leaf = door_part(
            (x[0], y - depth, low[2] + 0.003),
            (x[1], y - 0.001, high[2] - 0.003),
            paint,
            right=right,
            more=more,
        )
        leaves.append(leaf)
    return leaves[0], leaves[1]


def _double(
    wide: float, deep: float, foot: float, high: float, paint: Paint, *, boards: tuple[float, ...] = ()
) -> tuple[list[Mesh], list[Support]]:
    """A carcass with a wall in the middle and boards at some heights; its compartments, left and right, upward."""
    y0, y1, inner = -deep / 2, deep / 2, darker(paint, 0.72)
    meshes = carcass((-wide / 2, y0, foot), (wide / 2, y1, high), paint, inner)
    meshes.append(box((-B / 2, y0, foot + B), (B / 2, y1 - B, high - B), inner))
    supports = []
    for side, door in ((-1, 1), (1, 2)):
        left, right = sorted((side * B / 2, side * (wide / 2 - B)))
        levels = [foot + B, *boards]
        meshes += [box((left, y0 + 0.02, z - B), (right, y1 - B, z), inner) for z in boards]
        tops = [*(z - B for z in boards), high - B]
        supports += [
            shelf((left, y0 + 0.02, z), (right, y1 - B, top), door=door)
            for z, top in zip(levels, tops, strict=True)
        ]
    return meshes, supports


def cabinet(rng: np.random.Generator) -> Model:
    """A sideboard with two doors, a tall one with a board inside, or a painted chest with a door beside drawers."""
    variant, timber = int(rng.integers(3)), chosen(rng, ("oak", "walnut", "white", "pine"))
    colour = chosen(rng, ("blue", "green", "grey", "red", "yellow"))
    deep = 0.42
    if variant == 0:
        wide, high, foot, paint = between(rng, 1.0, 1.3), 0.8, 0.14, wood(timber)
        meshes, inside = _double(wide, deep, foot, high, paint)
        meshes += legs(wide - 0.08, deep - 0.06, foot, 0.045, darker(paint, 0.8), splay=0.0)
        doors = pair_of_doors((-wide / 2, -deep / 2, foot), (wide / 2, deep / 2, high), paint)
        name = f"{timber} sideboard"
    elif variant == 1:
        wide, high, foot, paint = between(rng, 0.75, 0.9), between(rng, 1.3, 1.45), 0.06, wood(timber)
        meshes, inside = _double(wide, deep, foot, high, paint, boards=((foot + high) / 2,))
        meshes.append(slab(0, 0.02, 0, wide - 0.04, deep - 0.06, foot, darker(paint, 0.7)))
        doors = pair_of_doors((-wide / 2, -deep / 2, foot), (wide / 2, deep / 2, high), paint, knob=True)
        name = f"tall {timber} cabinet"
    else:
        wide, high, foot, paint = between(rng, 0.85, 1.0), 0.85, 0.08, plain(colour, 0.95)
        meshes, inside = _double(wide, deep, foot, high, paint)
        meshes += legs(wide - 0.02, deep - 0.02, foot, 0.05, wood("oak"))
        meshes.append(
            box(
                (-wide / 2 - 0.015, -deep / 2 - 0.025, high),
                (wide / 2 + 0.015, deep / 2, high + 0.02),
                wood("oak"),
            )
        )
        high += 0.02
        doors = pair_of_doors(
            (-wide / 2, -deep / 2, foot), (wide / 2, deep / 2, high - 0.02), darker(paint, 1.08), knob=True
        )
        name = f"{colour} cabinet"
    top = Support(low=(-wide / 2, -deep / 2), high=(wide / 2, deep / 2), z=high, clear_m=0.6)
    return made("cabinet", variant, name, meshes, doors, (top, *inside))


def wardrobe(rng: np.random.Generator) -> Model:
    """With two doors, one with a mirror on a door, or with drawers below."""
    variant, timber = int(rng.integers(3)), chosen(rng, ("oak", "walnut", "white", "pine"))
    paint, wide, deep = wood(timber), between(rng, 1.1, 1.4), 0.58
    high, foot = between(rng, 1.95, 2.1), 0.08 if variant < 2 else 0.5
    meshes, inside = _double(wide, deep, foot, high, paint, boards=(high - 0.38,))
    doors = list(pair_of_doors((-wide / 2, -deep / 2, foot), (wide / 2, deep / 2, high), paint))
    if variant == 1:
        y = -deep / 2 - B
        glass = box((0.1, y - 0.004, foot + 0.15), (wide / 2 - 0.08, y, high - 0.12), Paint((178, 196, 206)))
        doors[1] = _with(doors[1], glass)
    if variant < 2:
        meshes.append(slab(0, 0.02, 0, wide - 0.04, deep - 0.06, foot, darker(paint, 0.7)))
    else:
        meshes.append(slab(0, 0.005, 0, wide, deep - 0.01, foot, paint))
        for z in (0.05, 0.275):
            meshes += [
                box((-wide / 2 + 0.004, -deep / 2 - B, z), (wide / 2 - 0.004, -deep / 2, z + 0.218), darker(paint, 1.03)),
                *(slab(side * wide / 4, -deep / 2 - B - 0.012, z + 0.11, 0.14, 0.024, 0.014, CHROME) for side in (-1, 1)),
            ]  # fmt: skip
    noun = ("wardrobe", "wardrobe with a mirror", "wardrobe with drawers")[variant]
    return made("wardrobe", variant, f"{timber} {noun}", meshes, doors, inside)


def _with(part: Part, mesh: Mesh) -> Part:
    """The part with a mesh more."""
    return Part(mesh=joined([part.mesh, mesh]), joint=part.joint, solid=part.solid)


def bookshelf(rng: np.random.Generator) -> Model:
    """Tall, wide and low, or narrow: rows of books, and room left on some boards."""
    variant, timber = int(rng.integers(3)), chosen(rng, ("oak", "walnut", "white", "pine", "black"))
    paint, deep = wood(timber), 0.3
    wide, high, boards = ((0.85, 1.85, 5), (1.4, 0.95, 2), (0.5, 1.75, 5))[variant]
    meshes = carcass(
        (-wide / 2, -deep / 2, 0), (wide / 2, deep / 2, high), paint, darker(paint, 0.8), board=0.022
    )
    step, supports = (high - 0.022) / boards, []
    for level in range(boards):
        z = level * step + 0.022
        if level:
            meshes.append(
                box((-wide / 2 + 0.022, -deep / 2, z - 0.022), (wide / 2 - 0.022, deep / 2 - 0.018, z), paint)
            )
        left, right, front = -wide / 2 + 0.024, wide / 2 - 0.024, -deep / 2 + 0.03
        share = 0.55 if wide > 0.6 else 0.5
        free = level == 1 or (level == boards - 1 and boards > 2)
        end = left + (right - left) * (share if free else 1.0)
        meshes += _books(rng, left, end - 0.005, front, deep / 2 - 0.02, z, step - 0.05)
        if free:
            supports.append(shelf((end, -deep / 2, z), (right, deep / 2 - 0.018, z + step - 0.022)))
    supports.append(Support(low=(-wide / 2, -deep / 2), high=(wide / 2, deep / 2), z=high, clear_m=0.5))
    noun = ("bookshelf", "low bookshelf", "narrow bookshelf")[variant]
    return made("bookshelf", variant, f"{timber} {noun}", meshes, supports=supports)


def _books(
    rng: np.random.Generator, left: float, right: float, front: float, back: float, z: float, room: float
) -> list[Mesh]:
    """Blocks of books of differing heights side by side; the front shows their backs."""
    count = max(1, round((right - left) / 0.3))
    cuts = np.linspace(left, right, count + 1)
    page = Paint((214, 204, 186))
    found = []
    for a, b in pairwise(cuts.tolist()):
        tall = min(room - 0.01, between(rng, 0.2, 0.29))
        spines = Paint((255, 255, 255), f"books:{int(rng.integers(4))}")
        found.append(panel((a, front + between(rng, 0, 0.03), z), (b, back - 0.03, z + tall), page, spines))
    return found

"""Kitchens: counters and sinks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from streammem.envs.apartment.mesh import Mesh, joined
from streammem.envs.apartment.model import Joint, Model, Part, Support
from streammem.envs.apartment.models.storage import pair_of_doors
from streammem.envs.apartment.models.workshop import (
    carcass,
    door_part,
    handle,
    made,
    shelf,
    slab,
)
from streammem.envs.apartment.palette import CHROME, DARK, STEEL, WHITE, an, chosen, darker
from streammem.envs.apartment.solids import Colour, Paint, Point, box, boxes
from streammem.envs.apartment.turned import cylinder, rod, tube

__all__ = ["counter", "disc", "kitchen_sink", "tap"]

DEEP, HIGH, PLINTH, TOP = 0.58, 0.9, 0.1, 0.04  # of kitchen furniture, as it is standardised
FRONTS: dict[str, Colour] = {
    "white": (238, 237, 232),
    "grey": (150, 154, 158),
    "green": (126, 152, 128),
    "blue": (84, 108, 140),
    "oak": (206, 160, 104),
}
TOPS = (Paint((168, 122, 78), "wood", 1.0), Paint((226, 224, 220), "marble", 0.8), Paint((70, 70, 74)))


def _style(rng: np.random.Generator) -> tuple[str, Paint, Paint]:
    """The word for a kitchen's fronts, their paint, and that of the worktop."""
    name = chosen(rng, tuple(FRONTS))
    front = Paint(FRONTS[name], "wood" if name == "oak" else "plain", 1.0)
    return name, front, TOPS[int(rng.integers(len(TOPS)))]


def _base(wide: float, front: Paint, *, lid: bool = True) -> list[Mesh]:
    """The carcass on its plinth."""
    shell = Paint((226, 226, 222))
    return [
        slab(0, 0.03, 0, wide, DEEP - 0.06, PLINTH, DARK),
        *carcass(
            (-wide / 2, -DEEP / 2, PLINTH),
            (wide / 2, DEEP / 2, HIGH - TOP),
            darker(front, 0.96),
            shell,
            lid=lid,
        ),
    ]


def counter(rng: np.random.Generator) -> Model:
    """A worktop over two doors, over a door beside drawers, or over three deep drawers and a door."""
    variant = int(rng.integers(2))
    name, front, top = _style(rng)
    wide = (0.8, 1.2)[variant]
    y, inner_top = -DEEP / 2, HIGH - TOP - 0.018
    meshes = _base(wide, front)
    meshes.append(box((-wide / 2, y - 0.04, HIGH - TOP), (wide / 2, DEEP / 2, HIGH), top))
    worktop = Support(low=(-wide / 2, y - 0.02), high=(wide / 2, DEEP / 2), z=HIGH, clear_m=0.5)
    if variant == 0:
        doors = pair_of_doors((-wide / 2, y, PLINTH), (wide / 2, DEEP / 2, HIGH - TOP), front)
        middle = box((-0.009, y + 0.03, PLINTH + 0.018), (0.009, DEEP / 2 - 0.018, inner_top), WHITE)
        left = shelf(
            (-wide / 2 + 0.018, y + 0.02, PLINTH + 0.018), (-0.009, DEEP / 2 - 0.018, inner_top), door=1
        )
        right = shelf(
            (0.009, y + 0.02, PLINTH + 0.018), (wide / 2 - 0.018, DEEP / 2 - 0.018, inner_top), door=2
        )
        return made("counter", 0, f"{name} kitchen counter", [*meshes, middle], doors, (worktop, left, right))
    split = -wide / 2 + 0.6
    meshes.append(
        box((split - 0.009, y, PLINTH + 0.018), (split + 0.009, DEEP / 2 - 0.018, inner_top), WHITE)
    )
    grip = handle(split - 0.05, y - 0.018, 0.6, 0.8)
    leaf = door_part(
        (-wide / 2 + 0.003, y - 0.018, PLINTH + 0.003),
        (split - 0.002, y - 0.001, HIGH - TOP - 0.003),
        front,
        right=False,
        more=grip,
    )
    cavity = shelf(
        (-wide / 2 + 0.018, y + 0.02, PLINTH + 0.018), (split - 0.009, DEEP / 2 - 0.018, inner_top), door=1
    )
    moving, levels = [leaf], (PLINTH, 0.36, 0.62, HIGH - TOP)
    for low, high in pairwise(levels):
        moving.append(_drawer(split + 0.002, wide / 2 - 0.003, y, low + 0.003, high - 0.003, front))
    return made("counter", 1, f"{name} kitchen counter with drawers", meshes, moving, (worktop, cavity))


def _drawer(left: float, right: float, y: float, low: float, high: float, front: Paint) -> Part:
    """A deep drawer that slides out."""
    middle, wide = (left + right) / 2, right - left - 0.07
    meshes = [
        box((left, y - 0.018, low), (right, y - 0.001, high), front),
        rod(
            (middle - 0.12, y - 0.045, high - 0.05),
            (middle + 0.12, y - 0.045, high - 0.05),
            0.006,
            STEEL,
            sides=6,
        ),
        *(slab(middle + dx, y - 0.032, high - 0.056, 0.012, 0.028, 0.012, STEEL) for dx in (-0.1, 0.1)),
        slab(middle, y + 0.24, low + 0.02, wide, 0.48, 0.01, WHITE),
        slab(middle, y + 0.475, low + 0.03, wide, 0.01, (high - low) * 0.6, WHITE),
    ]
    return Part(mesh=joined(meshes), joint=Joint(kind="slide", origin=(0, 0, 0), axis=(0, -1, 0), high=0.4))


def tray(low: Point, high: Point, wall: float, paint: Paint) -> list[Mesh]:
    """A box that is open above."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    corners = [
        ((x0, y0, z0), (x1, y1, z0 + wall)),
        ((x0, y0, z0 + wall), (x0 + wall, y1, z1)),
        ((x1 - wall, y0, z0 + wall), (x1, y1, z1)),
        ((x0 + wall, y0, z0 + wall), (x1 - wall, y0 + wall, z1)),
        ((x0 + wall, y1 - wall, z0 + wall), (x1 - wall, y1, z1)),
    ]
    return [boxes(corners, paint)]


def tap(x: float, y: float, z: float, high: float, reach: float, paint: Paint = CHROME) -> list[Mesh]:
    """A mixer that stands at a place and lets water out `reach` metres in front of it."""
    path = [(x, y, z), (x, y, z + 0.7 * high), (x, y - 0.15 * reach, z + 0.93 * high), (x, y - 0.5 * reach, z + high),
            (x, y - 0.87 * reach, z + 0.92 * high), (x, y - reach, z + 0.72 * high)]  # fmt: skip
    return [
        cylinder((x, y, z), 0.05, 0.024, paint, sides=8),
        tube(path, 0.012, paint, sides=5),
        rod((x + 0.015, y, z + 0.05), (x + 0.07, y, z + 0.085), 0.007, paint, sides=5),
    ]


def disc(x: float, y: float, z: float, radius: float, paint: Paint, *, sides: int) -> Mesh:
    """A round plate, two millimetres high in its middle."""
    return cylinder((x, y, z), 0.002, radius, paint, top_radius=0.0, sides=sides)


def kitchen_sink(rng: np.random.Generator) -> Model:
    """A worktop with a basin let in, of steel with a draining board or of white ceramic; two doors below."""
    variant = int(rng.integers(2))
    name, front, top = _style(rng)
    wide, y0, y1 = (1.0, 0.8)[variant], -DEEP / 2, DEEP / 2
    basin = (STEEL, WHITE)[variant]
    left, right = ((-0.42, 0.02), (-0.3, 0.3))[variant]
    front_y, back_y, floor = -0.2, 0.17, HIGH - 0.19
    meshes = _base(wide, front, lid=False)  # the basin hangs into it
    low = HIGH - TOP
    meshes += [
        boxes(
            [
                ((-wide / 2, y0 - 0.04, low), (left, y1, HIGH)),
                ((right, y0 - 0.04, low), (wide / 2, y1, HIGH)),
                ((left, y0 - 0.04, low), (right, front_y, HIGH)),
                ((left, back_y, low), (right, y1, HIGH)),
            ],
            top,
        ),
        *tray((left, front_y, floor), (right, back_y, HIGH + 0.006), 0.014, basin),
        disc((left + right) / 2, (front_y + back_y) / 2, floor + 0.014, 0.035, darker(CHROME, 0.5), sides=8),
        *tap((left + right) / 2, 0.22, HIGH, 0.3, 0.2),
    ]
    if variant == 0:
        ribs = [0.075 + i * 0.06 for i in range(7)]
        meshes.append(boxes([((x, -0.185, HIGH), (x + 0.02, 0.155, HIGH + 0.004)) for x in ribs], STEEL))
        meshes.append(slab(0.26, -0.015, HIGH, 0.44, 0.37, 0.002, darker(STEEL, 0.9)))
    doors = pair_of_doors((-wide / 2, y0, PLINTH), (wide / 2, y1, low), front)
    inside = shelf((-wide / 2 + 0.018, y0 + 0.02, PLINTH + 0.018), (-0.01, y1 - 0.018, floor), door=1)
    other = shelf((0.01, y0 + 0.02, PLINTH + 0.018), (wide / 2 - 0.018, y1 - 0.018, floor), door=2)
    dry = Support(
        low=(right + 0.02, front_y), high=(wide / 2, y1), z=HIGH + (0.004 if variant == 0 else 0), clear_m=0.5
    )
    noun = ("steel sink", "ceramic sink")[variant]
    return made(
        "kitchen sink", variant, f"{noun} in {an(name)} kitchen counter", meshes, doors, (dry, inside, other)
    )

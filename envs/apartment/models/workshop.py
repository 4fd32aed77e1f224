"""Putting solids together: bodies, doors on hinges, hollow carcasses, handles, legs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from streammem.envs.apartment.mesh import Mesh, joined
from streammem.envs.apartment.model import Joint, Model, Mount, Part, Support
from streammem.envs.apartment.palette import STEEL
from streammem.envs.apartment.solids import Paint, Point, bent, box, boxes
from streammem.envs.apartment.turned import rod

__all__ = ["between", "carcass", "door_part", "handle", "hinged", "legs", "made", "mirrored", "shelf", "slab"]

BOARD_M = 0.018


def made(
    category: str,
    variant: int,
    name: str,
    body: Sequence[Mesh],
    moving: Sequence[Part] = (),
    supports: Sequence[Support] = (),
    mount: Mount = "floor",
    *,
    solid: bool = True,
    centred: bool = True,
) -> Model:
    """A model out of its meshes, shifted so that its box at rest is where `Model` wants it.

    With `centred` false it stays as it was drawn.
    """
    parts = [Part(mesh=joined(list(body)), solid=solid), *moving]
    low = np.min([part.mesh.vertices.min(0) for part in parts], axis=0)
    high = np.max([part.mesh.vertices.max(0) for part in parts], axis=0)
    shift = np.array([-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2]], np.float32)
    if mount == "wall":
        shift[1] = -high[1]
    if mount == "ceiling":
        shift[2] = -high[2]
    if not centred:
        shift[:] = 0
    for part in parts:
        np.add(part.mesh.vertices, shift, out=part.mesh.vertices)
    x, y, z = (float(v) for v in shift)
    return Model(
        category=category,
        variant=variant,
        name=name,
        size=(float(high[0] - low[0]), float(high[1] - low[1]), float(high[2] - low[2])),
        parts=tuple(_shifted_part(part, (x, y, z)) for part in parts),
        supports=tuple(_shifted_support(support, (x, y, z)) for support in supports),
        mount=mount,
    )


def _shifted_part(part: Part, by: Point) -> Part:
    if part.joint is None:
        return part
    origin = part.joint.origin
    moved = (origin[0] + by[0], origin[1] + by[1], origin[2] + by[2])
    joint = Joint(
        kind=part.joint.kind, origin=moved, axis=part.joint.axis, low=part.joint.low, high=part.joint.high
    )
    return Part(mesh=part.mesh, joint=joint, solid=part.solid)


def _shifted_support(support: Support, by: Point) -> Support:
    return Support(
        low=(support.low[0] + by[0], support.low[1] + by[1]),
        high=(support.high[0] + by[0], support.high[1] + by[1]),
        z=support.z + by[2],
        clear_m=support.clear_m,
        relation=support.relation,
        door=support.door,
    )


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A length between two, to the millimetre."""
    return round(float(rng.uniform(low, high)), 3)


def hinged(
    meshes: Sequence[Mesh], origin: Point, axis: Point, *, low: float = 0.0, high: float = 1.9
) -> Part:
    """A part that turns about an axis."""
    return Part(
        mesh=joined(list(meshes)), joint=Joint(kind="hinge", origin=origin, axis=axis, low=low, high=high)
    )


def slab(x: float, y: float, z: float, wide: float, deep: float, high: float, paint: Paint) -> Mesh:
    """A box by the middle of its foot and its size."""
    return box((x - wide / 2, y - deep / 2, z), (x + wide / 2, y + deep / 2, z + high), paint)


def mirrored() -> Iterator[tuple[int, int]]:
    """The signs of x and y of four corners."""
    return ((sx, sy) for sx in (-1, 1) for sy in (-1, 1))


def legs(
    wide: float,
    deep: float,
    high: float,
    thick: float,
    paint: Paint,
    *,
    foot: float = 0.6,
    splay: float = 0.0,
) -> list[Mesh]:
    """Four legs under a rectangle that taper to `foot` of their thickness and stand `splay` metres wider below."""
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    corner, out = square * ((wide - thick) / 2, (deep - thick) / 2), square * splay
    low, high_ends = np.zeros((4, 4, 3)), np.full((4, 4, 3), high)
    low[..., :2] = (corner + out)[:, None] + square * (thick * foot / 2)
    high_ends[..., :2] = corner[:, None] + square * (thick / 2)
    return [bent(low, high_ends, paint)]


def carcass(
    low: Point, high: Point, paint: Paint, inner: Paint, *, board: float = BOARD_M, lid: bool = True
) -> list[Mesh]:
    """A box that is open in front (-y): two sides, bottom, top (unless there is no lid), back."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    b = board
    return [
        boxes(
            [
                ((x0, y0, z0), (x0 + b, y1, z1)),
                ((x1 - b, y0, z0), (x1, y1, z1)),
                ((x0 + b, y0, z0), (x1 - b, y1, z0 + b)),
                *([((x0 + b, y0, z1 - b), (x1 - b, y1, z1))] if lid else []),
            ],
            paint,
        ),
        box((x0 + b, y1 - b, z0 + b), (x1 - b, y1, z1 - b), inner),
    ]


def shelf(low: Point, high: Point, *, door: int | None = None, margin: float = 0.01) -> Support:
    """The free space of a compartment (its inner corners) as a place where things can stand."""
    return Support(
        low=(low[0] + margin, low[1] + margin),
        high=(high[0] - margin, high[1] - margin),
        z=low[2],
        clear_m=high[2] - low[2] - 0.01,
        relation="in" if door is not None else "on",
        door=door,
    )


def handle(x: float, y: float, low_z: float, high_z: float, paint: Paint = STEEL) -> list[Mesh]:
    """An upright bar handle in front of y."""
    thick = 0.006
    return [
        rod((x, y - 0.028, low_z), (x, y - 0.028, high_z), thick, paint, sides=5),
        boxes(
            [
                ((x - thick, y - 0.028, z - thick), (x + thick, y, z + thick))
                for z in (low_z + 0.02, high_z - 0.02)
            ],
            paint,
        ),
    ]


def door_part(
    low: Point, high: Point, paint: Paint, *, right: bool, more: Sequence[Mesh] = (), opens: float = 1.9
) -> Part:
    """A leaf between two corners with its hinge on the left (seen from the front) or the right side."""
    x = high[0] if right else low[0]
    axis = (0.0, 0.0, 1.0 if right else -1.0)
    return hinged([box(low, high, paint), *more], (x, low[1], low[2]), axis, high=opens)

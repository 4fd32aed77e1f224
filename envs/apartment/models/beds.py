"""Beds, and what stands beside them."""

from __future__ import annotations

import numpy as np

from streammem.envs.apartment.mesh import Mesh, joined
from streammem.envs.apartment.model import Joint, Model, Part, Support
from streammem.envs.apartment.models.workshop import between, carcass, door_part, legs, made, shelf, slab
from streammem.envs.apartment.palette import STEEL, WHITE, chosen, cloth, darker, wood
from streammem.envs.apartment.soft import pillow, rounded
from streammem.envs.apartment.solids import Paint, box
from streammem.envs.apartment.turned import ball

__all__ = ["bed", "nightstand"]

LINEN = Paint((240, 238, 232), "fabric", 0.4)
SPREADS = ("blue", "grey", "green", "red", "yellow", "purple", "orange", "white")


def bed(rng: np.random.Generator) -> Model:
    """A double bed with a wooden or a padded headboard, or a single bed with a foot."""
    variant, colour, timber = (
        int(rng.integers(3)),
        chosen(rng, SPREADS),
        chosen(rng, ("oak", "walnut", "white", "pine")),
    )
    spread, frame = cloth(colour), wood(timber)
    wide = (between(rng, 1.5, 1.7), between(rng, 1.5, 1.7), between(rng, 0.92, 1.02))[variant]
    head = 1.02  # half of the length, where the headboard starts
    mattress, pillows = 0.5, 2 if variant < 2 else 1
    meshes = [
        *legs(wide - 0.04, 1.96, 0.16, 0.06, darker(frame, 0.8)),
        box((-wide / 2, -head, 0.14), (wide / 2, head, 0.32), frame),
        rounded((-wide / 2 + 0.03, -head + 0.03, 0.3), (wide / 2 - 0.03, head - 0.02, mattress), (0.05, 0.05, 0.06), LINEN),
        _blanket(wide, head, mattress, spread),
    ]  # fmt: skip
    meshes.append(
        rounded(
            (-wide / 2 + 0.005, 0.2, mattress - 0.01),
            (wide / 2 - 0.005, 0.44, mattress + 0.055),
            (0.03, 0.03, 0.03),
            LINEN,
        )
    )
    share = (wide - 0.1) / pillows
    for i in range(pillows):
        x = -wide / 2 + 0.05 + (i + 0.5) * share
        tall = pillow((-share / 2 + 0.03, -0.22, -0.075), (share / 2 - 0.03, 0.22, 0.075), LINEN)
        c, s = np.cos(0.35), np.sin(0.35)
        meshes.append(
            tall.moved(np.array([[1, 0, 0, x], [0, c, -s, 0.73], [0, s, c, mattress + 0.1], [0, 0, 0, 1.0]]))
        )
    meshes += _headboard(variant, wide, head, frame, spread)
    top = Support(low=(-wide / 2 + 0.12, -0.9), high=(wide / 2 - 0.12, 0.1), z=mattress + 0.03, clear_m=0.8)
    noun = ("bed", "bed with a padded headboard", "single bed")[variant]
    return made(
        "bed",
        variant,
        f"{colour} {noun}" if variant != 1 else f"{noun.replace('bed', f'{colour} bed', 1)}",
        meshes,
        supports=(top,),
    )


def _blanket(wide: float, head: float, top: float, spread: Paint) -> Mesh:
    """It hangs over both sides and the foot."""
    return rounded(
        (-wide / 2 - 0.015, -head - 0.015, 0.24),
        (wide / 2 + 0.015, 0.36, top + 0.03),
        (0.06, 0.06, 0.05),
        spread,
    )


def _headboard(variant: int, wide: float, head: float, frame: Paint, spread: Paint) -> list[Mesh]:
    if variant == 0:
        return [
            *(slab(side * (wide / 2 - 0.04), head + 0.03, 0, 0.07, 0.06, 1.0, frame) for side in (-1, 1)),
            *(slab(0, head + 0.03, z, wide - 0.14, 0.03, 0.16, frame) for z in (0.42, 0.61, 0.8)),
        ]
    if variant == 1:
        half = wide / 2 + 0.04
        pads = [(-half, -half / 3), (-half / 3, half / 3), (half / 3, half)]
        return [
            rounded((a, head, 0.1), (b, head + 0.1, 1.08), (0.03, 0.03, 0.05), darker(spread, 0.85))
            for a, b in pads
        ]
    posts = [
        slab(side * (wide / 2 - 0.02), y, 0, 0.06, 0.06, z, frame)
        for side in (-1, 1)
        for y, z in ((head + 0.02, 0.95), (-head - 0.05, 0.6))
    ]
    knobs = [
        ball((side * (wide / 2 - 0.02), y, z + 0.03), (0.04, 0.04, 0.04), frame, sides=8, rings=5)
        for side in (-1, 1)
        for y, z in ((head + 0.02, 0.95), (-head - 0.05, 0.6))
    ]
    boards = [
        slab(0, head + 0.02, 0.35, wide - 0.1, 0.025, 0.5, frame),
        slab(0, -head - 0.05, 0.2, wide - 0.1, 0.025, 0.32, frame),
    ]
    return posts + knobs + boards


def nightstand(rng: np.random.Generator) -> Model:
    """With a drawer over a door, with one door on tall legs, or painted with an open niche over a door."""
    variant, timber = int(rng.integers(3)), chosen(rng, ("oak", "walnut", "white", "pine", "black"))
    paint = wood(timber)
    wide, deep, high, foot = between(rng, 0.42, 0.5), 0.4, 0.56, (0.1, 0.2, 0.04)[variant]
    inner, b, y = darker(paint, 0.75), 0.018, -0.2
    split = (high - 0.16, high - b, high - 0.17)[variant]  # above: a drawer, nothing, a niche
    meshes = carcass((-wide / 2, y, foot), (wide / 2, 0.2, high), paint, inner)
    meshes += legs(wide - 0.04, deep - 0.04, foot, 0.035, paint)
    if variant != 1:
        meshes.append(box((-wide / 2 + b, y, split - b), (wide / 2 - b, 0.2 - b, split), paint))
    low, high_z = (-wide / 2 + b, y, foot + b), (split - b if variant != 1 else high - b)
    knob = ball(
        (wide / 2 - 0.06, y - 0.035, (foot + high_z) / 2), (0.014, 0.014, 0.014), STEEL, sides=8, rings=4
    )
    leaf = door_part(
        (-wide / 2 + 0.004, y - 0.018, foot + 0.004),
        (wide / 2 - 0.004, y - 0.001, high_z + b - 0.004),
        paint,
        right=False,
        more=[knob],
    )
    cavity = shelf(low, (wide / 2 - b, 0.2 - b, high_z), door=1)
    supports = [Support(low=(-wide / 2, y), high=(wide / 2, 0.2), z=high, clear_m=0.8), cavity]
    moving = [leaf]
    if variant == 0:
        front = [
            box(
                (-wide / 2 + 0.004, y - 0.018, split + 0.004 - b),
                (wide / 2 - 0.004, y - 0.001, high - 0.004),
                paint,
            ),
            ball((0, y - 0.035, (split + high) / 2 - 0.01), (0.014, 0.014, 0.014), STEEL, sides=8, rings=4),
            slab(0, 0, split + 0.004, wide - 0.06, deep - 0.06, 0.008, WHITE),
        ]
        moving.append(
            Part(mesh=joined(front), joint=Joint(kind="slide", origin=(0, 0, 0), axis=(0, -1, 0), high=0.25))
        )
    if variant == 2:
        supports.append(shelf((-wide / 2 + b, y, split), (wide / 2 - b, 0.2 - b, high - b)))
    noun = ("nightstand", "nightstand on legs", "nightstand with a niche")[variant]
    return made("nightstand", variant, f"{timber} {noun}", meshes, moving, supports)

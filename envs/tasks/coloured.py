"""Plain things in colours that nobody confuses: cues, goals, targets."""

from __future__ import annotations

import numpy as np

from streammem.envs.apartment.mesh import GLOW, Mesh, joined
from streammem.envs.apartment.model import Model, Part
from streammem.envs.apartment.solids import box
from streammem.errors import ObservationError

__all__ = ["COLOURS", "cube", "pillar"]

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (220, 40, 35),
    "green": (45, 170, 60),
    "blue": (45, 85, 220),
    "yellow": (240, 205, 40),
    "purple": (150, 60, 190),
    "white": (245, 245, 245),
}
SIDES = 16  # of a pillar


def cube(colour: str, side_m: float = 0.35) -> Model:
    """A cube that stands on the floor; one walks through it.

    Raises:
        ObservationError: if there is no such colour.
    """
    half = side_m / 2
    mesh = box((-half, -half, 0), (half, half, side_m), _rgb(colour), glow=GLOW // 3)
    return Model(
        category="box", variant=0, name=f"{colour} cube", size=(side_m, side_m, side_m),
        parts=(Part(mesh=mesh, solid=False),),
    )  # fmt: skip


def pillar(colour: str, height_m: float = 1.2, radius_m: float = 0.2) -> Model:
    """A round pillar that is seen from afar; one walks through it.

    Raises:
        ObservationError: if there is no such colour.
    """
    rgb = _rgb(colour)
    mesh = joined(
        [_tube(rgb, radius_m, 0.12, height_m - 0.05), _tube(_darker(rgb), radius_m + 0.05, 0.0, 0.12)]
    )
    return Model(
        category="box", variant=1, name=f"{colour} pillar", size=(2 * radius_m, 2 * radius_m, height_m),
        parts=(Part(mesh=mesh, solid=False),),
    )  # fmt: skip


def _rgb(colour: str) -> tuple[int, int, int]:
    if colour not in COLOURS:
        raise ObservationError(f"there is no colour {colour!r}: choose of {', '.join(COLOURS)}")
    return COLOURS[colour]


def _darker(rgb: tuple[int, int, int]) -> tuple[int, int, int]:
    return (rgb[0] * 2 // 3, rgb[1] * 2 // 3, rgb[2] * 2 // 3)


def _tube(rgb: tuple[int, int, int], radius_m: float, low_m: float, high_m: float) -> Mesh:
    """An upright cylinder with a lid."""
    angles = np.linspace(0, 2 * np.pi, SIDES, endpoint=False)
    level = np.stack([np.cos(angles), np.sin(angles)], 1)
    ring = np.column_stack([level * radius_m, np.full(SIDES, low_m)])
    top = np.column_stack([level * radius_m, np.full(SIDES, high_m)])
    outward = np.column_stack([level, np.zeros(SIDES)])
    up = np.tile([0.0, 0.0, 1.0], (SIDES, 1))
    here = np.arange(SIDES)
    then = (here + 1) % SIDES
    wall = np.concatenate([
        np.stack([here, then, SIDES + then], 1), np.stack([here, SIDES + then, SIDES + here], 1)
    ])  # fmt: skip
    fan = 2 * SIDES + np.stack([np.zeros(SIDES - 2, int), here[1:-1], here[2:]], 1)
    count = 3 * SIDES
    return Mesh(
        np.concatenate([ring, top, top]).astype(np.float32),
        np.concatenate([outward, outward, up]).astype(np.float32),
        np.tile(np.array([*rgb, GLOW // 3], np.uint8), (count, 1)),
        np.zeros((count, 2), np.float32),
        np.zeros(count, np.uint8),
        np.concatenate([wall, fan]).astype(np.int32),
    )

"""Lamps: on the floor, on tables, from ceilings."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model
from streammem.envs.apartment.models.workshop import made
from streammem.envs.apartment.palette import BRASS, DARK, STEEL, WHITE, chosen, plain, wood
from streammem.envs.apartment.solids import Colour, Paint
from streammem.envs.apartment.turned import ball, cylinder, lathe, rod, tube

__all__ = ["ceiling_lamp", "lamp", "table_lamp"]

SHADES: dict[str, Colour] = {
    "white": (255, 244, 222),
    "yellow": (255, 214, 120),
    "orange": (255, 176, 100),
    "green": (196, 226, 160),
    "blue": (176, 206, 240),
    "red": (240, 128, 108),
}


def _shade(low: float, high: float, wide: float, narrow: float, paint: Paint, *, sides: int = 14) -> Mesh:
    """A lampshade, open above and below, that shines."""
    thin = 0.004
    profile = ((wide - thin, low), (wide, low), (narrow, high), (narrow - thin, high), (wide - thin, low))
    return lathe(profile, paint, sides=sides)


def lamp(rng: np.random.Generator) -> Model:
    """A floor lamp: on a pole, on three legs, or an arc over its foot."""
    variant, word = int(rng.integers(3)), chosen(rng, tuple(SHADES))
    shade = Paint(SHADES[word], glow=235)
    bulb = ball((0, 0, 0), (0.035, 0.035, 0.045), Paint((255, 250, 230), glow=255), sides=8, rings=4)
    if variant == 0:
        metal = (DARK, BRASS, STEEL)[int(rng.integers(3))]
        meshes = [
            cylinder((0, 0, 0), 0.025, 0.15, metal, sides=16),
            cylinder((0, 0, 0.025), 1.37, 0.012, metal, sides=6),
        ]
        meshes += [_shade(1.3, 1.58, 0.2, 0.13, shade, sides=16), _put(bulb, 0, 0, 1.42)]
        return made("lamp", 0, f"floor lamp with a {word} shade", meshes)
    if variant == 1:
        timber = wood(chosen(rng, ("oak", "walnut", "white")))
        meshes = [
            rod(
                (0.25 * math.cos(a), 0.25 * math.sin(a), 0.01),
                (0, 0, 1.15),
                0.014,
                timber,
                end_radius=0.018,
                sides=6,
            )
            for a in (0.5, 0.5 + 2 * math.pi / 3, 0.5 + 4 * math.pi / 3)
        ]
        meshes += [
            cylinder((0, 0, 1.1), 0.1, 0.03, DARK, sides=8),
            _shade(1.18, 1.45, 0.23, 0.21, shade, sides=16),
            _put(bulb, 0, 0, 1.3),
        ]
        return made("lamp", 1, f"tripod lamp with a {word} shade", meshes)
    arc = [
        (-0.35, 0, 0.03),
        (-0.36, 0, 0.9),
        (-0.28, 0, 1.4),
        (-0.08, 0, 1.72),
        (0.15, 0, 1.8),
        (0.33, 0, 1.7),
        (0.38, 0, 1.55),
    ]
    dome = lathe(
        ((0.176, 1.36), (0.18, 1.36), (0.165, 1.45), (0.11, 1.53), (0.0, 1.56), (0.0, 1.55), (0.105, 1.522), (0.16, 1.446), (0.176, 1.36)),
        shade, at=(0.38, 0), sides=14,
    )  # fmt: skip
    meshes = [
        cylinder((-0.35, 0, 0), 0.04, 0.17, DARK, sides=16),
        tube(arc, 0.013, STEEL, sides=6),
        dome,
        _put(bulb, 0.38, 0, 1.45),
    ]
    return made("lamp", 2, f"arc lamp with a {word} shade", meshes)


def _put(mesh: Mesh, x: float, y: float, z: float) -> Mesh:
    motion = np.eye(4)
    motion[:3, 3] = (x, y, z)
    return mesh.moved(motion)


def table_lamp(rng: np.random.Generator) -> Model:
    """With a belly of ceramic, on a slender foot, or a desk lamp with an arm."""
    variant, word = int(rng.integers(3)), chosen(rng, tuple(SHADES))
    shade = Paint(SHADES[word], glow=235)
    if variant == 0:
        colour = chosen(rng, ("white", "blue", "green", "grey", "red", "black"))
        belly = (
            (0.0, 0.0),
            (0.055, 0.0),
            (0.085, 0.06),
            (0.085, 0.11),
            (0.05, 0.17),
            (0.02, 0.2),
            (0.015, 0.26),
            (0.0, 0.26),
        )
        meshes = [lathe(belly, plain(colour), sides=12), _shade(0.22, 0.4, 0.14, 0.09, shade)]
        return made("table lamp", 0, f"{colour} table lamp with a {word} shade", meshes, mount="surface")
    if variant == 1:
        meshes = [
            cylinder((0, 0, 0), 0.016, 0.07, BRASS, sides=12),
            cylinder((0, 0, 0.016), 0.28, 0.008, BRASS, sides=6),
        ]
        meshes.append(_shade(0.24, 0.42, 0.12, 0.11, shade))
        return made("table lamp", 1, f"brass table lamp with a {word} shade", meshes, mount="surface")
    colour = chosen(rng, ("red", "blue", "green", "black", "white", "yellow"))
    paint = plain(colour)
    head = lathe(
        ((0.0, 0.0), (0.03, 0.0), (0.045, -0.03), (0.085, -0.1), (0.08, -0.1), (0.0, -0.045))[::-1],
        paint,
        sides=12,
    )
    c, s = math.cos(0.5), math.sin(0.5)
    motion = np.array([[1, 0, 0, 0], [0, c, -s, -0.13], [0, s, c, 0.42], [0, 0, 0, 1.0]])
    glow = ball((0, 0, -0.075), (0.035, 0.035, 0.03), Paint((255, 244, 210), glow=255), sides=8, rings=4)
    meshes = [
        cylinder((0, 0.03, 0), 0.02, 0.085, paint, sides=14),
        rod((0, 0.03, 0.02), (0, 0.11, 0.25), 0.008, STEEL, sides=6),
        rod((0, 0.11, 0.25), (0, -0.12, 0.41), 0.008, STEEL, sides=6),
        ball((0, 0.11, 0.25), (0.014, 0.014, 0.014), paint, sides=6, rings=4),
        head.moved(motion),
        glow.moved(motion),
    ]
    return made("table lamp", 2, f"{colour} desk lamp", meshes, mount="surface")


def ceiling_lamp(rng: np.random.Generator) -> Model:
    """A shade on a cord, a globe on a cord, or a flat bowl under the ceiling."""
    variant, word = int(rng.integers(3)), chosen(rng, tuple(SHADES))
    shade = Paint(SHADES[word], glow=240)
    rose = cylinder((0, 0, -0.03), 0.03, 0.05, WHITE, sides=10)
    if variant == 0:
        cord = cylinder((0, 0, -0.36), 0.34, 0.004, DARK, sides=5)
        meshes = [rose, cord, _shade(-0.56, -0.34, 0.22, 0.09, shade, sides=16)]
        meshes.append(
            ball((0, 0, -0.46), (0.045, 0.045, 0.06), Paint((255, 250, 230), glow=255), sides=8, rings=4)
        )
        return made("ceiling lamp", 0, f"{word} pendant lamp", meshes, mount="ceiling")
    if variant == 1:
        cord = cylinder((0, 0, -0.36), 0.34, 0.004, DARK, sides=5)
        meshes = [rose, cord, ball((0, 0, -0.5), (0.16, 0.16, 0.15), shade, sides=14, rings=8)]
        return made("ceiling lamp", 1, f"{word} globe lamp", meshes, mount="ceiling")
    bowl = ((0.0, -0.11), (0.12, -0.095), (0.2, -0.05), (0.22, -0.02), (0.0, -0.02))
    meshes = [lathe(bowl, shade, sides=18), cylinder((0, 0, -0.02), 0.02, 0.17, STEEL, sides=14)]
    return made("ceiling lamp", 2, f"{word} ceiling lamp", meshes, mount="ceiling")

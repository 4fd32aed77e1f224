"""Lamps: on the floor, on tables, from ceilings."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model
from streammem.envs.apartment.models.workshop import made
from streammem.envs.apartment.palette import BRASS, DARK, STEEL, WHITE, an, chosen, plain, wood
from streammem.envs.apartment.solids import Colour, Paint, box
from streammem.envs.apartment.turned import ball, cylinder, lathe, rod, tube

__all__ = ["ceiling_lamp", "lamp", "table_lamp"]

GLOWING = 205  # the rest is light from outside, which gives a shade its shape
SHADES: dict[str, Colour] = {
    "white": (255, 244, 222),
    "yellow": (255, 214, 120),
    "orange": (255, 176, 100),
    "green": (196, 226, 160),
    "blue": (176, 206, 240),
    "red": (240, 128, 108),
}


def _shade(low: float, high: float, wide: float, narrow: float, paint: Paint, *, sides: int = 12) -> Mesh:
    """A lampshade, open above and below, that shines."""
    thin = 0.004
    profile = ((wide - thin, low), (wide, low), (narrow, high), (narrow - thin, high), (wide - thin, low))
    return _fading(lathe(profile, paint, sides=sides))


def _fading(mesh: Mesh) -> Mesh:
    """The mesh, brightest below and a quarter darker above, as a shade with a bulb in it looks."""
    z = mesh.vertices[:, 2]
    share = (z - z.min()) / np.ptp(z)
    mesh.colours[:, :3] = mesh.colours[:, :3] * (1 - 0.27 * share)[:, None]
    return mesh


def lamp(rng: np.random.Generator) -> Model:
    """A floor lamp: on a pole, on three legs, or an arc over its foot."""
    variant, word = int(rng.integers(3)), chosen(rng, tuple(SHADES))
    shade = Paint(SHADES[word], glow=GLOWING)
    meshes = (_pole, _tripod, _arc)[variant](rng, shade)
    noun = ("floor lamp", "tripod lamp", "arc lamp")[variant]
    return made("lamp", variant, f"{noun} with {an(word)} shade", meshes)


def _pole(rng: np.random.Generator, shade: Paint) -> list[Mesh]:
    metal = (DARK, BRASS, STEEL)[int(rng.integers(3))]
    return [
        cylinder((0, 0, 0), 0.025, 0.15, metal, sides=14),
        cylinder((0, 0, 0.025), 1.37, 0.012, metal, sides=6),
        _shade(1.28, 1.58, 0.22, 0.14, shade, sides=14),
        _bulb(0, 0, 1.42),
    ]


def _tripod(rng: np.random.Generator, shade: Paint) -> list[Mesh]:
    timber = wood(chosen(rng, ("oak", "walnut", "white")))
    feet = [
        (0.25 * math.cos(a), 0.25 * math.sin(a), 0.01) for a in (0.5 + i * 2 * math.pi / 3 for i in range(3))
    ]
    return [
        *(rod(foot, (0, 0, 1.15), 0.014, timber, end_radius=0.018, sides=6) for foot in feet),
        cylinder((0, 0, 1.1), 0.1, 0.03, DARK, sides=8),
        _shade(1.18, 1.45, 0.23, 0.21, shade, sides=14),
        _bulb(0, 0, 1.3),
    ]


def _arc(rng: np.random.Generator, shade: Paint) -> list[Mesh]:
    del rng
    path = [
        (-0.35, 0, 0.03),
        (-0.36, 0, 0.9),
        (-0.28, 0, 1.4),
        (-0.08, 0, 1.72),
        (0.15, 0, 1.8),
        (0.33, 0, 1.7),
    ]
    outside = ((0.176, 1.36), (0.18, 1.36), (0.165, 1.45), (0.11, 1.53), (0.0, 1.56))
    inside = ((0.0, 1.55), (0.105, 1.522), (0.16, 1.446), (0.176, 1.36))
    return [
        cylinder((-0.35, 0, 0), 0.04, 0.17, DARK, sides=14),
        tube([*path, (0.38, 0, 1.55)], 0.013, STEEL, sides=5),
        _fading(lathe((*outside, *inside), shade, at=(0.38, 0), sides=12)),
        _bulb(0.38, 0, 1.45),
    ]


def _bulb(x: float, y: float, z: float) -> Mesh:
    return ball((x, y, z), (0.04, 0.04, 0.05), Paint((255, 250, 230), glow=255), sides=6, rings=4)


def table_lamp(rng: np.random.Generator) -> Model:
    """With a belly of ceramic, on a slender foot, or a desk lamp with an arm."""
    variant, word = int(rng.integers(3)), chosen(rng, tuple(SHADES))
    shade = Paint(SHADES[word], glow=GLOWING)
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
        return made("table lamp", 0, f"{colour} table lamp with {an(word)} shade", meshes, mount="surface")
    if variant == 1:
        meshes = [
            cylinder((0, 0, 0), 0.016, 0.07, BRASS, sides=12),
            cylinder((0, 0, 0.016), 0.28, 0.008, BRASS, sides=6),
        ]
        meshes.append(_shade(0.24, 0.42, 0.12, 0.11, shade))
        return made("table lamp", 1, f"brass table lamp with {an(word)} shade", meshes, mount="surface")
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
    variant, word = int(rng.integers(3)), chosen(rng, ("white", "white", "yellow", "orange", "green", "blue"))
    shade = Paint(SHADES[word], glow=GLOWING)
    if variant == 2:
        bowl = ((0.0, -0.11), (0.13, -0.095), (0.21, -0.04), (0.22, -0.02), (0.0, -0.02))
        meshes = [
            _fading(lathe(bowl, shade, sides=14)),
            cylinder((0, 0, -0.021), 0.021, 0.17, STEEL, sides=10),
        ]
        return made("ceiling lamp", 2, f"{word} ceiling lamp", meshes, mount="ceiling")
    rose = cylinder((0, 0, -0.03), 0.03, 0.05, WHITE, sides=6)
    cord = box((-0.004, -0.004, -0.37), (0.004, 0.004, -0.03), DARK)
    if variant == 0:
        meshes = [rose, cord, _shade(-0.56, -0.34, 0.22, 0.09, shade), _bulb(0, 0, -0.46)]
        return made("ceiling lamp", 0, f"{word} pendant lamp", meshes, mount="ceiling")
    meshes = [rose, cord, _fading(ball((0, 0, -0.5), (0.16, 0.16, 0.15), shade, sides=12, rings=6))]
    return made("ceiling lamp", 1, f"{word} globe lamp", meshes, mount="ceiling")

"""What one drinks and eats from."""

from __future__ import annotations

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model
from streammem.envs.apartment.models.workshop import between, made
from streammem.envs.apartment.palette import WHITE, an, chosen, plain
from streammem.envs.apartment.solids import Paint
from streammem.envs.apartment.turned import ball, cylinder, lathe, tube

__all__ = ["bottle", "bowl", "cup"]

BRIGHT = ("red", "blue", "green", "yellow", "white", "black", "orange", "purple")


def cup(rng: np.random.Generator) -> Model:
    """A mug, a round cup, or a tall cup with a stripe."""
    variant, colour = int(rng.integers(3)), chosen(rng, BRIGHT)
    paint, inner = plain(colour), WHITE if colour != "white" else Paint((222, 222, 218))
    high = (0.1, 0.08, 0.13)[variant]
    outer = (
        ((0.0, 0.0), (0.04, 0.0), (0.043, 0.01), (0.043, high), (0.039, high)),
        ((0.0, 0.0), (0.024, 0.0), (0.04, 0.025), (0.048, high), (0.044, high)),
        ((0.0, 0.0), (0.032, 0.0), (0.042, high), (0.038, high)),
    )[variant]
    hollow = ((0.036, 0.012), (0.0, 0.012)) if variant != 1 else ((0.035, 0.027), (0.0, 0.014))
    if variant == 2:
        hollow = ((0.029, 0.012), (0.0, 0.012))
    meshes = [lathe((*outer, *hollow), paint, sides=11)]
    tea = cylinder(
        (0, 0, high * 0.72), 0.001, outer[-1][0] - 0.003, Paint((96, 58, 30)), top_radius=0.0, sides=10
    )
    meshes.append(tea)
    x = outer[-2][0] - 0.004
    grip = [
        (x, 0, 0.8 * high),
        (x + 0.026, 0, 0.74 * high),
        (x + 0.032, 0, 0.5 * high),
        (x + 0.022, 0, 0.28 * high),
        (x - 0.006, 0, 0.22 * high),
    ]
    if variant != 2:
        meshes.append(tube(grip, 0.0055, paint, sides=5))
    else:
        meshes.append(
            lathe(
                ((0.0345, 0.04), (0.0385, 0.04), (0.041, 0.085), (0.0345, 0.085), (0.0345, 0.04)),
                inner,
                sides=12,
            )
        )
    noun = ("mug", "cup", "tumbler")[variant]
    return made("cup", variant, f"{colour} {noun}", meshes, mount="surface")


Profile = tuple[tuple[float, float], ...]
BOTTLES: tuple[Profile, ...] = (  # wine, water, milk
    ((0.0, 0.0), (0.037, 0.0), (0.037, 0.19), (0.016, 0.24), (0.014, 0.29), (0.0, 0.29)),
    ((0.0, 0.0), (0.035, 0.0), (0.032, 0.1), (0.036, 0.15), (0.03, 0.19), (0.014, 0.22), (0.0, 0.22)),
    ((0.0, 0.0), (0.043, 0.0), (0.044, 0.12), (0.034, 0.17), (0.022, 0.2), (0.024, 0.22), (0.0, 0.22)),
)
CAPS = ((0.265, 0.03, 0.0165), (0.215, 0.024, 0.017), (0.212, 0.022, 0.027))  # foot, height, radius
LABELS = ((0.05, 0.14, 0.0382), (0.07, 0.135, 0.0372), (0.04, 0.1, 0.0452))  # foot, top, radius


def bottle(rng: np.random.Generator) -> Model:
    """A wine bottle, a bottle of water, or one of milk."""
    variant = int(rng.integers(3))
    colour = chosen(
        rng, (("green", "brown", "black"), ("blue", "green", "red", "orange", "purple"), BRIGHT[:4])[variant]
    )
    body = (plain(colour, 0.66), Paint((168, 208, 228)), Paint((248, 248, 244)))[variant]
    cap = plain(colour) if variant else plain(chosen(rng, ("red", "yellow", "black")))
    band = plain(colour) if variant else WHITE
    foot, high, radius = CAPS[variant]
    low, top, wide = LABELS[variant]
    meshes = [
        lathe(BOTTLES[variant], body, sides=10),
        cylinder((0, 0, foot), high, radius, cap, sides=8),
        cylinder((0, 0, low), top - low, wide, band, sides=10),
    ]
    name = ("{} wine bottle", "water bottle with {} label", "milk bottle with {} cap")[variant].format(
        an(colour) if variant else colour
    )
    return made("bottle", variant, name, meshes, mount="surface")


def bowl(rng: np.random.Generator) -> Model:
    """A deep one, a shallow one, or one with fruit."""
    variant, colour = int(rng.integers(3)), chosen(rng, BRIGHT)
    r, high = ((0.08, 0.08), (0.12, 0.06), (0.13, 0.09))[variant]
    paint = plain(colour)
    foot, belly = 0.42 * r, 0.8 * r
    outside = ((0.0, 0.0), (foot, 0.0), (belly, 0.4 * high), (r, high))
    inside = ((r - 0.006, high), (belly - 0.008, 0.4 * high + 0.006), (foot, 0.014), (0.0, 0.014))
    meshes = [lathe((*outside, *inside), paint, sides=13)]
    if variant == 2:
        meshes += _fruit(rng, r, high)
    noun = ("bowl", "shallow bowl", "fruit bowl")[variant]
    return made("bowl", variant, f"{colour} {noun}", meshes, mount="surface")


def _fruit(rng: np.random.Generator, r: float, high: float) -> list[Mesh]:
    kinds = (Paint((206, 52, 44)), Paint((240, 150, 40)), Paint((150, 186, 62)), Paint((238, 204, 70)))
    meshes = []
    for i in range(4):
        turn = 1.57 * i + between(rng, 0, 0.4)
        at = (0.42 * r * float(np.cos(turn)), 0.42 * r * float(np.sin(turn)), high * 0.75)
        meshes.append(ball(at, (0.038, 0.038, 0.036), kinds[i], sides=7, rings=5))
    return meshes

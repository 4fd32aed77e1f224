"""Plants in pots."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model
from streammem.envs.apartment.models.workshop import between, made
from streammem.envs.apartment.palette import an, chosen, plain
from streammem.envs.apartment.soft import leaves
from streammem.envs.apartment.solids import Colour, Paint
from streammem.envs.apartment.turned import cylinder, lathe, tube

__all__ = ["plant"]

GREENS: tuple[Colour, ...] = ((62, 128, 62), (84, 150, 72), (46, 104, 60), (110, 160, 84))


def plant(rng: np.random.Generator) -> Model:
    """A palm with drooping fronds, a rubber tree with broad leaves on stems, or a snake plant."""
    variant, colour = int(rng.integers(3)), chosen(rng, ("white", "red", "grey", "blue", "yellow", "black"))
    pot, r, tall = plain(colour), (0.17, 0.15, 0.15)[variant], (0.34, 0.3, 0.28)[variant]
    rim = ((0.0, 0.0), (0.72 * r, 0.0), (r, tall), (0.88 * r, tall), (0.0, tall - 0.05))
    meshes = [
        lathe(rim, pot, sides=10),
        cylinder((0, 0, tall - 0.035), 0.015, 0.88 * r, Paint((72, 50, 38)), top_radius=0.0, sides=8),
    ]
    green = np.array(GREENS[int(rng.integers(len(GREENS)))], np.float64)
    meshes += (_palm, _rubber_tree, _snake_plant)[variant](rng, tall - 0.04, green)
    noun = ("palm", "rubber plant", "snake plant")[variant]
    return made("plant", variant, f"{noun} in {an(colour)} pot", meshes)


def _tints(rng: np.random.Generator, green: np.ndarray, count: int) -> np.ndarray:
    """Lighter and darker greens."""
    return np.asarray(green * rng.uniform(0.85, 1.2, (count, 1)))


def _palm(rng: np.random.Generator, foot: float, green: np.ndarray) -> list[Mesh]:
    count, top = 12, foot + between(rng, 0.28, 0.45)
    path = [(0, 0, foot), (0.015, 0.01, (foot + top) / 2), (0, 0, top)]
    number = np.arange(count)
    feet = np.stack([0 * number, 0 * number, top - 0.008 * number], 1)
    fronds = leaves(
        feet,
        2.4 * number + rng.uniform(-0.2, 0.2, count),
        rng.uniform(0.5, 0.66, count),
        rng.uniform(0.09, 0.12, count),
        1.35 - 0.075 * number,
        1.75,
        _tints(rng, green, count),
    )
    return [tube(path, (0.035, 0.028, 0.02), Paint((120, 92, 60)), sides=5), fronds]


def _rubber_tree(rng: np.random.Generator, foot: float, green: np.ndarray) -> list[Mesh]:
    ways, highs = 2 * np.pi * np.arange(3) / 3 + 0.4, rng.uniform(0.55, 0.85, 3)
    meshes = []
    for way, high in zip(ways.tolist(), highs.tolist(), strict=True):
        c, s = math.cos(way), math.sin(way)
        path = [(r * c, r * s, foot + share * high) for r, share in ((0.03, 0), (0.07, 0.5), (0.12, 1.0))]
        meshes.append(tube(path, (0.012, 0.009, 0.005), Paint((106, 84, 58)), sides=5))
    share = np.tile(0.35 + 0.16 * np.arange(5), 3)
    way, high = np.repeat(ways, 5), np.repeat(highs, 5)
    r = 0.03 + 0.09 * share
    feet = np.stack([r * np.cos(way), r * np.sin(way), foot + share * high], 1)
    crown = leaves(
        feet,
        way + np.tile(2.4 * np.arange(5), 3) + rng.uniform(-0.3, 0.3, 15),
        rng.uniform(0.2, 0.28, 15),
        rng.uniform(0.1, 0.14, 15),
        np.full(15, 0.75),
        0.9,
        _tints(rng, green, 15),
    )
    return [*meshes, crown]


def _snake_plant(rng: np.random.Generator, foot: float, green: np.ndarray) -> list[Mesh]:
    count = 11
    number = np.arange(count)
    yaw, r = 2.4 * number, 0.015 + 0.008 * number
    feet = np.stack([r * np.cos(yaw), r * np.sin(yaw), np.full(count, foot)], 1)
    blades = leaves(
        feet,
        yaw,
        rng.uniform(0.42, 0.75, count),
        rng.uniform(0.06, 0.085, count),
        1.5 - 0.035 * number,
        0.12,
        _tints(rng, green, count),
    )
    return [blades]

"""People: a body with a head, and four limbs that swing."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.apartment.mesh import Mesh, joined
from streammem.envs.apartment.model import Joint, Model, Part
from streammem.envs.apartment.models.workshop import made
from streammem.envs.apartment.palette import COLOURS, DARK, WHITE, chosen, darker, plain
from streammem.envs.apartment.soft import rounded
from streammem.envs.apartment.solids import Colour, Paint, box
from streammem.envs.apartment.turned import ball, lathe, rod

__all__ = ["person"]

SKINS: tuple[Colour, ...] = ((244, 206, 176), (226, 178, 142), (186, 132, 96), (128, 86, 60), (92, 62, 46))
HAIRS: dict[str, Colour] = {
    "black": (36, 30, 28),
    "brown": (92, 60, 38),
    "blond": (222, 186, 112),
    "red": (168, 82, 40),
    "grey": (168, 168, 168),
}
TROUSERS: dict[str, Colour] = {
    "blue": (56, 78, 122),
    "black": (44, 44, 50),
    "grey": (110, 112, 118),
    "brown": (122, 94, 66),
    "green": (84, 96, 66),
}


def person(rng: np.random.Generator) -> Model:
    """Someone who faces -y. Parts: body with head, left leg, right leg, left arm, right arm.

    Limbs turn about x at hip and shoulder; a positive amount swings them forward. The left is at +x.
    """
    variant = int(rng.integers(3))  # short hair, long hair, a cap
    shirt = chosen(rng, [name for name in COLOURS if name != "brown"])
    trousers, hair = chosen(rng, tuple(TROUSERS)), chosen(rng, tuple(HAIRS))
    skin = Paint(SKINS[int(rng.integers(len(SKINS)))])
    height = round(float(rng.uniform(1.55, 1.9)), 3)
    unit = height / 1.75
    top, legs = plain(shirt), Paint(TROUSERS[trousers])
    body = [*_torso(top, legs, unit), *_head(variant, skin, Paint(HAIRS[hair]), top, unit)]
    limbs = [_leg(side, legs, unit) for side in (1, -1)] + [_arm(side, top, skin, unit) for side in (1, -1)]
    who = ("short {} hair", "long {} hair", "{} hair and a cap")[variant].format(hair)
    name = f"person with a {shirt} shirt, {trousers} trousers and {who}"
    return made("person", variant, name, body, limbs, centred=False)


def _torso(top: Paint, legs: Paint, unit: float) -> list[Mesh]:
    trunk = (
        (0.0, 0.9),
        (0.14, 0.9),
        (0.165, 0.95),
        (0.15, 1.1),
        (0.185, 1.33),
        (0.18, 1.4),
        (0.11, 1.455),
        (0.0, 1.47),
    )
    hips = ((0.0, 0.8), (0.13, 0.82), (0.168, 0.9), (0.16, 0.98), (0.0, 0.98))
    scaled = [tuple((r * unit, z * unit) for r, z in shape) for shape in (trunk, hips)]
    return [
        lathe(scaled[0], top, sides=12, stretch=(1.0, 0.62)),
        lathe(scaled[1], legs, sides=12, stretch=(1.0, 0.66)),
    ]


def _head(variant: int, skin: Paint, hair: Paint, cap: Paint, unit: float) -> list[Mesh]:
    """A neck, a head, ears, eyes, a nose, a mouth, and what is on top."""

    def at(x: float, y: float, z: float) -> tuple[float, float, float]:
        return x * unit, y * unit, z * unit

    meshes = [
        rod(at(0, 0, 1.42), at(0, -0.005, 1.54), 0.05 * unit, skin, sides=8),
        ball(at(0, -0.01, 1.625), at(0.08, 0.095, 0.115), skin, sides=12, rings=8),
        box(at(-0.01, -0.122, 1.595), at(0.01, -0.095, 1.632), darker(skin, 0.94)),
        box(at(-0.026, -0.101, 1.558), at(0.026, -0.08, 1.568), Paint((168, 84, 76))),
    ]
    for side in (-1, 1):
        low, high = sorted((side * 0.02, side * 0.042))
        meshes += [
            box(at(low, -0.1015, 1.632), at(high, -0.085, 1.648), WHITE),
            box(at(low + 0.007, -0.1035, 1.633), at(high - 0.007, -0.09, 1.647), DARK),
            box(at(low - 0.003, -0.1, 1.656), at(high + 0.003, -0.085, 1.663), darker(hair, 0.9)),
        ]
    crown = lathe(
        _scaled(
            ((0.06, 1.6), (0.09, 1.62), (0.093, 1.67), (0.07, 1.73), (0.0, 1.75), (0.0, 1.7), (0.06, 1.6)),
            unit,
        ),
        hair,
        sides=12,
        stretch=(1.0, 1.12),
    )
    meshes.append(_shifted(crown, (0, 0.022 * unit, 0)))
    if variant == 1:
        meshes.append(
            rounded(
                at(-0.088, 0.01, 1.4), at(0.088, 0.105, 1.7), (0.04 * unit, 0.04 * unit, 0.05 * unit), hair
            )
        )
    if variant == 2:
        meshes += [
            lathe(
                _scaled(((0.0, 1.685), (0.097, 1.685), (0.09, 1.73), (0.0, 1.765)), unit),
                darker(cap, 0.8),
                sides=12,
                stretch=(1.0, 1.12),
            ),
            box(at(-0.065, -0.175, 1.688), at(0.065, -0.06, 1.7), darker(cap, 0.7)),
        ]
    return meshes


def _scaled(shape: tuple[tuple[float, float], ...], unit: float) -> tuple[tuple[float, float], ...]:
    return tuple((r * unit, z * unit) for r, z in shape)


def _shifted(mesh: Mesh, by: tuple[float, float, float]) -> Mesh:
    motion = np.eye(4)
    motion[:3, 3] = by
    return mesh.moved(motion)


def _leg(side: int, paint: Paint, unit: float) -> Part:
    x = side * 0.085 * unit
    profile = (
        (0.0, 0.06),
        (0.05, 0.06),
        (0.055, 0.35),
        (0.066, 0.5),
        (0.085, 0.82),
        (0.06, 0.9),
        (0.0, 0.92),
    )
    meshes = [
        lathe(_scaled(profile, unit), paint, at=(x, 0), sides=9),
        rounded(
            (x - 0.048 * unit, -0.17 * unit, 0),
            (x + 0.048 * unit, 0.07 * unit, 0.09 * unit),
            (0.02 * unit, 0.04 * unit, 0.03 * unit),
            Paint((58, 50, 46)),
        ),
    ]
    return _swinging(meshes, (x, 0.0, 0.88 * unit))


def _arm(side: int, sleeve: Paint, skin: Paint, unit: float) -> Part:
    x = side * 0.215 * unit
    upper = ((0.0, 1.12), (0.047, 1.12), (0.055, 1.33), (0.05, 1.4), (0.0, 1.43))
    lower = ((0.0, 0.84), (0.034, 0.84), (0.042, 1.14), (0.0, 1.14))
    meshes = [
        lathe(_scaled(upper, unit), sleeve, at=(x, 0), sides=8),
        lathe(_scaled(lower, unit), skin, at=(x, 0), sides=8),
        ball((x, -0.005, 0.8 * unit), (0.035 * unit, 0.045 * unit, 0.065 * unit), skin, sides=8, rings=5),
    ]
    return _swinging(meshes, (x, 0.0, 1.37 * unit))


def _swinging(meshes: list[Mesh], origin: tuple[float, float, float]) -> Part:
    """A limb; about -x, so that a positive amount takes what hangs down to the front (-y)."""
    return Part(
        mesh=joined(meshes),
        joint=Joint(kind="hinge", origin=origin, axis=(-1.0, 0, 0), low=-math.pi / 4, high=math.pi / 3),
    )

"""People: a body with a head, and four limbs that swing."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.apartment.mesh import Mesh, joined
from streammem.envs.apartment.model import Joint, Model, Part
from streammem.envs.apartment.models.workshop import made
from streammem.envs.apartment.palette import COLOURS, DARK, an, chosen, darker, plain
from streammem.envs.apartment.soft import rounded
from streammem.envs.apartment.solids import Colour, Paint, box, boxes
from streammem.envs.apartment.turned import ball, lathe, rod

__all__ = ["person"]

TALL = 1.775  # what the figure was drawn at
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
    unit = height / TALL
    top, legs = plain(shirt), Paint(TROUSERS[trousers])
    body = [*_torso(top, legs, unit), *_head(variant, skin, Paint(HAIRS[hair]), top, unit)]
    limbs = [_leg(side, legs, unit) for side in (1, -1)] + [_arm(side, top, skin, unit) for side in (1, -1)]
    who = ("short {} hair", "long {} hair", "{} hair and a cap")[variant].format(hair)
    name = f"person with {an(shirt)} shirt, {trousers} trousers and {who}"
    return made("person", variant, name, body, limbs, centred=False)


def _torso(top: Paint, legs: Paint, unit: float) -> list[Mesh]:
    trunk = (
        (0.0, 0.88),
        (0.172, 0.88),
        (0.155, 1.08),
        (0.188, 1.34),
        (0.165, 1.42),
        (0.06, 1.48),
        (0.0, 1.48),
    )
    hips = ((0.0, 0.8), (0.13, 0.81), (0.152, 0.89), (0.0, 0.94))
    return [
        lathe(_scaled(trunk, unit), top, sides=10, stretch=(1.0, 0.62)),
        lathe(_scaled(hips, unit), legs, sides=8, stretch=(1.0, 0.66)),
    ]


def _head(variant: int, skin: Paint, hair: Paint, cap: Paint, unit: float) -> list[Mesh]:
    """A neck, a head, eyes, a nose, a mouth, and what is on top."""

    def at(x: float, y: float, z: float) -> tuple[float, float, float]:
        return x * unit, y * unit, z * unit

    eyes = [(at(x - 0.009, -0.109, 1.631), at(x + 0.009, -0.085, 1.643)) for x in (-0.033, 0.033)]
    brows = [(at(x - 0.017, -0.106, 1.661), at(x + 0.017, -0.085, 1.666)) for x in (-0.034, 0.034)]
    meshes = [
        rod(at(0, 0, 1.44), at(0, -0.005, 1.54), 0.05 * unit, skin, sides=6),
        ball(at(0, -0.01, 1.625), at(0.084, 0.1, 0.118), skin, sides=9, rings=6),
        box(at(-0.011, -0.126, 1.592), at(0.011, -0.09, 1.63), darker(skin, 0.94)),
        box(at(-0.028, -0.105, 1.558), at(0.028, -0.08, 1.568), Paint((168, 84, 76))),
        boxes(eyes, DARK),
        boxes(brows, darker(hair, 0.9)),
    ]
    cut: tuple[tuple[float, float], ...] = (
        (0.06, 1.6),
        (0.097, 1.635),
        (0.1, 1.69),
        (0.08, 1.745),
        (0.0, 1.772),
        (0.0, 1.7),
        (0.06, 1.6),
    )
    if variant == 2:  # what shows below the cap
        cut = ((0.06, 1.6), (0.097, 1.635), (0.098, 1.7), (0.0, 1.7), (0.06, 1.6))
    back = (0, 0.022 * unit, 0)
    meshes.append(_shifted(lathe(_scaled(cut, unit), hair, sides=10, stretch=(1.0, 1.12)), back))
    if variant == 1:
        soft = (0.04 * unit, 0.04 * unit, 0.05 * unit)
        meshes.append(rounded(at(-0.092, 0.012, 1.4), at(0.092, 0.11, 1.7), soft, hair))
    if variant == 2:
        dome = ((0.0, 1.685), (0.108, 1.685), (0.104, 1.72), (0.078, 1.76), (0.0, 1.775))
        meshes += [
            _shifted(lathe(_scaled(dome, unit), darker(cap, 0.8), sides=10, stretch=(1.0, 1.14)), back),
            box(at(-0.065, -0.18, 1.688), at(0.065, -0.06, 1.7), darker(cap, 0.7)),
        ]
    return meshes


def _scaled(shape: tuple[tuple[float, float], ...], unit: float) -> tuple[tuple[float, float], ...]:
    return tuple((r * unit, z * unit) for r, z in shape)


def _shifted(mesh: Mesh, by: tuple[float, float, float]) -> Mesh:
    motion = np.eye(4)
    motion[:3, 3] = by
    return mesh.moved(motion)


def _leg(side: int, paint: Paint, unit: float) -> Part:
    x, half = side * 0.085 * unit, 0.048 * unit
    profile = ((0.0, 0.06), (0.05, 0.06), (0.064, 0.48), (0.085, 0.8), (0.06, 0.9), (0.0, 0.91))
    shoe = rounded(
        (x - half, -0.17 * unit, 0),
        (x + half, 0.07 * unit, 0.09 * unit),
        (0.02 * unit, 0.04 * unit, 0.03 * unit),
        Paint((58, 50, 46)),
    )
    return _swinging([lathe(_scaled(profile, unit), paint, at=(x, 0), sides=7), shoe], (x, 0.0, 0.88 * unit))


def _arm(side: int, sleeve: Paint, skin: Paint, unit: float) -> Part:
    """It hangs a little outward."""
    x, out = side * 0.2 * unit, side * 0.05 * unit
    shoulder, elbow, hand = (
        (x, 0.0, 1.37 * unit),
        (x + 0.5 * out, 0.0, 1.12 * unit),
        (x + out, -0.01, 0.84 * unit),
    )
    meshes = [
        ball(shoulder, (0.054 * unit, 0.056 * unit, 0.056 * unit), sleeve, sides=6, rings=4),
        rod(shoulder, elbow, 0.054 * unit, sleeve, end_radius=0.05 * unit, sides=7),
        rod((x + 0.45 * out, 0, 1.15 * unit), hand, 0.042 * unit, skin, end_radius=0.031 * unit, sides=6),
        ball(
            (x + out, -0.012, 0.8 * unit), (0.033 * unit, 0.045 * unit, 0.065 * unit), skin, sides=6, rings=4
        ),
    ]
    return _swinging(meshes, shoulder)


def _swinging(meshes: list[Mesh], origin: tuple[float, float, float]) -> Part:
    """A limb; about -x, so that a positive amount takes what hangs down to the front (-y)."""
    return Part(
        mesh=joined(meshes),
        joint=Joint(kind="hinge", origin=origin, axis=(-1.0, 0, 0), low=-math.pi / 4, high=math.pi / 3),
    )

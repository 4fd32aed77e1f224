"""What one sits on: sofas, armchairs, chairs, stools."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model, Support
from streammem.envs.apartment.models.workshop import between, legs, made, slab
from streammem.envs.apartment.palette import CLOTHS, DARK, STEEL, an, chosen, cloth, darker, plain, wood
from streammem.envs.apartment.soft import pillow, rounded
from streammem.envs.apartment.solids import Paint, bent, box
from streammem.envs.apartment.turned import cylinder, rod

__all__ = ["armchair", "chair", "sofa", "stool"]

SOFA_COLOURS = ("grey", "blue", "green", "red", "brown", "white", "yellow")


def _upholstered(
    wide: float, seats: int, paint: Paint, leg: Paint, *, arm: float = 0.2, back: float = 0.82
) -> list[Mesh]:
    """A seat with arms, a back, and a cushion and a back cushion for each of its places."""
    deep, foot, seat = 0.88, 0.12, 0.4
    inner = wide - 2 * arm
    meshes = legs(wide - 0.12, deep - 0.14, foot + 0.02, 0.05, leg)
    meshes += [
        box((-wide / 2 + 0.02, -deep / 2 + 0.02, foot), (wide / 2 - 0.02, deep / 2, 0.3), darker(paint, 0.92)),
        rounded((-wide / 2 + 0.02, deep / 2 - 0.2, 0.3), (wide / 2 - 0.02, deep / 2, back - 0.08), (0.05, 0.05, 0.06), paint),
    ]  # fmt: skip
    for side in (-1, 1):
        low, high = sorted((side * wide / 2, side * (wide / 2 - arm)))
        meshes.append(
            rounded((low, -deep / 2, foot), (high, deep / 2 - 0.02, 0.6), (0.05, 0.05, 0.07), paint)
        )
    share = inner / seats
    for place in range(seats):
        low = -inner / 2 + place * share
        meshes += [
            rounded((low + 0.005, -deep / 2 - 0.02, 0.29), (low + share - 0.005, deep / 2 - 0.2, 0.45), 0.045, paint),
            _leaning(low + share / 2, share - 0.02, deep / 2 - 0.32, seat + 0.02, back, paint),
        ]  # fmt: skip
    return meshes


def _leaning(x: float, wide: float, y: float, low: float, high: float, paint: Paint) -> Mesh:
    """A back cushion that leans a little backwards."""
    tall = high - low
    cushion = rounded((-wide / 2, -0.09, 0), (wide / 2, 0.09, tall), (0.06, 0.06, 0.07), paint)
    lean = math.radians(11)
    c, s = math.cos(lean), math.sin(lean)
    return cushion.moved(np.array([[1, 0, 0, x], [0, c, s, y], [0, -s, c, low + 0.02], [0, 0, 0, 1.0]]))


def _thrown(x: float, y: float, paint: Paint, *, turn: float) -> Mesh:
    """A small cushion that leans against the back of a sofa."""
    cushion = pillow((-0.2, -0.2, -0.07), (0.2, 0.2, 0.07), paint, cells=3)
    lean = math.radians(66)
    c, s, ct, st = math.cos(lean), math.sin(lean), math.cos(turn), math.sin(turn)
    upright = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    motion = np.eye(4)
    motion[:3, :3] = np.array([[ct, -st, 0], [st, ct, 0], [0, 0, 1.0]]) @ upright
    motion[:3, 3] = (x, y, 0.64)
    return cushion.moved(motion)


def sofa(rng: np.random.Generator) -> Model:
    """A three-seater, a two-seater, or one with a chaise longue."""
    variant, colour = int(rng.integers(3)), chosen(rng, SOFA_COLOURS)
    paint = cloth(colour, "leather" if variant == 1 and colour in ("brown", "white") else "fabric")
    accent = cloth(chosen(rng, [name for name in CLOTHS if name not in (colour, "black")]))
    leg = wood(chosen(rng, ("oak", "walnut", "black")))
    if variant == 1:
        wide = between(rng, 1.5, 1.7)
        meshes = _upholstered(wide, 2, paint, leg, arm=0.17, back=0.8)
        name = f"{colour} two-seater sofa"
    else:
        wide = between(rng, 2.0, 2.25)
        meshes = _upholstered(wide, 3, paint, leg)
        name = f"{colour} sofa"
    meshes += [
        _thrown(side * (wide / 2 - 0.42), -0.02, accent, turn=side * -0.25)
        for side in (-1, 1)[: 1 + variant % 2]
    ]
    if variant == 2:
        inner = (wide - 0.4) / 3
        low = wide / 2 - 0.2 - inner
        meshes += [
            rounded((low + 0.005, -0.98, 0.29), (wide / 2 - 0.205, -0.43, 0.45), 0.045, paint),
            box((low, -0.96, 0.08), (wide / 2 - 0.2, -0.4, 0.3), darker(paint, 0.92)),
        ]
        name = f"{colour} corner sofa"
    seat = Support(low=(-wide / 2 + 0.25, -0.4), high=(wide / 2 - 0.25, -0.18), z=0.45, clear_m=0.8)
    return made("sofa", variant, name, meshes, supports=(seat,))


def armchair(rng: np.random.Generator) -> Model:
    """Upholstered, or of bent wood with cushions, or a wing chair."""
    variant, colour = int(rng.integers(3)), chosen(rng, SOFA_COLOURS)
    paint, timber = cloth(colour), chosen(rng, ("oak", "walnut", "black"))
    seat = Support(low=(-0.22, -0.3), high=(0.22, 0.0), z=0.45, clear_m=0.8)
    if variant == 0:
        return made(
            "armchair", 0, f"{colour} armchair", _upholstered(0.9, 1, paint, wood(timber)), supports=(seat,)
        )
    if variant == 1:
        meshes = _wooden_frame(wood(timber))
        meshes += [
            rounded((-0.28, -0.36, 0.3), (0.28, 0.22, 0.45), 0.04, paint),
            _leaning(0, 0.54, 0.22, 0.43, 0.88, paint),
        ]
        return made("armchair", 1, f"{colour} lounge chair", meshes, supports=(seat,))
    meshes = legs(0.66, 0.64, 0.2, 0.05, wood(timber), splay=0.02)
    meshes += [
        rounded((-0.36, -0.36, 0.18), (0.36, 0.34, 0.32), 0.03, darker(paint, 0.92)),
        rounded((-0.27, -0.4, 0.31), (0.27, 0.24, 0.45), 0.045, paint),
        rounded((-0.36, 0.2, 0.3), (0.36, 0.38, 1.08), (0.08, 0.06, 0.1), paint),
    ]
    for side in (-1, 1):
        x = sorted((side * 0.38, side * 0.27))
        meshes += [
            rounded((x[0], -0.34, 0.3), (x[1], 0.26, 0.6), 0.045, paint),
            rounded((x[0], 0.04, 0.58), (x[1], 0.3, 1.02), 0.045, paint),
        ]
    return made("armchair", 2, f"{colour} wing chair", meshes, supports=(seat,))


def _wooden_frame(timber: Paint) -> list[Mesh]:
    meshes = []
    for side in (-1, 1):
        x = side * 0.33
        meshes += [
            rod((x, -0.38, 0), (x, -0.32, 0.6), 0.02, timber, end_radius=0.025, sides=8),
            rod((x, 0.38, 0), (x, 0.28, 0.6), 0.02, timber, end_radius=0.025, sides=8),
            rounded((x - 0.035, -0.4, 0.59), (x + 0.035, 0.36, 0.62), 0.012, timber),
            slab(x, 0.0, 0.29, 0.03, 0.64, 0.06, timber),
        ]
    return [
        *meshes,
        slab(0, -0.34, 0.26, 0.66, 0.03, 0.06, timber),
        slab(0, 0.3, 0.26, 0.66, 0.03, 0.06, timber),
    ]


def _tilted(
    x: float | Sequence[float],
    y: float,
    z: float,
    wide: float,
    deep: float,
    high: float,
    back: float,
    paint: Paint,
) -> Mesh:
    """Upright boards side by side whose tops stand `back` metres further behind."""
    square = np.array([[-wide, -deep], [wide, -deep], [wide, deep], [-wide, deep]]) / 2
    low = np.zeros((1 if isinstance(x, float | int) else len(x), 4, 3))
    low[..., :2] = square
    low += np.stack(np.broadcast_arrays(x, y, z), -1).reshape(-1, 1, 3)
    return bent(low, low + np.array([0, back, high]), paint)


def chair(rng: np.random.Generator) -> Model:
    """With upright slats, with a padded back, with a shell of plastic, or on castors."""
    variant, timber = int(rng.integers(4)), chosen(rng, ("oak", "walnut", "white", "pine"))
    colour = chosen(rng, ("red", "blue", "green", "yellow", "grey", "black", "white", "orange"))
    if variant < 2:
        return _wooden_chair(variant, timber, colour)
    seat = Support(low=(-0.16, -0.18), high=(0.16, 0.12), z=0.46, clear_m=0.8)
    if variant == 2:
        paint = plain(colour)
        meshes = legs(0.36, 0.36, 0.43, 0.035, wood("oak"), splay=0.05)
        meshes += [
            rounded((-0.23, -0.23, 0.425), (0.23, 0.2, 0.46), 0.02, paint),
            _tilted(0, 0.2, 0.44, 0.42, 0.025, 0.2, 0.04, paint),
            _tilted(0, 0.24, 0.64, 0.4, 0.022, 0.2, 0.04, paint),
        ]
        return made("chair", 2, f"{colour} plastic chair", meshes, supports=(seat,))
    seat = Support(low=(-0.16, -0.18), high=(0.16, 0.12), z=0.5, clear_m=0.8)
    return made("chair", 3, f"{colour} office chair", _office(cloth(colour)), supports=(seat,))


def _wooden_chair(variant: int, timber: str, colour: str) -> Model:
    paint, seat_paint = wood(timber), cloth(colour)
    meshes = legs(0.43, 0.42, 0.43, 0.036, paint, foot=0.7)
    meshes += [
        slab(0, 0, 0.38, 0.4, 0.38, 0.05, paint),
        rounded((-0.22, -0.22, 0.43), (0.22, 0.2, 0.47), 0.018, seat_paint),
    ]
    meshes += [_tilted((-0.195, 0.195), 0.195, 0.43, 0.034, 0.03, 0.5, 0.07, paint)]
    if variant == 0:
        slats = (-0.12, -0.06, 0.0, 0.06, 0.12)
        meshes.append(_tilted(slats, 0.2, 0.47, 0.03, 0.012, 0.4, 0.055, paint))
        meshes.append(_tilted(0, 0.255, 0.85, 0.4, 0.025, 0.09, 0.012, paint))
        name = f"{timber} chair" if colour == "grey" else f"{timber} chair with {an(colour)} seat"
    else:
        meshes += [_tilted(0, 0.205, 0.56, 0.37, 0.045, 0.34, 0.05, seat_paint)]
        name = f"{timber} chair with {an(colour)} back"
    seat = Support(low=(-0.18, -0.19), high=(0.18, 0.14), z=0.47, clear_m=0.8)
    return made("chair", variant, name, meshes, supports=(seat,))


def _office(paint: Paint) -> list[Mesh]:
    meshes = [cylinder((0, 0, 0.08), 0.34, 0.028, STEEL, sides=10)]
    for i in range(5):
        turn = math.pi / 2 + 2 * math.pi * i / 5
        x, y = 0.28 * math.cos(turn), 0.28 * math.sin(turn)
        meshes += [
            rod((0, 0, 0.1), (x, y, 0.07), 0.025, DARK, end_radius=0.016, sides=5),
            cylinder((x, y, 0), 0.06, 0.025, DARK, sides=6),
        ]
    meshes += [
        rounded((-0.25, -0.26, 0.41), (0.25, 0.22, 0.5), 0.04, paint),
        _tilted(0, 0.27, 0.44, 0.06, 0.02, 0.2, 0.02, DARK),
        rounded((-0.22, 0.21, 0.6), (0.22, 0.28, 1.08), (0.06, 0.03, 0.08), paint),
    ]
    for side in (-1, 1):
        meshes += [
            slab(side * 0.29, 0.02, 0.46, 0.03, 0.05, 0.2, DARK),
            rounded((side * 0.29 - 0.03, -0.16, 0.65), (side * 0.29 + 0.03, 0.14, 0.685), 0.015, DARK),
        ]
    return meshes


def stool(rng: np.random.Generator) -> Model:
    """A round one on three legs, a bar stool, or a padded cube."""
    variant, timber = int(rng.integers(3)), chosen(rng, ("oak", "walnut", "white", "black"))
    colour = chosen(rng, ("red", "blue", "green", "yellow", "grey", "orange"))
    if variant == 0:
        meshes = [cylinder((0, 0, 0.42), 0.035, 0.17, wood(timber), sides=16)]
        for i in range(3):
            turn = 2 * math.pi * i / 3 + 0.5
            c, s = math.cos(turn), math.sin(turn)
            meshes.append(
                rod(
                    (0.19 * c, 0.19 * s, 0.008),
                    (0.1 * c, 0.1 * s, 0.425),
                    0.014,
                    wood(timber),
                    end_radius=0.02,
                )
            )
        top = Support(low=(-0.11, -0.11), high=(0.11, 0.11), z=0.455, clear_m=0.8)
        return made("stool", 0, f"{timber} stool", meshes, supports=(top,))
    if variant == 1:
        meshes = legs(0.3, 0.3, 0.66, 0.03, wood(timber), splay=0.05, foot=0.9)
        meshes += [slab(0, side * 0.17, 0.22, 0.34, 0.02, 0.025, wood(timber)) for side in (-1, 1)]
        meshes += [slab(side * 0.17, 0, 0.3, 0.02, 0.34, 0.025, wood(timber)) for side in (-1, 1)]
        meshes.append(cylinder((0, 0, 0.65), 0.06, 0.18, cloth(colour, "leather"), sides=16))
        top = Support(low=(-0.12, -0.12), high=(0.12, 0.12), z=0.71, clear_m=0.8)
        return made("stool", 1, f"{timber} bar stool with {an(colour)} seat", meshes, supports=(top,))
    meshes = legs(0.36, 0.36, 0.12, 0.04, wood(timber))
    meshes.append(rounded((-0.21, -0.21, 0.11), (0.21, 0.21, 0.43), 0.035, cloth(colour)))
    top = Support(low=(-0.16, -0.16), high=(0.16, 0.16), z=0.43, clear_m=0.8)
    return made("stool", 2, f"{colour} footstool", meshes, supports=(top,))

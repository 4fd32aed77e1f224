"""What makes rooms lived in: televisions, rugs, pictures, clocks."""

from __future__ import annotations

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model
from streammem.envs.apartment.models.workshop import between, legs, made, slab
from streammem.envs.apartment.palette import (
    BRASS,
    COLOURS,
    DARK,
    WHITE,
    an,
    chosen,
    darker,
    plain,
    shaded,
    wood,
)
from streammem.envs.apartment.soft import rounded
from streammem.envs.apartment.solids import Colour, Paint, bent, box, panel
from streammem.envs.apartment.turned import cylinder, lathe, rod

__all__ = ["clock", "picture", "rug", "tv"]

PICTURE = (255, 255, 255)


def tv(rng: np.random.Generator) -> Model:
    """On a low bench of wood, on a bench with legs, or on an easel."""
    variant, timber = int(rng.integers(3)), chosen(rng, ("oak", "walnut", "white", "black"))
    paint, wide = wood(timber), between(rng, 1.05, 1.25)
    tall, screen = round(wide * 0.58, 3), Paint(PICTURE, f"screen:{int(rng.integers(3))}", glow=215)
    low = 0.56 if variant < 2 else 0.72
    frame = Paint((24, 24, 27))
    meshes = [
        box((-wide / 2, -0.03, low), (wide / 2, 0.02, low + tall), frame),
        panel(
            (-wide / 2 + 0.018, -0.034, low + 0.024),
            (wide / 2 - 0.018, -0.03, low + tall - 0.018),
            frame,
            screen,
        ),
    ]
    if variant == 2:
        meshes += [
            rod((side * 0.34, -0.2, 0.012), (side * 0.12, 0.0, low + 0.01), 0.016, paint, sides=6)
            for side in (-1, 1)
        ]
        meshes.append(rod((0, 0.3, 0.012), (0, 0.035, low + 0.4), 0.016, paint, sides=6))
        return made("tv", 2, f"tv on {an(timber)} easel", meshes)
    bench, foot = between(rng, 1.3, 1.6), (0.05, 0.17)[variant]
    meshes += [slab(0, 0.0, 0.48, 0.36, 0.2, 0.012, frame), slab(0, 0.0, 0.49, 0.06, 0.03, 0.09, frame)]
    meshes += [
        box((-bench / 2, -0.2, 0.46), (bench / 2, 0.2, 0.48), paint),
        box((-bench / 2, -0.2, foot), (bench / 2, 0.2, foot + 0.02), paint),
        box((-bench / 2, 0.18, foot + 0.02), (bench / 2, 0.2, 0.46), darker(paint, 0.7)),
        *(slab(x, -0.01, foot + 0.02, 0.02, 0.38, 0.44 - foot, paint) for x in (-bench / 2 + 0.01, -bench / 6, bench / 6, bench / 2 - 0.01)),
        box((-bench / 2 + 0.02, -0.2, foot + 0.024), (-bench / 6 - 0.01, -0.185, 0.456), darker(paint, 0.94)),
        box((bench / 6 + 0.01, -0.2, foot + 0.024), (bench / 2 - 0.02, -0.185, 0.456), darker(paint, 0.94)),
        box((-0.2, -0.12, foot + 0.02), (0.16, 0.12, foot + 0.08), DARK),
    ]  # fmt: skip
    meshes += legs(bench - 0.1, 0.34, foot, 0.05, DARK if variant == 1 else paint)
    return made("tv", variant, f"tv on {an(timber)} {('bench', 'bench on legs')[variant]}", meshes)


def rug(rng: np.random.Generator) -> Model:
    """With a border, with stripes, with diamonds, or round."""
    variant, colour = (
        int(rng.integers(4)),
        chosen(rng, ("red", "blue", "green", "grey", "brown", "yellow", "white")),
    )
    tone = (
        tuple(round(0.6 * c + 0.4 * 225) for c in COLOURS[colour]) if colour != "white" else (235, 228, 214)
    )
    paint = Paint((tone[0], tone[1], tone[2]), f"rug:{variant}")
    side = Paint(shaded(paint.colour, 0.8))
    if variant == 3:
        radius = between(rng, 0.7, 0.95)
        mesh = cylinder((0, 0, 0), 0.008, radius, side, sides=24)
        flat = (mesh.vertices[:, :2] / (2 * radius) + 0.5).astype(np.float32)
        np.copyto(mesh.uv, flat)
        disc = Mesh(
            mesh.vertices,
            mesh.normals,
            _coloured(mesh, paint.colour),
            mesh.uv,
            mesh.surface,
            mesh.triangles,
            (paint.surface,),
        )
        return made("rug", 3, f"round {colour} rug", [disc], solid=False)
    wide, deep = between(rng, 1.7, 2.3), between(rng, 1.2, 1.6)
    meshes = [panel((-wide / 2, -deep / 2, 0), (wide / 2, deep / 2, 0.008), side, paint, "+z")]
    noun = ("rug with a border", "striped rug", "rug with diamonds")[variant]
    return made("rug", variant, f"{colour} {noun}", meshes, solid=False)


def _coloured(mesh: Mesh, colour: Colour) -> np.ndarray:
    colours = mesh.colours.copy()
    colours[:, :3] = colour
    return colours


ART_WORDS = ("landscape", "seascape", "abstract", "portrait")


def picture(rng: np.random.Generator) -> Model:
    """A landscape, a seascape, an abstract painting or a portrait, in a frame."""
    variant, which = int(rng.integers(4)), int(rng.integers(4))
    word = chosen(rng, ("black", "white", "oak", "golden"))
    frame = BRASS if word == "golden" else Paint((40, 38, 36)) if word == "black" else wood(word)
    wide, tall = ((0.8, 0.56), (0.9, 0.6), (0.6, 0.6), (0.46, 0.6))[variant]
    factor = between(rng, 0.85, 1.25)
    x, z, b = wide * factor / 2, tall * factor, 0.028
    art = Paint(PICTURE, f"art:{4 * variant + which}")
    meshes = [
        box((-x, -0.03, 0), (x, 0, b), frame),
        box((-x, -0.03, z - b), (x, 0, z), frame),
        box((-x, -0.03, b), (-x + b, 0, z - b), frame),
        box((x - b, -0.03, b), (x, 0, z - b), frame),
        panel((-x + b, -0.015, b), (x - b, 0, z - b), WHITE, art),
    ]
    return made(
        "picture",
        variant,
        f"{ART_WORDS[variant]} {which + 1} in {an(word)} frame",
        meshes,
        mount="wall",
    )


def clock(rng: np.random.Generator) -> Model:
    """A round wall clock with marks, a square one, or one with rays."""
    variant, colour = int(rng.integers(3)), chosen(rng, ("black", "red", "white", "blue", "brown", "grey"))
    frame, r = plain(colour), 0.16
    face = Paint((250, 249, 244), "plain")
    meshes = []
    if variant == 1:
        meshes += [
            rounded((-r, -0.035, 0), (r, 0, 2 * r), 0.02, frame),
            slab(0, -0.034, 0.02, 2 * r - 0.04, 0.006, 2 * r - 0.04, face),
        ]
        plane = -0.037
    else:
        ring = lathe(
            ((0.0, 0.0), (r, 0.0), (r, 0.036), (r - 0.02, 0.022), (0.0, 0.018)),
            frame,
            sides=16,
        )
        disc = cylinder((0, 0, 0.0225), 0.003, r - 0.021, face, top_radius=0.0, sides=16)
        forward = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, r], [0, 0, 0, 1.0]])
        meshes += [ring.moved(forward), disc.moved(forward)]
        plane = -0.026
    ink = Paint((30, 30, 32))
    hours = np.arange(12)
    meshes.append(_strokes(hours / 12, r * 0.72, r * 0.83, np.where(hours % 3, 0.005, 0.009), plane, r, ink))
    minutes = int(rng.integers(12 * 60))
    for turn, reach, half, lift in (
        (minutes / 720, 0.45, 0.008, 0.003),
        (minutes / 60 % 1, 0.66, 0.005, 0.006),
    ):
        meshes.append(_strokes(np.array([turn]), -0.025, r * reach, np.array([half]), plane - lift, r, ink))
    if variant == 2:
        rays = (hours + 0.5) / 12
        meshes.append(_strokes(rays, r * 0.98, r * 1.5, np.full(12, 0.012), 0.0, r, BRASS, thick_m=0.012))
    noun = ("clock", "square clock", "sunburst clock")[variant]
    return made("clock", variant, f"{colour} {noun}", meshes, mount="wall")


def _strokes(
    turns: np.ndarray,
    low: float,
    high: float,
    halves: np.ndarray,
    plane: float,
    centre_z: float,
    paint: Paint,
    *,
    thick_m: float = 0.003,
) -> Mesh:
    """Bars from one radius to another on a dial, each some share of a turn round from twelve."""
    way = np.stack([np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)], 1)
    aside = np.stack([way[:, 1], -way[:, 0]], 1) * halves[:, None]
    flat = np.stack([low * way - aside, low * way + aside, high * way + aside, high * way - aside], 1)
    back = np.stack([flat[..., 0], np.full(flat.shape[:2], plane), flat[..., 1] + centre_z], -1)
    return bent(back, back - np.array([0, thick_m, 0]), paint)

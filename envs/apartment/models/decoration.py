"""What makes rooms lived in: lamps, televisions, plants, rugs, pictures, clocks."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model
from streammem.envs.apartment.models.workshop import between, legs, made, slab
from streammem.envs.apartment.palette import (
    BRASS,
    COLOURS,
    DARK,
    STEEL,
    WHITE,
    chosen,
    darker,
    plain,
    shaded,
    wood,
)
from streammem.envs.apartment.soft import leaf, rounded
from streammem.envs.apartment.solids import Colour, Paint, box, panel
from streammem.envs.apartment.turned import ball, cylinder, lathe, rod, tube

__all__ = ["ceiling_lamp", "clock", "lamp", "picture", "plant", "rug", "table_lamp", "tv"]

SHADES: dict[str, Colour] = {
    "white": (255, 244, 222),
    "yellow": (255, 214, 120),
    "orange": (255, 176, 100),
    "green": (196, 226, 160),
    "blue": (176, 206, 240),
    "red": (240, 128, 108),
}
PICTURE = (255, 255, 255)


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
            rod((side * 0.3, -0.22, 0.012), (side * 0.04, 0.03, low + 0.4), 0.016, paint, sides=6)
            for side in (-1, 1)
        ]
        meshes.append(rod((0, 0.3, 0.012), (0, 0.04, low + 0.4), 0.016, paint, sides=6))
        return made("tv", 2, f"tv on a {timber} easel", meshes)
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
    return made("tv", variant, f"tv on a {timber} {('bench', 'bench on legs')[variant]}", meshes)


GREENS: tuple[Colour, ...] = ((62, 128, 62), (84, 150, 72), (46, 104, 60), (110, 160, 84))


def plant(rng: np.random.Generator) -> Model:
    """A palm with drooping fronds, a rubber tree with broad leaves on stems, or a snake plant."""
    variant, colour = int(rng.integers(3)), chosen(rng, ("white", "red", "grey", "blue", "yellow", "black"))
    pot = plain("orange", 0.8) if colour == "red" else plain(colour)
    tall = (0.34, 0.3, 0.28)[variant]
    r = (0.17, 0.15, 0.15)[variant]
    rim = (
        (0.0, 0.0),
        (0.72 * r, 0.0),
        (r, tall - 0.03),
        (r, tall),
        (0.88 * r, tall),
        (0.86 * r, tall - 0.04),
        (0.0, tall - 0.03),
    )
    meshes = [
        lathe((*rim[:-1], (0.0, tall - 0.04)), pot, sides=12),
        cylinder((0, 0, tall - 0.05), 0.02, 0.85 * r, Paint((72, 50, 38)), sides=10),
    ]
    green = GREENS[int(rng.integers(len(GREENS)))]
    foot = tall - 0.04
    meshes += (_palm, _rubber_tree, _snake_plant)[variant](rng, foot, green)
    noun = ("palm", "rubber plant", "snake plant")[variant]
    return made("plant", variant, f"{noun} in a {colour} pot", meshes)


def _tint(rng: np.random.Generator, green: Colour) -> Paint:
    return Paint(shaded(green, float(rng.uniform(0.85, 1.2))))


def _palm(rng: np.random.Generator, foot: float, green: Colour) -> list[Mesh]:
    trunk = Paint((120, 92, 60))
    top = foot + between(rng, 0.28, 0.45)
    meshes = [
        tube(
            [(0, 0, foot), (0.015, 0.01, (foot + top) / 2), (0, 0, top)], (0.035, 0.028, 0.02), trunk, sides=6
        )
    ]
    for i in range(13):
        yaw = 2.4 * i + float(rng.uniform(-0.2, 0.2))
        rise = 1.35 - 0.075 * i
        meshes.append(
            leaf(
                (0, 0, top - 0.008 * i),
                yaw,
                between(rng, 0.5, 0.66),
                between(rng, 0.09, 0.12),
                rise,
                1.75,
                _tint(rng, green),
            )
        )
    return meshes


def _rubber_tree(rng: np.random.Generator, foot: float, green: Colour) -> list[Mesh]:
    meshes = []
    for stem in range(3):
        way = 2 * math.pi * stem / 3 + 0.4
        c, s = math.cos(way), math.sin(way)
        high = between(rng, 0.55, 0.85)
        path = [
            (0.03 * c, 0.03 * s, foot),
            (0.07 * c, 0.07 * s, foot + 0.5 * high),
            (0.12 * c, 0.12 * s, foot + high),
        ]
        meshes.append(tube(path, (0.012, 0.009, 0.005), Paint((106, 84, 58)), sides=5))
        for i in range(5):
            share = 0.35 + 0.16 * i
            r = 0.03 + 0.09 * share
            yaw = way + 2.4 * i + float(rng.uniform(-0.3, 0.3))
            meshes.append(
                leaf(
                    (r * c, r * s, foot + share * high),
                    yaw,
                    between(rng, 0.2, 0.28),
                    between(rng, 0.1, 0.14),
                    0.75,
                    0.9,
                    _tint(rng, green),
                )
            )
    return meshes


def _snake_plant(rng: np.random.Generator, foot: float, green: Colour) -> list[Mesh]:
    meshes = []
    for i in range(11):
        yaw, r = 2.4 * i, 0.015 + 0.008 * i
        at = (r * math.cos(yaw), r * math.sin(yaw), foot)
        meshes.append(
            leaf(
                at,
                yaw,
                between(rng, 0.42, 0.75),
                between(rng, 0.06, 0.085),
                1.5 - 0.035 * i,
                0.12,
                _tint(rng, green),
            )
        )
    return meshes


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
        "picture", variant, f"{ART_WORDS[variant]} {which + 1} in a {word} frame", meshes, mount="wall"
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
            ((0.0, 0.0), (r, 0.0), (r, 0.036), (r - 0.018, 0.036), (r - 0.02, 0.026), (0.0, 0.026)),
            frame,
            sides=20,
        )
        disc = cylinder((0, 0, 0.026), 0.002, r - 0.02, face, sides=20)
        forward = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, r], [0, 0, 0, 1.0]])
        meshes += [ring.moved(forward), disc.moved(forward)]
        plane = -0.028
    ink = Paint((30, 30, 32))
    for hour in range(12):
        meshes.append(_mark(hour / 12, r * 0.72, r * 0.83, 0.005 if hour % 3 else 0.009, plane, r, ink))
    minutes = int(rng.integers(12 * 60))
    meshes += [
        _mark(minutes / 720, -0.02, r * 0.45, 0.008, plane - 0.003, r, ink),
        _mark(minutes / 60 % 1, -0.03, r * 0.66, 0.005, plane - 0.006, r, ink),
    ]
    if variant == 2:
        meshes += [_mark((k + 0.5) / 12, r, r * 1.5, 0.012, 0.0, r, BRASS, thick=0.012) for k in range(12)]
        return made("clock", 2, f"{colour} sunburst clock", meshes, mount="wall")
    return made("clock", variant, f"{colour} {('clock', 'square clock')[variant]}", meshes, mount="wall")


def _mark(
    turn: float,
    low: float,
    high: float,
    half: float,
    plane: float,
    centre_z: float,
    paint: Paint,
    *,
    thick: float = 0.003,
) -> Mesh:
    """A stroke from one radius to another on a dial, `turn` of the way round from twelve."""
    stroke = box((-half, plane - thick, low), (half, plane, high), paint)
    a = 2 * math.pi * turn
    c, s = math.cos(a), math.sin(a)
    return stroke.moved(np.array([[c, 0, s, 0], [0, 1, 0, 0], [-s, 0, c, centre_z], [0, 0, 0, 1.0]]))

"""Art for walls, made up by rule: landscapes, seascapes, abstract paintings, portraits."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

from streammem.envs.apartment.canvas import Canvas, Colour

__all__ = ["painting"]

Picture = UInt8[np.ndarray, "256 256 3"]

LANDS: tuple[
    tuple[Colour, Colour, tuple[Colour, ...]], ...
] = (  # sky above and below, hills from far to near
    ((110, 168, 222), (222, 234, 240), ((140, 168, 180), (104, 146, 104), (70, 120, 66))),
    ((250, 190, 120), (254, 228, 170), ((186, 128, 120), (150, 96, 84), (98, 66, 60))),
    ((92, 124, 172), (196, 208, 222), ((222, 228, 236), (132, 150, 168), (78, 100, 92))),
    ((150, 196, 214), (244, 236, 206), ((176, 182, 120), (214, 178, 84), (168, 132, 60))),
)
SEAS: tuple[tuple[Colour, Colour, Colour, Colour], ...] = (  # sky above and below, sea, sun
    ((120, 180, 226), (224, 236, 240), (44, 104, 148), (255, 246, 210)),
    ((232, 118, 84), (252, 206, 130), (92, 84, 122), (255, 236, 170)),
    ((38, 48, 92), (96, 110, 156), (26, 40, 74), (240, 240, 224)),
    ((160, 206, 206), (236, 230, 214), (58, 140, 140), (252, 240, 200)),
)
SETS: tuple[tuple[Colour, ...], ...] = (
    ((196, 44, 40), (44, 84, 160), (240, 200, 60), (246, 242, 232), (30, 30, 34)),
    ((224, 122, 95), (61, 64, 91), (129, 178, 154), (242, 204, 143), (244, 241, 222)),
    ((38, 70, 83), (42, 157, 143), (233, 196, 106), (244, 162, 97), (231, 111, 81)),
    ((90, 60, 120), (200, 90, 150), (250, 180, 90), (250, 240, 230), (40, 120, 160)),
)


def painting(rng: np.random.Generator, number: int) -> Picture:
    """Landscapes 0..3, seascapes 4..7, abstract 8..11, portraits 12..15."""
    kind, which = divmod(number, 4)
    canvas = (_land, _sea, _abstract, _portrait)[kind](rng, which)
    canvas.strokes(rng)
    return canvas.picture


def _land(rng: np.random.Generator, which: int) -> Canvas:
    above, below, hills = LANDS[which]
    canvas = Canvas(above, below)
    canvas.oval(0.72, 0.24, 0.07, 0.07, (255, 240, 196))
    if which == 0:
        canvas.cloud(0.3, 0.2, 0.16)
    for i, colour in enumerate(hills):
        canvas.ridge(rng, 0.5 + 0.14 * i, 0.16 - 0.04 * i, colour, bumps=7 - i)
    canvas.shape(
        [(0.42, 1.0), (0.62, 1.0), (0.53, 0.8), (0.55, 0.72), (0.53, 0.72), (0.5, 0.8)], (222, 206, 166)
    )
    for x in (0.14, 0.25, 0.84):
        canvas.tree(x, 0.84 + 0.3 * abs(x - 0.5) * 0.3, 0.26, hills[-1], pointed=which != 1)
    canvas.rectangle(0.66, 0.7, 0.12, 0.08, (236, 226, 206))
    canvas.shape([(0.64, 0.7), (0.8, 0.7), (0.72, 0.63)], (168, 70, 54))
    return canvas


def _sea(rng: np.random.Generator, which: int) -> Canvas:
    above, below, sea, sun = SEAS[which]
    canvas = Canvas(above, below)
    canvas.oval(0.3, 0.38 if which == 1 else 0.24, 0.08, 0.08, sun)
    canvas.rectangle(0, 0.55, 1, 0.45, sea)
    light = (min(255, sea[0] + 50), min(255, sea[1] + 50), min(255, sea[2] + 46))
    for _ in range(26):
        x, y = float(rng.uniform(0, 1)), float(rng.uniform(0.57, 0.98))
        canvas.line([(x, y), (x + 0.16 * (y - 0.4), y)], light, 1 + int(2 * (y > 0.8)))
    for x, size in ((0.66, 0.2), (0.2, 0.09)):
        y = 0.6 + 0.3 * size
        canvas.shape(
            [
                (x - 0.5 * size, y),
                (x + 0.5 * size, y),
                (x + 0.3 * size, y + 0.16 * size),
                (x - 0.36 * size, y + 0.16 * size),
            ],
            (104, 60, 40),
        )
        canvas.shape(
            [(x, y - 0.04 * size), (x, y - size), (x + 0.45 * size, y - 0.04 * size)], (250, 246, 236)
        )
        canvas.shape(
            [
                (x - 0.05 * size, y - 0.04 * size),
                (x - 0.05 * size, y - 0.8 * size),
                (x - 0.36 * size, y - 0.04 * size),
            ],
            (206, 70, 56),
        )
    if which == 3:
        canvas.shape([(0, 1), (0, 0.86), (0.4, 0.92), (0.75, 1)], (232, 210, 160))
    return canvas


def _abstract(rng: np.random.Generator, which: int) -> Canvas:
    colours = SETS[which]
    canvas = Canvas(colours[3])
    if which == 0:
        for x, y, wide, high, i in ((0, 0, 0.3, 0.44, 0), (0.68, 0, 0.32, 0.24, 2), (0.34, 0.48, 0.3, 0.52, 1), (0.68, 0.72, 0.32, 0.28, 0), (0, 0.82, 0.3, 0.18, 2)):  # fmt: skip
            canvas.rectangle(x, y, wide, high, colours[i])
        for at in (0.3, 0.64):
            canvas.rectangle(at, 0, 0.035, 1, colours[4])
        for at in (0.24, 0.44, 0.72):
            canvas.rectangle(0, at, 1, 0.035, colours[4])
        return canvas
    for i in range(9):
        x, y, r = (float(v) for v in rng.uniform((0.1, 0.1, 0.07), (0.9, 0.9, 0.24)))
        colour = colours[i % 5]
        if which == 1 or (which == 3 and i % 2):
            canvas.oval(x, y, r, r, colour)
        elif which == 2:
            canvas.shape([(x - r, y + r), (x + 1.2 * r, y + 0.7 * r), (x + 0.2 * r, y - 1.3 * r)], colour)
        else:
            canvas.rectangle(x - r, y - 0.5 * r, 2 * r, r, colour)
    canvas.line(
        [(0.08, 0.85), (0.3, 0.4), (0.52, 0.7), (0.9, 0.14)], colours[4] if which != 1 else colours[1], 4
    )
    return canvas


def _portrait(rng: np.random.Generator, which: int) -> Canvas:
    ground, cloth, hair, skin = (
        ((96, 112, 96), (122, 40, 44), (58, 38, 28), (232, 190, 156)),
        ((158, 132, 98), (48, 64, 104), (206, 168, 96), (240, 206, 176)),
        ((70, 74, 96), (196, 160, 72), (32, 28, 28), (150, 104, 74)),
        ((184, 176, 160), (62, 98, 80), (150, 146, 142), (224, 178, 144)),
    )[which]
    del rng
    canvas = Canvas(ground, (ground[0] * 3 // 4, ground[1] * 3 // 4, ground[2] * 3 // 4))
    if which != 3:
        canvas.oval(0.5, 0.44, 0.21, 0.28, hair)
    canvas.oval(0.5, 1.02, 0.36, 0.32, cloth)
    canvas.shape([(0.43, 0.55), (0.57, 0.55), (0.6, 0.76), (0.4, 0.76)], skin)
    canvas.shape([(0.38, 0.73), (0.62, 0.73), (0.5, 0.86)], (244, 240, 228))
    canvas.oval(0.5, 0.43, 0.155, 0.21, skin)
    canvas.oval(0.5, 0.27, 0.165, 0.09, hair)
    for side in (-1, 1):
        canvas.oval(0.5 + side * 0.062, 0.42, 0.026, 0.015, (250, 248, 244))
        canvas.oval(0.5 + side * 0.062, 0.42, 0.012, 0.014, (44, 40, 44))
        canvas.line([(0.5 + side * 0.1, 0.385), (0.5 + side * 0.03, 0.38)], hair, 2)
    canvas.line(
        [(0.5, 0.43), (0.485, 0.49), (0.51, 0.495)], (skin[0] * 3 // 4, skin[1] * 3 // 4, skin[2] * 3 // 4), 2
    )
    canvas.oval(0.5, 0.55, 0.045, 0.014, (176, 76, 70))
    return canvas

"""The pictures on books, rugs and balls."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from streammem.envs.apartment.canvas import Canvas, Colour
from streammem.envs.apartment.clouds import SIDE, clouds, picture_of

__all__ = ["ball_skin", "book_spines", "cover", "rug"]

Picture = UInt8[np.ndarray, "256 256 3"]

SPINES: tuple[Colour, ...] = (
    (164, 52, 46), (44, 74, 120), (56, 104, 72), (214, 176, 92), (232, 224, 206), (52, 48, 52), (120, 72, 110),
    (196, 112, 60), (96, 132, 150), (132, 92, 60),
)  # fmt: skip
FOLD = (np.sqrt(5) + 1) / 2


def book_spines(rng: np.random.Generator, number: int) -> Picture:
    """Backs of a dozen books side by side."""
    canvas, x = Canvas((66, 52, 42)), 0.0
    del number  # the generator differs
    while x < 0.99:
        wide = min(float(rng.uniform(0.06, 0.12)), 1 - x)
        high = float(rng.uniform(0.86, 1.0))
        colour = SPINES[int(rng.integers(len(SPINES)))]
        light: Colour = (236, 222, 178) if sum(colour) < 420 else (84, 60, 50)
        canvas.rectangle(x + 0.004, 1 - high, wide - 0.008, high, colour)
        for y in (0.08, 0.84):
            canvas.rectangle(x + 0.004, 1 - high + y * high, wide - 0.008, 0.016, light)
        canvas.rectangle(x + 0.38 * wide, 1 - high * 0.78, 0.24 * wide, 0.34 * high, light)
        x += wide
    return canvas.picture


def cover(rng: np.random.Generator, number: int) -> Picture:
    """A book's front: a title, and a sun, stripes, rings or a mountain; it takes on the colour of the book."""
    del rng
    canvas, dark = Canvas((255, 255, 255)), (120, 120, 120)
    canvas.rectangle(0.16, 0.1, 0.68, 0.07, (60, 60, 60))
    canvas.rectangle(0.26, 0.2, 0.48, 0.04, (60, 60, 60))
    canvas.rectangle(0.3, 0.9, 0.4, 0.03, (90, 90, 90))
    if number == 0:
        canvas.oval(0.5, 0.56, 0.2, 0.2, dark)
    elif number == 1:
        for i in range(5):
            canvas.rectangle(0.12, 0.34 + 0.1 * i, 0.76, 0.045, dark)
    elif number == 2:
        for r, shade in ((0.24, dark), (0.18, (255, 255, 255)), (0.11, dark)):
            canvas.oval(0.5, 0.56, r, r, shade)
    else:
        canvas.shape([(0.14, 0.8), (0.44, 0.38), (0.6, 0.6), (0.7, 0.5), (0.88, 0.8)], dark)
    return canvas.picture


def rug(rng: np.random.Generator, number: int) -> Picture:
    """Near white, for the colour is the rug's: borders, stripes, diamonds, rings."""
    line = (np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE
    x, y = line[None, :], line[:, None]
    edge = np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y))
    if number == 0:
        inner = np.abs(np.abs(x - 0.5) * 1.4 + np.abs(y - 0.5) * 2)
        dark = (
            ((edge > 0.05) & (edge < 0.1))
            | ((edge > 0.12) & (edge < 0.135))
            | ((inner < 0.42) & (inner > 0.34))
            | (inner < 0.16)
        )
    elif number == 1:
        dark = (y * 9 % 1 < 0.45) & (edge >= 0) & (x >= 0)
    elif number == 2:
        lattice = np.abs((x * 5) % 1 - 0.5) + np.abs((y * 3.5 + 0.25) % 1 - 0.5)
        dark = ((lattice > 0.42) & (lattice < 0.54) | (lattice < 0.14)) & (edge > 0.07) | (edge < 0.045)
    else:
        away = np.hypot(x - 0.5, y - 0.5)
        dark = (away * 11 % 1 < 0.42) & (away < 0.5)
    pile = clouds(rng, 128)
    return picture_of(np.asarray(np.where(dark, 0.55, 0.98) - 0.14 * pile, np.float32))


@cache
def _around(side: int) -> Float32[np.ndarray, "_ _ 3"]:
    """The direction from the middle of a ball to each texel of its skin."""
    turn = ((np.arange(side) + 0.5) / side * 2 * np.pi).astype(np.float32)[None, :]
    tilt = (np.pi / 2 - (np.arange(side) + 0.5) / side * np.pi).astype(np.float32)[:, None]
    flat = np.cos(tilt)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), np.sin(tilt) + 0 * turn], -1)


def ball_skin(rng: np.random.Generator, number: int) -> Picture:
    """A football, a basketball, a beach ball, a rubber ball with a stripe."""
    del rng
    way = _around(128)
    small = (_football, _basketball, _beach_ball, _striped)[number](way)
    return np.asarray(cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR))


def _football(way: Float32[np.ndarray, "_ _ 3"]) -> UInt8[np.ndarray, "_ _ 3"]:
    """Black about the corners of an icosahedron; seams where two of its faces' middles are equally near."""
    corners = np.array(
        [np.roll((0, a, b * FOLD), k) for k in range(3) for a in (-1, 1) for b in (-1, 1)], np.float32
    )
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    nearest = way.reshape(-1, 3) @ corners.T
    nearest.partition((9, 10, 11), axis=1)
    first, second, third = nearest[:, 11], nearest[:, 10], nearest[:, 9]
    black = first > 0.937
    seam = (np.abs(first - second) < 0.02) & (second - third < 9) & ~black
    skin = np.full((len(first), 3), 246, np.uint8)
    skin[seam] = 150
    skin[black] = 30
    return skin.reshape(*way.shape[:2], 3)


def _basketball(way: Float32[np.ndarray, "_ _ 3"]) -> UInt8[np.ndarray, "_ _ 3"]:
    x, y, z = way[..., 0], way[..., 1], way[..., 2]
    seam = (np.abs(z) < 0.03) | (np.abs(x) < 0.03) | (np.abs(np.abs(y) - 0.62 - 0.25 * z * z) < 0.03)
    return np.where(seam[..., None], np.uint8(60), np.uint8(255)).repeat(3, axis=2)


def _beach_ball(way: Float32[np.ndarray, "_ _ 3"]) -> UInt8[np.ndarray, "_ _ 3"]:
    colours = np.array(
        [(226, 50, 46), (250, 250, 248), (48, 110, 200), (250, 250, 248), (248, 204, 56), (250, 250, 248)],
        np.uint8,
    )
    tilted_x, tilted_z = 0.8 * way[..., 0] + 0.6 * way[..., 2], 0.8 * way[..., 2] - 0.6 * way[..., 0]
    part = ((np.arctan2(way[..., 1], tilted_x) / (2 * np.pi) + 0.5) * 6).astype(np.int64) % 6
    return np.asarray(np.where((np.abs(tilted_z) > 0.96)[..., None], colours[1], colours[part]))


def _striped(way: Float32[np.ndarray, "_ _ 3"]) -> UInt8[np.ndarray, "_ _ 3"]:
    across = 0.8 * way[..., 2] - 0.6 * way[..., 0]
    stripe = (np.abs(across) < 0.16) | (np.abs(across) > 0.93)
    light = np.where(stripe, np.uint8(120), np.uint8(255))
    return np.repeat(light[..., None], 3, axis=2)

"""A small canvas, for pictures that apartments show: on walls, on screens, behind windows."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import UInt8

from streammem.envs.apartment.clouds import SIDE, clouds

__all__ = ["Canvas"]

Colour = tuple[int, int, int]


class Canvas:
    """Draws into `picture`; places are shares of the side, (0, 0) above left."""

    def __init__(self, above: Colour, below: Colour | None = None) -> None:
        """A ground that runs from one colour to another."""
        ends = np.array([above, below or above], np.float32)
        share = np.linspace(0, 1, SIDE, dtype=np.float32)[:, None]
        rows = ends[0] + (ends[1] - ends[0]) * share
        self.picture: UInt8[np.ndarray, "256 256 3"] = np.repeat(rows[:, None].astype(np.uint8), SIDE, axis=1)

    def shape(self, points: Sequence[tuple[float, float]], colour: Colour) -> None:
        """A filled polygon."""
        corners = (np.array(points) * SIDE * 16).astype(np.int32)
        cv2.fillPoly(self.picture, [corners], colour, cv2.LINE_AA, 4)

    def rectangle(self, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        """A filled one by its upper left corner."""
        low, top = round(x * SIDE), round(y * SIDE)
        self.picture[max(top, 0) : round((y + high) * SIDE), max(low, 0) : round((x + wide) * SIDE)] = colour

    def oval(
        self, x: float, y: float, wide: float, high: float, colour: Colour, *, turn_deg: float = 0.0
    ) -> None:
        """A filled ellipse by its middle and its radii."""
        middle, radii = (
            (round(x * SIDE * 16), round(y * SIDE * 16)),
            (round(wide * SIDE * 16), round(high * SIDE * 16)),
        )
        cv2.ellipse(self.picture, middle, radii, turn_deg, 0, 360, colour, -1, cv2.LINE_AA, 4)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, width: int = 1) -> None:
        """An open line."""
        corners = (np.array(points) * SIDE * 16).astype(np.int32)
        cv2.polylines(self.picture, [corners], False, colour, width, cv2.LINE_AA, 4)

    def ridge(
        self, rng: np.random.Generator, y: float, rise: float, colour: Colour, *, bumps: int = 5
    ) -> None:
        """Everything below a hilly line."""
        knots = np.interp(np.linspace(0, bumps, 48), np.arange(bumps + 1), rng.uniform(-1, 1, bumps + 1))
        smooth = np.convolve(np.pad(knots, 4, mode="edge"), np.ones(9) / 9, mode="valid")
        x = np.linspace(0, 1, 48)
        self.shape(
            [(0.0, 1.0), *zip(x.tolist(), (y - rise * smooth).tolist(), strict=True), (1.0, 1.0)], colour
        )

    def tree(self, x: float, y: float, high: float, colour: Colour, *, pointed: bool = False) -> None:
        """One that stands on a point."""
        self.rectangle(x - 0.06 * high, y - 0.35 * high, 0.12 * high, 0.35 * high, (98, 70, 48))
        dark = (colour[0] * 4 // 5, colour[1] * 4 // 5, colour[2] * 4 // 5)
        if pointed:
            for i, wide in enumerate((0.34, 0.27, 0.19)):
                foot = y - (0.25 + 0.22 * i) * high
                self.shape(
                    [(x - wide * high, foot), (x + wide * high, foot), (x, foot - 0.4 * high)],
                    dark if i % 2 else colour,
                )
            return
        for dx, dy, r, shade in ((-0.17, 0.5, 0.24, dark), (0.17, 0.52, 0.24, dark), (0.0, 0.7, 0.3, colour)):
            self.oval(x + dx * high, y - dy * high, r * high, r * high, shade)

    def cloud(self, x: float, y: float, wide: float) -> None:
        """A heap of white."""
        for dx, dy, r in ((-0.5, 0.0, 0.3), (0.0, -0.12, 0.42), (0.5, 0.0, 0.32), (0.1, 0.08, 0.4)):
            self.oval(x + dx * wide, y + dy * wide, r * wide, 0.62 * r * wide, (250, 250, 252))

    def strokes(self, rng: np.random.Generator, strength: float = 0.12) -> None:
        """Roughen the paint."""
        rough = 1 + strength * (clouds(rng, 64, 32) + clouds(rng, 16) - 1)
        self.picture = (self.picture * rough[..., None]).clip(0, 255).astype(np.uint8)

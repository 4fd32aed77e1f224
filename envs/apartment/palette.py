"""Colours by the names that people use, and the paints of woods, metals and cloths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streammem.envs.apartment.solids import Colour, Paint

__all__ = ["CLOTHS", "COLOURS", "WOODS", "an", "chosen", "darker", "plain", "shaded", "wood"]

COLOURS: dict[str, Colour] = {
    "red": (196, 44, 40),
    "orange": (230, 126, 34),
    "yellow": (238, 196, 52),
    "green": (62, 142, 76),
    "blue": (44, 96, 182),
    "purple": (124, 70, 160),
    "brown": (122, 78, 46),
    "black": (40, 40, 43),
    "grey": (138, 140, 143),
    "white": (238, 237, 232),
}
WOODS: dict[str, Colour] = {
    "oak": (206, 160, 104),
    "walnut": (122, 80, 52),
    "pine": (228, 188, 132),
    "white": (240, 238, 232),
    "black": (52, 48, 46),
}
CLOTHS: dict[str, Colour] = {  # what upholstery is dyed in: the same words, softer
    "grey": (142, 145, 150),
    "blue": (66, 96, 140),
    "green": (88, 122, 92),
    "red": (168, 62, 56),
    "brown": (132, 98, 70),
    "yellow": (214, 172, 72),
    "white": (226, 220, 208),
    "purple": (120, 92, 140),
    "black": (58, 58, 62),
    "orange": (206, 122, 62),
}
STEEL = Paint((190, 193, 197), "metal", 0.4)
BRASS = Paint((196, 160, 92), "metal", 0.4)
DARK = Paint((46, 46, 50))
WHITE = Paint((240, 240, 236))
CHROME = Paint((206, 210, 214))


def chosen(rng: np.random.Generator, names: Sequence[str]) -> str:
    """One of some words."""
    return names[int(rng.integers(len(names)))]


def an(word: str) -> str:
    """The word with its article."""
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def shaded(colour: Colour, factor: float) -> Colour:
    """The colour, lighter or darker."""
    red, green, blue = (min(255, max(0, round(c * factor))) for c in colour)
    return red, green, blue


def darker(paint: Paint, factor: float = 0.8) -> Paint:
    """The paint in another shade."""
    return Paint(shaded(paint.colour, factor), paint.surface, paint.repeat_m, paint.glow)


def plain(name: str, factor: float = 1.0) -> Paint:
    """A lacquer in a colour by its name."""
    return Paint(shaded(COLOURS[name], factor))


def wood(name: str) -> Paint:
    """A wood by its name; white and black are painted, with no grain to see."""
    painted = name in ("white", "black")
    return Paint(WOODS[name], "plain" if painted else "wood", 1.0)


def cloth(name: str, surface: str = "fabric") -> Paint:
    """A cloth in a colour by its name."""
    return Paint(CLOTHS[name], surface, 0.25)

"""How an apartment is finished: colours of walls, what the floors are made of, doors and trim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

__all__ = ["STYLES", "Finish", "Style", "style_for"]

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Finish:
    """What a face looks like: a picture that repeats every `repeat_m` metres, times a colour."""

    colour: Colour
    surface: str = "plain"
    repeat_m: float = 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Style:
    """The finishes of one apartment; a kind of room that is not listed has the ones of ""."""

    name: str
    walls: Mapping[str, Finish]
    floors: Mapping[str, Finish]
    ceiling: Finish
    trim: Finish
    door: Finish

    def wall(self, kind: str) -> Finish:
        """Of the walls of a kind of room."""
        return self.walls.get(kind, self.walls[""])

    def floor(self, kind: str) -> Finish:
        """Of its floor."""
        return self.floors.get(kind, self.floors[""])


def _paint(*colour: int) -> Finish:
    return Finish((colour[0], colour[1], colour[2]), "plaster", 1.6)


def _tiles(*colour: int, small: bool = False) -> Finish:
    return Finish((colour[0], colour[1], colour[2]), "small tile" if small else "tile", 0.6 if small else 1.2)


WHITE = Finish((244, 243, 240), "plaster", 2.0)
TRIM = Finish((238, 236, 230))

STYLES: tuple[Style, ...] = (
    Style(
        name="nordic",
        walls={
            "": _paint(236, 234, 228), "living room": _paint(226, 228, 226), "bedroom": _paint(206, 218, 224),
            "bathroom": _tiles(222, 232, 236, small=True), "kitchen": _paint(240, 236, 224), "study": _paint(214, 222, 208),
        },
        floors={
            "": Finish((214, 184, 146), "planks", 1.2), "kitchen": _tiles(206, 206, 202),
            "bathroom": _tiles(186, 194, 200), "bedroom": Finish((222, 196, 160), "planks", 1.2),
        },
        ceiling=WHITE, trim=TRIM, door=Finish((236, 234, 228)),
    ),
    Style(
        name="classic",
        walls={
            "": _paint(236, 222, 196), "living room": _paint(226, 204, 168), "bedroom": _paint(200, 186, 204),
            "bathroom": _tiles(244, 232, 210, small=True), "kitchen": _paint(242, 220, 160), "study": _paint(168, 186, 168),
            "dining room": _paint(204, 150, 128),
        },
        floors={
            "": Finish((150, 104, 66), "parquet", 1.0), "kitchen": _tiles(196, 160, 126), "bathroom": _tiles(214, 196, 170),
            "bedroom": Finish((170, 150, 132), "carpet", 1.0),
        },
        ceiling=WHITE, trim=Finish((232, 222, 204)), door=Finish((142, 92, 54), "wood", 1.0),
    ),
    Style(
        name="modern",
        walls={
            "": _paint(232, 232, 234), "living room": _paint(218, 216, 212), "bedroom": _paint(188, 192, 198),
            "bathroom": _tiles(206, 208, 212), "kitchen": _paint(228, 228, 230), "study": _paint(150, 170, 184),
        },
        floors={
            "": Finish((168, 150, 130), "planks", 1.6), "kitchen": _tiles(150, 150, 154), "bathroom": _tiles(112, 114, 120),
            "hall": _tiles(150, 150, 154), "bedroom": Finish((150, 150, 156), "carpet", 1.0),
        },
        ceiling=WHITE, trim=Finish((244, 244, 244)), door=Finish((92, 84, 78), "wood", 1.0),
    ),
    Style(
        name="cottage",
        walls={
            "": _paint(244, 238, 218), "living room": _paint(206, 216, 190), "bedroom": _paint(236, 206, 200),
            "bathroom": _tiles(196, 222, 214, small=True), "kitchen": _paint(190, 214, 222), "study": _paint(226, 208, 176),
            "dining room": _paint(236, 214, 180),
        },
        floors={
            "": Finish((186, 128, 80), "planks", 0.9), "kitchen": _tiles(176, 110, 86), "bathroom": _tiles(222, 214, 200, small=True),
            "hall": _tiles(176, 110, 86),
        },
        ceiling=WHITE, trim=Finish((246, 240, 226)), door=Finish((206, 166, 118), "wood", 1.0),
    ),
    Style(
        name="loft",
        walls={
            "": _paint(222, 218, 212), "living room": Finish((190, 118, 96), "brick", 0.8), "bedroom": _paint(176, 164, 154),
            "bathroom": _tiles(236, 236, 232, small=True), "kitchen": _paint(206, 206, 204), "study": Finish((196, 128, 104), "brick", 0.8),
        },
        floors={
            "": Finish((140, 102, 74), "planks", 1.4), "kitchen": _tiles(124, 122, 120), "bathroom": _tiles(96, 100, 104),
            "living room": Finish((128, 92, 66), "planks", 1.4),
        },
        ceiling=Finish((228, 226, 222), "plaster", 2.0), trim=Finish((88, 84, 80)), door=Finish((70, 66, 64), "metal", 1.0),
    ),
    Style(
        name="mediterranean",
        walls={
            "": _paint(248, 240, 226), "living room": _paint(246, 226, 192), "bedroom": _paint(184, 210, 222),
            "bathroom": _tiles(120, 176, 190, small=True), "kitchen": _tiles(244, 240, 226, small=True), "study": _paint(240, 214, 176),
        },
        floors={
            "": _tiles(206, 152, 112), "bathroom": _tiles(226, 220, 208), "bedroom": Finish((196, 150, 104), "parquet", 1.0),
        },
        ceiling=WHITE, trim=Finish((240, 230, 212)), door=Finish((74, 120, 142)),
    ),
)  # fmt: skip


def style_for(rng: np.random.Generator) -> Style:
    """One of the styles."""
    return STYLES[int(rng.integers(len(STYLES)))]

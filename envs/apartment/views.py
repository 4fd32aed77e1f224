"""What is seen in screens and behind windows."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

from streammem.envs.apartment.canvas import Canvas, Colour

__all__ = ["outside", "screen"]

Picture = UInt8[np.ndarray, "256 256 3"]


def screen(rng: np.random.Generator, number: int) -> Picture:
    """News, football, a film, a desktop, a programmer's editor, a page with a chart."""
    return (_news, _football, _film, _desktop, _editor, _page)[number](rng).picture


def _news(rng: np.random.Generator) -> Canvas:
    canvas = Canvas((24, 60, 120), (60, 130, 200))
    canvas.oval(0.76, 0.32, 0.16, 0.2, (70, 150, 120))
    canvas.ridge(rng, 0.6, 0.04, (40, 84, 150), bumps=8)
    canvas.oval(0.36, 0.9, 0.24, 0.34, (44, 46, 58))
    canvas.shape([(0.31, 0.62), (0.41, 0.62), (0.36, 0.82)], (240, 240, 240))
    canvas.shape([(0.345, 0.63), (0.375, 0.63), (0.36, 0.8)], (190, 40, 40))
    canvas.oval(0.36, 0.36, 0.105, 0.15, (70, 46, 32))
    canvas.oval(0.36, 0.42, 0.09, 0.14, (232, 188, 154))
    for side in (-1, 1):
        canvas.oval(0.36 + side * 0.035, 0.41, 0.011, 0.013, (40, 30, 30))
    canvas.oval(0.36, 0.49, 0.03, 0.01, (170, 80, 76))
    canvas.rectangle(0, 0.8, 1, 0.13, (200, 32, 40))
    canvas.rectangle(0, 0.93, 1, 0.07, (244, 244, 246))
    for y, start, colour in ((0.835, 0.05, (255, 255, 255)), (0.955, 0.03, (60, 60, 66))):
        x = start
        while x < 0.9:
            wide = float(rng.uniform(0.04, 0.14))
            canvas.rectangle(x, y, wide, 0.05 if y < 0.9 else 0.022, colour)
            x += wide + 0.03
    return canvas


def _football(rng: np.random.Generator) -> Canvas:
    canvas = Canvas((70, 150, 66))
    for i in range(0, 8, 2):
        canvas.rectangle(i / 8, 0, 1 / 8, 1, (84, 166, 76))
    canvas.rectangle(0, 0, 1, 0.2, (86, 92, 112))
    for x, y in rng.uniform((0, 0.01), (1, 0.17), (220, 2)):
        colours = ((210, 60, 60), (240, 240, 240), (60, 90, 190), (240, 200, 80))
        canvas.rectangle(float(x), float(y), 0.014, 0.016, colours[int(x * 997) % 4])
    canvas.rectangle(0, 0.2, 1, 0.012, (246, 246, 246))
    canvas.line([(0.5, 0.2), (0.5, 1.0)], (246, 246, 246), 2)
    canvas.oval(0.5, 0.6, 0.16, 0.14, (246, 246, 246))
    canvas.oval(0.5, 0.6, 0.148, 0.128, (78, 158, 72))
    canvas.line([(0, 0.34), (0.16, 0.34), (0.16, 0.86), (0, 0.86)], (246, 246, 246), 2)
    for i, (x, y) in enumerate(rng.uniform((0.08, 0.34), (0.92, 0.84), (10, 2))):
        shirt = (206, 40, 44) if i % 2 else (44, 78, 190)
        _player(canvas, float(x), float(y), shirt)
    canvas.oval(0.56, 0.74, 0.014, 0.014, (255, 255, 255))
    canvas.rectangle(0.04, 0.04, 0.26, 0.07, (20, 24, 40))
    canvas.rectangle(0.06, 0.055, 0.06, 0.04, (206, 40, 44))
    canvas.rectangle(0.22, 0.055, 0.06, 0.04, (44, 78, 190))
    return canvas


def _player(canvas: Canvas, x: float, y: float, shirt: Colour) -> None:
    canvas.rectangle(x - 0.014, y + 0.03, 0.011, 0.05, (232, 190, 156))
    canvas.rectangle(x + 0.005, y + 0.03, 0.011, 0.05, (232, 190, 156))
    canvas.rectangle(x - 0.02, y - 0.03, 0.04, 0.06, shirt)
    canvas.rectangle(x - 0.018, y + 0.02, 0.036, 0.025, (244, 244, 244))
    canvas.oval(x, y - 0.05, 0.016, 0.02, (120, 80, 56))


def _film(rng: np.random.Generator) -> Canvas:
    canvas = Canvas((48, 40, 92), (250, 150, 86))
    canvas.oval(0.6, 0.56, 0.13, 0.13, (255, 226, 140))
    canvas.ridge(rng, 0.62, 0.16, (104, 58, 92), bumps=8)
    canvas.ridge(rng, 0.74, 0.08, (60, 36, 66), bumps=6)
    canvas.rectangle(0, 0.86, 1, 0.14, (34, 26, 46))
    canvas.tree(0.14, 0.9, 0.5, (28, 24, 40), pointed=True)
    canvas.tree(0.28, 0.9, 0.34, (28, 24, 40), pointed=True)
    canvas.oval(0.78, 0.83, 0.06, 0.03, (20, 16, 30))  # a horse
    canvas.shape([(0.82, 0.83), (0.87, 0.74), (0.89, 0.77), (0.85, 0.85)], (20, 16, 30))
    for x in (0.74, 0.77, 0.8, 0.83):
        canvas.line([(x, 0.84), (x - 0.005, 0.92)], (20, 16, 30), 2)
    return canvas


def _desktop(rng: np.random.Generator) -> Canvas:
    canvas = Canvas((34, 110, 170), (128, 196, 210))
    canvas.ridge(rng, 0.72, 0.1, (40, 130, 110), bumps=5)
    canvas.ridge(rng, 0.84, 0.06, (24, 96, 84), bumps=4)
    icons: tuple[Colour, ...] = ((244, 200, 66), (224, 80, 70), (80, 170, 90), (240, 240, 244))
    for i, colour in enumerate(icons):
        canvas.rectangle(0.05, 0.06 + 0.15 * i, 0.07, 0.09, colour)
    canvas.rectangle(0.34, 0.14, 0.54, 0.52, (246, 247, 249))
    canvas.rectangle(0.34, 0.14, 0.54, 0.06, (66, 84, 120))
    canvas.rectangle(0.38, 0.25, 0.22, 0.3, (200, 150, 110))
    for i in range(6):
        canvas.rectangle(0.64, 0.26 + 0.05 * i, float(rng.uniform(0.1, 0.2)), 0.018, (130, 136, 146))
    canvas.rectangle(0, 0.93, 1, 0.07, (26, 34, 48))
    return canvas


def _editor(rng: np.random.Generator) -> Canvas:
    canvas = Canvas((30, 34, 44))
    canvas.rectangle(0, 0, 0.18, 1, (40, 45, 58))
    canvas.rectangle(0, 0, 1, 0.05, (58, 64, 82))
    colours: tuple[Colour, ...] = (
        (198, 120, 221),
        (152, 195, 121),
        (97, 175, 239),
        (229, 192, 123),
        (200, 204, 212),
    )
    for row in range(18):
        x = 0.23 + 0.04 * int(rng.integers(0, 4))
        for _ in range(int(rng.integers(1, 5))):
            wide = float(rng.uniform(0.04, 0.14))
            canvas.rectangle(x, 0.09 + 0.05 * row, wide, 0.022, colours[int(rng.integers(5))])
            x += wide + 0.018
    for row in range(9):
        canvas.rectangle(0.025, 0.1 + 0.05 * row, float(rng.uniform(0.06, 0.13)), 0.016, (140, 146, 160))
    return canvas


def _page(rng: np.random.Generator) -> Canvas:
    canvas = Canvas((222, 226, 232))
    canvas.rectangle(0, 0, 1, 0.08, (44, 100, 180))
    canvas.rectangle(0.14, 0.12, 0.72, 0.88, (255, 255, 255))
    canvas.rectangle(0.2, 0.17, 0.4, 0.04, (40, 44, 52))
    for i in range(5):
        canvas.rectangle(0.2, 0.26 + 0.035 * i, float(rng.uniform(0.45, 0.6)), 0.014, (150, 154, 162))
    for i, high in enumerate((0.14, 0.24, 0.18, 0.32, 0.27)):
        colour = ((66, 133, 244), (234, 67, 53), (251, 188, 5), (52, 168, 83), (120, 90, 200))[i]
        canvas.rectangle(0.22 + 0.115 * i, 0.86 - high, 0.085, high, colour)
    canvas.line([(0.2, 0.5), (0.2, 0.86), (0.8, 0.86)], (60, 64, 72), 2)
    return canvas


def outside(rng: np.random.Generator, number: int) -> Picture:
    """Hills, a street of houses, a park, a city, the sea, an evening."""
    above, below = (
        ((116, 178, 236), (216, 234, 246)), ((130, 186, 238), (224, 236, 244)), ((140, 196, 240), (226, 240, 246)),
        ((150, 190, 226), (230, 234, 238)), ((100, 176, 236), (214, 238, 248)), ((92, 96, 158), (250, 176, 120)),
    )[number]  # fmt: skip
    canvas = Canvas(above, below)
    if number != 5:
        canvas.cloud(0.28, 0.2, 0.14)
        canvas.cloud(0.74, 0.13, 0.1)
    (_hills, _street, _park, _city, _shore, _hills)[number](canvas, rng)
    if number == 5:
        canvas.picture = (canvas.picture * np.array([0.9, 0.74, 0.72])).astype(np.uint8)
    return canvas.picture


def _hills(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.ridge(rng, 0.56, 0.12, (150, 176, 196), bumps=8)
    canvas.ridge(rng, 0.66, 0.08, (122, 168, 112), bumps=6)
    canvas.ridge(rng, 0.8, 0.05, (96, 150, 80), bumps=4)
    for x, y, size in ((0.2, 0.78, 0.1), (0.32, 0.82, 0.13), (0.8, 0.8, 0.12), (0.9, 0.84, 0.15)):
        canvas.tree(x, y, size, (74, 122, 66))
    _house(canvas, 0.58, 0.76, 0.09, (240, 232, 214), (178, 84, 62))


def _house(canvas: Canvas, x: float, y: float, size: float, wall: Colour, roof: Colour) -> None:
    canvas.rectangle(x - size, y - 1.2 * size, 2 * size, 1.2 * size, wall)
    canvas.shape(
        [(x - 1.2 * size, y - 1.18 * size), (x + 1.2 * size, y - 1.18 * size), (x, y - 2.1 * size)], roof
    )
    canvas.rectangle(x - 0.16 * size, y - 0.62 * size, 0.36 * size, 0.62 * size, (110, 76, 54))
    for side in (-0.72, 0.38):
        canvas.rectangle(x + side * size, y - 0.85 * size, 0.36 * size, 0.36 * size, (126, 168, 200))


def _street(canvas: Canvas, rng: np.random.Generator) -> None:
    walls: tuple[Colour, ...] = ((242, 232, 208), (226, 190, 160), (206, 216, 222), (240, 214, 150))
    roofs: tuple[Colour, ...] = ((172, 78, 58), (120, 72, 56), (86, 92, 104), (186, 96, 66))
    canvas.ridge(rng, 0.62, 0.04, (122, 164, 118), bumps=7)
    canvas.rectangle(0, 0.8, 1, 0.2, (116, 160, 92))
    for i in range(4):
        _house(canvas, 0.13 + 0.25 * i, 0.82 + 0.01 * (i % 2), 0.105, walls[i], roofs[i])
    canvas.rectangle(0, 0.9, 1, 0.1, (142, 142, 146))
    for i in range(6):
        canvas.rectangle(0.02 + 0.18 * i, 0.945, 0.08, 0.014, (238, 238, 232))
    canvas.tree(0.26, 0.87, 0.2, (80, 132, 70))
    canvas.tree(0.76, 0.87, 0.22, (94, 142, 72))


def _park(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.ridge(rng, 0.62, 0.06, (104, 148, 96), bumps=14)
    canvas.rectangle(0, 0.7, 1, 0.3, (128, 180, 96))
    canvas.shape([(0.4, 1.0), (0.66, 1.0), (0.52, 0.7), (0.49, 0.7)], (222, 208, 176))
    for x, y, size in ((0.1, 0.8, 0.34), (0.3, 0.74, 0.22), (0.74, 0.75, 0.24), (0.92, 0.86, 0.42)):
        canvas.tree(x, y, size, (76, 136 - int(20 * size), 64))


def _city(canvas: Canvas, rng: np.random.Generator) -> None:
    for layer, tone in enumerate((0.86, 1.0)):
        x = -0.02
        while x < 1:
            wide, top = float(rng.uniform(0.09, 0.16)), float(rng.uniform(0.26, 0.56)) + 0.16 * layer
            grey = int(rng.uniform(150, 196) * tone) - 36 * layer
            canvas.rectangle(x, top, wide - 0.008, 1 - top, (grey, grey - 2, min(255, grey + 8)))
            for row in np.arange(top + 0.03, 0.96, 0.055).tolist():
                for column in np.arange(x + 0.014, x + wide - 0.03, 0.03).tolist():
                    canvas.rectangle(
                        column, row, 0.016, 0.03, (206, 222, 236) if rng.random() < 0.7 else (250, 226, 150)
                    )
            x += wide


def _shore(canvas: Canvas, rng: np.random.Generator) -> None:
    canvas.rectangle(0, 0.56, 1, 0.44, (54, 132, 176))
    for _ in range(22):
        x, y = float(rng.uniform(0, 1)), float(rng.uniform(0.58, 0.84))
        canvas.line([(x, y), (x + 0.07, y)], (120, 186, 214), 1)
    canvas.ridge(rng, 0.86, 0.02, (236, 216, 166), bumps=4)
    canvas.shape([(0.62, 0.58), (0.72, 0.58), (0.7, 0.61), (0.64, 0.61)], (240, 240, 240))
    canvas.shape([(0.67, 0.57), (0.67, 0.44), (0.73, 0.57)], (250, 248, 242))
    canvas.line([(0.2, 0.96), (0.2, 0.76)], (120, 90, 60), 2)
    canvas.shape([(0.08, 0.79), (0.32, 0.79), (0.2, 0.7)], (214, 66, 58))

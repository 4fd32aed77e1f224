"""A picture to draw on: smooth lines, areas, dots, and text in a font that comes with Pillow."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont

from streammem.errors import ObservationError
from streammem.spatial.whole_file import write_whole

__all__ = ["Canvas", "Colour", "text_size", "write_png"]

Colour = tuple[int, int, int]
SHIFT = 4  # OpenCV takes places in 16ths of a pixel


class Canvas:
    """Draws into `picture` (RGB). Places are (x, y) in pixels; what lies outside is cut off."""

    def __init__(self, picture: UInt8[np.ndarray, "h w 3"]) -> None:
        self.picture = np.ascontiguousarray(picture)

    def path(
        self, points: Float[np.ndarray, "n 2"], colour: Colour, width: int = 2, *, closed: bool = False
    ) -> None:
        """A line through all points."""
        if len(points) > 1:
            cv2.polylines(self.picture, [_fixed(points)], closed, colour, width, cv2.LINE_AA, SHIFT)

    def arrow(
        self, start: tuple[float, float], end: tuple[float, float], colour: Colour, width: int = 2
    ) -> None:
        """A line with a solid head of four times its width."""
        tip, foot = np.array(end, float), np.array(start, float)
        along = (tip - foot) / max(float(np.linalg.norm(tip - foot)), 1e-9)
        across = np.array([-along[1], along[0]])
        neck = tip - along * 4 * width
        self.path(np.stack([foot, neck]), colour, width)
        self.area(np.stack([tip, neck + across * 2 * width, neck - across * 2 * width]), colour)

    def area(self, points: Float[np.ndarray, "n 2"], colour: Colour, opacity: float = 1.0) -> None:
        """A filled polygon."""
        if len(points) < 3:
            return
        if opacity >= 1:
            cv2.fillPoly(self.picture, [_fixed(points)], colour, cv2.LINE_AA, SHIFT)
            return
        low = np.maximum(np.floor(points.min(axis=0)).astype(int) - 1, 0)
        high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 2, self.picture.shape[1::-1])
        if (high <= low).any():
            return
        part = self.picture[low[1] : high[1], low[0] : high[0]]
        filled = part.copy()
        cv2.fillPoly(filled, [_fixed(points - low)], colour, cv2.LINE_AA, SHIFT)
        part[:] = cv2.addWeighted(filled, opacity, part, 1 - opacity, 0)

    def dot(self, at: tuple[float, float], radius: float, colour: Colour, rim: Colour | None = None) -> None:
        """A disc, with a rim of one and a half pixels."""
        x, y = round(at[0] * 2**SHIFT), round(at[1] * 2**SHIFT)
        if rim is not None:
            cv2.circle(self.picture, (x, y), round((radius + 1.5) * 2**SHIFT), rim, -1, cv2.LINE_AA, SHIFT)
        cv2.circle(self.picture, (x, y), round(radius * 2**SHIFT), colour, -1, cv2.LINE_AA, SHIFT)

    def text(
        self, corner: tuple[float, float], text: str, size: int, colour: Colour, halo: Colour | None = None
    ) -> None:
        """Text from its upper left corner on, with a thin rim of another colour where the ground is busy."""
        rim = max(1, size // 7) if halo is not None else 0
        width, height = text_size(text, size)
        mask, rimmed = (
            _stencil(text, size, rim, (width + 2 * rim, height + 2 * rim), stroke) for stroke in (0, rim)
        )
        left, top = round(corner[0]) - rim, round(corner[1]) - rim
        for stencil, paint in ((rimmed, halo), (mask, colour)):
            if paint is not None:
                self._stamp(stencil, left, top, paint)

    def _stamp(self, stencil: UInt8[np.ndarray, "_ _"], left: int, top: int, colour: Colour) -> None:
        height, width = self.picture.shape[:2]
        rows, columns = (
            slice(max(top, 0), min(top + stencil.shape[0], height)),
            slice(max(left, 0), min(left + stencil.shape[1], width)),
        )
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        share = stencil[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left, None]
        part = self.picture[rows, columns]
        part[:] = (part + (np.array(colour) - part.astype(np.float32)) * (share / np.float32(255))).astype(
            np.uint8
        )


def text_size(text: str, size: int) -> tuple[int, int]:
    """Width and height of a line of text, pixels."""
    font = _font(size)
    ascent, descent = font.getmetrics()
    return int(np.ceil(font.getlength(text))), ascent + descent


def write_png(path: str | Path, picture: UInt8[np.ndarray, "h w 3"]) -> None:
    """Write an RGB picture as PNG, complete or not at all.

    Raises:
        ObservationError: if the name does not end in .png.
        OSError: if the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise ObservationError(f"a picture of a map is written as .png, got {path.name!r}")
    done, content = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    if not done:
        raise ObservationError(f"a picture of shape {picture.shape} cannot be written as PNG")
    write_whole(path, content.tobytes())


def _fixed(points: Float[np.ndarray, "n 2"]) -> np.ndarray:
    return np.asarray(np.rint(np.clip(points, -30_000, 30_000) * 2**SHIFT).astype(np.int32).reshape(-1, 1, 2))


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # every wheel of Pillow brings FreeType
    return font


@lru_cache(maxsize=512)
def _stencil(text: str, size: int, rim: int, shape: tuple[int, int], stroke: int) -> UInt8[np.ndarray, "_ _"]:
    image = Image.new("L", shape)
    ImageDraw.Draw(image).text((rim, rim), text, fill=255, font=_font(size), stroke_width=stroke)
    return np.asarray(image)

"""Pictures in and out: a question's picture is opened with care, an answer's gets its box drawn in."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageOps

from streammem.errors import SourceNotFoundError, UnsupportedSourceError
from streammem.types import BoundingBox

__all__ = ["MOST_PIXELS", "boxed", "file_name", "open_picture", "shrunk"]

MOST_PIXELS = 2**26  # a small file can unpack to gigabytes; its header says so before it is decoded
_LONG_SIDE = 2048  # no encoder sees more
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
_ACCENT = (255, 176, 0)


def open_picture(path: Path) -> UInt8[np.ndarray, "h w 3"]:
    """Read a picture file as RGB, upright as its EXIF data says.

    Raises:
        SourceNotFoundError: if there is no such file.
        UnsupportedSourceError: if it is no picture, broken, or unpacks to more than MOST_PIXELS.
    """
    if not path.is_file():
        raise SourceNotFoundError(f"there is no picture at {path}: check the path")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the stricter limit below counts
            opened = Image.open(path, formats=_FORMATS)
        with opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                raise UnsupportedSourceError(
                    f"{path} has {width}x{height} pixels, at most {MOST_PIXELS / 1e6:.0f} million are read: shrink it"
                )
            opened.draft("RGB", (_LONG_SIDE, _LONG_SIDE))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
            upright.thumbnail((_LONG_SIDE, _LONG_SIDE))
            return np.asarray(upright).copy()
    except UnsupportedSourceError:
        raise
    except Image.DecompressionBombError as error:
        raise UnsupportedSourceError(f"{path} unpacks to too many pixels ({error}): shrink it") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnsupportedSourceError(
            f"{path} cannot be read as a picture ({error}): give a JPEG, PNG, WebP, BMP, GIF, TIFF or PPM file"
        ) from error


def boxed(rgb: UInt8[np.ndarray, "h w 3"], box: BoundingBox | None) -> Image.Image:
    """The picture with the box drawn in: a bright line with a dark rim, so that it shows on any ground."""
    picture = Image.fromarray(rgb)
    if box is not None:
        left, top, right, bottom = box.pixels(picture.width, picture.height)
        right, bottom = min(right, picture.width) - 1, min(bottom, picture.height) - 1
        line = max(2, round(min(picture.size) / 120))
        draw = ImageDraw.Draw(picture)
        corners = (left, top, max(right, left), max(bottom, top))
        draw.rectangle(corners, outline=(0, 0, 0), width=line + 2)
        draw.rectangle(corners, outline=_ACCENT, width=line)
    return picture


def shrunk(jpeg: bytes, long_side: int, quality: int = 72) -> bytes:
    """The JPEG no larger than `long_side` pixels; the same bytes where it is small already."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
        if max(opened.size) <= long_side:
            return jpeg
        small = opened.convert("RGB")
    small.thumbnail((long_side, long_side))
    packed = io.BytesIO()
    small.save(packed, "JPEG", quality=quality, optimize=True)
    return packed.getvalue()


def file_name(*parts: str) -> str:
    """A safe name for a file from parts that users chose.

    >>> file_name("01", "../../front door", "1:02.3")
    '01_front_door_1_02.3'
    """
    return "_".join(re.sub(r"[^\w.-]+", "_", part).strip("._") or "x" for part in parts)

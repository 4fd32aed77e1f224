"""Depth pictures: 16 bits or floats, never to be mixed or scaled like colours."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, Num
from PIL import Image

from streammem.errors import SourceError, UnsupportedSourceError
from streammem.perception.sources.pictures import BOMBS, DAMAGE
from streammem.perception.sources.rgbd.log import File

__all__ = ["depth_size", "in_metres", "read_depth"]

FORMATS = ("PNG", "TIFF")  # Pillow stretches a PGM of 12 bits to 16
SATURATED = 65535  # Pillow may have widened the 16 bits
MODES = ("I;16", "I;16B", "I;16L", "I", "F")  # what Pillow calls numbers of more than 8 bits


def read_depth(file: File, pixel_limit: int) -> Num[np.ndarray, "_ _"]:
    """The numbers of a depth picture, as they are stored.

    Raises:
        UnsupportedSourceError: if it is no depth picture, damaged or larger than `pixel_limit`.
        SourceError: if it cannot be read.
    """
    try:
        with file.open("rb") as stream, Image.open(stream, formats=FORMATS) as image:
            _check(image, file, pixel_limit)
            return np.asarray(image)
    except (*BOMBS, *DAMAGE) as error:
        if isinstance(error, SourceError):
            raise
        raise UnsupportedSourceError(f"{file} is no depth picture that can be read ({error})") from error
    except OSError as error:
        # Pillow reports damaged pixels as an OSError without a number; the system's own have one.
        kind = UnsupportedSourceError if error.errno is None else SourceError
        raise kind(f"{file} cannot be read ({error})") from error


def depth_size(file: File) -> tuple[int, int] | None:
    """Width and height by the header alone; None if there is no telling."""
    try:
        with file.open("rb") as stream, Image.open(stream, formats=FORMATS) as image:
            return image.size
    except (*BOMBS, *DAMAGE, OSError):
        return None


def in_metres(numbers: Num[np.ndarray, "h w"], scale: float) -> Float32[np.ndarray, "h w"]:
    """Metres, 0 where nothing was measured: what is no finite positive number, or the largest of 16 bits."""
    metres = np.asarray(numbers, dtype=np.float32) / np.float32(scale)
    if np.issubdtype(numbers.dtype, np.floating):
        metres[~((metres > 0) & (metres < np.inf))] = 0
    else:
        metres[(numbers == SATURATED) | (numbers < 0)] = 0
    return metres


def _check(image: Image.Image, file: File, pixel_limit: int) -> None:
    if image.width * image.height > pixel_limit:
        raise UnsupportedSourceError(
            f"{file} has {image.width}x{image.height} pixels, more than pixel_limit={pixel_limit}: raise it if the "
            "picture is to be trusted"
        )
    if image.mode not in MODES:
        raise UnsupportedSourceError(
            f"{file} has pixels of the kind {image.mode!r}, depth has one number of 16 bits or a float: export the depth "
            "itself, not a picture of it"
        )

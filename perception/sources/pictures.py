"""Picture files: their headers are checked before a pixel is decoded."""

import zipfile
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from streammem.errors import SourceError, UnsupportedSourceError
from streammem.perception.sources.size import fitted, shrunk

__all__ = ["BOMBS", "DAMAGE", "FORMATS", "SUFFIXES", "is_picture", "read_picture"]

FORMATS = ("BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# What Pillow, and an archive around the picture, raise about damaged bytes.
DAMAGE = (UnidentifiedImageError, SyntaxError, ValueError, EOFError, zipfile.BadZipFile, zlib.error)


def is_picture(path: Path) -> bool:
    """Whether a file begins as a still picture does, whatever it is called."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            return getattr(image, "n_frames", 1) == 1
    except BOMBS:
        return True
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return False


def read_picture(
    path: Path | zipfile.Path,
    *,
    size: int | tuple[int, int] | None = None,
    pixel_limit: int,
    upright: bool = True,
) -> UInt8[np.ndarray, "_ _ 3"]:
    """A picture as RGB; transparency is dropped, 16 bits become 8.

    `upright` turns it as its header says; what lies pixel by pixel beside depth must stay as it is.

    Raises:
        UnsupportedSourceError: if it is no picture, damaged, or of more than `pixel_limit` pixels.
        SourceError: if it cannot be read.
    """
    try:
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > pixel_limit:
                raise UnsupportedSourceError(
                    f"{path} has {image.width}x{image.height} pixels, more than pixel_limit={pixel_limit}: raise it "
                    "if the picture is to be trusted"
                )
            if size is not None:
                # JPEG can decode at 1/2, 1/4, 1/8; either way up, so that a turned picture is large enough.
                most = max(fitted(image.width, image.height, size))
                image.draft(None, (most, most))
            rgb = _as_rgb(ImageOps.exif_transpose(image) if upright else image)
    except BOMBS as error:
        raise UnsupportedSourceError(f"{path} has too many pixels to be decoded safely ({error})") from error
    except DAMAGE as error:
        if isinstance(error, SourceError):
            raise
        raise UnsupportedSourceError(f"{path} is no picture that can be read ({error})") from error
    except OSError as error:
        # Pillow reports damaged pixels as an OSError without a number; the system's own have one.
        kind = UnsupportedSourceError if error.errno is None else SourceError
        raise kind(f"{path} cannot be read ({error})") from error
    return shrunk(rgb, size)


def _as_rgb(image: Image.Image) -> UInt8[np.ndarray, "h w 3"]:
    if image.mode.startswith("I"):  # 16 bits; Pillow's own conversion would clip instead of scale
        grey = (np.asarray(image) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    return np.array(image.convert("RGB"), dtype=np.uint8)

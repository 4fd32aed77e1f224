"""Label pictures: one number a pixel, 0 for the ground. Written as DAVIS does, read from whatever tools write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int32, Integer, UInt8
from PIL import Image

from streammem.errors import ObservationError, SourceError, SourceNotFoundError, UnsupportedSourceError
from streammem.heads.palette import colours

__all__ = ["VOID", "LabelPicture", "read_labels", "write_labels"]

VOID = 255  # "belongs to no one", in pictures of 8 bits
MOST_PIXELS = 2**26  # a small file can unpack to gigabytes; its header says so before it is decoded
FORMATS = ("PNG", "BMP", "TIFF", "PPM", "GIF", "WEBP")  # JPEG would blur labels into each other
GREY = ("L", "1", "I", "I;16", "I;16B", "I;16L")
Kind = Literal["labels", "binary", "colours"]
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelPicture:
    """Labels, what is void, and how the file was understood.

    `kind` is "labels" where values are labels, "binary" where black and white stand for ground and object 1,
    "colours" where the colours of the DAVIS palette were turned back into labels.
    """

    labels: Int32[np.ndarray, "h w"]
    void: Bool[np.ndarray, "h w"]
    kind: Kind

    @property
    def objects(self) -> tuple[int, ...]:
        """The labels that are there, in order, without the ground."""
        return tuple(int(label) for label in np.unique(self.labels) if label)


def read_labels(path: Path, *, binary: bool | None = None) -> LabelPicture:
    """Read a label picture: palette, greyscale of 1, 8 or 16 bits, or the palette's own colours as RGB.

    A greyscale picture of nothing but 0 and its largest value (255, or 65535 at 16 bits) is black and white: white
    is object 1. `binary` says so, or that it is not, where one picture alone does not tell. Otherwise 255 is void.

    Raises:
        SourceNotFoundError: if there is no such file.
        UnsupportedSourceError: if it is no picture, a JPEG, of more than MOST_PIXELS, half transparent, or has
            colours of no known meaning.
    """
    if not path.is_file():
        raise SourceNotFoundError(f"there is no label picture at {path}: check the path")
    try:
        with Image.open(path, formats=(*FORMATS, "JPEG")) as opened:
            if opened.format == "JPEG":
                raise UnsupportedSourceError(
                    f"{path} is a JPEG, whose compression mixes labels at every edge: save the mask as PNG"
                )
            if opened.width * opened.height > MOST_PIXELS:
                raise UnsupportedSourceError(
                    f"{path} has {opened.width}x{opened.height} pixels, at most {MOST_PIXELS / 1e6:.0f} million are read"
                )
            return _understood(opened, path, binary)
    except SourceError:
        raise
    except BOMBS as error:
        raise UnsupportedSourceError(f"{path} has too many pixels to be decoded safely ({error})") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise UnsupportedSourceError(f"{path} cannot be read as a label picture ({error})") from error


def _understood(opened: Image.Image, path: Path, binary: bool | None) -> LabelPicture:
    if opened.mode == "P":
        return _numbered(np.asarray(opened, np.int32), VOID)
    if opened.mode in GREY:
        values = np.asarray(opened).astype(np.int32)
        white = {"1": 1, "L": VOID}.get(opened.mode, 65535)
        if values.min(initial=0) < 0:
            raise UnsupportedSourceError(f"{path} has negative labels: labels are 0 (ground), 1, 2, …")
        if binary is None:
            binary = bool(np.isin(values, (0, white)).all())
        if binary:
            labels = (values > 0).astype(np.int32)
            return LabelPicture(labels=labels, void=np.zeros(labels.shape, bool), kind="binary")
        return _numbered(values, VOID if opened.mode == "L" else None)
    if opened.mode in {"RGB", "RGBA"}:
        pixels = np.asarray(opened)
        if pixels.shape[2] == 4 and (pixels[..., 3] != 255).any():
            raise UnsupportedSourceError(
                f"{path} is partly transparent: save labels as palette or grey, opaque"
            )
        return _from_colours(pixels[..., :3], path)
    raise UnsupportedSourceError(
        f"{path} is of the mode {opened.mode}: save labels as palette or greyscale PNG"
    )


def _numbered(values: Int32[np.ndarray, "h w"], void: int | None) -> LabelPicture:
    nobody = np.zeros(values.shape, bool) if void is None else values == void
    return LabelPicture(labels=np.where(nobody, 0, values).astype(np.int32), void=nobody, kind="labels")


def _from_colours(rgb: UInt8[np.ndarray, "h w 3"], path: Path) -> LabelPicture:
    """RGB whose colours all are the palette's; anything else has no numbers that could be known."""
    codes = rgb.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    found, inverse = np.unique(codes, return_inverse=True)
    known = {code: label for label, code in enumerate(colours().astype(np.int32) @ [1 << 16, 1 << 8, 1])}
    strange = [int(code) for code in found if int(code) not in known]
    if strange:
        raise UnsupportedSourceError(
            f"{path} is an RGB picture with {len(found)} colours, {len(strange)} of them (#{strange[0]:06x}, say) not "
            "in the DAVIS palette, so nobody knows which object is which: save it as palette or greyscale PNG with "
            "0 for the ground and 1, 2, … for the objects"
        )
    table = np.array([known[int(code)] for code in found], np.int32)
    picture = _numbered(table[inverse].reshape(codes.shape), VOID)
    return LabelPicture(labels=picture.labels, void=picture.void, kind="colours")


def write_labels(path: Path, labels: Integer[np.ndarray, "h w"]) -> None:
    """Write labels as PNG: with the DAVIS palette up to label 254, as 16-bit greyscale beyond (255 is void).

    Raises:
        ObservationError: if there are labels below 0 or above 65534.
    """
    least, most = int(labels.min(initial=0)), int(labels.max(initial=0))
    if least < 0 or most > 65534:
        raise ObservationError(f"labels lie in 0..65534, got {least}..{most}")
    if most < VOID:
        picture = Image.fromarray(np.ascontiguousarray(labels, np.uint8))
        picture.putpalette(colours().tobytes())
    else:
        picture = Image.fromarray(np.ascontiguousarray(labels, np.uint16))
    picture.save(path, "PNG", optimize=False)

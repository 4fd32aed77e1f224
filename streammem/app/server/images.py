"""Pictures that somebody sends: checked by their header, then decoded, never trusted."""

from __future__ import annotations

import io

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from streammem.app.server.settings import Limits
from streammem.errors import ObservationError

__all__ = ["FORMATS", "decode_picture"]

FORMATS = ("JPEG", "PNG", "WEBP")
_MOST_SCANS = 100  # a progressive JPEG has about ten; each one of a hostile file costs as much as a picture
_SCAN, _END = b"\xff\xda", b"\xff\xd9"
_TURN = 0x0112  # which side of the picture is up, in its EXIF data
_LEAST_SIDE = 8


def decode_picture(body: bytes, limits: Limits | None = None) -> UInt8[np.ndarray, "_ _ 3"]:
    """A JPEG, PNG or WebP as RGB, upright as its EXIF data says, transparency on white; of an animation the first.

    Format and size are read from the header before a pixel is decoded. Blocks, and takes up to 150 MB: call it in a thread, few at a time.

    Raises:
        ObservationError: for anything else, too many pixels, or a damaged picture.
    """
    limits = limits or Limits()
    if len(body) > limits.picture_bytes:
        raise ObservationError(
            f"the picture has {len(body):,} bytes, more than {limits.picture_bytes:,}: send a smaller one"
        )
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as opened:
            _check_size(opened.width, opened.height, limits)
            rgb = _jpeg(body, opened) if opened.format == "JPEG" else _flat(opened)
            return _upright(rgb, opened.getexif().get(_TURN, 1))
    except ObservationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ObservationError(
            f"the picture has more than {limits.pixels:,} pixels: send a smaller one"
        ) from error
    except Exception as error:  # decoders raise all sorts of things over hostile bytes
        raise ObservationError(
            f"this is no picture that can be read ({type(error).__name__}): send a JPEG, PNG or WebP"
        ) from error


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.pixels:
        raise ObservationError(
            f"the picture has {width}x{height} pixels, more than {limits.pixels:,}: send a smaller one"
        )
    if min(width, height) < _LEAST_SIDE:
        raise ObservationError(
            f"the picture has {width}x{height} pixels: each side needs at least {_LEAST_SIDE}"
        )


def _jpeg(body: bytes, opened: Image.Image) -> UInt8[np.ndarray, "h w 3"]:
    """OpenCV decodes a JPEG in less than half of Pillow's time, which a camera's frames need."""
    import cv2

    if body.count(_SCAN) > _MOST_SCANS:
        raise ObservationError(f"the JPEG has more than {_MOST_SCANS} scans: save it anew")
    if body.rfind(_END) < body.rfind(_SCAN):
        raise ObservationError("the JPEG is cut off: send all of it")  # OpenCV would fill it up with grey
    packed = np.frombuffer(body, np.uint8)
    picture = cv2.imdecode(packed, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if picture is None or picture.shape != (opened.height, opened.width, 3):
        raise ObservationError("the JPEG is damaged: save it anew")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _flat(opened: Image.Image) -> UInt8[np.ndarray, "h w 3"]:
    if opened.mode.startswith("I"):  # 16 bits; Pillow's own conversion would clip instead of scale
        grey = (np.asarray(opened) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if not opened.has_transparency_data:
        return np.array(opened.convert("RGB"), dtype=np.uint8)
    clear = opened.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    ground.alpha_composite(clear)
    return np.array(ground.convert("RGB"), dtype=np.uint8)


def _upright(rgb: UInt8[np.ndarray, "_ _ 3"], turn: object) -> UInt8[np.ndarray, "_ _ 3"]:
    """Turned and mirrored as EXIF's orientation, 1 to 8, says; anything else is left as it is."""
    if turn in (5, 6, 7, 8):
        rgb = rgb.transpose(1, 0, 2)
    if turn in (3, 4, 7, 8):
        rgb = rgb[::-1]
    if turn in (2, 3, 6, 7):
        rgb = rgb[:, ::-1]
    return np.ascontiguousarray(rgb)

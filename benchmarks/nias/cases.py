"""A composed stream and its probes as vectors, encoded once and cached in the temporary folder."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.nias.clips import ClipSet, fingerprint, load_clips
from benchmarks.nias.probes import Probe, ProbeConfig, picture_probes
from benchmarks.nias.streams import Stream, StreamConfig, frames_stream
from streammem.perception.encoders import open_encoder

__all__ = ["Case", "Library", "frames_case"]

VERSION = 1  # part of the cache's key: raise it when the composition changes
Track = Callable[[Iterable[int], str, int], Iterable[int]]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One seed's stream (n frames) and probes (q), as unit vectors."""

    seed: int
    times: NDArray[np.float64]
    vectors: NDArray[np.float32]
    probes: tuple[Probe, ...]
    asked: NDArray[np.float32]


class Library:
    """Clips, decoded only when a case is not in the cache."""

    def __init__(self, folder: Path | None, cache: Path | None = None, real: bool = True) -> None:
        self.folder, self.real = folder, real
        self.cache = cache or Path(tempfile.gettempdir()) / "streammem-nias"
        self._sized: dict[tuple[int, int], ClipSet] = {}

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.folder) if self.real else "procedural"

    def clips(self, size: tuple[int, int]) -> ClipSet:
        """All clips at (width, height); none where only procedural ones are wanted."""
        if size not in self._sized:
            self._sized[size] = load_clips(self.folder, size) if self.real else ClipSet()
        return self._sized[size]

    def place(self, *parts: object) -> Path:
        """Where something that depends on these parts, the clips and the composition is cached."""
        key = hashlib.sha256(repr((VERSION, self.fingerprint, *parts)).encode()).hexdigest()[:20]
        self.cache.mkdir(parents=True, exist_ok=True)
        return self.cache / f"{key}.npz"


def frames_case(
    library: Library, config: StreamConfig, seed: int, *, progress: Track = lambda items, _label, _n: items
) -> Case:
    """The frames track: classic descriptors of every frame and of whole-picture probes."""
    stream_config, place = config, library.place("frames", asdict(config), asdict(ProbeConfig()), seed)
    stream = frames_stream(stream_config, library.clips(config.size), seed)
    probes = tuple(picture_probes(stream, ProbeConfig()))
    if place.exists():
        with np.load(place) as kept:
            vectors, asked = kept["vectors"], kept["asked"]
    else:
        label = f"encode {config.hours:g} h, seed {seed}"
        vectors = _classic(
            stream.picture(i) for i in progress(range(len(stream.times)), label, len(stream.times))
        )
        asked = _classic(probe.picture for probe in probes)
        np.savez(place, vectors=vectors, asked=asked)
    return Case(seed=seed, times=stream.times, vectors=vectors, probes=probes, asked=asked)


def _classic(pictures: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
    encoder = open_encoder("classic")
    return np.concatenate([encoder.encode([picture])[0].spaces["pixel"].numpy() for picture in pictures])


def describe(stream: Stream) -> str:
    """One line on what a stream is made of."""
    real = sum(clip.real for clip in stream.present)
    return f"{len(stream.present)} clips shown ({real} real), {len(stream.absent)} absent, {len(stream.needles)} showings"

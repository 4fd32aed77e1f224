"""Questions: pictures of the needles that the stream did not show, from other moments, cut and lit otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.nias.clips import Clip
from benchmarks.nias.streams import Stream, View
from streammem.types import Interval

__all__ = ["Probe", "ProbeConfig", "picture_probes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeConfig:
    """The protocol's numbers."""

    a_clip: int = 3
    absent: int = 20  # pictures of clips never shown: half set the threshold, half report false accepts
    crop: float = 0.35  # of the area, at most
    brightness: float = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """A picture and when its clip was shown: never, for an absent one."""

    clip: str
    picture: NDArray[np.uint8]
    truth: tuple[Interval, ...]
    calibrates: bool = False


def picture_probes(stream: Stream, config: ProbeConfig) -> list[Probe]:
    """Probes of every clip, absent ones first."""
    rng = np.random.default_rng((stream.seed, 3))
    found = []
    for i, clip in enumerate(stream.absent):
        for _ in range(max(1, round(config.absent / len(stream.absent)))):
            picture = _look(clip, int(rng.integers(len(clip.frames))), rng, config)
            found.append(Probe(clip=clip.name, picture=picture, truth=(), calibrates=i % 2 == 0))
    for clip in stream.present:
        unseen = _unseen(stream, clip)
        for index in rng.choice(unseen, config.a_clip, replace=len(unseen) < config.a_clip):
            picture = _look(clip, int(index), rng, config)
            found.append(Probe(clip=clip.name, picture=picture, truth=tuple(stream.truth(clip))))
    return found


def _unseen(stream: Stream, clip: Clip) -> NDArray[np.int64]:
    """Pictures of a clip that the stream never showed; all of them where it showed every one."""
    seen = {
        clip.index(shown.offset_s + step / stream.config.rate_hz)
        for shown in stream.needles
        if shown.clip.name == clip.name
        for step in range(round(shown.interval.duration_s * stream.config.rate_hz))
    }
    unseen = [index for index in range(len(clip.frames)) if index not in seen]
    return np.array(unseen or range(len(clip.frames)))


def _look(clip: Clip, index: int, rng: np.random.Generator, config: ProbeConfig) -> NDArray[np.uint8]:
    picture = View.draw(rng, config.crop, config.brightness).of(clip.frames[index])
    return np.clip(picture, 0, 255).astype(np.uint8)

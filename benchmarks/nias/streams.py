"""Compose a stream: needles shown a few times each, cut into hours of backgrounds.

Everything follows from a seed: which clips, when, which part of each, how cropped and how bright. A stream is
a script; pictures are rendered when they are asked for, in any order, always the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.nias.clips import Clip, ClipSet, procedural
from streammem.types import Interval

__all__ = ["Shown", "Stream", "StreamConfig", "View", "compose", "frames_stream"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamConfig:
    """The protocol's numbers."""

    hours: float = 1.0
    rate_hz: float = 2.0
    needles: int = 24
    absent: int = 8  # of the needles, never shown: half of them set the threshold, half report false accepts
    appearances: tuple[int, ...] = (1, 2, 3, 5)
    shares: tuple[float, ...] = (0.5, 0.25, 0.15, 0.1)
    shown_s: tuple[float, float] = (3.0, 6.0)
    apart_s: float = 10.0  # between any two needles
    background_median_s: float = 40.0
    real_share: float = 0.5  # of the backgrounds, where real ones are there
    crop: float = 0.05  # of the area, at most
    brightness: float = 0.15
    noise: float = 3.0
    size: tuple[int, int] = (160, 90)
    alike: bool = False  # needles come in pairs: the left three quarters of a clip, and the right

    def __post_init__(self) -> None:
        if self.hours <= 0 or not 0 <= self.absent < self.needles:
            raise ValueError(f"hours must be positive and fewer needles absent than there are, got {self}")

    @classmethod
    def of_length(cls, hours: float) -> StreamConfig:
        """The protocol; under a tenth of an hour with few needles, close together, for a quick look."""
        if hours >= 0.1:
            return cls(hours=hours)
        return cls(hours=hours, needles=7, absent=4, appearances=(1, 2), shares=(0.5, 0.5), apart_s=4.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A part of the picture (left, top, side as shares) under some brightness."""

    left: float = 0.0
    top: float = 0.0
    side: float = 1.0
    gain: float = 1.0

    @classmethod
    def draw(cls, rng: np.random.Generator, crop: float, brightness: float) -> View:
        side = float(np.sqrt(1.0 - rng.uniform(0.0, crop)))
        left, top = rng.uniform(0.0, 1.0 - side, 2) if side < 1 else (0.0, 0.0)
        return cls(left=left, top=top, side=side, gain=float(rng.uniform(1 - brightness, 1 + brightness)))

    def of(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The part, at the size of the whole."""
        height, width = picture.shape[:2]
        left, top = round(self.left * width), round(self.top * height)
        wide, high = max(1, round(self.side * width)), max(1, round(self.side * height))
        part = picture[top : top + high, left : left + wide]
        if part.shape[:2] != (height, width):
            part = cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)
        return part.astype(np.float32) * self.gain


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One stretch of the stream and what it shows."""

    clip: Clip
    interval: Interval
    offset_s: float
    view: View

    def picture(self, t_s: float) -> NDArray[np.float32]:
        return self.view.of(self.clip.frames[self.clip.index(self.offset_s + t_s - self.interval.start_s)])


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A script: backgrounds without gaps, needles on top."""

    config: StreamConfig
    seed: int
    backgrounds: tuple[Shown, ...]
    needles: tuple[Shown, ...]
    present: tuple[Clip, ...]
    absent: tuple[Clip, ...]
    _starts: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = np.array([shown.interval.start_s for shown in self.backgrounds])
        object.__setattr__(self, "_starts", starts)

    @property
    def times(self) -> NDArray[np.float64]:
        """Stream time of every frame."""
        n = round(self.config.hours * 3600 * self.config.rate_hz)
        return np.arange(n) / self.config.rate_hz

    def truth(self, clip: Clip) -> list[Interval]:
        """When a clip was shown, oldest first."""
        return [shown.interval for shown in self.needles if shown.clip.name == clip.name]

    def at(self, t_s: float) -> Shown:
        """What is on at a time."""
        for shown in self.needles:
            if shown.interval.start_s <= t_s < shown.interval.end_s:
                return shown
        return self.backgrounds[int(np.searchsorted(self._starts, t_s, side="right")) - 1]

    def picture(self, index: int) -> NDArray[np.uint8]:
        """Frame `index`, with its own noise."""
        t_s = index / self.config.rate_hz
        rng = np.random.default_rng((self.seed, index))
        picture = self.at(t_s).picture(t_s)
        picture = picture + rng.standard_normal(picture.shape, np.float32) * self.config.noise
        return np.clip(picture, 0, 255).astype(np.uint8)


def frames_stream(config: StreamConfig, clips: ClipSet, seed: int) -> Stream:
    """The protocol's stream: the real needle clips that are there, procedural ones to fill up."""
    rng = np.random.default_rng((seed, 1))
    wanted = -(-config.needles // 2) if config.alike else config.needles
    needles = list(clips.needles)[:wanted]
    for i in range(len(needles), wanted):
        needles.append(procedural(f"procedural-{i}", rng, config.size, 10.0))
    if config.alike:
        needles = [half for clip in needles for half in _halves(clip)][: config.needles]
    return compose(config, needles, clips.backgrounds, seed)


def _halves(clip: Clip) -> tuple[Clip, Clip]:
    """Two clips that show much the same: their pictures share half of the scene."""
    frames = [clip.frames[i] for i in range(len(clip.frames))]
    high, wide = frames[0].shape[:2]
    part = wide * 3 // 4
    sides = {
        side: np.stack([cv2.resize(frame[:, cut], (wide, high)) for frame in frames])
        for side, cut in (("left", slice(0, part)), ("right", slice(wide - part, wide)))
    }
    left, right = (replace(clip, name=f"{clip.name} {side}", frames=stack) for side, stack in sides.items())
    return left, right


def compose(config: StreamConfig, needles: list[Clip], scenes: tuple[Clip, ...], seed: int) -> Stream:
    """Draw a script."""
    rng = np.random.default_rng((seed, 2))
    order = rng.permutation(len(needles))
    absent = tuple(needles[i] for i in order[: config.absent])
    present = tuple(needles[i] for i in order[config.absent :])
    shown = [clip for clip in present for _ in range(int(rng.choice(config.appearances, p=config.shares)))]
    return Stream(
        config=config,
        seed=seed,
        backgrounds=_backgrounds(config, scenes, rng),
        needles=_place(config, shown, rng),
        present=present,
        absent=absent,
    )


def _backgrounds(
    config: StreamConfig, scenes: tuple[Clip, ...], rng: np.random.Generator
) -> tuple[Shown, ...]:
    """Scenes of log-normal length one after the other, half procedural, half long static cameras."""
    now_s, end_s, found = 0.0, config.hours * 3600, []
    while now_s < end_s:
        length_s = float(np.clip(rng.lognormal(np.log(config.background_median_s), 0.8), 4.0, 600.0))
        if scenes and rng.uniform() < config.real_share:
            clip = scenes[int(rng.integers(len(scenes)))]
            offset_s = float(rng.uniform(0, clip.duration_s))
        else:
            clip, offset_s = procedural("ground", rng, config.size, 12.0), 0.0
        view = View.draw(rng, config.crop, config.brightness)
        span = Interval(now_s, now_s + length_s)
        found.append(Shown(clip=clip, interval=span, offset_s=offset_s, view=view))
        now_s += length_s
    return tuple(found)


def _place(config: StreamConfig, shown: list[Clip], rng: np.random.Generator) -> tuple[Shown, ...]:
    """Needles in random order, in time slots that leave `apart_s` between them."""
    lengths = np.round(rng.uniform(*config.shown_s, len(shown)) * config.rate_hz) / config.rate_hz
    spare_s = config.hours * 3600 - float(lengths.sum()) - config.apart_s * (len(shown) + 1)
    if spare_s < 0:
        raise ValueError(
            f"{len(shown)} needles do not fit into {config.hours} h: fewer needles or more hours"
        )
    cuts = np.sort(rng.uniform(0, spare_s, len(shown)))
    found, used_s = [], config.apart_s
    for cut, which, length_s in zip(cuts, rng.permutation(len(shown)), lengths, strict=True):
        start_s = np.ceil((cut + used_s) * config.rate_hz) / config.rate_hz
        clip = shown[which]
        found.append(
            Shown(
                clip=clip,
                interval=Interval(float(start_s), float(start_s + length_s)),
                offset_s=float(rng.uniform(0, max(0.0, clip.duration_s - length_s))),
                view=View.draw(rng, config.crop, config.brightness),
            )
        )
        used_s += length_s + config.apart_s
    return tuple(found)

"""The tracks by name, each with its usual length and budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.nias.cases import Library
from benchmarks.nias.frames import FramesTrack, frames_track
from benchmarks.nias.object_streams import OBJECTS
from benchmarks.nias.objects import object_track
from benchmarks.nias.progress import Bars
from benchmarks.nias.results import Result
from benchmarks.nias.streams import StreamConfig
from benchmarks.nias.words import WORDS, words_track

__all__ = ["TRACKS", "Settings"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the command line says; None is the track's own."""

    hours: float | None = None
    seeds: tuple[int, ...] = (0, 1, 2)
    rule_seeds: tuple[int, ...] = (100, 101, 102)
    budget_kb: float | None = None


def _frames(settings: Settings, library: Library, bars: Bars, *, alike: bool = False) -> Result:
    track = FramesTrack(
        title="alike" if alike else "frames",
        stream=replace(StreamConfig.of_length(settings.hours or 1.0), alike=alike),
        seeds=settings.seeds,
        rule_seeds=settings.rule_seeds,
        budget_kb=settings.budget_kb or 8.0,
    )
    return frames_track(track, library, bars)


def _objects(settings: Settings, library: Library, bars: Bars) -> Result:
    hours = settings.hours or OBJECTS.hours
    config = replace(OBJECTS, hours=hours) if hours >= OBJECTS.hours else _few(hours)
    return object_track(config, settings.seeds, settings.budget_kb or 64.0, library, bars)


def _words(settings: Settings, library: Library, bars: Bars) -> Result:
    hours = settings.hours or WORDS.hours
    config = replace(WORDS, hours=hours) if hours >= WORDS.hours else replace(WORDS, hours=hours, needles=4)
    return words_track(config, settings.seeds, settings.budget_kb or 4096.0, library, bars)


def _few(hours: float) -> StreamConfig:
    """A quick look: few things, each shown once or twice."""
    return replace(
        OBJECTS, hours=hours, needles=6, absent=2, appearances=(1, 2), shares=(0.5, 0.5), apart_s=2.0
    )


TRACKS: dict[str, Callable[[Settings, Library, Bars], Result]] = {
    "frames": _frames,
    "objects": _objects,
    "words": _words,
    "alike": partial(_frames, alike=True),
}

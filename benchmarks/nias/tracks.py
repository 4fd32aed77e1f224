"""The tracks by name, each with its usual length and budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.nias.cases import Library
from benchmarks.nias.frames import FramesTrack, frames_track
from benchmarks.nias.progress import Bars
from benchmarks.nias.results import Result
from benchmarks.nias.streams import StreamConfig

__all__ = ["TRACKS", "Settings"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the command line says; None is the track's own."""

    hours: float | None = None
    seeds: tuple[int, ...] = (0, 1, 2)
    rule_seeds: tuple[int, ...] = (100, 101, 102)
    budget_kb: float | None = None


def _frames(settings: Settings, library: Library, bars: Bars) -> Result:
    track = FramesTrack(
        stream=StreamConfig.of_length(settings.hours or 1.0),
        seeds=settings.seeds,
        rule_seeds=settings.rule_seeds,
        budget_kb=settings.budget_kb or 8.0,
    )
    return frames_track(track, library, bars)


TRACKS: dict[str, Callable[[Settings, Library, Bars], Result]] = {"frames": _frames}

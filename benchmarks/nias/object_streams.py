"""Streams for the objects track: things that come and go over static-camera scenes, with their boxes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.nias.clips import ClipSet, procedural
from benchmarks.nias.pasting import Thing, Way, paste, things
from benchmarks.nias.streams import Shown, Stream, StreamConfig, View, compose
from streammem.types import BoundingBox, Interval

__all__ = ["OBJECTS", "ObjectProbe", "ObjectStream", "object_probes", "object_stream"]

AREA = (0.03, 0.15)
OBJECTS = StreamConfig(hours=0.25, needles=22, absent=6, real_share=1.0, apart_s=4.0, size=(512, 288))


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectStream:
    """A script: the needles of `stream` are whole clips; what is shown are their things, each on its way."""

    stream: Stream
    present: tuple[Thing, ...]
    absent: tuple[Thing, ...]
    ways: tuple[Way, ...]  # of each showing

    @property
    def times(self) -> NDArray[np.float64]:
        return self.stream.times

    def picture(self, index: int) -> tuple[NDArray[np.uint8], BoundingBox | None]:
        """Frame `index`, and the box of the thing in it."""
        config = self.stream.config
        t_s = index / config.rate_hz
        scene = self._scene(t_s).picture(t_s)
        box = None
        for shown, way in zip(self.stream.needles, self.ways, strict=True):
            if shown.interval.start_s <= t_s < shown.interval.end_s:
                gone_s = t_s - shown.interval.start_s
                thing = self._thing(shown)
                at = thing.clip.index(shown.offset_s + gone_s)
                box = paste(scene, thing, at, way.at(gone_s / shown.interval.duration_s), way.area)
        rng = np.random.default_rng((self.stream.seed, index))
        scene += rng.standard_normal(scene.shape, np.float32) * config.noise
        return np.clip(scene, 0, 255).astype(np.uint8), box

    def truth(self, thing: Thing) -> list[Interval]:
        """When a thing was shown."""
        return [shown.interval for shown in self.stream.needles if shown.clip.name == thing.name]

    def boxes(self, thing: Thing) -> dict[float, BoundingBox]:
        """Where it was, at each instant that showed it."""
        rate_hz, found = self.stream.config.rate_hz, {}
        for span in self.truth(thing):
            for index in range(round(span.start_s * rate_hz), round(span.end_s * rate_hz)):
                box = self.picture(index)[1]
                if box is not None:
                    found[index / rate_hz] = box
        return found

    def _scene(self, t_s: float) -> Shown:
        starts = [shown.interval.start_s for shown in self.stream.backgrounds]
        return self.stream.backgrounds[int(np.searchsorted(starts, t_s, side="right")) - 1]

    def _thing(self, shown: Shown) -> Thing:
        return next(thing for thing in self.present if thing.name == shown.clip.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectProbe:
    """A thing on a background that the stream does not have; `box` says which part of the picture is meant."""

    clip: str
    picture: NDArray[np.uint8]
    box: BoundingBox
    truth: tuple[Interval, ...]
    boxes: dict[float, BoundingBox]
    calibrates: bool = False


def object_stream(config: StreamConfig, clips: ClipSet, seed: int) -> ObjectStream:
    """Draw one; without real clips the things are crops of procedural scenes."""
    rng = np.random.default_rng((seed, 11))
    pool = things(clips.needles)
    while len(pool) < config.needles:
        clip = procedural(f"procedural-{len(pool)}", rng, config.size, 10.0)
        pool += things((clip,))
    pool = [pool[i] for i in np.sort(rng.permutation(len(pool))[: config.needles])]
    named = [replace(thing.clip, name=thing.name) for thing in pool]
    stream = compose(config, named, clips.backgrounds, seed)
    by_name = {thing.name: thing for thing in pool}
    return ObjectStream(
        stream=stream,
        present=tuple(by_name[clip.name] for clip in stream.present),
        absent=tuple(by_name[clip.name] for clip in stream.absent),
        ways=tuple(Way.draw(rng, AREA) for _ in stream.needles),
    )


def object_probes(shown: ObjectStream, a_thing: int = 3) -> Iterator[ObjectProbe]:
    """Probes of every thing, absent ones first: another moment, place, size and background."""
    rng = np.random.default_rng((shown.stream.seed, 12))
    for i, thing in enumerate((*shown.absent, *shown.present)):
        boxes = shown.boxes(thing)
        unseen = _unseen(shown, thing)
        for index in rng.choice(unseen, a_thing, replace=len(unseen) < a_thing):
            scene = _ground(shown, thing, rng)
            way = Way.draw(rng, AREA)
            box = paste(scene, thing, int(index), way.start, way.area)
            yield ObjectProbe(
                clip=thing.name,
                picture=np.clip(scene, 0, 255).astype(np.uint8),
                box=box,
                truth=tuple(shown.truth(thing)),
                boxes=boxes,
                calibrates=i < len(shown.absent) and i % 2 == 0,
            )


def _ground(shown: ObjectStream, thing: Thing, rng: np.random.Generator) -> NDArray[np.float32]:
    """A picture of another real clip, which is no scene of the stream; a procedural one where there is none."""
    config = shown.stream.config
    others = [other.clip for other in (*shown.present, *shown.absent) if other.clip.name != thing.clip.name]
    real = [clip for clip in others if clip.real]
    clip = real[int(rng.integers(len(real)))] if real else procedural("ground", rng, config.size, 1.0)
    view = View.draw(rng, config.crop, config.brightness)
    return view.of(clip.frames[int(rng.integers(len(clip.frames)))])


def _unseen(shown: ObjectStream, thing: Thing) -> NDArray[np.int64]:
    """Moments of its clip that the stream never showed; all of them where it showed every one."""
    rate_hz = shown.stream.config.rate_hz
    seen = {
        thing.clip.index(one.offset_s + step / rate_hz)
        for one in shown.stream.needles
        if one.clip.name == thing.name
        for step in range(round(one.interval.duration_s * rate_hz))
    }
    return np.array(
        [i for i in range(len(thing.clip.frames)) if i not in seen] or range(len(thing.clip.frames))
    )

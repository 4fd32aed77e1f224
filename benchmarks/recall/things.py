"""What `find(image=crop)` makes of small things: `python -m benchmarks.recall.things [seed] [budget]`.

A composed stream of benchmarks/nias (*objects*, a quarter of an hour) is watched with and without the memory of
objects, by both built-in encoders. Each probe is a crop of a thing on another background. An answer is right if the
best hit's time lies in a showing; if moreover the middle of its box lies in the thing's true box; and if moreover
its picture is there. False accepts: things that were never shown, and a best hit that counts as seen.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import numpy as np

import streammem as sm
from benchmarks.nias.cases import Library
from benchmarks.nias.metrics import hit as in_truth
from benchmarks.nias.object_streams import OBJECTS, ObjectProbe, object_probes, object_stream


@dataclass(kw_only=True)
class Marks:
    """One entry a probe; those of things never shown count as false accepts alone."""

    time: list[bool] = field(default_factory=list)
    place: list[bool] = field(default_factory=list)
    picture: list[bool] = field(default_factory=list)
    false: list[bool] = field(default_factory=list)
    miscounted: list[int] = field(default_factory=list)

    def take(self, memory: sm.StreamMemory, probe: ObjectProbe) -> None:
        left, top, right, bottom = probe.box.pixels(probe.picture.shape[1], probe.picture.shape[0])
        crop = np.ascontiguousarray(probe.picture[top:bottom, left:right])
        hits = memory.find(image=crop, top_k=1)
        if not probe.truth:
            self.false.append(bool(hits) and hits[0].score >= memory.config.recall.seen)
            return
        then = bool(hits) and in_truth(probe.truth, sm.Interval(hits[0].t_s, hits[0].t_s))
        there = then and _covers(probe, hits[0])
        self.time.append(then)
        self.place.append(there)
        self.picture.append(there and memory.picture(hits[0]) is not None)
        self.miscounted.append(abs(memory.count(crop) - len(probe.truth)))

    def __str__(self) -> str:
        shares = (
            f"{name} {np.mean(getattr(self, name)):.3f}" for name in ("time", "place", "picture", "false")
        )
        return f"{', '.join(shares)}, count MAE {np.mean(self.miscounted):.2f}"


def _covers(probe: ObjectProbe, hit: sm.Evidence) -> bool:
    """Whether the middle of the answer lies in the thing's true box at that time."""
    if hit.box is None:
        return False
    x, y = (hit.box.left + hit.box.right) / 2, (hit.box.top + hit.box.bottom) / 2
    at = [box for t_s, box in probe.boxes.items() if abs(t_s - hit.t_s) < 0.02]
    return any(box.left <= x <= box.right and box.top <= y <= box.bottom for box in at)


def main(seed: int = 0, budget: str = "64 MB") -> None:
    """Print a line for each memory."""
    shown = object_stream(OBJECTS, Library(None).clips(OBJECTS.size), seed)
    frames = [
        sm.Observation(index=index, t_s=float(t_s), rgb=shown.picture(index)[0])
        for index, t_s in enumerate(shown.times)
    ]
    probes = list(object_probes(shown))
    for encoder in ("classic", "lite"):
        for name, config in (("without", sm.MemoryConfig(objects=None)), ("with", sm.MemoryConfig())):
            memory = sm.StreamMemory.open(encoder=encoder, config=config, budget=budget)
            for _ in memory.watch(frames):
                pass
            marks = Marks()
            for probe in probes:
                marks.take(memory, probe)
            print(f"{encoder:8}{name:8} {marks}, {memory.nbytes():,} bytes", flush=True)


if __name__ == "__main__":
    main(*(int(part) if at == 0 else part for at, part in enumerate(sys.argv[1:3])))  # type: ignore[arg-type]  # words of the command line, by place

"""A tracker on a sequence: marks, and what a frame cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int32

from benchmarks.vos.baselines import Tracker
from benchmarks.vos.scoring import Marks, objects_of, score_frame
from benchmarks.vos.videos import MaskedVideo

__all__ = ["Run", "run"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One tracker on one sequence. Rows of `j` and `f` are objects, columns are the scored frames."""

    tracker: str
    sequence: str
    size: tuple[int, int]
    objects: tuple[int, ...]
    scored: tuple[int, ...]
    j: Float64[np.ndarray, "n t"]
    f: Float64[np.ndarray, "n t"]
    frames: int  # steps, so without the first frame
    wall_s: float
    cpu_s: float

    def marks(self) -> list[Marks]:
        """The means of each object."""
        return [
            Marks(
                sequence=self.sequence, object_id=label, j=float(j), f=float(f), frames=len(self.scored)
            )
            for label, j, f in zip(self.objects, self.j.mean(axis=1), self.f.mean(axis=1), strict=True)
        ]  # fmt: skip


def run(
    name: str,
    tracker: Tracker,
    video: MaskedVideo,
    *,
    seen: Callable[[int, Int32[np.ndarray, "h w"]], None] | None = None,
) -> Run:
    """Track a sequence from its first labels. Only the steps are timed: reading and scoring are not.

    `seen` gets each frame's number and labels.

    Raises:
        ValueError: if fewer than one frame can be scored, or the tracker's labels do not fit the truth.
    """
    first = video.first()
    objects, scored = objects_of(first), set(video.scored())
    if not scored:
        raise ValueError(f"{video.name}: three frames with masks are needed, first and last do not count")
    tracker.start(video.frame(0), first)
    if seen is not None:
        seen(0, first)
    rows = []
    wall_s = cpu_s = 0.0
    for i in range(1, video.length):
        rgb = video.frame(i)
        wall, cpu = time.perf_counter(), time.process_time()
        labels = tracker.step(rgb)
        wall_s, cpu_s = wall_s + time.perf_counter() - wall, cpu_s + time.process_time() - cpu
        if seen is not None:
            seen(i, labels)
        truth = video.truth(i) if i in scored else None
        if truth is not None:
            rows.append(score_frame(truth.labels, labels, objects, truth.void))
    j, f = np.stack(rows).transpose(1, 2, 0)
    return Run(
        tracker=name,
        sequence=video.name,
        size=(first.shape[0], first.shape[1]),
        objects=objects,
        scored=tuple(sorted(scored)),
        j=j,
        f=f,
        frames=video.length - 1,
        wall_s=wall_s,
        cpu_s=cpu_s,
    )

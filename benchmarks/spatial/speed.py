"""Milliseconds of CPU a frame, at one voxel size and several strides."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.spatial.candidates import OURS, RAY, RAY_DISCRETISED, SPEED
from benchmarks.spatial.clock import Stopwatch
from benchmarks.spatial.frames import PosedFrame, Shot, noise_features
from benchmarks.spatial.maps import Candidate, SpatialMap
from benchmarks.spatial.results import Mark, Part, Table

__all__ = ["measure_speed"]

# Least ratio of the time of OctoMap's rays to ours, and of its discretised mode to ours.
TARGETS = {4: (3.5, 1.0), 2: (7.0, None), 1: (None, 1.0)}
TICK = Callable[[str], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """One map at one stride: a mean for each round, points a frame, bytes at the end."""

    name: str
    rounds_ms: list[float]
    points: float
    nbytes: int

    @property
    def ms(self) -> float:
        """The median of the rounds."""
        return float(np.median(self.rounds_ms))

    def over(self, other: Cost) -> float:
        """How many times the other's cost, round by round; the median."""
        return float(np.median(np.array(self.rounds_ms) / np.array(other.rounds_ms)))


def measure_speed(
    frames: Sequence[PosedFrame],
    *,
    voxel_m: float,
    strides: Sequence[int],
    rounds: int,
    dense: int = 25,
    candidates: Sequence[Candidate] = SPEED,
    tick: TICK = print,
) -> Part:
    """All maps take each frame in turn, so that whatever else the machine does falls on all of them alike.

    A round goes once through the frames with new maps. Stride 1 takes `dense` frames evenly spread.
    """
    costs: dict[int, list[Cost]] = {}
    for stride in strides:
        used = frames if stride > 1 else frames[:: max(1, len(frames) // dense)]
        taken: dict[str, list[float]] = {candidate.name: [] for candidate in candidates}
        for round_ in range(rounds):
            tick(f"speed, stride {stride}, round {round_ + 1} of {rounds}")
            maps, ms, points = _round(candidates, used, voxel_m, stride)
            for name, mean_ms in ms.items():
                taken[name].append(mean_ms)
        costs[stride] = [
            Cost(name=name, rounds_ms=ms, points=points, nbytes=maps[name].nbytes())
            for name, ms in taken.items()
        ]
    return _part(costs, voxel_m, len(frames))


def _round(
    candidates: Sequence[Candidate], frames: Sequence[PosedFrame], voxel_m: float, stride: int
) -> tuple[dict[str, SpatialMap], dict[str, float], float]:
    """New maps that have seen all frames, mean CPU ms of each, points a frame."""
    gc.collect()
    maps = {candidate.name: candidate.make(voxel_m, stride) for candidate in candidates}
    watches = {name: Stopwatch() for name in maps}
    points = 0
    for number, frame in enumerate(frames):
        first = number % len(candidates)
        for candidate in (*candidates[first:], *candidates[:first]):
            features = noise_features(frame.index, candidate.dim or 1)
            shot = Shot(frame=frame, stride=stride, grid_features=features)
            shot.prepared(features=candidate.dim > 0 and not candidate.ours)
            with watches[candidate.name].lap():
                maps[candidate.name].integrate(shot)
        points += len(shot.points)
    return maps, {name: watch.mean_ms for name, watch in watches.items()}, points / len(frames)


def _part(costs: dict[int, list[Cost]], voxel_m: float, frames: int) -> Part:
    strides = list(costs)
    by_name = {stride: {cost.name: cost for cost in costs[stride]} for stride in strides}
    names = list(by_name[strides[0]])
    columns = ["map"]
    for stride in strides:
        points = by_name[stride][names[0]].points
        columns += [f"stride {stride} ({points / 1000:.0f}k points) ms", "range", "ours is x faster"]
    rows = []
    for name in names:
        row: list[str | float | int | None] = [name]
        for stride in strides:
            cost = by_name[stride][name]
            ours = by_name[stride].get(OURS.name)
            low, high = min(cost.rounds_ms), max(cost.rounds_ms)
            row += [cost.ms, f"{low:.1f}-{high:.1f}", cost.over(ours) if ours else None]
        rows.append([*row, by_name[strides[0]][name].nbytes / 1e6])
    columns.append(f"MB at stride {strides[0]}")
    title = f"CPU ms a frame (all threads), {frames} frames 640x480, voxels of {100 * voxel_m:g} cm"
    return Part(
        name="speed" if voxel_m == 0.05 else f"speed-{1000 * voxel_m:g}mm",
        tables=[Table(title=title, columns=columns, rows=rows)],
        marks=_marks(by_name) if voxel_m == 0.05 else [],
        series={str(s): {name: cost.rounds_ms for name, cost in by_name[s].items()} for s in strides},
        settings={"voxel_m": voxel_m, "frames": frames},
        notes=[
            "back-projection and the check of the depth are in the time of streammem and (projection) of "
            "VoxelBlockGrid; OctoMap and the point map are given points of the world, the point map also a "
            "feature for each",
            "all maps take each frame in turn; the figures are medians over the rounds, also of the ratio",
        ],
    )


def _marks(costs: dict[int, dict[str, Cost]]) -> list[Mark]:
    marks = []
    for stride, (ray, discretised) in TARGETS.items():
        found = costs.get(stride, {})
        for peer, least in ((RAY, ray), (RAY_DISCRETISED, discretised)):
            if least is not None and peer.name in found and OURS.name in found:
                ratio = found[peer.name].over(found[OURS.name])
                marks.append(
                    Mark(
                        name=f"stride {stride}: {peer.name} / {OURS.name}",
                        figure=f"{ratio:.2f}x",
                        target=f">= {least:g}x" if least > 1 else "> 1x",
                        passed=ratio >= least,
                    )
                )
    return marks

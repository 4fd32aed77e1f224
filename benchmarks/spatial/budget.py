"""A small budget and no end of new rooms: bytes and cost once the budget is reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from resource import getpagesize

import numpy as np

from benchmarks.spatial.clock import Stopwatch
from benchmarks.spatial.frames import PosedFrame, Shot, noise_features
from benchmarks.spatial.growth import rooms
from benchmarks.spatial.ours import OurOctree
from benchmarks.spatial.results import Cell, Mark, Part, Table

__all__ = ["least", "measure_budget", "slope"]

VOXEL_M, STRIDE, DIM = 0.05, 4, 32
MOST = 1.1  # last rooms over those before, once the budget is reached


def measure_budget(
    frames: Sequence[PosedFrame],
    *,
    budget: int = 4_000_000,
    count: int = 40,
    tick: Callable[[str], object] = print,
) -> Part:
    """Rooms without end; the second half of them counts as "full"."""
    made = OurOctree(VOXEL_M, STRIDE, dim=DIM, budget=budget)
    laps, held, resident, most = [], [], [], 0
    for number in range(count):
        tick(f"budget: room {number + 1} of {count}")
        watch = Stopwatch()
        for frame in rooms(frames, number):
            shot = Shot(frame=frame, stride=STRIDE, grid_features=noise_features(frame.index, DIM))
            with watch.lap():
                made.integrate(shot)
            most = max(most, made.nbytes())
        laps.append(watch.laps_ms)
        held.append(made.nbytes())
        resident.append(_resident())
    counts = {name: int(number) for name, number in dict(made.octree.counts).items()}
    half = count // 2
    quarter = count // 4
    ms = [float(np.median(room)) for room in laps]
    cost = least(laps[-quarter:]) / least(laps[half : count - quarter])
    trend, bytes_ = slope(ms[half:]), slope([float(size) for size in held[half:]])
    rows: list[list[Cell]] = [[f"{i + 1}", ms[i], held[i] / 1e6, resident[i] / 1e6] for i in _spread(count)]
    last = len(made.occupied())
    return Part(
        name="budget",
        tables=[
            Table(
                title=f"Budget of {budget / 1e6:g} MB, {len(frames)} frames a room",
                columns=["room", "CPU ms a frame", "MB of the map", "MB resident"],
                rows=rows,
            )
        ],
        marks=[
            Mark(name="bytes never above the budget", figure=f"{most:,}", target=f"<= {budget:,}", passed=most <= budget),
            Mark(name="bytes, slope over ten rooms once full", figure=f"{100 * bytes_:+.2f} %", target="<= 1 %", passed=bytes_ <= 0.01),
            Mark(name=f"cost once full, last {quarter} rooms over the {quarter} before", figure=f"{cost:.2f}x", target=f"<= {MOST}x", passed=cost <= MOST),
        ],
        series={"ms": ms, "bytes": held, "resident": resident, "budget": budget, "counts": counts},
        settings={"budget": budget, "rooms": count},
        notes=[
            f"counted: {counts}",
            f"{last:,} occupied voxels at the end",
            f"slope of the cost over ten rooms once full: {100 * trend:+.1f} %, rooms differ by {np.std(ms[half:]):.1f} ms",
        ],
    )  # fmt: skip


def least(laps: Sequence[Sequence[float]]) -> float:
    """Cost of a room if each of its frames cost what it did in the cheapest of these rooms: no load, no noise."""
    return float(np.array(laps).min(axis=0).sum())


def slope(values: Sequence[float]) -> float:
    """Growth over ten steps of the least-squares line, as a share of the mean."""
    return float(10 * np.polyfit(np.arange(len(values)), values, 1)[0] / np.mean(values))


def _spread(count: int) -> list[int]:
    return sorted({0, 1, count // 8, count // 4, count // 2, 3 * count // 4, count - 1})


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()

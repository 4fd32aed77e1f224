"""Does a frame cost the same in the thirtieth room as in the first?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.spatial.candidates import BLOCKS, OURS, POINTS_64, RAY, RAY_DISCRETISED
from benchmarks.spatial.clock import Stopwatch
from benchmarks.spatial.frames import PosedFrame, Shot, noise_features, posed
from benchmarks.spatial.maps import Candidate
from benchmarks.spatial.results import Mark, Part, Table

__all__ = ["measure_growth", "room_of", "rooms"]

GROWING = (RAY, RAY_DISCRETISED, BLOCKS, POINTS_64, OURS)
ROOM_M = 12.0
WIDE = 6  # rooms along x
MOST = 1.2  # last rooms over first rooms
ENDS = 3  # rooms that are "first" and "last"


def room_of(number: int) -> tuple[float, float, float]:
    """Where a room lies."""
    return ROOM_M * (number % WIDE), ROOM_M * (number // WIDE), 0.0


def rooms(frames: Sequence[PosedFrame], number: int) -> list[PosedFrame]:
    """The frames as if taken in another room, later."""
    first = number * len(frames)
    return [posed(frame, index=first + i, shift_m=room_of(number)) for i, frame in enumerate(frames)]


def measure_growth(
    frames: Sequence[PosedFrame],
    *,
    count: int = 30,
    stride: int = 4,
    voxel_m: float = 0.05,
    candidates: Sequence[Candidate] = GROWING,
    tick: Callable[[str], object] = print,
) -> Part:
    """The same frames in one room after the other; the median of each room's frames."""
    maps = {c.name: c.make(voxel_m, stride) for c in candidates}
    cost: dict[str, list[float]] = {c.name: [] for c in candidates}
    for number in range(count):
        tick(f"growth: room {number + 1} of {count}")
        for candidate in candidates:
            watch = Stopwatch()
            for frame in rooms(frames, number):
                features = noise_features(frame.index, candidate.dim or 1)
                shot = Shot(frame=frame, stride=stride, grid_features=features)
                shot.prepared(features=candidate.dim > 0 and not candidate.ours)
                with watch.lap():
                    maps[candidate.name].integrate(shot)
            cost[candidate.name].append(float(np.median(watch.laps_ms)))
    ends = min(ENDS, count // 2)
    rows: list[list[str | float | int | None]] = []
    ratios = {}
    for name, ms in cost.items():
        first, last = float(np.mean(ms[:ends])), float(np.mean(ms[-ends:]))
        ratios[name] = last / first
        rows.append([name, first, last, last / first, max(ms), maps[name].nbytes() / 1e6])
    columns = [
        "map",
        f"rooms 1-{ends} ms",
        f"rooms {count - ends + 1}-{count} ms",
        "ratio",
        "worst room ms",
        "MB",
    ]
    title = f"CPU ms a frame while {len(frames)} frames are seen in one room after the other, stride {stride}"
    marks = [
        Mark(name=f"growth of {OURS.name}", figure=f"{ratios[OURS.name]:.2f}x", target=f"<= {MOST}x", passed=ratios[OURS.name] <= MOST)
    ] if OURS.name in ratios else []  # fmt: skip
    return Part(
        name="growth",
        tables=[Table(title=title, columns=columns, rows=rows)],
        marks=marks,
        series=cost,
        settings={"rooms": count, "frames": len(frames), "stride": stride},
        notes=["rooms stand 12 m apart, six in a row; maps take turns room by room"],
    )

"""Hours in minutes: does anything grow?"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from benchmarks.live.clips import long_clip
from benchmarks.live.server import Server
from benchmarks.live.slopes import growth
from benchmarks.spatial.results import Mark, Part, Table

__all__ = ["measure_hours"]

MOST_GROWTH = 0.05  # of what it takes in the middle of the run
WATCHED = ("server MB", "engine MB", "files", "server threads", "engine threads")
REST_S = 30.0  # after the stream's end; the store's threads end when they were idle for ten seconds
MOST_STAY = 3  # of the store's threads: those of its runtime, and one or two that just did something


def measure_hours(
    folder: Path, *, hours: float, rate: int, encoder: str, budget: str, tick: Callable[[str], object]
) -> Part:
    """A clip of many hours as fast as the memory takes it, with a budget that it fills many times over.

    Meanwhile pages come, look, and go without a word, and questions are asked. What a speeded-up run cannot show: heat,
    a clock that is set, what a camera's driver does in a week.
    """
    tick("writing the clip")
    clip = long_clip(folder / "hours.mp4", hours=hours, rate=rate)
    arguments = [f"long={clip}", "--pace", "fast", "--encoder", encoder, "--budget", budget, "--no-track"]
    samples: list[dict[str, float]] = []
    over = 0
    began = time.monotonic()
    with Server(*arguments, "--store", folder / "hours.zarr", log=folder / "hours.log") as server:
        while True:
            state = server.get("/api/state")["streams"][0]
            stats = server.get("/api/stats")
            over += stats["nbytes"] > stats["budget"]
            samples.append(
                {"t h": (state["t_s"] or 0.0) / 3600, "bytes": stats["nbytes"], **server.load.sample()}
            )
            tick(f"{samples[-1]['t h']:.2f} of {hours:g} h")
            if state["status"] in {"ended", "failed"}:
                break
            _visit(server)
            time.sleep(1.0)
        wall_s = time.monotonic() - began
        tick("rest")
        time.sleep(REST_S)
        rest = server.load.sample()["store threads"]
    cores = os.cpu_count() or 1
    part = _part(samples, over, state, stats, hours=hours, wall_s=wall_s)
    most = max(sample["store threads"] for sample in samples)
    mark = Mark(
        name="threads of the store that stay when it rests",
        figure=f"{rest:.0f}, of {most:.0f} at once",
        target=f"<= {cores + MOST_STAY}",
        passed=rest <= cores + MOST_STAY,
    )
    return dataclasses.replace(part, marks=[*part.marks, mark])


def _visit(server: Server) -> None:
    """A page that looks at one picture and is gone, and a question."""
    try:
        with connect(
            server.socket, additional_headers={"Authorization": f"Bearer {server.token}"}, open_timeout=10
        ) as page:
            page.send('{"type":"show","stream":"long"}')
            page.send('{"type":"credit","n":1}')
            page.recv(timeout=5)
    except (TimeoutError, WebSocketException, OSError) as error:
        raise SystemExit(f"a page could not come: {error}") from error
    server.get("/api/timeline", most=50)
    server.post("/api/find", {"at_s": 1.0})


def _part(
    samples: list[dict[str, float]],
    over: int,
    state: dict[str, Any],
    stats: dict[str, Any],
    *,
    hours: float,
    wall_s: float,
) -> Part:
    rows: list[list[str | int | float | None]] = []
    marks = [
        Mark(
            name="the stream came to its end",
            figure=str(state["status"]),
            target="ended",
            passed=state["status"] == "ended",
        ),
        Mark(name="looks above the budget", figure=str(over), target="0", passed=over == 0),
    ]
    for name in WATCHED:
        values = [sample[name] for sample in samples]
        added, at_most = growth(values)
        middle = sorted(values)[len(values) // 2]
        rows.append([name, values[0], middle, values[-1], added, at_most])
        marks.append(
            Mark(
                name=f"growth of {name} over the run",
                figure=f"{100 * added / middle:+.1f} %",
                target=f"<= {100 * MOST_GROWTH:g} %",
                passed=added <= MOST_GROWTH * middle,
            )
        )
    return Part(
        name="hours",
        tables=[
            Table(
                title=f"{hours:g} hours of stream in {wall_s / 60:.1f} minutes",
                columns=["", "first", "middle", "last", "slope over the run", "slope, upper end of 95 %"],
                rows=rows,
            )
        ],
        marks=marks,
        series={name: [sample[name] for sample in samples] for name in samples[0]},
        notes=[
            f"{len(samples)} pages came and went; dropped under the budget: {stats['dropped']}",
            f"{stats['nbytes']:,} of {stats['budget']:,} bytes at the end",
        ],
    )

"""`python -m benchmarks.live --only page,connects --out DIR`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.live.comings import measure_connects, measure_losses
from benchmarks.live.hostile import measure_hostile
from benchmarks.live.hours import measure_hours
from benchmarks.live.page import measure_page
from benchmarks.spatial.results import Part, save, show

PARTS = ("page", "connects", "losses", "hostile", "hours")


def main(arguments: Sequence[str] | None = None) -> list[Part]:
    """Measure `streammem live` as it runs for its users: the command in its own process, a real browser beside it."""
    given = _parser().parse_args(arguments)
    console = Console(width=None if Console().is_terminal else 200)
    given.out.mkdir(parents=True, exist_ok=True)
    settings = {"cores": os.cpu_count(), "quick": given.quick}
    parts = []
    for name in given.only:
        with tempfile.TemporaryDirectory() as folder:
            part = _measure(name, given, Path(folder))
        _tick("")
        show(part, console)
        written = save(part, given.out, settings)
        console.print(f"wrote {written}", markup=False, highlight=False)
        parts.append(part)
    marks = [mark for part in parts for mark in part.marks]
    console.print(f"\n{sum(m.passed for m in marks)} of {len(marks)} targets reached", highlight=False)
    return parts


def _measure(name: str, given: argparse.Namespace, folder: Path) -> Part:
    quick = given.quick
    if name == "page":
        return measure_page(folder, seconds=given.seconds or (15 if quick else 120), tick=_tick)
    if name == "connects":
        return measure_connects(folder, connects=50 if quick else 1000, tick=_tick)
    if name == "losses":
        return measure_losses(folder, losses=given.losses or (3 if quick else 100), tick=_tick)
    if name == "hostile":
        return measure_hostile(folder, messages=400 if quick else 10_000, tick=_tick)
    return measure_hours(
        folder,
        hours=given.hours or (0.1 if quick else 8),
        rate=given.rate,
        encoder=given.encoder,
        budget="4 MB",
        tick=_tick,
    )


def _tick(text: str) -> None:
    """Say what runs."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=main.__doc__)
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        default=list(PARTS),
        help=f"parts, with commas: {', '.join(PARTS)}",
    )
    parser.add_argument("--seconds", type=float, help="of the part `page` (120)")
    parser.add_argument("--losses", type=int, help="of the part `losses` (100)")
    parser.add_argument("--hours", type=float, help="of stream in the part `hours` (8)")
    parser.add_argument(
        "--rate", type=int, default=2, help="frames a second of stream in the part `hours` (2)"
    )
    parser.add_argument(
        "--encoder",
        default="classic",
        help="of the part `hours`: classic, so that eight hours take minutes; lite takes ten times as long",
    )
    parser.add_argument("--quick", action="store_true", help="two minutes, to see that it runs")
    parser.add_argument("--out", type=Path, default=Path("out/bench-live"), help="for JSON")
    return parser


if __name__ == "__main__":
    main()

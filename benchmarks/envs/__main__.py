"""`python -m benchmarks.envs --only speed,tasks --out DIR`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.envs.agreement import measure_agreement
from benchmarks.envs.plots import plot
from benchmarks.envs.scenes import measure_scenes
from benchmarks.envs.speed import measure_resets, measure_speed
from benchmarks.envs.tasks import measure_tasks
from benchmarks.envs.vector import measure_vector
from benchmarks.envs.worlds import apartments, others
from benchmarks.spatial.results import Part, save, show
from streammem.envs.tasks.registration import TASKS

PARTS = ("speed", "resets", "agreement", "vector", "scenes", "tasks")


def main(arguments: Sequence[str] | None = None) -> list[Part]:
    """Measure the environments; tables go to the screen, JSON and pictures to the folder.

    Times are CPU time of all threads of the process, so that a busy machine tells the same story as an idle one; only
    the part `vector` goes by the clock on the wall.
    """
    given = _parser().parse_args(arguments)
    console = Console(width=None if Console().is_terminal else 200)
    given.out.mkdir(parents=True, exist_ok=True)
    settings = {"cores": os.cpu_count(), "LP_NUM_THREADS": os.environ.get("LP_NUM_THREADS", "unset")}
    settings |= {"quick": given.quick, "catalogue furniture": given.assets is not None}
    console.print(", ".join(f"{name}: {value}" for name, value in settings.items()), highlight=False)
    parts = []
    for name in given.only:
        part = _measure(name, given)
        _tick("")
        show(part, console)
        written = [str(path) for path in (save(part, given.out, settings), plot(part, given.out)) if path]
        console.print("wrote " + " and ".join(written), markup=False, highlight=False)
        parts.append(part)
    marks = [mark for part in parts for mark in part.marks]
    console.print(f"\n{sum(m.passed for m in marks)} of {len(marks)} targets reached", highlight=False)
    return parts


def _tick(text: str) -> None:
    """Say what runs. No spinner: its thread would be in the CPU time."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _measure(name: str, given: argparse.Namespace) -> Part:
    quick = given.quick
    known = apartments(given.assets)
    plain = next(one for one in known if one.name == "apartment, gl" and one.size == "128x128")
    if name == "speed":
        steps, rounds = (60, 1) if quick else (200, 5)
        return measure_speed([*known, *others()], steps=steps, rounds=rounds, tick=_tick)
    if name == "resets":
        furnished = [one for one in known if "catalogue" in one.name]
        return measure_resets([plain, *furnished], scenes=3 if quick else 20, tick=_tick)
    if name == "agreement":
        return measure_agreement(scenes=1 if quick else 8, views=2 if quick else 10, tick=_tick)
    if name == "vector":
        return measure_vector(plain, counts=(1, 2, 4), steps=30 if quick else 300, tick=_tick)
    if name == "scenes":
        return measure_scenes(
            scenes=given.scenes or (10 if quick else 1000),
            drawn=2 if quick else 200,
            repeated=2 if quick else 10,
            processes=1 if quick else os.cpu_count() or 1,
            tick=_tick,
        )
    return measure_tasks(
        given.tasks, episodes=given.episodes or (2 if quick else 100), size=given.size, seed=0, tick=_tick
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.envs",
        description=main.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", type=_listed(PARTS), default=list(PARTS), help=f"parts, with commas: {', '.join(PARTS)}"
    )
    parser.add_argument(
        "--tasks",
        type=_listed(tuple(TASKS)),
        default=list(TASKS),
        help="tasks of the part `tasks`, with commas",
    )
    parser.add_argument("--episodes", type=int, help="of each task and agent (100)")
    parser.add_argument("--scenes", type=int, help="of the part `scenes` (1,000)")
    parser.add_argument("--size", type=int, default=64, help="side of the pictures in the part `tasks` (64)")
    parser.add_argument(
        "--assets", type=Path, help="a folder of Sweet Home 3D catalogues, to be measured too"
    )
    parser.add_argument("--quick", action="store_true", help="a minute, to see that it runs")
    parser.add_argument("--out", type=Path, default=Path("out/bench-envs"), help="for JSON and pictures")
    return parser


def _listed(known: tuple[str, ...]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        chosen = text.split(",")
        unknown = [name for name in chosen if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
        return chosen

    return names


if __name__ == "__main__":
    main()

"""`python -m benchmarks.nias --track frames --hours 1 --seeds 0,1,2 --budget-kb 8 --clips FOLDER --out DIR`."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import torch
from rich.console import Console

from benchmarks.nias.cases import Library
from benchmarks.nias.progress import Bars
from benchmarks.nias.results import Result, plot, save, show
from benchmarks.nias.tracks import TRACKS, Settings


def main(arguments: list[str] | None = None) -> list[Result]:
    """Run the tracks asked for, print a table each, write nias.json and nias.png."""
    given = _parser().parse_args(arguments)
    torch.set_num_threads(given.threads)
    cv2.setNumThreads(given.threads)
    console = Console(width=None if Console().is_terminal else 170)
    library = Library(given.clips, given.cache, real=not given.procedural)
    names = list(TRACKS) if given.track == "all" else [given.track]
    settings = Settings(
        hours=given.hours, seeds=given.seeds, rule_seeds=given.rule_seeds, budget_kb=given.budget_kb
    )
    given.out.mkdir(parents=True, exist_ok=True)
    results = []
    for name in names:
        with Bars(console) as bars:
            result = TRACKS[name](settings, library, bars)
        show(result, console)
        results.append(result)
        save(results, given.out)
    picture = plot(results, given.out)
    console.print(f"wrote {given.out / 'nias.json'} and {picture}", highlight=False)
    return results


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nias", description=main.__doc__)
    parser.add_argument("--track", choices=[*TRACKS, "all"], default="frames")
    parser.add_argument("--hours", type=float, help="length of a stream; each track has its own usual one")
    parser.add_argument("--seeds", type=_numbers, default=(0, 1, 2), help="streams to judge on, 0,1,2 say")
    parser.add_argument(
        "--rule-seeds", type=_numbers, default=(100, 101, 102), help="streams to choose answer rules on"
    )
    parser.add_argument("--budget-kb", type=float, help="KB for an hour; each track has its own usual one")
    parser.add_argument(
        "--clips", type=Path, help="folder with one sub-folder or file a clip, instead of ours"
    )
    parser.add_argument("--procedural", action="store_true", help="no real clips at all")
    parser.add_argument("--out", type=Path, default=Path("out/nias"), help="where nias.json and nias.png go")
    parser.add_argument(
        "--cache", type=Path, help="where features are kept; the temporary folder if not said"
    )
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()

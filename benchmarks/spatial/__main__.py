"""`python -m benchmarks.spatial --only speed,accuracy --out DIR`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import torch
from rich.console import Console

from benchmarks.spatial.accuracy import measure_accuracy
from benchmarks.spatial.budget import measure_budget
from benchmarks.spatial.change import measure_change
from benchmarks.spatial.frames import PosedFrame, kitchen_folder, read_frames
from benchmarks.spatial.growth import measure_growth
from benchmarks.spatial.plots import plot
from benchmarks.spatial.queries import measure_queries
from benchmarks.spatial.results import Part, save, show
from benchmarks.spatial.speed import measure_speed

PARTS = ("speed", "accuracy", "dynamics", "growth", "queries", "budget")
ROOM_FRAMES = 10  # of a room in growth, queries and budget


def main(arguments: Sequence[str] | None = None) -> list[Part]:
    """Put the octree beside OctoMap, VoxelBlockGrid and a map of points, on the 100 frames of 7-Scenes RedKitchen.

    Tables go to the screen, JSON and pictures to the folder. Times are CPU milliseconds of all threads together.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    cv2.setNumThreads(given.threads)
    folder = given.data or kitchen_folder()
    if folder is None:
        parser.error(
            "no frames: give --data FOLDER of 7-Scenes, or set STREAMMEM_DATA to a folder with rgbd/"
        )
    console = Console(width=None if Console().is_terminal else 200)
    frames = read_frames(folder, 20 if given.quick else given.frames)
    given.out.mkdir(parents=True, exist_ok=True)
    settings = {
        "frames": len(frames),
        "torch threads": torch.get_num_threads(),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "unset"),
        "cores": os.cpu_count(),
        "quick": given.quick,
    }
    console.print(", ".join(f"{name}: {value}" for name, value in settings.items()), highlight=False)
    parts = []
    for name in given.only:
        for part in _measure(name, frames, given):
            _tick("")
            show(part, console)
            written = [str(save(part, given.out, settings)), str(plot(part, given.out))]
            console.print("wrote " + " and ".join(written), markup=False, highlight=False)
            parts.append(part)
    missed = [mark for part in parts for mark in part.marks if not mark.passed]
    total = sum(len(part.marks) for part in parts)
    console.print(f"\n{total - len(missed)} of {total} targets reached", highlight=False)
    return parts


def _tick(text: str) -> None:
    """Say what runs. No spinner: its thread would be in the CPU time."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _measure(name: str, frames: list[PosedFrame], given: argparse.Namespace) -> list[Part]:
    quick = given.quick
    if name == "speed":
        return [
            measure_speed(
                frames,
                voxel_m=voxel_m,
                strides=given.strides,
                rounds=1 if quick else given.rounds,
                dense=5 if quick else 25,
                tick=_tick,
            )
            for voxel_m in given.voxels
        ]
    if name == "accuracy":
        return [measure_accuracy(frames, tick=_tick)]
    if name == "dynamics":
        return [measure_change(frames, length=30 if quick else 60, tick=_tick)]
    few = frames[:: max(1, len(frames) // ROOM_FRAMES)][:ROOM_FRAMES]
    if name == "growth":
        return [measure_growth(few, count=6 if quick else 30, tick=_tick)]
    if name == "queries":
        return [measure_queries(frames, voxels=5_000 if quick else 20_000, tick=_tick)]
    return [measure_budget(few, budget=given.budget, count=12 if quick else 40, tick=_tick)]


def _listed(kind: Callable[[str], object], known: Sequence[object] = ()) -> Callable[[str], list]:
    """A parser of comma-separated values."""

    def parse(text: str) -> list:
        values = [kind(part) for part in text.split(",") if part]
        strange = [value for value in values if known and value not in known]
        if strange or not values:
            raise argparse.ArgumentTypeError(
                f"{strange or 'nothing'}: choose from {', '.join(map(str, known))}"
            )
        return values

    return parse


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spatial", description=main.__doc__)
    parser.add_argument(
        "--only", type=_listed(str, PARTS), default=[*PARTS], help=f"any of {','.join(PARTS)}"
    )
    parser.add_argument(
        "--quick", action="store_true", help="few frames, one round: minutes instead of half an hour"
    )
    parser.add_argument("--data", type=Path, help="a folder of 7-Scenes")
    parser.add_argument("--frames", type=int, default=100, help="at most so many")
    parser.add_argument("--strides", type=_listed(int, (1, 2, 4, 8)), default=[4, 2, 1], help="of speed")
    parser.add_argument(
        "--voxels",
        type=_listed(float),
        default=[0.05],
        help="sizes in metres, of speed; 0.05,0.02 takes long",
    )
    parser.add_argument("--rounds", type=int, default=3, help="of speed")
    parser.add_argument("--budget", type=int, default=4_000_000, help="bytes, of budget")
    parser.add_argument(
        "--out", type=Path, default=Path("out/bench-spatial"), help="where JSON and pictures go"
    )
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()

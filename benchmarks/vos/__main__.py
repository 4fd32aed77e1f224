"""`python -m benchmarks.vos --tracker copy,flow --split clips,procedural --data FOLDER --out DIR`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Int32
from rich.console import Console
from rich.progress import Progress

from benchmarks.vos.arguments import data_folder, names
from benchmarks.vos.procedural import procedural_split
from benchmarks.vos.results import Split, plot, save, show
from benchmarks.vos.runs import run
from benchmarks.vos.trackers import TRACKERS
from benchmarks.vos.videos import MaskedVideo, find_videos
from streammem.heads.label_pictures import write_labels

SPLITS = ("clips", "procedural")


def main(arguments: Sequence[str] | None = None) -> list[Split]:
    """Track sequences with known masks; print J, F and J&F, write vos.json and vos.png."""
    parser = _parser()
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    cv2.setNumThreads(given.threads)
    console = Console(width=None if Console().is_terminal else 170)
    data = given.data or data_folder()
    if "clips" in given.split and data is None:
        parser.error("no clips: give --data FOLDER, set STREAMMEM_DATA, or take --split procedural")
    given.out.mkdir(parents=True, exist_ok=True)
    splits = []
    for name in given.split:
        videos = (
            find_videos(data, given.sequences)
            if name == "clips"
            else procedural_split(seed=given.seed, frames=given.frames, textures=given.textures)
        )
        split = _judge(name, videos, given.tracker, given.out if given.masks else None, console)
        show(split, console)
        splits.append(split)
    settings = {"threads": given.threads, "seed": given.seed, "textures": given.textures}
    path = save(splits, given.out, settings)
    console.print(f"wrote {path} and {plot(splits, given.out)}", highlight=False)
    return splits


def _judge(
    name: str, videos: Sequence[MaskedVideo], trackers: Sequence[str], masks: Path | None, console: Console
) -> Split:
    runs = {}
    with Progress(console=console, transient=True) as bars:
        for tracker in trackers:
            bar = bars.add_task(f"{name}: {tracker}", total=len(videos))
            runs[tracker] = []
            for video in videos:
                keep = None if masks is None else _writer(masks / "masks" / tracker / video.name)
                runs[tracker].append(run(tracker, TRACKERS[tracker](), video, seen=keep))
                bars.advance(bar)
    return Split(name=name, runs=runs, notes={video.name: video.note for video in videos})


def _writer(folder: Path) -> Callable[[int, Int32[np.ndarray, "h w"]], None]:
    """Label pictures as the official evaluation reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    return lambda i, labels: write_labels(folder / f"{i:05d}.png", labels)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vos", description=main.__doc__)
    parser.add_argument(
        "--tracker", type=names([*TRACKERS]), default=[*TRACKERS], help=f"any of {','.join(TRACKERS)}"
    )
    parser.add_argument("--split", type=names(SPLITS), default=[*SPLITS], help="clips, procedural or both")
    parser.add_argument("--data", type=Path, help="DAVIS-style folder, or one with a folder a sequence")
    parser.add_argument("--sequences", type=lambda text: text.split(","), default=(), help="only these clips")
    parser.add_argument("--seed", type=int, default=0, help="of the procedural split")
    parser.add_argument("--frames", type=int, default=40, help="of a procedural sequence")
    parser.add_argument("--textures", choices=["packaged", "painted"], default="packaged")
    parser.add_argument("--masks", action="store_true", help="also write every mask as PNG")
    parser.add_argument("--out", type=Path, default=Path("out/vos"), help="where vos.json and vos.png go")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()

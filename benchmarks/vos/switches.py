"""`python -m benchmarks.vos.switches --variant "default,as XMem" --split clips,procedural,absences --data FOLDER`.

Runs settings of the segmentation head (benchmarks/vos/variants.py) over sequences with known masks: J&F, whether it
knows what is out of sight, how often it writes, what a frame costs. `--seed 0,1,2` makes the generated splits three
times as long, `--each` prints a line a sequence as well.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Int32
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.vos.absences import absence_split
from benchmarks.vos.arguments import data_folder, names
from benchmarks.vos.baselines import Labels, Rgb
from benchmarks.vos.presence import Presence, Sighting, pooled, presence, sight
from benchmarks.vos.procedural import procedural_split
from benchmarks.vos.runs import Run, run
from benchmarks.vos.scoring import mean_marks
from benchmarks.vos.variants import VARIANTS
from benchmarks.vos.videos import MaskedVideo, find_videos
from streammem.heads.segmentation import Segmentation, SegmentationConfig, SegmentationHead
from streammem.perception.networks.opening import open_network
from streammem.perception.networks.protocol import SegmentationNetwork
from streammem.types import Observation

SPLITS = ("clips", "procedural", "absences")
FRAMES_A_SECOND = 10
COLUMNS = (
    "J&F", "J seen", "precision", "recall", "re-acquired", "never", "false area %", "writes/100", "CPU ms/frame",
)  # fmt: skip


class WatchedHead:
    """The head as a tracker, with everything that it said last, and how many frames its memory took."""

    def __init__(self, network: SegmentationNetwork, config: SegmentationConfig) -> None:
        self._head, self._frame = SegmentationHead(network, config), 0

    def start(self, rgb: Rgb, labels: Labels) -> None:
        self.said: Segmentation = self._head.step(self._observation(rgb), labels)

    def step(self, rgb: Rgb) -> Labels:
        self._frame += 1
        self.said = self._head.step(self._observation(rgb))
        return self.said.labels

    @property
    def stored(self) -> int:
        assert self._head._loop is not None
        return self._head._loop.memory.counts()["stored"]

    def _observation(self, rgb: Rgb) -> Observation:
        return Observation(index=self._frame, t_s=self._frame / FRAMES_A_SECOND, rgb=rgb)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One variant on one sequence."""

    run: Run
    presence: tuple[Presence, ...]  # one an object
    stored: int


def main(arguments: Sequence[str] | None = None) -> dict[str, dict[str, list[Outcome]]]:
    """Settings of the segmentation head beside each other; prints a table, writes switches.json."""
    parser = _parser()
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    cv2.setNumThreads(given.threads)
    console = Console(width=None if Console().is_terminal else 170)
    data = given.data or data_folder()
    if "clips" in given.split and data is None:
        parser.error("no clips: give --data FOLDER, set STREAMMEM_DATA, or take --split procedural,absences")
    given.out.mkdir(parents=True, exist_ok=True)
    network = open_network()
    found: dict[str, dict[str, list[Outcome]]] = {}
    with Progress(console=console, transient=True) as bars:
        for split in given.split:
            found[split] = {variant: [] for variant in given.variant}
            for part in _parts(split, data, given.seed):
                bar = bars.add_task(split, total=len(part) * len(given.variant))
                for video in part:
                    for variant, outcomes in found[split].items():
                        bars.update(bar, description=f"{split}: {video.name}, {variant}")
                        outcomes.append(_follow(variant, network, video))
                        bars.advance(bar)
    console.print(_table(found, each=given.each))
    path = given.out / "switches.json"
    settings = {"threads": given.threads, "seed": given.seed, "machine": platform.machine()}
    path.write_text(json.dumps({"settings": settings, "splits": _plain(found)}, indent=1))
    console.print(f"wrote {path}", highlight=False)
    return found


def _parts(split: str, data: Path | None, seeds: Sequence[int]) -> Iterator[list[MaskedVideo]]:
    """A split's sequences, one seed after the other, so that only one seed's pictures are held."""
    if split == "clips":
        assert data is not None
        yield find_videos(data)
        return
    make = procedural_split if split == "procedural" else absence_split
    for seed in seeds:
        yield make(seed=seed)


def _follow(variant: str, network: SegmentationNetwork, video: MaskedVideo) -> Outcome:
    tracker = WatchedHead(network, VARIANTS[variant]())
    sightings: list[Sighting] = []

    def watch(i: int, labels: Int32[np.ndarray, "h w"]) -> None:
        truth = video.truth(i)
        if i and truth is not None:
            said = tracker.said
            sightings.append(sight(truth.labels, labels, said.states, said.ids, truth.void))

    done = run(variant, tracker, video, seen=watch)
    return Outcome(run=done, presence=tuple(presence(sightings)), stored=tracker.stored)


def _marks(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """By column; nan where there was nothing to mark."""
    runs, seen = [one.run for one in outcomes], pooled([mark for one in outcomes for mark in one.presence])
    steps = sum(run.frames for run in runs)
    taken = sum(one.stored for one in outcomes) / (steps + len(runs))  # the first frame is written as well
    marks = (
        mean_marks([mark for run in runs for mark in run.marks()])[0], seen.j_visible, seen.precision, seen.recall,
        seen.wait, seen.never, 100 * seen.false_area, 100 * taken, 1000 * sum(run.cpu_s for run in runs) / steps,
    )  # fmt: skip
    return dict(zip(COLUMNS, marks, strict=True))


def _table(found: dict[str, dict[str, list[Outcome]]], *, each: bool) -> Table:
    title = (
        "Segmentation head; re-acquired: frames from a return to J > 0.5; false area: of the picture, unseen"
    )
    table = Table(title=title, title_justify="left")
    for heading in ("split", "variant", *COLUMNS):
        table.add_column(heading, justify="left" if heading in {"split", "variant"} else "right")
    for split, variants in found.items():
        for variant, outcomes in variants.items():
            table.add_row(split, variant, *_cells(outcomes))
        table.add_section()
        for i, one in enumerate(next(iter(variants.values())) if each else ()):
            for variant, outcomes in variants.items():
                table.add_row(f"  {one.run.sequence}", variant, *_cells([outcomes[i]]))
        table.add_section()
    return table


def _cells(outcomes: Sequence[Outcome]) -> list[str]:
    marks = _marks(outcomes)
    for heading in ("J&F", "J seen", "precision", "recall"):
        marks[heading] *= 100
    returns = sum(len(mark.waits) + mark.never for one in outcomes for mark in one.presence)
    cells = {heading: "-" if math.isnan(mark) else f"{mark:.1f}" for heading, mark in marks.items()}
    cells["false area %"] = "-" if math.isnan(marks["false area %"]) else f"{marks['false area %']:.2f}"
    return [*(cells | {"never": f"{marks['never']:.0f} of {returns}"}).values()]


def _plain(found: dict[str, dict[str, list[Outcome]]]) -> dict[str, Any]:
    def rounded(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
        return {name: None if math.isnan(mark) else round(mark, 4) for name, mark in _marks(outcomes).items()}

    return {
        split: {
            variant: rounded(outcomes)
            | {"sequences": [{"sequence": one.run.sequence} | rounded([one]) for one in outcomes]}
            for variant, outcomes in variants.items()
        }
        for split, variants in found.items()
    }


def _seeds(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vos.switches", description=main.__doc__)
    parser.add_argument("--variant", type=names([*VARIANTS]), default=[*VARIANTS], help=", ".join(VARIANTS))
    parser.add_argument("--split", type=names(SPLITS), default=[*SPLITS], help="any of " + ",".join(SPLITS))
    parser.add_argument("--data", type=Path, help="DAVIS-style folder, or one with a folder a sequence")
    parser.add_argument(
        "--seed", type=_seeds, default=[0], help="of the generated splits; several with commas"
    )
    parser.add_argument("--each", action="store_true", help="also a line a sequence")
    parser.add_argument("--out", type=Path, default=Path("out/vos"), help="where switches.json goes")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()

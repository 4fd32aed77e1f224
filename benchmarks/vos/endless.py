"""`python -m benchmarks.vos.endless --frames 20000`: does it stay as small and as fast as it was?

Two objects of the procedural split at 96x160 go to and fro without end, followed by the small network. For each
stretch of frames: resident memory, the head's bytes, CPU time a frame. Frames are made before the first step.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from resource import getpagesize

import cv2
import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TimeRemainingColumn
from rich.table import Table

from benchmarks.vos.procedural import Scene, procedural_split
from benchmarks.vos.scoring import score_frame
from benchmarks.vos.videos import MaskedVideo
from streammem.heads.segmentation import SegmentationHead
from streammem.perception.networks.opening import open_network
from streammem.types import Observation

SIZE = (96, 160)
LOOP = 200  # frames that are made; they are shown forward and backward
SCENE = Scene(name="endless", objects=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """Some frames in a row; memory as it is after the last of them."""

    last_frame: int
    rss_mb: float
    kept_mb: float  # what the head would save
    cpu_ms: float  # a frame
    present: float  # share of objects and frames that are said to be present
    j: float  # of the frames that are looked at, one in ten


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """How much was gained from the third stretch on, and how the last one's time compares with the second's."""

    mb_per_1000_frames: float
    time_ratio: float


def main(arguments: Sequence[str] | None = None) -> tuple[list[Stretch], Verdict]:
    """Follow two objects for a long time; print memory and time, write a plot."""
    given = _parser().parse_args(arguments)
    if given.frames < 4 * given.every:
        raise SystemExit(f"--frames {given.frames} is less than four stretches of {given.every}: see --every")
    torch.set_num_threads(given.threads)
    cv2.setNumThreads(given.threads)
    (video,) = procedural_split(seed=given.seed, frames=LOOP, size=SIZE, textures="painted", scenes=[SCENE])
    console = Console(width=None if Console().is_terminal else 110)
    columns = ("{task.description}", BarColumn(), "{task.completed}/{task.total}", TimeRemainingColumn())
    stretches = []
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task("frames", total=given.frames)
        for stretch in follow(
            video, frames=given.frames, every=given.every, after_each=lambda: bars.advance(bar)
        ):
            stretches.append(stretch)
            bars.update(bar, description=f"{stretch.rss_mb:.0f} MB, {stretch.cpu_ms:.1f} ms")
    verdict = judge(stretches)
    _show(stretches, verdict, console)
    given.out.mkdir(parents=True, exist_ok=True)
    if given.json is not None:
        settings = {"frames": given.frames, "threads": given.threads, "machine": platform.machine()}
        record = settings | asdict(verdict) | {"stretches": [asdict(stretch) for stretch in stretches]}
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(record, indent=1))
    console.print(f"wrote {_plot(stretches, given.out)}", highlight=False)
    return stretches, verdict


def follow(
    video: MaskedVideo, *, frames: int, every: int, after_each: Callable[[], None] = lambda: None
) -> Iterator[Stretch]:
    """Show the video forward and backward, and say after each stretch how it went. Only steps are timed."""
    head = SegmentationHead(open_network())
    objects = tuple(range(1, SCENE.objects + 1))
    cpu_s, present, marks = 0.0, 0, []
    for i in range(frames):
        at = LOOP - 1 - abs(LOOP - 1 - i % (2 * LOOP - 2))
        truth = video.truth(at)
        assert truth is not None
        observation = Observation(index=i, t_s=i / 10, rgb=video.frame(at))
        begun = time.process_time()
        said = head.step(observation, None if i else truth.labels)
        cpu_s += time.process_time() - begun
        present += said.states.count("present")
        after_each()
        if i % 10 == 9:
            marks.append(float(score_frame(truth.labels, said.labels, objects)[0].mean()))
        if (i + 1) % every == 0:
            yield Stretch(
                last_frame=i + 1,
                rss_mb=resident_mb(),
                kept_mb=head.nbytes() / 1e6,
                cpu_ms=1000 * cpu_s / every,
                present=present / (every * len(objects)),
                j=float(np.mean(marks)),
            )
            cpu_s, present, marks = 0.0, 0, []


def resident_mb() -> float:
    """What the process occupies of the machine's memory (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize() / 1e6


def judge(stretches: Sequence[Stretch]) -> Verdict:
    """A line through resident memory from the end of the second stretch on; the last time beside the second."""
    frames, rss_mb = np.array([(one.last_frame, one.rss_mb) for one in stretches[1:]]).T
    return Verdict(
        mb_per_1000_frames=float(1000 * np.polyfit(frames, rss_mb, 1)[0]),
        time_ratio=stretches[-1].cpu_ms / stretches[1].cpu_ms,
    )


def _show(stretches: Sequence[Stretch], verdict: Verdict, console: Console) -> None:
    table = Table(title=f"Two objects at {SIZE[0]}x{SIZE[1]}, without end", title_justify="left")
    for heading in ("frames", "resident MB", "kept MB", "CPU ms/frame", "present %", "J"):
        table.add_column(heading, justify="right")
    for one in stretches:
        numbers = (one.rss_mb, one.kept_mb, one.cpu_ms, 100 * one.present, 100 * one.j)
        table.add_row(f"{one.last_frame:,}", *(f"{number:.1f}" for number in numbers))
    console.print(table)
    console.print(
        f"resident memory from frame {stretches[1].last_frame:,} on: {verdict.mb_per_1000_frames:+.3f} MB per 1000 "
        f"frames; time of the last stretch over that of the second: {verdict.time_ratio:.3f}",
        highlight=False,
    )


def _plot(stretches: Sequence[Stretch], folder: Path) -> Path:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 1, figsize=(6, 4), sharex=True)
    frames = [one.last_frame for one in stretches]
    rows = (
        ("resident memory, MB", [one.rss_mb for one in stretches]),
        ("CPU ms a frame", [one.cpu_ms for one in stretches]),
    )
    for axis, (label, line) in zip(axes, rows, strict=True):
        axis.plot(frames, line, color="#1b7f79", lw=1.6)
        axis.set_ylim(0, 1.15 * max(line))
        axis.set_ylabel(label, fontsize=8)
        axis.tick_params(labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xlabel("frames", fontsize=8)
    figure.tight_layout()
    path = folder / "endless.png"
    figure.savefig(path, dpi=130)
    plt.close(figure)
    return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vos.endless", description=main.__doc__)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--every", type=int, default=1000, help="frames of a stretch")
    parser.add_argument("--json", type=Path, help="also write everything there")
    parser.add_argument("--out", type=Path, default=Path("out/vos"), help="where endless.png goes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()

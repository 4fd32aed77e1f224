"""What a split found: a table, JSON and a plot."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.vos.runs import Run
from benchmarks.vos.scoring import mean_marks

__all__ = ["Split", "plot", "save", "show"]

MOST_COLUMNS = 8  # sequences that get a column of their own
GREYS = ("#c9c9c4", "#8f8f89", "#5c5c57")
OURS = "#1b7f79"


@dataclass(frozen=True, kw_only=True)
class Split:
    """Some sequences, and every tracker's runs on all of them."""

    name: str
    runs: dict[str, list[Run]]
    notes: dict[str, str] = field(default_factory=dict)  # by sequence

    @property
    def sequences(self) -> list[str]:
        return [run.sequence for run in next(iter(self.runs.values()))]


def show(split: Split, console: Console) -> None:
    """Print a line a tracker: J&F, J and F over all objects, J&F of each sequence, speed."""
    objects = sum(len(run.objects) for run in next(iter(split.runs.values())))
    title = f"{split.name}: {len(split.sequences)} sequences, {objects} objects"
    table = Table(title=title, title_justify="left")
    columns = split.sequences if len(split.sequences) <= MOST_COLUMNS else []
    for heading in ("tracker", "J&F", "J", "F", *columns, "frames/s", "CPU ms/frame"):
        table.add_column(heading, justify="left" if heading == "tracker" else "right")
    for name, runs in split.runs.items():
        total = mean_marks([mark for run in runs for mark in run.marks()])
        each = [mean_marks(run.marks())[0] for run in runs if run.sequence in columns]
        frames_s, cpu_ms = _speed(runs)
        cells = [f"{100 * mark:.1f}" for mark in (*total, *each)]
        table.add_row(name, *cells, f"{frames_s:.1f}" if frames_s < 1000 else "> 1000", f"{cpu_ms:.1f}")
    console.print(table)
    for sequence, note in split.notes.items():
        if note:
            console.print(f"{sequence}: {note}", highlight=False)


def _speed(runs: Sequence[Run]) -> tuple[float, float]:
    """Frames a second of wall time, and CPU milliseconds a frame (all threads)."""
    frames = sum(run.frames for run in runs)
    wall, cpu = sum(run.wall_s for run in runs), sum(run.cpu_s for run in runs)
    return frames / max(wall, 1e-9), 1000 * cpu / frames


def save(splits: Sequence[Split], folder: Path, settings: dict[str, Any]) -> Path:
    """Everything as JSON."""
    path = folder / "vos.json"
    record = {"machine": platform.machine(), "settings": settings, "splits": [_plain(s) for s in splits]}
    path.write_text(json.dumps(record, indent=1))
    return path


def _plain(split: Split) -> dict[str, Any]:
    trackers = []
    for name, runs in split.runs.items():
        j_and_f, j, f = mean_marks([mark for run in runs for mark in run.marks()])
        frames_s, cpu_ms = _speed(runs)
        trackers.append(
            {
                "tracker": name,
                "J&F": round(j_and_f, 4),
                "J": round(j, 4),
                "F": round(f, 4),
                "frames_per_s": round(frames_s, 2),
                "cpu_ms_per_frame": round(cpu_ms, 3),
                "sequences": [_sequence(run, split.notes.get(run.sequence, "")) for run in runs],
            }
        )
    return {"split": split.name, "trackers": trackers}


def _sequence(run: Run, note: str) -> dict[str, Any]:
    frames_s, cpu_ms = _speed([run])
    return {
        "sequence": run.sequence,
        "size": [*run.size],
        "frames_scored": len(run.scored),
        "frames_per_s": round(frames_s, 2),
        "cpu_ms_per_frame": round(cpu_ms, 3),
        "note": note,
        "objects": [
            {
                "id": mark.object_id,
                "J&F": round(mark.j_and_f, 4),
                "J": round(mark.j, 4),
                "F": round(mark.f, 4),
            }
            for mark in run.marks()
        ],
    }


def plot(splits: Sequence[Split], folder: Path) -> Path:
    """J&F over time, one panel a sequence; a split with many sequences shows its first ones."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    wide = min(4, max(len(split.sequences) for split in splits))
    cells = [(split, n) for split in splits for n in range(min(len(split.sequences), 2 * wide))]
    tall = -(-len(cells) // wide)
    figure, axes = plt.subplots(tall, wide, figsize=(3.2 * wide + 0.5, 2.3 * tall + 0.3), squeeze=False)
    for axis, (split, n) in zip(axes.flat, cells, strict=False):
        for (name, runs), colour in zip(split.runs.items(), _colours(list(split.runs)), strict=True):
            run = runs[n]
            marks = 50 * (run.j + run.f).mean(axis=0)
            axis.plot(run.scored, marks, color=colour, lw=1.4, label=f"{name} {marks.mean():.1f}")
        axis.set_title(f"{split.name}: {split.sequences[n]}", fontsize=8)
        axis.set_ylim(0, 100)
        axis.tick_params(labelsize=7)
        axis.legend(fontsize=6, loc="upper right", frameon=False)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in list(axes.flat)[len(cells) :]:
        axis.set_visible(False)
    figure.supxlabel("frame", fontsize=8)
    figure.supylabel("J&F, mean over objects", fontsize=8)
    figure.tight_layout()
    path = folder / "vos.png"
    figure.savefig(path, dpi=130)
    plt.close(figure)
    return path


def _colours(names: Sequence[str]) -> list[str]:
    greys = iter(np.resize(np.array(GREYS), len(names)).tolist())
    return [OURS if name.startswith("streammem") else next(greys) for name in names]

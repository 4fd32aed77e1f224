"""What a track found: rows of a table, also as JSON and as a plot."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.nias.gates import Gate
from benchmarks.nias.metrics import bootstrap

__all__ = ["Result", "Row", "plot", "save", "show"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One memory: marks of each question over seed x clip, and what it cost."""

    name: str
    marks: dict[str, NDArray[np.float64]]
    nbytes: int
    ingest_us: float
    query_ms: NDArray[np.float64]
    rule: str = ""

    def figures(self) -> dict[str, tuple[float, float]]:
        """Mean and half the 95 % interval of each question, from draws that depend on nothing else."""
        rng = np.random.default_rng(0)
        return {question: bootstrap(marks, rng) for question, marks in self.marks.items()}


@dataclass(frozen=True, kw_only=True)
class Result:
    """One track at one setting."""

    track: str
    title: str
    headings: dict[str, tuple[str, bool]]
    rows: list[Row]
    gates: list[Gate] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)


def show(result: Result, console: Console) -> None:
    """Print the table and the gates."""
    table = Table(title=result.title, title_justify="left")
    table.add_column("memory")
    for heading, _ in result.headings.values():
        table.add_column(heading, justify="right")
    for heading in ("bytes", "µs/frame", "query ms p50/p95"):
        table.add_column(heading, justify="right")
    for row in result.rows:
        figures = row.figures()
        cells = [_cell(*figures[question]) if question in figures else "-" for question in result.headings]
        p50, p95 = np.quantile(row.query_ms, (0.5, 0.95)) if len(row.query_ms) else (np.nan, np.nan)
        table.add_row(row.name, *cells, f"{row.nbytes:,}", f"{row.ingest_us:.0f}", f"{p50:.2f}/{p95:.2f}")
    console.print(table)
    for gate in result.gates:
        console.print(
            f"{'passed' if gate.passed else 'FAILED'}: {gate.name} ({gate.figure})", highlight=False
        )


def _cell(mean: float, half: float) -> str:
    return "-" if np.isnan(mean) else f"{mean:.3f} ±{half:.2f}"


def save(results: Sequence[Result], folder: Path) -> Path:
    """Everything as JSON."""
    path = folder / "nias.json"
    path.write_text(
        json.dumps({"machine": platform.machine(), "tracks": [_plain(r) for r in results]}, indent=1)
    )
    return path


def _plain(result: Result) -> dict[str, Any]:
    return {
        "track": result.track,
        "title": result.title,
        "settings": result.settings,
        "gates": [{"name": g.name, "passed": g.passed, "figure": g.figure} for g in result.gates],
        "rows": [
            {
                "memory": row.name,
                "bytes": row.nbytes,
                "ingest_us": round(row.ingest_us, 1),
                "query_ms": [round(float(q), 4) for q in np.quantile(row.query_ms, (0.5, 0.95))]
                if len(row.query_ms)
                else [],
                "rule": row.rule,
                **{
                    question: {
                        "mean": None if np.isnan(mean) else round(mean, 4),
                        "half95": None if np.isnan(half) else round(half, 4),
                    }
                    for question, (mean, half) in row.figures().items()
                },
            }
            for row in result.rows
        ],
    }


def plot(results: Sequence[Result], folder: Path) -> Path:
    """One panel a question, one row of panels a track."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    wide = max(len(result.headings) for result in results)
    figure, axes = plt.subplots(
        len(results), wide, figsize=(2.4 * wide + 2, 2.6 * len(results)), squeeze=False
    )
    for line, result in zip(axes, results, strict=True):
        names = [row.name for row in result.rows]
        figures = [row.figures() for row in result.rows]
        for axis, (question, (heading, better)) in zip(line, result.headings.items(), strict=False):
            means, halves = zip(*(f.get(question, (np.nan, 0.0)) for f in figures), strict=True)
            colours = ["#1b7f79" if name.startswith("streammem") else "#c9c9c4" for name in names]
            axis.barh(range(len(names)), means, xerr=halves, color=colours, ecolor="#555", height=0.7)
            axis.set_yticks(range(len(names)), names if axis is line[0] else [""] * len(names), fontsize=8)
            axis.invert_yaxis()
            axis.set_title(f"{heading} ({'more' if better else 'less'} is better)", fontsize=8)
            axis.tick_params(axis="x", labelsize=7)
            axis.spines[["top", "right"]].set_visible(False)
        for axis in line[len(result.headings) :]:
            axis.set_visible(False)
        line[0].annotate(result.title, (0, 1.22), xycoords="axes fraction", fontsize=9, weight="bold")
    figure.tight_layout()
    path = folder / "nias.png"
    figure.savefig(path, dpi=130)
    plt.close(figure)
    return path

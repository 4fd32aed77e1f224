"""What a part found: tables in Markdown, marks beside their targets, JSON."""

from __future__ import annotations

import json
import math
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

__all__ = ["Mark", "Part", "Table", "markdown", "save", "show"]

Cell = str | int | float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A figure beside what it must reach."""

    name: str
    figure: str
    target: str
    passed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows of text and numbers; None is "cannot be told"."""

    title: str
    columns: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the benchmark; `series` is what its plot is drawn from."""

    name: str
    tables: list[Table]
    marks: list[Mark] = field(default_factory=list)
    series: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def markdown(table: Table) -> str:
    """The table as Markdown; the first column stands left, the others right."""
    lines = [table.columns, ["---", *["---:"] * (len(table.columns) - 1)]]
    lines += [[_text(cell) for cell in row] for row in table.rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _text(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "-"
    if isinstance(cell, float):
        return f"{cell:.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def show(part: Part, console: Console) -> None:
    """Print tables, notes and marks."""
    console.print(f"\n## {part.name}", markup=False)
    for table in part.tables:
        console.print(f"\n{table.title}\n", markup=False, highlight=False, soft_wrap=True)
        console.print(markdown(table), markup=False, highlight=False, soft_wrap=True)
    console.print(
        "", *[f"- {note}" for note in part.notes], sep="\n", markup=False, highlight=False, soft_wrap=True
    )
    for mark in part.marks:
        said = "reached" if mark.passed else "MISSED"
        console.print(
            f"{said}: {mark.name}: {mark.figure} (target {mark.target})", markup=False, highlight=False
        )


def save(part: Part, folder: Path, settings: dict[str, Any]) -> Path:
    """Everything as JSON, in a file of the part's name."""
    path = folder / f"{part.name}.json"
    record = {"machine": platform.machine(), **asdict(part), "settings": {**settings, **part.settings}}
    path.write_text(json.dumps(record, indent=1, default=lambda number: number.item()))
    return path

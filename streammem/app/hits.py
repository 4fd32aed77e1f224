"""Answers on the terminal: a table, and the pictures that prove them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.table import Table
from rich.text import Text

from streammem.app.pictures import boxed, file_name
from streammem.app.terminal import bar, output, plural, say, visible
from streammem.app.times import clock, spans
from streammem.stream import StreamMemory
from streammem.types import Evidence

__all__ = ["place", "save_pictures", "say_where", "show"]


def save_pictures(
    memory: StreamMemory,
    hits: list[Evidence],
    folder: Path | None,
    name: Callable[[Evidence], str] = lambda hit: hit.stream,
) -> list[Path | None]:
    """The picture of each hit, boxes drawn in; None where the memory let the picture go. `name` goes into the file's."""
    if folder is None:
        return [None] * len(hits)
    folder.mkdir(parents=True, exist_ok=True)
    saved: list[Path | None] = []
    for rank, hit in enumerate(hits, start=1):
        rgb = memory.picture(hit)
        path = (
            None if rgb is None else folder / f"{file_name(f'{rank:02d}', name(hit), f'{hit.t_s:.1f}')}s.jpg"
        )
        if rgb is not None and path is not None:
            boxed(rgb, hit.box).save(path, quality=90)
        saved.append(path)
    return saved


def show(hits: list[Evidence], *, several: bool, title: str, looks: bool = False) -> None:
    """One row an answer. Looks of a followed object have no score, and their time is when each was new."""
    table = Table(
        title=Text(visible(title)), title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    table.add_column("first at" if looks else "best at", justify="right", style="bold", no_wrap=True)
    if not looks:
        table.add_column("score", no_wrap=True)
    table.add_column("times", justify="right")
    table.add_column("seen", overflow="fold")
    table.add_column("box, % of the picture", no_wrap=True)
    if several:
        table.add_column("stream", overflow="fold")
    for hit in hits:
        cells = [
            Text(clock(hit.t_s)),
            *(() if looks else (Text(f"{bar(hit.score, 8)} {hit.score:.2f}"),)),
            Text(str(len(hit.occurrences))),
            Text(spans((span.start_s, span.end_s) for span in hit.occurrences)),
            Text(place(hit)),
        ]
        table.add_row(*cells, *([Text(visible(hit.stream))] if several else []))
    output().print(table)


def place(hit: Evidence) -> str:
    """A box in words."""
    if hit.box is None:
        return "whole picture"
    left, top, right, bottom = (
        round(100 * side) for side in (hit.box.left, hit.box.top, hit.box.right, hit.box.bottom)
    )
    return f"x {left}-{right}, y {top}-{bottom}"


def say_where(saved: list[Path | None], folder: Path | None) -> None:
    """Where the pictures are, or how to get them."""
    kept = [path for path in saved if path is not None]
    if folder is None:
        say("Add --save-pictures DIR to see the pictures that prove it.", style="dim")
    elif kept:
        say(f"{plural(len(kept), 'picture')} saved, the best one is {kept[0]}")
    else:
        say("The memory kept no picture of these.", style="yellow")

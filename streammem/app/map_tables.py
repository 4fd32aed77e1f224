"""Answers of a map on the terminal: what, how sure, where in metres, since when and until when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.table import Table
from rich.text import Text

from streammem.app.terminal import bar, visible
from streammem.app.times import clock
from streammem.types import Box, Evidence, MapChange, Route

__all__ = ["answer_table", "change_table", "named", "place_words", "route_table"]


def named(label: str | None, thing: int | None) -> str:
    """What an answer is called: by its label, its number, or as a bit of surface.

    >>> named("chair", 4), named(None, 4), named(None, None)
    ('chair (object 4)', 'object 4', 'a place')
    """
    if thing is None:
        return label or "a place"
    return f"object {thing}" if label is None else f"{label} (object {thing})"


def place_words(point: Sequence[float] | None) -> str:
    """Metres to the centimetre.

    >>> place_words((1, -0.5, 2.256))
    '1.00 -0.50 2.26'
    """
    return "" if point is None else " ".join(f"{part + 0.0:.2f}" for part in point)


def answer_table(hits: Sequence[Evidence], *, title: str, scored: bool) -> Table:
    """One row an answer; scores only where likeness was asked for."""
    table = _table(title)
    table.add_column("what", style="bold", overflow="fold")
    if scored:
        table.add_column("score", no_wrap=True)
    for name in ("x y z, m", "size, m", "first seen", "last seen", "gone since"):
        table.add_column(name, justify="right", no_wrap=True)
    moved = any(len(hit.occurrences) > 1 for hit in hits)
    if moved:
        table.add_column("places", justify="right")
    for hit in hits:
        first_s = min((span.start_s for span in hit.occurrences), default=hit.interval.start_s)
        cells = [
            named(hit.label, hit.thing),
            *((f"{bar(hit.score, 8)} {hit.score:.2f}",) if scored else ()),
            place_words(hit.xyz),
            _size(hit.extent),
            clock(first_s),
            clock(hit.interval.end_s),
            "" if hit.gone_s is None else clock(hit.gone_s),
            *((str(len(hit.occurrences)),) if moved else ()),
        ]
        table.add_row(*(Text(visible(cell)) for cell in cells))
    return table


def change_table(changes: Sequence[MapChange], labels: dict[int, str | None], *, title: str) -> Table:
    """One row a change, in the order given; `labels` are those of the objects."""
    table = _table(title)
    table.add_column("at", justify="right", style="bold", no_wrap=True)
    table.add_column("change", no_wrap=True)
    table.add_column("what", overflow="fold")
    table.add_column("where: x y z, m", justify="right", no_wrap=True)
    table.add_column("from", justify="right", no_wrap=True)
    table.add_column("voxels", justify="right")
    for change in changes:
        what = "surface" if change.object is None else named(labels.get(change.object), change.object)
        cells = (
            clock(change.t_s),
            change.kind,
            what,
            place_words(change.centre),
            place_words(change.came_from),
            f"{change.voxels:,}",
        )
        table.add_row(*(Text(visible(cell)) for cell in cells))
    return table


def route_table(route: Route, *, from_point: bool) -> Table:
    """One row a point: how far from the start, where, which landmark; `from_point` says that the first is none."""
    table = _table("")
    for name in ("after, m", "x y z, m", "landmark"):
        table.add_column(name, justify="right", no_wrap=True)
    steps = np.linalg.norm(np.diff(route.points, axis=0), axis=1)
    walked_m = np.concatenate([[0.0], np.cumsum(steps)])
    for at, (point, so_far_m) in enumerate(zip(route.points.tolist(), walked_m.tolist(), strict=True)):
        place = at - from_point
        landmark = str(route.places[place]) if 0 <= place < len(route.places) else ""
        table.add_row(*map(Text, (f"{so_far_m:.1f}", place_words(point), landmark)))
    return table


def _table(title: str) -> Table:
    shown = Text(visible(title)) if title else None
    return Table(title=shown, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))


def _size(extent: Box | None) -> str:
    """Width, depth and height of a box.

    >>> _size(Box(low=(0, 0, 0), high=(0.5, 0.25, 1)))
    '0.50 0.25 1.00'
    """
    return "" if extent is None else place_words(np.subtract(extent.high, extent.low).tolist())

"""`streammem find`: a question, the answers in a table or as JSON, and the pictures that prove them."""

from __future__ import annotations

import math
from pathlib import Path

from rich.table import Table
from rich.text import Text

from streammem.app.exits import Exit
from streammem.app.options import FindOptions
from streammem.app.pictures import boxed, file_name, open_picture
from streammem.app.records import Record, evidence_record, print_json
from streammem.app.terminal import bar, output, plural, say, visible
from streammem.app.times import clock, spans
from streammem.heads.recall import RecallConfig
from streammem.stream import StreamMemory
from streammem.types import Evidence, Interval

__all__ = ["run_find"]

SEEN = RecallConfig().seen  # below this score nothing like it was seen


def run_find(store: Path, options: FindOptions) -> int:
    """Ask, print, save pictures; the exit code says whether there was an answer."""
    picture = None if options.image is None else open_picture(options.image)
    with StreamMemory.open(store, mode="r") as memory:
        found = memory.find(
            image=picture,
            text=options.text,
            at=options.at,
            during=None if options.during is None else Interval(*options.during),
            stream=options.stream,
            top_k=options.top,
        )
        least = _threshold(options)
        hits = [hit for hit in found if hit.score >= least]
        saved = _save_pictures(memory, hits, options.save_pictures)
        several = len(memory.streams) > 1
    if options.json:
        print_json(_record(store, options, found, hits, saved))
    elif hits:
        _show(hits, several=several, title=f"{_question(options)} in {store}")
        _say_where(saved, options.save_pictures)
    else:
        say(_nothing(store, options, least, found), style="yellow")
    return Exit.OK if hits else Exit.NOTHING


def _threshold(options: FindOptions) -> float:
    if options.min_score is not None:
        return options.min_score
    return 0.0 if options.at is not None else SEEN  # what was seen at a time needs no likeness


def _question(options: FindOptions) -> str:
    if options.text is not None:
        return f"“{options.text}”"
    return str(options.image) if options.image is not None else f"at {clock(options.at or 0.0)}"


def _save_pictures(memory: StreamMemory, hits: list[Evidence], folder: Path | None) -> list[Path | None]:
    """The picture of each hit, boxes drawn in; None where the memory let the picture go."""
    if folder is None:
        return [None] * len(hits)
    folder.mkdir(parents=True, exist_ok=True)
    saved: list[Path | None] = []
    for rank, hit in enumerate(hits, start=1):
        rgb = memory.picture(hit)
        path = (
            None if rgb is None else folder / f"{file_name(f'{rank:02d}', hit.stream, f'{hit.t_s:.1f}')}s.jpg"
        )
        if rgb is not None and path is not None:
            boxed(rgb, hit.box).save(path, quality=90)
        saved.append(path)
    return saved


def _record(
    store: Path, options: FindOptions, found: list[Evidence], hits: list[Evidence], saved: list[Path | None]
) -> Record:
    return {
        "store": str(store),
        "query": {
            "text": options.text,
            "image": None if options.image is None else str(options.image),
            "at_s": options.at,
            "during": [end if math.isfinite(end) else None for end in options.during]
            if options.during
            else None,
            "stream": options.stream,
        },
        "min_score": _threshold(options),
        "best_score": round(float(found[0].score), 4) if found else None,
        "hits": [evidence_record(hit, path) for hit, path in zip(hits, saved, strict=True)],
    }


def _show(hits: list[Evidence], *, several: bool, title: str) -> None:
    table = Table(
        title=Text(visible(title)), title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    table.add_column("best at", justify="right", style="bold", no_wrap=True)
    table.add_column("score", no_wrap=True)
    table.add_column("times", justify="right")
    table.add_column("seen", overflow="fold")
    table.add_column("box, % of the picture", no_wrap=True)
    if several:
        table.add_column("stream", overflow="fold")
    for hit in hits:
        cells = [
            Text(clock(hit.t_s)),
            Text(f"{bar(hit.score, 8)} {hit.score:.2f}"),
            Text(str(len(hit.occurrences))),
            Text(spans((span.start_s, span.end_s) for span in hit.occurrences)),
            Text(_place(hit)),
        ]
        table.add_row(*cells, *([Text(visible(hit.stream))] if several else []))
    output().print(table)


def _place(hit: Evidence) -> str:
    if hit.box is None:
        return "whole picture"
    left, top, right, bottom = (
        round(100 * side) for side in (hit.box.left, hit.box.top, hit.box.right, hit.box.bottom)
    )
    return f"x {left}-{right}, y {top}-{bottom}"


def _say_where(saved: list[Path | None], folder: Path | None) -> None:
    kept = [path for path in saved if path is not None]
    if folder is None:
        say("Add --save-pictures DIR to see the pictures that prove it.", style="dim")
    elif kept:
        say(f"{plural(len(kept), 'picture')} saved, the best one is {kept[0]}")
    else:
        say("The memory kept no picture of these.", style="yellow")


def _nothing(store: Path, options: FindOptions, least: float, found: list[Evidence]) -> str:
    if options.at is not None:
        return f"{store} holds nothing of {clock(options.at)}: streammem timeline {store} says what it holds"
    if not found:
        return f"Nothing like {_question(options)} in {store}."
    best = found[0]
    text = f"Nothing like {_question(options)} in {store}: the best score is {best.score:.2f}, {least:g} counts as seen."
    if best.score >= 0.1:
        text += f" --min-score {best.score - 0.005:.2f} shows it, at {clock(best.t_s)}."
    return text

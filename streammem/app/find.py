"""`streammem find`: a question, the answers in a table or as JSON, and the pictures that prove them."""

from __future__ import annotations

import math
from pathlib import Path

from streammem.app.exits import Exit
from streammem.app.hits import save_pictures, say_where, show
from streammem.app.options import FindOptions
from streammem.app.pictures import open_picture
from streammem.app.records import Record, evidence_record, print_json
from streammem.app.terminal import say
from streammem.app.times import clock
from streammem.heads.recall import RecallConfig
from streammem.stream import StreamMemory
from streammem.types import Evidence, Interval

__all__ = ["query_record", "run_find"]

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
        saved = save_pictures(memory, hits, options.save_pictures)
        several = len(memory.streams) > 1
    if options.json:
        print_json(_record(store, options, found, hits, saved))
    elif hits:
        show(hits, several=several, title=f"{_question(options)} in {store}")
        say_where(saved, options.save_pictures)
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


def query_record(options: FindOptions) -> Record:
    """What was asked."""
    return {
        "text": options.text,
        "image": None if options.image is None else str(options.image),
        "at_s": options.at,
        "object": options.object,
        "during": [end if math.isfinite(end) else None for end in options.during] if options.during else None,
        "stream": options.stream,
    }


def _record(
    store: Path, options: FindOptions, found: list[Evidence], hits: list[Evidence], saved: list[Path | None]
) -> Record:
    return {
        "store": str(store),
        "query": query_record(options),
        "min_score": _threshold(options),
        "best_score": round(float(found[0].score), 4) if found else None,
        "hits": [evidence_record(hit, path) for hit, path in zip(hits, saved, strict=True)],
    }


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

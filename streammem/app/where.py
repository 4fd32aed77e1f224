"""`streammem where`: what is it, where, since when and until when, with the pictures and the map that prove it."""

from __future__ import annotations

import math
from pathlib import Path

from streammem.app.exits import Exit
from streammem.app.find import SEEN
from streammem.app.hits import save_pictures, say_where
from streammem.app.map_options import WhereOptions, written
from streammem.app.map_picture import save_map
from streammem.app.map_start import spatial_of
from streammem.app.map_tables import answer_table, named
from streammem.app.pictures import open_picture
from streammem.app.records import Record, evidence_record, print_json
from streammem.app.terminal import output, say
from streammem.app.times import clock
from streammem.errors import ObservationError
from streammem.stream import StreamMemory
from streammem.types import Evidence, Interval

__all__ = ["run_where", "unknown"]

NEAR_M = 1.0  # around --near, unless told otherwise


def run_where(store: Path, options: WhereOptions) -> int:
    """Ask, print, save pictures; the exit code says whether there was an answer."""
    with StreamMemory.open(store, mode="r") as memory:
        spatial_of(memory, store)
        found, nothing = _answers(memory, store, options)
        least = _threshold(options)
        hits = [hit for hit in found if hit.score >= least]
        saved = save_pictures(
            memory, hits, options.save_pictures, name=lambda hit: f"{hit.label or 'object'} {hit.thing or ''}"
        )
        drawn = None
        if hits and options.save_pictures is not None:
            drawn = save_map(memory, options.save_pictures / "map.png", marks=hits)
    if options.json:
        print_json(_record(store, options, found, hits, saved, drawn))
    elif hits:
        title = f"{_question(options)} on the map of {store}"
        output().print(answer_table(hits, title=title, scored=_by_likeness(options)))
        _say_more(hits)
        say_where(saved, options.save_pictures)
        if drawn is not None:
            say(f"They are marked on {drawn}")
    else:
        say(nothing or _nothing(store, options, least, found), style="yellow")
    return Exit.OK if hits else Exit.NOTHING


def _answers(memory: StreamMemory, store: Path, options: WhereOptions) -> tuple[list[Evidence], str]:
    """The answers, and what to say where an object was asked for that there is not."""
    picture = None if options.image is None else open_picture(options.image)
    if options.object is not None:
        try:
            return memory.where(object=options.object), ""
        except ObservationError:
            return [], unknown(store, options.object)
    found = memory.where(
        image=picture,
        text=options.text,
        near=options.near,
        radius_m=options.radius or NEAR_M,
        during=None if options.during is None else Interval(*options.during),
        top_k=options.top,
    )
    return found, ""


def unknown(store: Path, thing: int) -> str:
    """What is said of a number that is no object's."""
    return f"The map of {store} has no object {thing}: streammem report {store} lists those that it has."


def _by_likeness(options: WhereOptions) -> bool:
    return options.text is not None or options.image is not None


def _threshold(options: WhereOptions) -> float:
    if options.min_score is not None:
        return options.min_score
    return SEEN if _by_likeness(options) else 0.0


def _question(options: WhereOptions) -> str:
    what = f"“{options.text}”" if options.text is not None else ""
    if options.image is not None:
        what = str(options.image)
    if options.object is not None:
        what = f"object {options.object}"
    if options.near is None:
        return what
    around = f"within {options.radius or NEAR_M:g} m of {written(options.near)}"
    return f"{what} {around}" if what else f"what is {around}"


def _say_more(hits: list[Evidence]) -> None:
    """Where the best answer was before, if it was elsewhere."""
    best = hits[0]
    if best.gone_s is not None:
        say(
            f"{named(best.label, best.thing)} is not there any more: its place was seen to be empty at "
            f"{clock(best.gone_s)}."
        )
    elif len(best.occurrences) > 1:
        since = clock(best.occurrences[-1].start_s)
        say(
            f"{named(best.label, best.thing)} is at its {_ordinal(len(best.occurrences))} place, since {since}; "
            "streammem changes says where it was before."
        )


def _ordinal(count: int) -> str:
    return {2: "second", 3: "third"}.get(count, f"{count}th")


def _nothing(store: Path, options: WhereOptions, least: float, found: list[Evidence]) -> str:
    asked = _question(options)
    if not found and not _by_likeness(options):
        return f"The map of {store} has no object {asked.removeprefix('what is ')}: try a larger --radius."
    if not found:
        return f"Nothing like {asked} on the map of {store}."
    best = found[0]
    text = f"Nothing like {asked} on the map of {store}: the best score is {best.score:.2f}, {least:g} counts as seen."
    if best.score >= 0.1:
        text += f" --min-score {best.score - 0.005:.2f} shows it."
    return text


def _record(
    store: Path,
    options: WhereOptions,
    found: list[Evidence],
    hits: list[Evidence],
    saved: list[Path | None],
    drawn: Path | None,
) -> Record:
    during = options.during
    return {
        "store": str(store),
        "query": {
            "text": options.text,
            "image": None if options.image is None else str(options.image),
            "thing": options.object,
            "near": None if options.near is None else list(options.near),
            "radius_m": None if options.near is None else options.radius or NEAR_M,
            "during": [end if math.isfinite(end) else None for end in during] if during else None,
        },
        "min_score": _threshold(options),
        "best_score": round(float(found[0].score), 4) if found else None,
        "hits": [evidence_record(hit, path) for hit, path in zip(hits, saved, strict=True)],
        "picture": None if drawn is None else str(drawn),
    }

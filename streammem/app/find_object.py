"""`streammem find --object`: how often a followed object was seen, when and where last, and what it looked like."""

from __future__ import annotations

from pathlib import Path

from streammem.app.exits import Exit
from streammem.app.find import query_record
from streammem.app.hits import place, save_pictures, say_where, show
from streammem.app.options import FindOptions
from streammem.app.records import evidence_record, print_json
from streammem.app.resuming import tracking_of
from streammem.app.terminal import plural, say
from streammem.app.times import clock
from streammem.errors import ObservationError
from streammem.stream import StreamMemory
from streammem.types import Evidence, Interval

__all__ = ["run_find_object"]


def run_find_object(store: Path, options: FindOptions, id: int) -> int:
    """Ask, print, save pictures; the exit code says whether it was seen."""
    during = None if options.during is None else Interval(*options.during)
    nothing = f"Object {id} was not seen there: ask without --during and --stream."
    with StreamMemory.open(store, mode="r") as memory:
        tracking_of(memory, store)
        try:
            last = memory.last_seen(id, during=during, stream=options.stream)
        except ObservationError as error:  # nobody followed it; the text says whom somebody did
            last, nothing = None, f"Nothing in {store}: {error}."
        times = 0 if last is None else memory.count(id, during=during, stream=options.stream)
        looks: list[Evidence] = []
        if last is not None:
            looks = memory.find(object=id, during=during, stream=options.stream, top_k=options.top)
        saved = save_pictures(memory, looks, options.save_pictures)
        several = len(memory.streams) > 1
    if options.json:
        print_json(
            {
                "store": str(store),
                "query": query_record(options),
                "times": times,
                "last": None if last is None else evidence_record(last),
                "hits": [evidence_record(hit, path) for hit, path in zip(looks, saved, strict=True)],
            }
        )
    elif last is None:
        say(nothing, style="yellow")
    else:
        say(_story(id, times, last, several=several))
        show(looks, several=several, title=f"looks of object {id} in {store}", looks=True)
        say_where(saved, options.save_pictures)
    return Exit.NOTHING if last is None else Exit.OK


def _story(id: int, times: int, last: Evidence, *, several: bool) -> str:
    where = "" if last.box is None else f", frame {last.frame}, {place(last)} % of the picture"
    stream = f" of {last.stream}" if several else ""
    return f"Object {id} was seen {plural(times, 'time')}, last at {clock(last.t_s)}{stream}{where}."

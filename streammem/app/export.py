"""`streammem export`: a memory's content for other programs, as JSON or as a table of time spans."""

from __future__ import annotations

import base64
import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from streammem.app.exits import Exit
from streammem.app.records import (
    Record,
    change_record,
    dump,
    event_record,
    evidence_record,
    info_record,
    landmark_record,
    thing_record,
)
from streammem.app.seen import everything_seen
from streammem.app.terminal import messages, visible
from streammem.stream import StreamMemory
from streammem.types import Event, Evidence

__all__ = ["COLUMNS", "as_csv", "as_json", "run_export"]

COLUMNS = ("kind", "id", "stream", "start_s", "end_s", "event")
FORMAT = 1  # raised when a key changes its meaning


def run_export(store: Path, *, kind: Literal["json", "csv"], output: str, pictures: bool) -> int:
    """Write the content to a file or to standard output."""
    with StreamMemory.open(store, mode="r") as memory:
        text = as_json(memory, pictures=pictures) if kind == "json" else as_csv(memory)
    if output == "-":
        sys.stdout.write(text)
    else:
        Path(output).write_text(text, encoding="utf-8", newline="")
        messages().print(f"Wrote {visible(output)}", soft_wrap=True)
    return Exit.OK


def as_json(memory: StreamMemory, *, pictures: bool = False) -> str:
    """Facts, events and exemplars with all their occurrences; of a map, what is where and what changed."""
    events = memory.timeline()
    record = {
        "format": FORMAT,
        "info": info_record(memory.info()),
        "events": [event_record(event) for event in events],
        "exemplars": [_exemplar(memory, hit, pictures) for hit in everything_seen(memory, events)],
        **_map(memory),
    }
    return dump(record) + "\n"


def _map(memory: StreamMemory) -> Record:
    """Objects, changes and landmarks, where there is a map."""
    if memory.info().map is None:
        return {}
    return {
        "things": [thing_record(thing) for thing in memory.things()],
        "changes": [change_record(change) for change in memory.changes()],
        "landmarks": [landmark_record(place) for place in memory.map.landmarks.all()],
        "ways": [
            [int(one), int(other), round(float(cost), 4)]
            for (one, other), cost in zip(*memory.map.landmarks.edges, strict=True)
        ],
    }


def _exemplar(memory: StreamMemory, hit: Evidence, pictures: bool) -> Record:
    record = evidence_record(hit)
    del record["picture"], record["score"]  # they belong to a question
    if pictures:
        jpeg = memory.jpeg(hit)
        record["jpeg"] = None if jpeg is None else base64.b64encode(jpeg).decode("ascii")
    return record


def as_csv(memory: StreamMemory) -> str:
    """One row for each event and for each occurrence of an exemplar, seconds of stream time."""
    events = memory.timeline()
    packed = io.StringIO(newline="")
    table = csv.writer(packed)
    table.writerow(COLUMNS)
    table.writerows(_event_rows(events))
    table.writerows(_occurrence_rows(everything_seen(memory, events)))
    return packed.getvalue()


def _event_rows(events: list[Event]) -> Iterator[tuple[object, ...]]:
    for event in events:
        span = event.interval
        yield "event", event.id, event.stream, f"{span.start_s:.3f}", f"{span.end_s:.3f}", event.id


def _occurrence_rows(seen: list[Evidence]) -> Iterator[tuple[object, ...]]:
    for hit in seen:
        for span in hit.occurrences:
            event = "" if hit.event is None else hit.event
            yield "occurrence", hit.exemplar, hit.stream, f"{span.start_s:.3f}", f"{span.end_s:.3f}", event

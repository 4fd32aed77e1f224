"""Exports hold everything and can be read back."""

import base64
import csv
import io
import json
from collections.abc import Callable

from streammem.app.export import COLUMNS, as_csv, as_json
from streammem.app.records import dump, event_record, evidence_record, info_record


def test_json_holds_every_event_and_exemplar(hand_made: Callable) -> None:
    memory = hand_made(count=5, streams=("front", "back"))
    content = json.loads(as_json(memory))
    assert sorted(content) == ["events", "exemplars", "format", "info"] and content["format"] == 1
    assert [event["id"] for event in content["events"]] == [event.id for event in memory.timeline()]
    spans = [tuple(span) for thing in content["exemplars"] for span in thing["occurrences"]]
    kept = [memory.exemplar(id) for event in memory.timeline() for id in event.exemplars]
    assert sorted(spans) == sorted((s.start_s, s.end_s) for hit in kept for s in hit.occurrences)
    assert all("score" not in thing and "jpeg" not in thing for thing in content["exemplars"])


def test_pictures_come_along_when_asked_for(hand_made: Callable) -> None:
    memory = hand_made(count=2)
    things = json.loads(as_json(memory, pictures=True))["exemplars"]
    assert base64.b64decode(things[0]["jpeg"]) == memory.jpeg(memory.exemplar(0))


def test_csv_round_trip(hand_made: Callable) -> None:
    memory = hand_made(count=4, streams=('a,"quoted" name', "plain\nbreak"))
    rows = list(csv.DictReader(io.StringIO(as_csv(memory), newline="")))
    assert tuple(rows[0]) == COLUMNS
    events = [row for row in rows if row["kind"] == "event"]
    assert [(row["stream"], float(row["start_s"])) for row in events] == [
        (event.stream, round(event.interval.start_s, 3)) for event in memory.timeline()
    ]
    times = sum(len(memory.exemplar(i).occurrences) for i in range(8))
    assert sum(row["kind"] == "occurrence" for row in rows) == times


def test_empty_memory_exports(hand_made: Callable) -> None:
    memory = hand_made(count=0)
    assert json.loads(as_json(memory))["events"] == []
    assert as_csv(memory).splitlines() == [",".join(COLUMNS)]


def test_records_are_strict_json(hand_made: Callable) -> None:
    memory = hand_made()
    for record in (
        event_record(memory.timeline()[0]),
        evidence_record(memory.exemplar(0)),
        info_record(memory.info()),
    ):
        assert json.loads(dump(record), parse_constant=lambda name: 1 / 0) == record

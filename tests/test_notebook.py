"""A memory in a notebook: what it shows, how large it gets, and names that try to be markup."""

import base64
import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from memory.things import passing

import streammem as sm
from streammem.notebook import MOST_STREAMS, as_html, clock, spread
from streammem.types import Event, Info, Interval, StreamInfo

MOST_BYTES = 200_000
VOID = {"img"}


class Reader(HTMLParser):
    """Checks that each element is closed; keeps the text and the pictures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text, self.pictures = "", []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag == "img":
            self.pictures.append(dict(attrs)["src"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        self.text += data + "\n"


class Many:
    """A memory with as many streams and events as one likes, each with a large noisy picture."""

    def __init__(self, streams: int, events: int, **facts) -> None:
        self.events = events
        names = tuple(
            StreamInfo(
                name=f"s{n}", frames=9, skipped=1, missed=2, first_s=0.0, last_s=1e6, gaps=0, gap_s=0.0
            )
            for n in range(streams)
        )
        known = sm.StreamMemory.open(
            None, encoder="classic", config=sm.MemoryConfig(max_streams=2), budget="1 MB"
        )
        self._info = dataclasses.replace(known.info(), streams=names, **facts)

    def info(self) -> Info:
        return self._info

    def timeline(self, *, stream: str | None = None) -> list[Event]:
        return [
            Event(id=n, stream=stream or "", interval=Interval(n, n + 1), exemplars=(n,), surprise=0.5)
            for n in range(self.events)
        ]

    def picture(self, of: Event) -> np.ndarray | None:
        return np.random.default_rng(of.id).integers(0, 255, (360, 640, 3), dtype=np.uint8)


@pytest.fixture
def memory(tmp_path: Path) -> sm.StreamMemory:
    config = sm.MemoryConfig(max_streams=2)
    return sm.StreamMemory.open(tmp_path / "a&b.zarr", encoder="classic", config=config, budget="1 MB")


def test_an_empty_memory_says_so(memory):
    read = Reader(memory._repr_html_())
    assert "Nothing yet" in read.text and "a&b.zarr" in read.text and not read.pictures


def test_shows_each_stream_with_its_events(memory):
    for name in ("door", "yard"):
        list(memory.watch(passing([None, 1, None, 2], stream=name)))
    read = Reader(memory._repr_html_())
    assert "door" in read.text and "yard" in read.text and "0:16" in read.text
    assert len(read.pictures) == len(memory.timeline())
    frames = sum(stream.frames for stream in memory.info().streams)
    assert f"\n{frames}\n" in read.text
    for source in read.pictures:
        kind, content = source.split(",")
        assert kind == "data:image/jpeg;base64"
        shown = cv2.imdecode(np.frombuffer(base64.b64decode(content), np.uint8), cv2.IMREAD_COLOR)
        assert shown.shape == (96, 171, 3)


def test_names_are_text_never_markup(memory):
    hostile = '<img src=x onerror="alert(1)">&</b>\'"'
    list(memory.watch(passing([None, 1], stream=hostile)))
    page = memory._repr_html_()
    read = Reader(page)
    assert hostile in read.text
    assert read.tags <= {"div", "b", "code", "img", "table", "tr", "td"}
    assert all(source.startswith("data:image/jpeg") for source in read.pictures)
    assert not re.search(r"https?:|<script|<style|url\(", page)


@pytest.mark.parametrize(("streams", "events"), [(1, 1), (1, 3000), (2, 40), (16, 40)])
def test_its_size_is_bounded(streams, events):
    page = as_html(Many(streams, events))
    assert len(page) < MOST_BYTES
    read = Reader(page)
    assert 0 < len(read.pictures) <= 24
    assert (f"and {streams - MOST_STREAMS} more streams" in read.text) == (streams > MOST_STREAMS)


def test_what_is_held_back_or_dropped_is_said():
    page = Reader(as_html(Many(1, 2, held="<clock>", dropped={"exemplars": 1200, "snapshots": 0})))
    assert "<clock>" in page.text and "1,200 exemplars" in page.text and "0 snapshots" not in page.text


def test_events_are_chosen_evenly():
    events = Many(1, 100).timeline()
    assert [event.id for event in spread(events, 4)] == [0, 33, 66, 99]
    assert spread(events[:3], 4) == events[:3] and spread([], 4) == []


def test_times():
    assert [clock(t) for t in (0, 59.6, 3599, 3600, -61, 90061)] == [
        "0:00",
        "1:00",
        "59:59",
        "1:00:00",
        "-1:01",
        "25:01:01",
    ]

"""The client against a real server on a real port: the same answers, the same errors, news that come back."""

import asyncio
import dataclasses
import math
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from live_parts import BUCKET, CARD, EVENT, SETTINGS, STATS, TOKEN, Server, picture

from streammem import errors
from streammem.app.client import LiveClient, connect
from streammem.app.client_answers import as_event, as_evidence
from streammem.app.client_line import Line
from streammem.app.records import event_record, evidence_record
from streammem.app.refusals import BusyError, ForbiddenError, TokenError
from streammem.app.server.serve import server_of
from streammem.types import BoundingBox, Box, Event, Evidence, Interval


class Running:
    """A server on a port of its own, in a thread."""

    def __init__(self, port: int = 0) -> None:
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.server = Server(dataclasses.replace(SETTINGS, port=self.port))
        self.loop = asyncio.new_event_loop()
        self._uvicorn = server_of(self.server.app, self.server.settings)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/#token={TOKEN}"

    def tell(self, item: dict) -> None:
        self.loop.call_soon_threadsafe(self.server.live.receive, item)

    def stop(self) -> None:
        self._uvicorn.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._uvicorn.serve(sockets=[self.listener]))


@contextmanager
def running(port: int = 0) -> Iterator[Running]:
    place = Running(port)
    try:
        yield place
    finally:
        place.stop()


@pytest.fixture(scope="module")
def place() -> Iterator[Running]:
    with running() as place:
        yield place


@pytest.fixture
def live(place: Running) -> Iterator[LiveClient]:
    with connect(place.url) as live:
        yield live


def test_find_gives_evidence(place: Running, live: LiveClient) -> None:
    (hit,) = live.find(text="bicycle", during=Interval(1, math.inf), top_k=3)
    assert hit == as_evidence(CARD)
    assert hit.occurrences == (Interval(2, 3), Interval(12, 14))
    assert place.server.engine.last("find") == {
        "text": "bicycle",
        "stream": None,
        "during": [1.0, None],
        "top_k": 3,
    }


def test_pictures_are_asked_as_arrays_bytes_and_files(
    place: Running, live: LiveClient, tmp_path: Path
) -> None:
    (tmp_path / "cup.png").write_bytes(picture(kind="PNG"))
    for cup in (np.zeros((24, 32, 3), np.uint8), picture(kind="WEBP"), tmp_path / "cup.png"):
        assert live.find(image=cup, during=(0, 9), stream="door")
        asked = place.server.engine.last("find")
        assert (asked["image"].shape, asked["during"]) == ((24, 32, 3), [0.0, 9.0])
        assert live.count(cup) == 2


def test_last_seen_and_count(place: Running, live: LiveClient) -> None:
    assert live.last_seen("dog") == as_evidence(CARD)
    assert live.count(3, during=(0, 10)) == 2
    assert place.server.engine.last("count") == {"object": 3, "stream": None, "during": [0.0, 10.0]}


def test_exactly_one_thing_is_asked(live: LiveClient) -> None:
    with pytest.raises(errors.ObservationError, match="got 2"):
        live.find(text="dog", at=3)


def test_what_there_is(live: LiveClient) -> None:
    assert live.timeline(during=(0, 99), stream="door", most=5) == [BUCKET]
    assert live.event(5) == as_event(EVENT)
    assert live.event(6) is None
    assert live.stats() == STATS
    assert [stream["name"] for stream in live.streams()] == ["door", "phone", "robot"]
    assert live.state()["webhooks"] == ["hall"]


def test_snapshots(live: LiveClient) -> None:
    hit = live.find(at=12)[0]
    assert live.snapshot(hit, width=64) == live.snapshot(7) == picture()
    assert live.snapshot(8) is None
    assert live.snapshot(dataclasses.replace(hit, snapshot=None)) is None
    assert live.snapshot(dataclasses.replace(as_event(EVENT), id=7)) == picture()


def test_a_browser_may_keep_snapshots_and_nothing_else(place: Running) -> None:
    with httpx.Client(
        base_url=place.url.partition("#")[0], headers={"Authorization": f"Bearer {TOKEN}"}
    ) as http:
        address = http.post("/api/find", json={"text": "dog"}).json()["hits"][0]["picture"]
        assert http.get(address).headers["cache-control"] == "private, max-age=31536000, immutable"
        assert http.get("/api/state").headers["cache-control"] == "no-store"


def test_streams(place: Running, live: LiveClient) -> None:
    assert live.start("door")["status"] == "live"
    assert live.stop("door")["status"] == "stopped"
    assert live.latest("phone") is None
    assert live.observe(picture(), stream="robot")["t_s"] == 21.5
    with pytest.raises(LookupError, match="no stream 'a/b'|nothing at this path"):
        live.start("a/b")


def test_follow(place: Running, live: LiveClient) -> None:
    assert live.follow("door", BoundingBox(0.1, 0.2, 0.4, 0.6)) == 3
    live.unfollow(3)
    assert place.server.engine.last("unfollow") == {"object": 3}


def test_alerts(live: LiveClient) -> None:
    words, example = live.add_alert("dog", cooldown_s=5), live.add_alert(picture(), name="cup")
    assert [rule["name"] for rule in live.alerts()] == ["dog", "cup"]
    for rule in (words, example):
        live.remove_alert(rule["id"])
    assert live.alerts() == []


@pytest.mark.parametrize(
    "kind", [errors.ObservationError, errors.SpaceError, errors.EngineLostError, BusyError]
)
def test_errors_are_those_of_the_memory(place: Running, live: LiveClient, kind) -> None:
    before = place.server.engine.answers["count"]
    place.server.engine.answers["count"] = kind("what went wrong")
    with pytest.raises(kind, match="what went wrong"):
        live.count("dog")
    place.server.engine.answers["count"] = before


def test_unknown_words_come_with_near_ones(place: Running, live: LiveClient) -> None:
    before = place.server.engine.answers["last_seen"]
    place.server.engine.answers["last_seen"] = errors.VocabularyError("no bicyle", nearest=("bicycle",))
    with pytest.raises(errors.VocabularyError) as caught:
        live.last_seen("bicyle")
    assert caught.value.nearest == ("bicycle",)
    place.server.engine.answers["last_seen"] = before


def test_wrong_or_missing_tokens_and_addresses(place: Running) -> None:
    with pytest.raises(TokenError, match="missing"):
        connect(f"http://127.0.0.1:{place.port}")
    with pytest.raises(TokenError, match="who are you"):
        connect(f"http://127.0.0.1:{place.port}", "not-the-right-token")
    with pytest.raises(errors.SourceError, match="no address"):
        connect("rtsp://here", TOKEN)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(errors.SourceNotFoundError, match="streammem live"):
        connect(f"http://127.0.0.1:{port}", TOKEN)
    with pytest.raises(errors.SourceNotFoundError, match="write http://"):
        connect(f"https://127.0.0.1:{place.port}", TOKEN)


def test_news_come_and_end_with_the_client(place: Running) -> None:
    live = connect(place.url)
    news = live.watch("hello", "events")
    assert next(news)["type"] == "hello"
    place.tell({"type": "seen", "stream": "door", "seq": 1})
    place.tell({"type": "events", "stream": "door", "opened": [], "closed": [5]})
    assert next(news)["closed"] == [5]
    live.close()
    place.tell({"type": "events", "stream": "door", "opened": [], "closed": [6]})
    assert [item["closed"] for item in news] in ([], [[6]])


def test_who_has_no_token_hears_no_news(place: Running) -> None:
    line = Line(f"http://127.0.0.1:{place.port}", "not-the-right-token", timeout_s=5, certificate=None)
    with pytest.raises(ForbiddenError):
        next(line.news(()))
    line.close()


def test_news_go_on_after_a_restart_of_the_server() -> None:
    with running() as first:
        line = Line(first.url, None, timeout_s=5, certificate=None, retry_s=(0.01, 0.05))
        news = line.news(("hello",))
        assert next(news)["version"]
    with running(first.port):
        assert next(news)["type"] == "hello"
    line.close()
    news.close()


def test_answers_survive_the_way() -> None:
    hit = Evidence(
        t_s=1.5,
        score=0.25,
        space="frame",
        store="map",
        exemplar=3,
        frame=9,
        interval=Interval(1, 2),
        occurrences=(Interval(-math.inf, 2), Interval(3, math.inf)),
        box=BoundingBox(0.1, 0.2, 0.3, 0.4),
        xyz=(1.0, 2.0, 3.0),
        extent=Box(low=(0.0, 0.0, 0.0), high=(1.0, 1.0, 1.0)),
        label="cup",
    )
    record = evidence_record(hit)
    assert as_evidence({**record, "box": list(record["box"].values())}) == hit
    event = Event(id=3, stream="door", interval=Interval(1, 2), exemplars=(4, 5), surprise=1.5, open=True)
    assert as_event(event_record(event)) == event

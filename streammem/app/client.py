"""A live memory from Python: the verbs of `StreamMemory`, asked over the network.

import streammem
live = streammem.connect("http://127.0.0.1:8750/#token=…")    # the address that `streammem live` printed
live.find(text="bicycle")                                     # the same answers as StreamMemory.find
for news in live.watch("alert"): print(news["name"], news["t_s"])
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import numpy as np
from jaxtyping import UInt8

from streammem.app.client_answers import as_event, as_evidence
from streammem.app.client_line import Line, picture_body
from streammem.app.records import Record
from streammem.app.refusals import UnknownError
from streammem.errors import ObservationError
from streammem.types import BoundingBox, Event, Evidence, Interval

__all__ = ["LiveClient", "connect"]

Picture: TypeAlias = UInt8[np.ndarray, "_ _ 3"] | bytes | Path  # RGB, or a JPEG, PNG or WebP
Span: TypeAlias = Interval | tuple[float, float]


def connect(
    url: str, token: str | None = None, *, timeout_s: float = 30.0, certificate: Path | None = None
) -> LiveClient:
    """Connect to a memory that `streammem live` serves.

        with streammem.connect("http://127.0.0.1:8750/#token=…") as live:
            hit = live.last_seen("bicycle")

    Args:
        url: the address that the server printed, with or without the token behind `#token=`.
        token: the token, where the address has none.
        timeout_s: for one answer.
        certificate: PEM file of the server's certificate, where no authority signed it.

    Raises:
        TokenError: if the token is missing or wrong.
        SourceNotFoundError: if nobody answers there.
    """
    client = LiveClient(Line(url, token, timeout_s=timeout_s, certificate=certificate))
    try:
        client.state()
    except BaseException:
        client.close()
        raise
    return client


class LiveClient:
    """A live memory, asked over HTTP; made by `connect`, closed by `close` or `with`.

    Errors of the memory are raised as if it were here: `VocabularyError`, `ObservationError`, `StoreError` and so on.
    Threads may share a client.
    """

    def __init__(self, line: Line) -> None:
        self._line = line

    def __enter__(self) -> LiveClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"LiveClient({self._line.url!r})"

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    # Questions

    def find(
        self,
        *,
        text: str | None = None,
        image: Picture | None = None,
        at: float | None = None,
        object: int | None = None,
        during: Span | None = None,
        stream: str | None = None,
        top_k: int = 10,
    ) -> list[Evidence]:
        """When and where something was seen, best first; of words and pictures only what counts as seen.

        for hit in live.find(text="bicycle"): print(hit.t_s, hit.score, hit.box)

        Raises:
            ObservationError: unless exactly one of `text`, `image`, `at` and `object` is given.
            VocabularyError: for words that the encoder does not know; `nearest` has some that it does.
        """
        given = {"text": text, "image": image, "at_s": at, "object": object}
        found = self._question("find", given, during, stream, top_k=top_k)
        return [as_evidence(card) for card in found["hits"]]

    def last_seen(
        self, what: str | int | Picture, *, during: Span | None = None, stream: str | None = None
    ) -> Evidence | None:
        """The latest time that words, a picture or a followed object (a number) were seen; None if never.

        hit = live.last_seen("dog")
        """
        hit = self._question("last_seen", _named(what), during, stream)["hit"]
        return None if hit is None else as_evidence(hit)

    def count(
        self, what: str | int | Picture, *, during: Span | None = None, stream: str | None = None
    ) -> int:
        """How many separate times words, a picture or a followed object were seen.

        live.count("bicycle", during=(0, 3600))
        """
        return int(self._question("count", _named(what), during, stream)["count"])

    def _question(
        self, verb: str, given: Record, during: Span | None, stream: str | None, **more: Any
    ) -> Record:
        asked = {name: value for name, value in given.items() if value is not None}
        if len(asked) != 1:
            raise ObservationError(f"give exactly one of {', '.join(given)}, got {len(asked)}")
        narrowed = {"stream": stream, **more}
        span = _span(during)
        if "image" not in asked:
            if span is not None:
                narrowed["during"] = [end if math.isfinite(end) else None for end in span]
            body = _given({**asked, **narrowed})
            return dict(self._line.ask("POST", f"/api/{verb}", json=body))
        if span is not None:
            ends = {"start_s": span[0], "end_s": span[1]}
            narrowed |= {name: end for name, end in ends.items() if math.isfinite(end)}
        return dict(self._send(f"/api/{verb}/picture", asked["image"], narrowed))

    def _send(self, path: str, picture: Picture, query: Record) -> Record:
        body, headers = picture_body(picture)
        return dict(self._line.ask("POST", path, params=_given(query), content=body, headers=headers))

    # What there is

    def timeline(
        self, *, during: Span | None = None, stream: str | None = None, most: int = 200
    ) -> list[Record]:
        """Events, oldest first; neighbours are put together so that at most `most` come.

        Each is {"start_s", "end_s", "events": how many, "event": id of the most surprising, "surprise", "open",
        "stream"}.
        """
        start_s, end_s = _span(during) or (-math.inf, math.inf)
        ends = {"start_s": start_s, "end_s": end_s}
        query: Record = {name: end for name, end in ends.items() if math.isfinite(end)}
        query |= {"stream": stream, "most": most}
        return list(self._line.ask("GET", "/api/timeline", params=_given(query))["buckets"])

    def event(self, id: int) -> Event | None:
        """The event of this number; None once it was forgotten."""
        try:
            return as_event(self._line.ask("GET", f"/api/events/{id}"))
        except UnknownError:
            return None

    def snapshot(self, of: Evidence | Event | int, *, width: int | None = None) -> bytes | None:
        """The JPEG of what proves an answer, shows an event, or has this number; None once it was forgotten.

        Path("proof.jpg").write_bytes(live.snapshot(live.last_seen("dog")))
        """
        query = _given({"width": width})
        if isinstance(of, Event):
            return self._line.bytes(f"/api/events/{of.id}.jpg", params=query)
        number = of.snapshot if isinstance(of, Evidence) else of
        return None if number is None else self._line.bytes(f"/api/snapshots/{number}.jpg", params=query)

    def stats(self) -> Record:
        """What the memory holds, what it takes of its budget, and how it keeps up: `live.stats()["nbytes"]`."""
        return dict(self._line.ask("GET", "/api/stats"))

    def state(self) -> Record:
        """Streams, followed objects, what can be asked, alert rules: `live.state()["capabilities"]["text"]`."""
        return dict(self._line.ask("GET", "/api/state"))

    # Streams

    def observe(self, picture: Picture, *, stream: str = "api", t_s: float | None = None) -> Record:
        """Give the memory a picture of a stream that has no source of its own.

            live.observe(rgb, stream="robot")

        Args:
            picture: RGB of shape (height, width, 3), or a JPEG, PNG or WebP as bytes or path.
            stream: its stream, made on first use.
            t_s: its time, seconds of the stream's clock; None is now.

        Returns:
            {"t_s", "opened", "closed", …}: its time, and what it did to the memory.
        """
        return self._send("/api/observe", picture, {"stream": stream, "t_s": t_s})

    def streams(self) -> list[Record]:
        """How the streams stand: `[stream["status"] for stream in live.streams()]`."""
        return list(self.state()["streams"])

    def start(self, stream: str) -> Record:
        """Open the source of a stream."""
        return dict(self._line.ask("POST", f"/api/streams/{quote(stream, safe='')}/start"))

    def stop(self, stream: str) -> Record:
        """Close the source of a stream; what was seen stays."""
        return dict(self._line.ask("POST", f"/api/streams/{quote(stream, safe='')}/stop"))

    def latest(self, stream: str) -> bytes | None:
        """The JPEG of a stream's newest picture; None where none came yet."""
        return self._line.bytes(f"/api/streams/{quote(stream, safe='')}/latest.jpg")

    # Objects and alerts

    def follow(self, stream: str, box: BoundingBox | Sequence[float]) -> int:
        """Follow what is in a box of the stream's newest picture; its number.

        live.last_seen(live.follow("door", (0.2, 0.3, 0.5, 0.9)))
        """
        sides = [box.left, box.top, box.right, box.bottom] if isinstance(box, BoundingBox) else list(box)
        return int(self._line.ask("POST", "/api/follow", json={"stream": stream, "box": sides})["object"])

    def unfollow(self, object: int) -> None:
        """Let go of an object; what was seen of it stays."""
        self._line.ask("DELETE", f"/api/follow/{object}")

    def alerts(self) -> list[Record]:
        """What is watched for, oldest first."""
        return list(self._line.ask("GET", "/api/alerts")["rules"])

    def add_alert(
        self,
        what: str | Picture,
        *,
        name: str | None = None,
        threshold: float = 0.5,
        cooldown_s: float = 60.0,
        stream: str | None = None,
        webhook: str | None = None,
    ) -> Record:
        """Tell when words, or something like a picture, are seen; `watch("alert")` hears of it.

        rule = live.add_alert("bicycle", cooldown_s=300)
        """
        rule = {
            "name": name,
            "threshold": threshold,
            "cooldown_s": cooldown_s,
            "stream": stream,
            "webhook": webhook,
        }
        if isinstance(what, str):
            return dict(self._line.ask("POST", "/api/alerts", json=_given({"text": what, **rule})))
        return self._send("/api/alerts/picture", what, rule)

    def remove_alert(self, id: str) -> None:
        """Watch for one thing less: `live.remove_alert(rule["id"])`."""
        self._line.ask("DELETE", f"/api/alerts/{quote(id, safe='')}")

    def watch(self, *kinds: str) -> Iterator[Record]:
        """News as they come, for ever; only of these types, if any are given.

            for news in live.watch("events", "alert"):
                print(news)

        Types are "seen" (each frame), "events", "alert", "engine", "streams", "stats" (each second), "followed" and
        "rules"; "hello", with the state, comes first, and again whenever the connection or the memory was lost and is
        back: what happened in between can be asked for. `close` ends it.

        Raises:
            ForbiddenError: if the server does not let us listen.
        """
        return self._line.news(frozenset(kinds))


def _named(what: str | int | Picture) -> Record:
    """What is asked for, under its name."""
    if isinstance(what, str):
        return {"text": what}
    return {"object": int(what)} if isinstance(what, int | np.integer) else {"image": what}


def _span(during: Span | None) -> tuple[float, float] | None:
    if isinstance(during, Interval):
        return during.start_s, during.end_s
    return during


def _given(values: Record) -> Record:
    return {name: value for name, value in values.items() if value is not None}

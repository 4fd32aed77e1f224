"""Malformed and hostile messages by the thousand: what it answers, what it takes, whether everything is still there."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import httpx
import numpy as np
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from benchmarks.live.clips import street
from benchmarks.live.server import Server
from benchmarks.spatial.results import Mark, Part, Table

__all__ = ["measure_hostile"]

NUMBERS = [0, -1, 1, 1e308, -1e308, 2**63, 2**1024 % 10**40, 0.1, float("nan"), float("inf"), -0.0]
TEXTS = ["", "\x00", "../../etc/passwd", "%2e%2e%2f", "<img src=x onerror=alert(1)>", "a" * 5000, "\U0001d518\U0001d52b", "\ud83d", "bicycle", "street", "file:///etc/passwd", "http://169.254.169.254/"]  # fmt: skip
PATHS = [
    "/api/find", "/api/find/picture", "/api/last_seen", "/api/count", "/api/count/picture", "/api/timeline", "/api/events/{}",
    "/api/events/{}.jpg", "/api/snapshots/{}.jpg", "/api/streams/{}/latest.jpg", "/api/streams/{}/start", "/api/streams/{}/stop",
    "/api/observe", "/api/follow", "/api/follow/{}", "/api/alerts", "/api/alerts/{}", "/api/alerts/picture", "/api/session",
    "/api/state", "/api/stats", "/page/{}", "/{}", "/api/openapi.json", "/healthz",
]  # fmt: skip
KEYS = ["text", "at_s", "object", "stream", "during", "top_k", "box", "token", "threshold", "cooldown_s", "webhook", "name", "type", "n", "t", "__proto__"]  # fmt: skip
KINDS = ["application/json", "image/jpeg", "image/png", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""]  # fmt: skip


def measure_hostile(folder: Path, *, messages: int, tick: Callable[[str], object]) -> Part:
    """Half over HTTP, a third over the page's socket, the rest over the camera's; with the right token, so that they get far.

    Every tenth comes with a wrong token, a foreign Origin or a foreign Host instead.
    """
    rng = random.Random(0)
    arguments = [f"street={street()}", "phone=browser", "--store", folder / "hostile.zarr"]
    config = folder / "hostile.toml"
    config.write_text("[limits]\nrequests_per_s = 100000\nburst = 1000000\n")
    with Server(*arguments, "--config", config, log=folder / "hostile.log") as server:
        _until_ended(server)
        kept = server.get("/api/stats")
        codes: Counter[str] = Counter()
        samples = []
        began = time.monotonic()
        attack = _Attack(server, rng, codes)
        for turn in range(messages):
            attack.one()
            if turn % (messages // 20) == messages // 40:
                tick(f"{turn} of {messages} hostile messages")
                samples.append(server.load.sample())
        attack.close()
        wall_s = time.monotonic() - began
        began = time.perf_counter()
        answer = server.post("/api/find", {"text": "bicycle"})
        answer_ms = 1e3 * (time.perf_counter() - began)
        now = server.get("/api/stats")
        alive = server.process.poll() is None
        restarts = now["engine"].get("restarts", 0)
        last = server.load.sample()
    first = samples[len(samples) // 4]
    grown = last["server MB"] + last["engine MB"] - first["server MB"] - first["engine MB"]
    lost = {name: kept[name] - now[name] for name in ("events", "exemplars", "snapshots")}
    broken = sum(count for code, count in codes.items() if code.startswith("HTTP 5") and code != "HTTP 503")
    return Part(
        name="hostile",
        tables=[
            Table(
                title=f"What {messages:,} messages in {wall_s:.0f} s were answered",
                columns=["answer", "times"],
                rows=[[code, count] for code, count in codes.most_common()],
            )
        ],
        marks=[
            Mark(name="server and engine", figure=f"alive: {alive}, engine restarts: {restarts}", target="alive, 0", passed=alive and not restarts),
            Mark(name="internal errors", figure=str(broken), target="0", passed=broken == 0),
            Mark(name="memory from a quarter on", figure=f"{grown:+.1f} MB", target="<= 15 MB", passed=grown <= 15),
            Mark(name="things stored that are gone", figure=str(lost), target="none", passed=max(lost.values()) <= 0),
            Mark(name="an answer afterwards", figure=f"{len(answer['hits'])} hits in {answer_ms:.0f} ms", target="> 0 hits", passed=bool(answer["hits"])),
        ],
        series={"samples": samples, "codes": dict(codes)},
    )  # fmt: skip


def _until_ended(server: Server) -> None:
    until = time.monotonic() + 120
    while server.get("/api/state")["streams"][0]["status"] != "ended":
        if time.monotonic() > until:
            raise SystemExit("the street did not end within two minutes")
        time.sleep(0.5)


class _Attack:
    def __init__(self, server: Server, rng: random.Random, codes: Counter[str]) -> None:
        self._server, self._rng, self._codes = server, rng, codes
        self._sockets: dict[str, ClientConnection] = {}
        noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
        self._jpeg = cv2.imencode(".jpg", noise)[1].tobytes()

    def one(self) -> None:
        """One message of some kind."""
        draw = self._rng.random()
        if draw < 0.5:
            self._request()
        elif draw < 0.83:
            self._say("/api/live")
        else:
            self._say("/api/camera?stream=phone")

    def close(self) -> None:
        """Hang up."""
        for page in self._sockets.values():
            page.close()

    def _value(self, depth: int = 0) -> Any:
        rng = self._rng
        draw = rng.random()
        if draw < 0.35 or depth > 3:
            return rng.choice([*NUMBERS, *TEXTS, None, True])
        if draw < 0.5:
            return [self._value(depth + 1) for _ in range(rng.randrange(6))]
        if draw < 0.55:
            return self._nested(rng.choice([50, 2000]))
        return {rng.choice(KEYS): self._value(depth + 1) for _ in range(rng.randrange(5))}

    @staticmethod
    def _nested(depth: int) -> list[Any]:
        found: list[Any] = []
        for _ in range(min(depth, 400)):
            found = [found]
        return found

    def _text(self) -> str:
        return json.dumps(self._value(), ensure_ascii=True)

    def _bytes(self) -> bytes:
        rng = self._rng
        draw = rng.random()
        if draw < 0.3:
            return self._text().encode()
        if draw < 0.5:
            return rng.randbytes(rng.randrange(400))
        if draw < 0.55:
            return b"[" * 100_000
        picture = bytearray(self._jpeg)
        for _ in range(rng.randrange(1, 30)):
            picture[rng.randrange(len(picture))] = rng.randrange(256)
        return bytes(picture[: rng.randrange(1, len(picture))] if rng.random() < 0.4 else picture)

    def _request(self) -> None:
        rng = self._rng
        path = rng.choice(PATHS)
        if "{}" in path:
            value = str(rng.choice([*TEXTS[1:8], *NUMBERS])).encode(errors="surrogatepass")
            path = path.format(quote(value, safe=rng.choice(["", "./%"])))
        headers = {"Content-Type": rng.choice(KINDS)}
        if rng.random() < 0.1:
            headers |= rng.choice(
                [
                    {"Authorization": "Bearer no"},
                    {"Origin": "http://evil.example"},
                    {"Origin": "null"},
                    {"Host": "evil.example"},
                ]
            )
        query = {rng.choice(KEYS): str(self._value(4))[:300] for _ in range(rng.randrange(3))}
        try:
            method = rng.choice(["GET", "POST", "POST", "POST", "DELETE", "PUT", "OPTIONS"])
            if path.endswith("/stop") or (method == "DELETE" and "session" in path):
                method = "GET"
            answer = self._server.http.request(
                method, path, params=query, content=self._bytes(), headers=headers
            )
            self._codes[f"HTTP {answer.status_code}"] += 1
        except (httpx.InvalidURL, UnicodeError, httpx.LocalProtocolError):
            self._codes["not sent: the client refuses it"] += 1
        except httpx.HTTPError as error:
            self._codes[f"HTTP {type(error).__name__}"] += 1

    def _say(self, path: str) -> None:
        rng = self._rng
        try:
            page = self._sockets.get(path) or self._open(path)
            page.send(self._text() if rng.random() < 0.6 else self._bytes())
            self._codes["socket: taken"] += 1
            self._drain(page)
        except (WebSocketException, OSError, UnicodeError) as error:
            self._codes[f"socket: {type(error).__name__}"] += 1
            self._sockets.pop(path, None)

    @staticmethod
    def _drain(page: ClientConnection) -> None:
        try:
            while True:
                page.recv(timeout=0)
        except TimeoutError:
            return

    def _open(self, path: str) -> ClientConnection:
        bearer = {"Authorization": f"Bearer {self._server.token}"}
        address = f"ws{self._server.address.removeprefix('http')}{path}"
        self._sockets[path] = connect(address, additional_headers=bearer, open_timeout=20, close_timeout=2)
        return self._sockets[path]

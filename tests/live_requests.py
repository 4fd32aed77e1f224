"""Requests to an ASGI application, made by hand: every byte of the head, and bodies in parts."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

from live_parts import TOKEN

from streammem.app.server.keys import Keys
from streammem.app.server.reach import Reach, reach_of
from streammem.app.server.security import Guard
from streammem.app.server.settings import Limits, LiveSettings

HOST = "127.0.0.1:8750"
ORIGIN = f"http://{HOST}"
KEYS = Keys(TOKEN, port=8750)
BEARER = {"authorization": f"Bearer {TOKEN}"}
COOKIE = {"cookie": KEYS.cookie({"headers": []}).split(";")[0]}
PAGE = COOKIE | {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
JSON = {"content-type": "application/json"}
REACH = reach_of(LiveSettings(), 8750)


@dataclass
class Answer:
    """What came back; status 101 is an accepted WebSocket."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    parts_taken: int = 0  # parts of the body that the server read

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Echo:
    """An application that reads all of the body, keeps how much it got, and answers 200 or accepts."""

    def __init__(self) -> None:
        self.requests, self.bytes, self.messages = 0, 0, 0
        self.leave = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests += 1
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (await receive())["type"] == "websocket.receive":
                self.messages += 1
            return
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            self.bytes += len(message.get("body", b""))
            more = message.get("more_body", False)
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
        )
        await send({"type": "http.response.body", "body": b"here"})


def guard(app: Any = None, *, limits: Limits | None = None, reach: Reach = REACH, keys: Keys = KEYS) -> Guard:
    """The guard before an application."""
    return Guard(app or Echo(), keys=keys, reach=reach, limits=limits)


def scope_of(
    kind: str, method: str, target: str, headers: Iterable[tuple[str, str]], **others: Any
) -> dict[str, Any]:
    """What uvicorn would make of a request's head."""
    from urllib.parse import unquote

    raw, _, query = target.partition("?")
    return {
        "type": kind,
        "method": method,
        "scheme": "ws" if kind == "websocket" else "http",
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 8750),
        "extensions": {"websocket.http.response": {}},
        "state": {},
    } | others


async def sent(
    app: Any,
    method: str,
    target: str,
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    parts: AsyncIterator[bytes] | Iterable[bytes] = (b"",),
    **others: Any,
) -> Answer:
    """Send a request; WS as the method opens a WebSocket and leaves it again."""
    given = list(headers.items()) if isinstance(headers, dict) else list(headers or ())
    if not any(name == "host" for name, _ in given):
        given.append(("host", HOST))
    kind = "websocket" if method == "WS" else "http"
    scope = scope_of(kind, method, target, [each for each in given if each[1] != ""], **others)
    answer, body = Answer(), iter(parts) if isinstance(parts, Iterable) else parts

    async def receive() -> dict[str, Any]:
        answer.parts_taken += 1
        if kind == "websocket":
            return {"type": "websocket.connect" if answer.parts_taken == 1 else "websocket.disconnect"}
        try:
            part = await anext(body) if isinstance(body, AsyncIterator) else next(body)
        except (StopIteration, StopAsyncIteration):
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.request", "body": part, "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message["type"].endswith("response.body"):
            answer.body += message.get("body", b"")
        elif message["type"] == "websocket.accept":
            answer.status = 101
        elif message["type"] == "websocket.close":
            answer.status = answer.status or 403

    await asyncio.wait_for(app(scope, receive, send), 20)
    return answer


def ask(
    app: Any, method: str, target: str, headers: Any = None, parts: Any = (b"",), **others: Any
) -> Answer:
    """As `sent`, from outside an event loop."""
    return asyncio.run(sent(app, method, target, headers, parts, **others))

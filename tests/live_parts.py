"""Parts for a live server without a memory: an engine that answers from a table, streams without sources, sockets."""

import asyncio
import io
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import numpy as np
from fastapi import FastAPI
from PIL import Image

from streammem.app.refusals import UnknownError
from streammem.app.server.app import create_app
from streammem.app.server.hub import Hub
from streammem.app.server.pictures import LatestPicture
from streammem.app.server.settings import LiveSettings, SourceSettings
from streammem.app.server.sidecar import Sidecar
from streammem.errors import ObservationError

TOKEN = "a-token-for-the-tests"
SETTINGS = LiveSettings(
    sources=(
        SourceSettings(name="door", address="0"),
        SourceSettings(name="phone", address="browser"),
        SourceSettings(name="robot", address="api"),
    ),
    token=TOKEN,
    webhooks={"hall": "https://hall.example/ring"},
)
CARD = {
    "t_s": 12.5,
    "score": 0.91,
    "stream": "door",
    "interval": [12.0, 14.0],
    "times": 2,
    "occurrences": [[2.0, 3.0], [12.0, 14.0]],
    "box": [0.1, 0.2, 0.4, 0.6],
    "space": "frame",
    "store": "episodic",
    "exemplar": 3,
    "object": None,
    "event": 5,
    "frame": 300,
    "snapshot": 7,
    "xyz": None,
    "extent": None,
    "label": None,
    "thing": None,
    "gone_s": None,
    "picture": 7,
}
EVENT = {
    "id": 5,
    "stream": "door",
    "start_s": 12.0,
    "end_s": 14.0,
    "open": False,
    "surprise": 1.5,
    "exemplars": [3],
}
BUCKET = {
    "start_s": 12.0,
    "end_s": 14.0,
    "events": 1,
    "event": 5,
    "surprise": 1.5,
    "open": False,
    "stream": "door",
}
CHANGES = {
    "opened": [6],
    "closed": [5],
    "added": [4],
    "dropped": 0,
    "nbytes": 1000,
    "encoded": True,
    "detail": 0.0,
}
STATS = {
    "budget": 1000,
    "nbytes": 10,
    "parts": {"snapshots": 10},
    "dropped": {},
    "events": 1,
    "snapshots": 1,
    "engine": {
        "frames": {"door": 3},
        "dropped": {},
        "fps": {"door": 25.0},
        "lag_s": {"door": 0.1},
        "busy": 0.5,
    },
}


def picture(width: int = 32, height: int = 24, kind: str = "JPEG") -> bytes:
    """An encoded picture with something in it."""
    rng = np.random.default_rng(width * height)
    body = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (height, width, 3), np.uint8)).save(body, kind)
    return body.getvalue()


class TableEngine:
    """Answers each verb from a table: a value, an error to raise, or a function of the arguments."""

    def __init__(self) -> None:
        self.alive, self.opening, self.restarts, self.count = True, False, 0, 0
        self.asked: deque[tuple[str, dict[str, Any]]] = deque(maxlen=50)
        self.rules: list[dict[str, Any]] = []
        self.answers: dict[str, Any] = {
            "find": {"hits": [CARD], "best_score": 0.91, "seen": 0.5},
            "last_seen": CARD,
            "count": 2,
            "timeline": {"span": [0.0, 14.0], "buckets": [BUCKET]},
            "event": lambda id: EVENT if id == EVENT["id"] else None,
            "picture": lambda snapshot=None, event=None, width=None: (
                picture() if 7 in (snapshot, event) else None
            ),
            "stats": STATS,
            "observe": CHANGES,
            "follow": {"object": 3, "method": "box", "note": ""},
            "unfollow": None,
            "followed": [
                {"object": 3, "stream": "door", "box": None, "state": "lost", "score": 0.0, "outline": []}
            ],
            "alert_add": self._add,
            "alert_remove": self._remove,
            "alerts": lambda: list(self.rules),
        }

    async def ask(self, verb: str, /, **arguments: Any) -> Any:
        self.asked.append((verb, arguments))
        self.count += 1
        answer = self.answers[verb]
        if isinstance(answer, Exception):
            raise answer
        result = answer(**arguments) if callable(answer) else answer
        return await result if isinstance(result, Awaitable) else result

    def last(self, verb: str) -> dict[str, Any]:
        """What the verb was last asked with."""
        return next(arguments for asked, arguments in reversed(self.asked) if asked == verb)

    def _add(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        self.rules.append(dict(rule))
        return self.rules[-1]

    def _remove(self, id: str) -> bool:
        self.rules = [rule for rule in self.rules if rule["id"] != id]
        return True


class Feed:
    """A browser's source that keeps what it is given."""

    def __init__(self) -> None:
        self.open, self.frames = True, []

    def offer(self, rgb: np.ndarray, captured_s: float) -> bool:
        if not np.isfinite(captured_s):
            raise ObservationError("no time")
        self.frames = [*self.frames[-9:], (rgb.shape, captured_s)]
        return self.open

    def close(self) -> None:
        self.open = False


class StillStreams:
    """Streams that stand as they are told to."""

    def __init__(self, settings: LiveSettings, hub: Hub) -> None:
        self._hub = hub
        self.feeds: list[Feed] = []
        self.records = {
            source.name: {
                "name": source.name,
                "number": number,
                "kind": source.kind,
                "status": "stopped",
                "message": "",
                "live": True,
                "fps": 25.0,
                "size": [32, 24],
                "t_s": 20.0,
                "origin_unix_s": None,
                "dropped": {"capture": 0, "memory": 0},
                "gaps": 0,
                "pace": "real",
            }
            for number, source in enumerate(settings.sources)
        }

    def states(self) -> list[dict[str, Any]]:
        return list(self.records.values())

    def state(self, name: str) -> dict[str, Any]:
        if name not in self.records:
            raise UnknownError(f"no stream {name}")
        return self.records[name]

    async def start(self, name: str) -> None:
        self.state(name)["status"] = "live"

    async def stop(self, name: str) -> None:
        self.state(name)["status"] = "stopped"

    def browser(self, name: str) -> Feed:
        self.feeds = [*self.feeds[-9:], Feed()]
        return self.feeds[-1]

    def received(self, name: str, rgb: np.ndarray, t_s: float | None = None) -> float:
        if name not in self.records or self.records[name]["kind"] != "api":
            raise ObservationError(f"{name} has its own source")
        return 21.5 if t_s is None else t_s

    def latest(self, name: str) -> LatestPicture | None:
        return self._hub.newest(name)

    def publish(self, name: str, seq: int = 1) -> None:
        """Have a stream show a new picture."""
        rgb = np.full((24, 32, 3), seq % 256, np.uint8)
        number = self.records[name]["number"]
        self._hub.publish(
            LatestPicture(rgb, stream=name, number=number, seq=seq, t_s=seq / 25, captured_unix_s=1e9 + seq)
        )


class Bells:
    """Webhooks that keep what they are given."""

    names = ("hall",)

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send(self, alert: dict[str, Any]) -> None:
        self.sent.append(alert)


class Server:
    """An application with all its parts, for tests to turn."""

    def __init__(self, settings: LiveSettings = SETTINGS) -> None:
        self.settings, self.engine, self.hub = settings, TableEngine(), Hub()
        self.streams, self.bells = StillStreams(settings, self.hub), Bells()
        self.sidecar = Sidecar.open(None)
        self.app: FastAPI = create_app(
            settings, self.engine, self.streams, self.hub, self.bells, self.sidecar
        )
        self.live = self.app.state.live

    @property
    def idle(self) -> bool:
        """Whether nobody looks or listens."""
        return self.hub.viewers == 0 and self.live.newsroom.listeners == 0


class Socket:
    """The browser's end of a WebSocket to an application, without a network."""

    def __init__(self, app: Callable[..., Awaitable[None]], path: str, query: str = "") -> None:
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.reading = asyncio.Event()  # cleared, nothing that the server sends leaves it
        self.reading.set()
        self.gone = False
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8750),
            "subprotocols": [],
            "extensions": {},
        }
        self._in.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.ensure_future(app(scope, self._in.get, self._send))

    async def _send(self, message: dict[str, Any]) -> None:
        await self.reading.wait()
        if self.gone:
            raise OSError("the connection is gone")
        self._out.put_nowait(message)

    def say(self, message: Any) -> None:
        """Send a text, bytes, or something as JSON."""
        if isinstance(message, bytes):
            self._in.put_nowait({"type": "websocket.receive", "bytes": message})
        else:
            text = message if isinstance(message, str) else json.dumps(message)
            self._in.put_nowait({"type": "websocket.receive", "text": text})

    async def hear(self) -> Any:
        """The next message: JSON's value, bytes, or the code of a close."""
        message = await asyncio.wait_for(self._out.get(), 10)
        if message["type"] == "websocket.accept":
            return await self.hear()
        if message["type"] == "websocket.close":
            return message["code"]
        return message["bytes"] if message.get("bytes") is not None else json.loads(message["text"])

    async def hear_of(self, kind: str) -> dict[str, Any]:
        """The next message of a type; others are passed over."""
        while True:
            message = await self.hear()
            if isinstance(message, dict) and message["type"] == kind:
                return message
            assert not isinstance(message, int), f"closed with {message}"

    async def until_closed(self) -> int:
        """The code that the server closes with; what it says before is passed over."""
        while not isinstance(message := await self.hear(), int):
            pass
        return message

    def heard(self) -> int:
        """How many messages wait to be heard."""
        return self._out.qsize()

    async def leave(self, *, abort: bool = False) -> None:
        """Close, or just be gone; returns when the server has noticed."""
        self.gone = abort
        self.reading.set()
        self._in.put_nowait({"type": "websocket.disconnect", "code": 1006 if abort else 1000})
        await asyncio.wait_for(self.task, 10)

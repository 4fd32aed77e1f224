"""The page's socket: pictures down, one for each credit, and news; what to show up."""

from __future__ import annotations

import json
import math
from typing import Any

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from streammem.app.server.live import Live
from streammem.app.server.news import NewsQueue, SlowListenerError
from streammem.app.server.parts import Viewer
from streammem.app.server.sharing import Shared
from streammem.app.server.sockets import TRY_AGAIN, ClosingError, Patience, accepted, heard, send, together
from streammem.errors import ObservationError

__all__ = ["router"]

router = APIRouter()

MOST_CHARACTERS = 1024  # of a message; the longest that makes sense has a hundred
MOST_CREDIT = 4
_FORMS = '{"type":"show","stream":name or null}, {"type":"credit","n":1 to 4} or {"type":"ping","t":number}'


@router.websocket("/api/live")
async def live_socket(socket: WebSocket, live: Shared) -> None:
    """One page that looks and listens."""
    if not await accepted(socket):
        return
    viewer, queue = live.hub.join(), live.newsroom.join()
    try:
        await together(
            socket,
            _read(socket, live, viewer),
            _send_news(socket, live, queue),
            _send_pictures(socket, viewer),
        )
    finally:
        live.hub.leave(viewer)
        live.newsroom.leave(queue)


async def _read(socket: WebSocket, live: Live, viewer: Viewer) -> None:
    patience = Patience()
    while True:
        message = await heard(socket)
        if message is None:
            return
        try:
            answer = _heard(message.get("text"), live, viewer)
        except ObservationError as error:
            await send(socket, json.dumps({"type": "error", "message": str(error)}))
            patience.lose()
        else:
            if answer is not None:
                await send(socket, json.dumps(answer))


def _heard(text: str | None, live: Live, viewer: Viewer) -> dict[str, Any] | None:
    """Do what a message says; what is to be answered.

    Raises:
        ObservationError: if it says nothing that is known.
    """
    message = _parsed(text)
    match message:
        case {"type": "show", "stream": None, **rest} if not rest:
            viewer.show(None)
        case {"type": "show", "stream": str(name), **rest} if not rest and name in live.streams_by_name():
            viewer.show(name)
        case {"type": "credit", "n": int(n), **rest} if not rest and n is not True and 1 <= n <= MOST_CREDIT:
            viewer.credit(n)
        case {"type": "ping", "t": int(t) | float(t), **rest} if not rest and abs(t) < 1e18:
            return {"type": "pong", "t": t}
        case {"type": "show", "stream": str(_), **rest} if not rest:
            raise ObservationError(
                f"there is no such stream; there are: {', '.join(live.streams_by_name()) or 'none'}"
            )
        case _:
            raise ObservationError(f"this message is not known: send {_FORMS}")
    return None


def _parsed(text: str | None) -> Any:
    if text is None or len(text) > MOST_CHARACTERS:
        raise ObservationError(f"messages are JSON of up to {MOST_CHARACTERS} characters: send {_FORMS}")
    try:
        return json.loads(text, parse_constant=lambda _: math.inf)
    except (ValueError, RecursionError):
        raise ObservationError(f"this message is no JSON: send {_FORMS}") from None


async def _send_news(socket: WebSocket, live: Live, queue: NewsQueue) -> None:
    await send(socket, json.dumps(await live.hello(), ensure_ascii=False, allow_nan=False))
    try:
        while True:
            await send(socket, await queue.next())
    except SlowListenerError as error:
        raise ClosingError(TRY_AGAIN, str(error)) from None


async def _send_pictures(socket: WebSocket, viewer: Viewer) -> None:
    while picture := await viewer.next():
        await send(socket, picture)
    raise WebSocketDisconnect(1001, "the pictures ended")

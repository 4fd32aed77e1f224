"""A browser's camera: its pictures up, credit for the next ones down."""

from __future__ import annotations

import json
import struct
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket

from streammem.app.refusals import BusyError, UnknownError
from streammem.app.server.live import Live
from streammem.app.server.parts import Feed
from streammem.app.server.sharing import Shared
from streammem.app.server.sockets import (
    GOING,
    POLICY,
    ClosingError,
    Patience,
    accepted,
    heard,
    send,
    together,
)
from streammem.errors import ObservationError, StreamMemError

__all__ = ["router"]

router = APIRouter()

STAMP = struct.Struct("<d")  # before each JPEG: Unix seconds at which it was taken, by the browser's clock
CREDIT = 2  # pictures that may be under way


@router.websocket("/api/camera")
async def camera_socket(
    socket: WebSocket, live: Shared, stream: Annotated[str, Query(max_length=64)] = ""
) -> None:
    """One browser that lends its camera to a stream of the configuration."""
    if not await accepted(socket):
        return
    try:
        feed = _feed(live, stream)
    except StreamMemError as error:
        await together(socket, _refuse(socket, str(error)))
        return
    try:
        await together(socket, _take(socket, live, feed))
    finally:
        feed.close()


async def _refuse(socket: WebSocket, reason: str) -> None:
    await send(socket, json.dumps({"type": "error", "message": reason}))
    raise ClosingError(POLICY, reason[:100])


def _feed(live: Live, stream: str) -> Feed:
    source = live.settings.source(stream)
    if source is None or source.kind != "browser":
        lent = [each.name for each in live.settings.sources if each.kind == "browser"]
        raise UnknownError(
            f"no stream of this name takes a browser's camera; these do: {', '.join(lent) or 'none'}"
        )
    return live.streams.browser(stream)


async def _take(socket: WebSocket, live: Live, feed: Feed) -> None:
    patience = Patience()
    await _credit(socket, CREDIT)
    while True:
        message = await heard(socket)
        if message is None:
            return
        if not feed.open:
            raise ClosingError(GOING, "the stream was stopped, or another page lends its camera")
        try:
            captured_s, jpeg = _parted(message.get("bytes"))
            rgb = await live.uploads.decode(jpeg)
            await live.hub.work(feed.offer, rgb, captured_s)
        except BusyError as error:
            await send(socket, json.dumps({"type": "error", "message": str(error)}))
        except ObservationError as error:
            await send(socket, json.dumps({"type": "error", "message": str(error)}))
            patience.lose()
        await _credit(socket, 1)


async def _credit(socket: WebSocket, n: int) -> None:
    await send(socket, json.dumps({"type": "credit", "n": n}))


def _parted(message: bytes | None) -> tuple[float, bytes]:
    """Time and JPEG of a message.

    Raises:
        ObservationError: if it is no such message.
    """
    if message is None or len(message) <= STAMP.size:
        raise ObservationError(
            "send binary messages: 8 bytes with the time (Unix seconds, float64, little-endian), then a JPEG"
        )
    return STAMP.unpack_from(message)[0], message[STAMP.size :]

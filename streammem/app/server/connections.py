"""Connections that must not dawdle: uvicorn bounds neither the time a request's head takes nor an unread answer."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from streammem.app.server.settings import Limits

__all__ = ["http_protocol", "websocket_protocol"]


class _Fuse:
    """Breaks a connection off when it is not taken out in time."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def light(self, transport: asyncio.Transport, after_s: float) -> None:
        """Abort the connection after this time; one that burns already goes on burning."""
        if self._timer is None:
            # Not `close`, which first waits until everything is sent: to someone who does not read, for ever.
            self._timer = asyncio.get_running_loop().call_later(after_s, transport.abort)

    def out(self) -> None:
        """All is well."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Read(asyncio.Protocol):
    """A connection whose client must read what it is sent; goes before the protocol that speaks."""

    limits: ClassVar[Limits]
    transport: asyncio.Transport

    def __init__(self, *args: Any, **others: Any) -> None:
        super().__init__(*args, **others)
        self._unread = _Fuse()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unread.out()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread.light(self.transport, self.limits.answer_s)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread.out()


class _Http(_Read, H11Protocol):
    """HTTP/1.1 with a time-out for heads, for bodies that nobody waits for any more, and for unread answers."""

    def __init__(self, *args: Any, **others: Any) -> None:
        super().__init__(*args, **others)
        self._head = _Fuse()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.abort()
            return
        self._head.light(transport, self.limits.header_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._head.out()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        """A head must be there soon once it began; so must the end of a body whose answer was given already."""
        answered = self.cycle is not None and self.cycle.response_complete
        if self.transport.get_protocol() is not self:
            self._head.out()  # it is a WebSocket now
            return
        if self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None:
            self._head.light(self.transport, self.limits.header_s)
        elif self.conn.their_state is h11.SEND_BODY and answered:
            self._head.light(self.transport, self.limits.body_s)
        else:
            self._head.out()


class _WebSocket(_Read, WebSocketsSansIOProtocol):
    """A WebSocket that is broken off when its client does not read."""

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True  # a refusal is an answer; otherwise each one is logged as an error


def http_protocol(limits: Limits) -> type[asyncio.Protocol]:
    """What uvicorn speaks HTTP with."""
    return type("Http", (_Http,), {"limits": limits})


def websocket_protocol(limits: Limits) -> type[asyncio.Protocol]:
    """What uvicorn speaks WebSocket with."""
    return type("WebSocket", (_WebSocket,), {"limits": limits})

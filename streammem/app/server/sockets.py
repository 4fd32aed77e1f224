"""What both sockets need: parts that end together, sends that do not wait for ever, patience with nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, MutableMapping
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

__all__ = [
    "GOING",
    "POLICY",
    "TRY_AGAIN",
    "ClosingError",
    "Patience",
    "accepted",
    "heard",
    "send",
    "together",
]

SEND_S = 20.0  # for a message to leave; who reads nothing for so long is gone
NONSENSE = 20  # malformed messages until a socket is closed
GOING, POLICY, TRY_AGAIN = 1001, 1008, 1013  # RFC 6455 §7.4.1 and its registry


class ClosingError(Exception):
    """This socket is to be closed by the server."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Patience:
    """Counts malformed messages; old ones are forgiven, one a minute."""

    def __init__(self, most: int = NONSENSE, forgiven_s: float = 60.0) -> None:
        self._most, self._forgiven_s = most, forgiven_s
        self._count, self._since_s = 0.0, time.monotonic()

    def lose(self) -> None:
        """One more malformed message.

        Raises:
            ClosingError: if there were too many.
        """
        now_s = time.monotonic()
        self._count = max(0.0, self._count - (now_s - self._since_s) / self._forgiven_s) + 1
        self._since_s = now_s
        if self._count >= self._most:
            raise ClosingError(POLICY, f"{self._most} malformed messages")


async def accepted(socket: WebSocket) -> bool:
    """Accept a socket; false where the other side is gone already."""
    try:
        await socket.accept()
    except (OSError, RuntimeError, WebSocketDisconnect):
        return False
    return True


async def heard(socket: WebSocket) -> MutableMapping[str, Any] | None:
    """The next message, with `text` or `bytes`; None where the other side is gone."""
    # Of many messages that came at once each is handled between what others wait for, and a loss is noticed.
    await asyncio.sleep(0)
    message = await socket.receive()
    return None if message["type"] == "websocket.disconnect" else message


async def send(socket: WebSocket, message: str | bytes) -> None:
    """Send a message.

    Raises:
        WebSocketDisconnect: if the other side is gone, or has read nothing for a long time.
    """
    try:
        async with asyncio.timeout(SEND_S):
            if isinstance(message, str):
                await socket.send_text(message)
            else:
                await socket.send_bytes(message)
    except TimeoutError:
        raise WebSocketDisconnect(1006, f"nothing was read for {SEND_S:g} s") from None
    except RuntimeError as error:  # starlette's, where another part has closed the socket
        raise WebSocketDisconnect(1006, str(error)) from None


async def together(socket: WebSocket, *parts: Coroutine[Any, Any, None]) -> None:
    """Run the parts of a conversation until one ends, end the others, and close the socket if a part says so.

    Whatever ends them, no task is left when this returns. Errors that are no end of a conversation are raised.
    """
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, ClosingError):
            await _close(socket, end.code, end.reason)
        elif isinstance(end, Exception) and not isinstance(end, WebSocketDisconnect):
            raise end


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    """Close a socket that may be closed already."""
    with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
        async with asyncio.timeout(SEND_S):
            await socket.close(code, reason)

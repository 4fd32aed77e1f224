"""Bodies that are counted and timed while they come."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streammem.app.server.checks import Refusal, body_limit, too_large
from streammem.app.server.settings import Limits

__all__ = ["Exchange"]


class _Broken(Exception):  # noqa: N818 - a way out, no error
    """Takes a handler out of reading a body that is not taken."""


class Exchange:
    """One request and its answer: at most so many bytes in, within so much time.

    What a handler makes of a body that breaks off does not count: the answer is then what `refusal` says.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits) -> None:
        self._scope, self._receive, self._send, self._limits = scope, receive, send, limits
        self._most, self._bytes = body_limit(scope, limits), 0
        self._until: float | None = None
        self._complete = False
        self.refusal: Refusal | None = None
        self.started = False

    async def receive(self) -> Message:
        """The next part of the body, if it may still come."""
        if self._complete:
            return await self._receive()
        message = await self._in_time()
        if message["type"] != "http.request":
            self._complete = True
            return message
        self._bytes += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._bytes > self._most:
            self._break(too_large(self._scope, self._limits))
        return message

    async def _in_time(self) -> Message:
        loop = asyncio.get_running_loop()
        if self._until is None:
            self._until = loop.time() + self._limits.body_s
        try:
            async with asyncio.timeout_at(self._until):
                return await self._receive()
        except TimeoutError:
            self._break(
                Refusal(
                    408, "SlowError", f"the body did not come within {self._limits.body_s:g} s: send it again"
                )
            )

    def _break(self, refusal: Refusal) -> NoReturn:
        self.refusal = refusal
        raise _Broken(refusal.text)

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on, unless the body broke off before it began."""
        if self.refusal is None or self.started:
            self.started = True
            await self._send(message)

    async def run(self, app: ASGIApp) -> None:
        """Let the application answer; raises what it raises, but for what comes of breaking it off."""
        try:
            await app(self._scope, self.receive, self.send)
        except Exception:
            if self.refusal is None:
                raise

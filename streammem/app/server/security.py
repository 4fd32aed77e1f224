"""The guard before everything: who may ask, from where, how much and how often. docs/security.md explains it."""

from __future__ import annotations

import json
import math
from asyncio import sleep as pause

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streammem.app.server.bodies import Exchange
from streammem.app.server.checks import (
    Refusal,
    check_host,
    check_origin,
    check_path,
    check_query,
    check_type,
    is_public,
)
from streammem.app.server.keys import Keys
from streammem.app.server.rates import Bucket, Rates, address_of
from streammem.app.server.reach import Reach
from streammem.app.server.refused import Refused
from streammem.app.server.settings import Limits

__all__ = ["CONTENT_SECURITY_POLICY", "Guard"]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), display-capture=(), usb=(), serial=()",
}
_ENCODED = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
_OURS = {name for name, _ in _ENCODED}
_NO_STORE = (b"cache-control", b"no-store")


class Guard:
    """ASGI middleware around the whole application; HTTP and WebSockets pass the same checks.

    It decides from a request's head, before a body is read or a socket is accepted; what it lets through it counts
    and times.
    """

    def __init__(self, app: ASGIApp, *, keys: Keys, reach: Reach, limits: Limits | None = None) -> None:
        self._app, self._keys, self._reach = app, keys, reach
        self._limits = limits = limits or Limits()
        self._rates = Rates(rate_hz=limits.requests_per_s, burst=limits.burst)
        per_minute = limits.sessions_per_minute
        self._attempts = Rates(rate_hz=per_minute / 60, burst=max(1.0, per_minute / 2))
        self._refused = Refused()
        self.sockets = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        send = _with_headers(scope, send)
        refusal = self._check(scope)
        if refusal is not None:
            self._refused.count(address_of(scope.get("client")), refusal.status)
            await _refuse(scope, receive, send, refusal)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._exchange(scope, receive, send)

    def _check(self, scope: Scope) -> Refusal | None:
        bears = self._keys.bears(scope)
        refusal = (
            check_path(scope)
            or check_host(scope, self._reach)
            or check_query(scope)
            or check_origin(scope, self._reach, bears=bears)
        )
        if refusal is not None:
            return refusal
        known = bears or self._keys.remembers(scope)
        return self._check_rate(scope, known) or self._check_token(scope, known) or self._check_size(scope)

    def _check_rate(self, scope: Scope, known: bool) -> Refusal | None:
        client = address_of(scope.get("client"))
        # Strangers on this computer share its address with its owner, and must not use up the owner's rate.
        wait_s = self._rates.take((client, known))
        if not wait_s and scope["path"] == "/api/session" and not known:
            wait_s = self._attempts.take(client)
        if not wait_s:
            return None
        return Refusal(429, "TooManyError", f"too many requests: wait {math.ceil(wait_s)} s", retry_s=wait_s)

    def _check_token(self, scope: Scope, known: bool) -> Refusal | None:
        if known or is_public(scope):
            return None
        text = "who are you? Open the address that the server printed, or send the token as `Authorization: Bearer …`"
        return Refusal(401, "TokenError", text)

    def _check_size(self, scope: Scope) -> Refusal | None:
        if scope["type"] == "http":
            return check_type(scope, self._limits)
        if self.sockets >= self._limits.sockets:
            text = f"{self.sockets} WebSockets are open already: close a tab, or raise limits.sockets"
            return Refusal(429, "TooManyError", text, retry_s=1)
        return None

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, self._limits)
        await exchange.run(self._app)
        if exchange.refusal is not None and not exchange.started:
            await _answer(send, exchange.refusal)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        limits = self._limits
        bucket = Bucket(rate_hz=limits.messages_per_s, burst=2 * limits.messages_per_s)

        async def paced() -> Message:
            message = await receive()
            # Who sends too much is read more slowly; what waits then waits at the sender.
            while message["type"] == "websocket.receive" and (wait_s := bucket.take()):
                await pause(wait_s)
            return message

        self.sockets += 1
        try:
            await self._app(scope, paced, send)
        finally:
            self.sockets -= 1


def _with_headers(scope: Scope, send: Send) -> Send:
    private = scope["path"].startswith("/api")

    async def sent(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            kept = [each for each in message.get("headers", ()) if each[0].lower() not in _OURS]
            # A picture that never changes may say that this one browser can keep it.
            told = any(name.lower() == b"cache-control" for name, _ in kept)
            own = [_NO_STORE] if private and not told else []
            message = {**message, "headers": [*kept, *_ENCODED, *own]}
        await send(message)

    return sent


async def _refuse(scope: Scope, receive: Receive, send: Send, refusal: Refusal) -> None:
    if scope["type"] == "http":
        await _answer(send, refusal)
        return
    await receive()  # the connect that every WebSocket begins with
    if "websocket.http.response" in scope.get("extensions", {}):
        await _answer(send, refusal, prefix="websocket.http.response")
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": refusal.text[:100]})


async def _answer(send: Send, refusal: Refusal, prefix: str = "http.response") -> None:
    body = json.dumps({"error": refusal.text, "kind": refusal.kind}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if refusal.retry_s is not None:
        headers.append((b"retry-after", str(math.ceil(refusal.retry_s)).encode()))
    await send({"type": f"{prefix}.start", "status": refusal.status, "headers": headers})
    await send({"type": f"{prefix}.body", "body": body})

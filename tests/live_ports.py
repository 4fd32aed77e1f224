"""A guarded server on a real port, in a thread, and bare sockets to it."""

import asyncio
import contextlib
import dataclasses
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from live_parts import TOKEN

from streammem.app.server.listening import listen
from streammem.app.server.serve import server_of
from streammem.app.server.settings import LiveSettings

PATIENCE_S = 20.0


async def _alive(receive: Any, send: Any) -> None:
    for moment in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{moment}.complete"})


def _whole(app: Any) -> Any:
    """The application, and an answer to the server that starts it, where it has none itself."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await (_alive(receive, send) if scope["type"] == "lifespan" else app(scope, receive, send))

    return app if isinstance(app, FastAPI) else answer


@contextmanager
def serving(app: Any, **changes: Any) -> Iterator[LiveSettings]:
    """The application behind the guard, as `streammem live` serves it; ends with the block."""
    settings = LiveSettings(**({"port": 0, "token": TOKEN} | changes))
    with listen(settings, exact=True) as listener:
        settings = dataclasses.replace(settings, port=listener.getsockname()[1])
        server = server_of(_whole(app), settings)
        up = threading.Event()

        async def run() -> None:
            task = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started and not task.done():
                await asyncio.sleep(0.005)
            up.set()
            await task

        thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
        thread.start()
        assert up.wait(PATIENCE_S)
        try:
            yield settings
        finally:
            server.should_exit = True
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def dial(settings: LiveSettings, tls: ssl.SSLContext | None = None) -> socket.socket:
    """A bare connection."""
    made = socket.create_connection(("127.0.0.1", settings.port), timeout=PATIENCE_S)
    return made if tls is None else tls.wrap_socket(made, server_hostname="localhost")


def head(settings: LiveSettings, line: str, *headers: str, bears: bool = True) -> bytes:
    """A request's head."""
    lines = [f"{line} HTTP/1.1", f"Host: 127.0.0.1:{settings.port}", *headers]
    if bears:
        lines.append(f"Authorization: Bearer {settings.token}")
    return "\r\n".join([*lines, "", ""]).encode()


def read_all(connection: socket.socket, most: int = 10_000_000) -> bytes:
    """What comes until the other side ends; empty where it breaks off."""
    found = bytearray()
    with contextlib.suppress(ConnectionError):  # broken off: what came until then is the answer
        while (part := connection.recv(65_536)) and len(found) < most:
            found += part
    return bytes(found)


def read_head(connection: socket.socket) -> str:
    """The head of an answer."""
    found = bytearray()
    while b"\r\n\r\n" not in found:
        part = connection.recv(1)
        if not part:
            break
        found += part
    return found.decode()

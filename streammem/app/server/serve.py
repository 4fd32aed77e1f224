"""The parts of a live memory, put together: serves until a signal comes, and commits."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from streammem.app.server import greeting
from streammem.app.server.alert_rule import AlertRule
from streammem.app.server.app import create_app
from streammem.app.server.connections import http_protocol, websocket_protocol
from streammem.app.server.engine import Engine, EngineSettings
from streammem.app.server.hub import Hub
from streammem.app.server.keys import Keys
from streammem.app.server.listening import address_of_page
from streammem.app.server.live import Live
from streammem.app.server.printing import AlertPrinter
from streammem.app.server.process import EngineProcess
from streammem.app.server.reach import reach_of
from streammem.app.server.security import Guard
from streammem.app.server.settings import LiveSettings
from streammem.app.server.sidecar import Sidecar
from streammem.app.server.streams import Streams
from streammem.app.server.threads import bound_waits
from streammem.app.server.webhooks import Webhooks
from streammem.app.stop import ECHO_S

__all__ = ["guarded", "serve_until_signal", "server_of"]

logger = logging.getLogger(__name__)

_PATIENCE_S = 2  # for answers under way when the server stops


def serve_until_signal(
    settings: LiveSettings, listener: socket.socket, *, opens: bool, born: EngineProcess | None = None
) -> signal.Signals | None:
    """Serve, with the port and the token that the settings name, until a signal comes; what was seen is committed.

    Args:
        settings: what to serve.
        listener: listens on the settings' port.
        opens: whether to open the page in the browser.
        born: the engine's process, where it was started already.

    Raises:
        StreamMemError: if the memory cannot be opened.
    """
    return asyncio.run(_until_signal(lambda: _live(settings, listener, opens=opens, born=born)))


async def _until_signal(work: Callable[[], Any]) -> signal.Signals | None:
    """Do the work until it ends or a signal comes, which lets it tidy up; a second Ctrl-C, later, breaks off."""
    task = asyncio.ensure_future(work())
    by: list[signal.Signals] = []
    loop = asyncio.get_running_loop()

    def asked(number: signal.Signals) -> None:
        if not by:
            by.append(number)
            task.cancel()
            loop.call_later(ECHO_S, let_go)

    def let_go() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked, number)
    try:
        await task
    except asyncio.CancelledError:
        if not by:
            raise
    finally:
        let_go()
    return by[0] if by else None


async def _live(
    settings: LiveSettings, listener: socket.socket, *, opens: bool, born: EngineProcess | None
) -> None:
    """Everything runs inside; what was started last ends first, the memory's last commit last.

    The page is served at once, and shows what is live; the memory takes seconds to open.
    """
    bound_waits(asyncio.get_running_loop())
    async with contextlib.AsyncExitStack() as stack:
        app, streams, engine = await _parts(settings, stack, born)
        server = server_of(app, settings)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="serve")
        stack.push_async_callback(_stop, server, serving)
        greeting.greet(settings, settings.port)
        if opens and settings.token is not None:
            greeting.show_page(address_of_page(settings, settings.port, settings.token))
        opening = asyncio.create_task(_open(settings, app.state.live, streams, engine), name="open")
        stack.push_async_callback(_cancel, opening)
        await streams.start_all()
        await asyncio.wait([serving, opening], return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            opening.result()
            await asyncio.wait([serving])


async def _open(settings: LiveSettings, live: Live, streams: Streams, engine: Engine) -> None:
    """Open the memory, and let everybody know.

    Raises:
        StreamMemError: if it cannot be opened, or cannot watch for what the settings say.
    """
    opened = await engine.start()
    streams.know(opened["streams"])
    live.opened = opened
    await engine.ask("alerts")  # for as long as it takes: what the memory needs at first use is loaded before
    await _watch_for(settings, live)
    greeting.resumed(opened)
    live.receive({"type": "engine", "message": "", "alive": True, "opening": False, "restarts": 0})


async def _parts(
    settings: LiveSettings, stack: contextlib.AsyncExitStack, born: EngineProcess | None
) -> tuple[FastAPI, Streams, Engine]:
    hub, sidecar = Hub(), Sidecar.open(settings.store)
    webhooks = Webhooks(settings.webhooks)
    await webhooks.start()
    stack.push_async_callback(webhooks.close)
    printer = stack.enter_context(AlertPrinter())
    chores: set[asyncio.Task[None]] = set()

    def hear(news: dict[str, Any]) -> None:
        if news.get("type") == "alert":
            printer.print(news)
        if "streams" in news:  # the memory began again, with what it had committed
            chore = asyncio.get_running_loop().create_task(streams.rewind(news.pop("streams")))
            chores.add(chore)
            chore.add_done_callback(chores.discard)
        live.receive(news)

    def changed() -> None:
        live.changed()

    engine = Engine(EngineSettings.of(settings), news=hear, born=born, silence_s=settings.limits.silence_s)
    stack.push_async_callback(engine.close)
    streams = Streams(settings, engine, hub, sidecar, changed, seen=None)
    stack.push_async_callback(streams.close)
    app = create_app(settings, engine, streams, hub, webhooks, sidecar)
    live: Live = app.state.live
    return app, streams, engine


async def _watch_for(settings: LiveSettings, live: Live) -> None:
    """The words of the settings, unless a rule for them is there already.

    Raises:
        StreamMemError: for words that the memory cannot watch for.
    """
    await live.restore_rules()
    known = {rule["text"] for rule in await live.ask("alerts")}
    fresh = [text for text in settings.alerts if text not in known]
    for text in fresh:
        await live.ask("alert_add", rule=AlertRule.from_record({"text": text}).to_record())
    if fresh:
        await live.keep_rules()


def guarded(app: ASGIApp, settings: LiveSettings) -> Guard:
    """The application as it may be reached from outside."""
    reach = reach_of(settings, settings.port)
    return Guard(app, keys=Keys.of(settings), reach=reach, limits=settings.limits)


class _Server(uvicorn.Server):
    """Leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server_of(app: ASGIApp, settings: LiveSettings) -> uvicorn.Server:
    """The server of an application, behind the guard."""
    limits = settings.limits
    return _Server(
        uvicorn.Config(
            guarded(app, settings),
            http=http_protocol(limits),
            ws=websocket_protocol(limits),
            ws_max_size=limits.message_bytes,
            ws_ping_interval=20.0,
            ws_ping_timeout=20.0,
            ws_per_message_deflate=False,  # pictures do not shrink, and trying takes 3 ms a frame
            ssl_certfile=settings.certificate,
            ssl_keyfile=settings.key,
            proxy_headers=False,  # who a client is says its connection, not its request
            server_header=False,
            access_log=False,
            log_config=None,
            log_level="error",
            lifespan="on",
            timeout_keep_alive=5,
            timeout_graceful_shutdown=_PATIENCE_S,
        )
    )


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def _stop(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    server.should_exit = True
    await asyncio.wait([serving])
    serving.result()

"""The application behind the page: HTTP routes, the two sockets, and the page's files."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fastapi import FastAPI

from streammem.app.server import (
    routes_alerts,
    routes_ask,
    routes_follow,
    routes_session,
    routes_streams,
    routes_timeline,
    socket_camera,
    socket_live,
)
from streammem.app.server.live import Live
from streammem.app.server.page_files import page_router, read_page
from streammem.app.server.parts import Calls, Keeps, Remembers, Runs, Shows
from streammem.app.server.problems import answer_problems

if TYPE_CHECKING:
    from streammem.app.server.settings import LiveSettings

__all__ = ["create_app"]

_DESCRIPTION = """
A memory that watches live streams and answers questions about what it saw.

Times `t_s` are seconds of a stream's own clock; a live stream's `origin_unix_s` turns them into the time of day.
Boxes are left, top, right and bottom as fractions of the picture. Scores lie between 0 and 1; from 0.5 on something
counts as seen.

Send the token as `Authorization: Bearer …`, or exchange it for a cookie at `/api/session`. Errors are
`{"error": what was wrong and what to do, "kind": the class in Python}`. Moving pictures and news come over the
WebSocket `/api/live`, a browser's camera goes in over `/api/camera`.
"""
_TAGS = [
    {"name": "ask", "description": "Questions to the memory."},
    {"name": "timeline", "description": "What there is, and its pictures."},
    {"name": "streams", "description": "Where pictures come from."},
    {"name": "follow", "description": "Objects that are followed."},
    {"name": "alerts", "description": "Tell me when you see …"},
    {"name": "session", "description": "Who may ask."},
]


def create_app(
    settings: LiveSettings, engine: Remembers, streams: Runs, hub: Shows, webhooks: Calls, sidecar: Keeps
) -> FastAPI:
    """The application behind the page. The parts outlive it: who made them starts and closes them.

    `app.state.live` connects them: its `receive` hears the engine's news (on the event loop) and posts alerts to
    their webhooks, its `changed` hears of the streams (from any thread), and `opened` is what `engine.start` said.
    The application does not check who asks: wrap it in `security.Guard`.
    """
    from streammem import __version__

    live = Live(settings, engine, streams, hub, webhooks, sidecar)
    app = FastAPI(
        title="streammem live",
        version=__version__,
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        openapi_url="/api/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.live = live
    answer_problems(app)
    for part in (
        routes_session,
        routes_streams,
        routes_ask,
        routes_timeline,
        routes_follow,
        routes_alerts,
        socket_live,
        socket_camera,
    ):
        app.include_router(part.router)
    app.include_router(page_router(read_page()))
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    live: Live = app.state.live
    figures = asyncio.create_task(live.run(), name="figures")
    try:
        yield
    finally:
        figures.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await figures
        await live.close()

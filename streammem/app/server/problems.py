"""Errors as answers: {"error": what and what to do, "kind": the class}, and a status that says whose fault it is."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from streammem import errors
from streammem.app.refusals import (
    BusyError,
    ForbiddenError,
    TokenError,
    TooLargeError,
    TooManyError,
    UnknownError,
)

__all__ = ["UnknownError", "answer_problems", "described", "status_of"]


_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (UnknownError, 404),
    (errors.PlaceError, 404),
    (TokenError, 401),
    (ForbiddenError, 403),
    (TooManyError, 429),
    (TooLargeError, 413),
    (BusyError, 503),
    (errors.StoreError, 503),
    (errors.SourceNotFoundError, 404),
    (errors.SourceError, 503),
    (errors.ObservationError, 422),
    (errors.SpaceError, 422),
    (errors.BudgetError, 422),
)

_OF_STATUS = {404: "UnknownError", 405: "ObservationError", 413: "TooLargeError", 429: "TooManyError"}


def status_of(error: Exception) -> int:
    """The HTTP status that an error is answered with; 503 for what the memory's process could not do."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 503)


def described(error: Exception) -> dict[str, Any]:
    """An error as JSON: what a client needs to raise it again."""
    record: dict[str, Any] = {"error": str(error), "kind": type(error).__name__}
    if isinstance(error, errors.VocabularyError):
        record["nearest"] = list(error.nearest)
    return record


def answer_problems(app: FastAPI) -> None:
    """Let the application answer errors so."""
    app.add_exception_handler(errors.StreamMemError, _ours)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _refused)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse(described(error), status_code=status_of(error))


async def _malformed(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    parts = [f"{_place(part['loc'])}: {part['msg']}" for part in error.errors()[:5]]
    text = f"{'; '.join(parts)}: /api/openapi.json says what can be asked"
    return JSONResponse({"error": text, "kind": "ObservationError"}, status_code=422)


def _place(location: tuple[int | str, ...]) -> str:
    """`body.text` of a request; its content is not repeated, it may be long."""
    return ".".join(str(part)[:40] for part in location[:6])


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    kind = _OF_STATUS.get(error.status_code, "StreamMemError")
    return JSONResponse(
        {"error": error.detail, "kind": kind}, status_code=error.status_code, headers=error.headers
    )

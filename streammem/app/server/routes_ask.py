"""Questions: find, last seen, count, by words, a time, an object or a picture."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from streammem.app.records import Record
from streammem.app.server.answers import Count, Found, LastSeen
from streammem.app.server.live import Live
from streammem.app.server.models import Question, Sighting, StreamName, Time, TopK
from streammem.app.server.sharing import PROBLEMS, Shared
from streammem.app.server.uploads import PICTURE_BODY
from streammem.errors import ObservationError

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["ask"], responses=PROBLEMS)

InStream = Annotated[StreamName | None, Query()]
Start = Annotated[Time | None, Query(description="Only from this time on.")]
End = Annotated[Time | None, Query(description="Only up to this time.")]


@router.post("/find", response_model=Found)
async def find(question: Question, live: Shared) -> Record:
    """When and where something was seen: cards, best first, each with the picture that proves it."""
    return await _find(live, question.asked(), question.asked(), **_narrowed(question), top_k=question.top_k)


@router.post("/find/picture", response_model=Found, openapi_extra=PICTURE_BODY)
async def find_picture(
    request: Request,
    live: Shared,
    stream: InStream = None,
    start_s: Start = None,
    end_s: End = None,
    top_k: Annotated[TopK, Query()] = 10,
) -> Record:
    """When and where something like this picture was seen."""
    picture = await live.uploads.picture(request)
    height, width = picture.shape[:2]
    question = {"picture": {"width": width, "height": height}}
    narrowed = {"stream": stream, "during": _during(start_s, end_s)}
    return await _find(live, question, {"image": picture}, **narrowed, top_k=top_k)


@router.post("/last_seen", response_model=LastSeen)
async def last_seen(question: Sighting, live: Shared) -> Record:
    """The latest time that something was seen."""
    return await _last_seen(live, **question.asked(), **_narrowed(question))


@router.post("/last_seen/picture", response_model=LastSeen, openapi_extra=PICTURE_BODY)
async def last_seen_picture(
    request: Request, live: Shared, stream: InStream = None, start_s: Start = None, end_s: End = None
) -> Record:
    """The latest time that something like this picture was seen."""
    picture = await live.uploads.picture(request)
    return await _last_seen(live, image=picture, stream=stream, during=_during(start_s, end_s))


@router.post("/count", response_model=Count)
async def count(question: Sighting, live: Shared) -> Record:
    """How often something was seen: appearances with something else between them count apart."""
    return {"count": await live.ask("count", **question.asked(), **_narrowed(question))}


@router.post("/count/picture", response_model=Count, openapi_extra=PICTURE_BODY)
async def count_picture(
    request: Request, live: Shared, stream: InStream = None, start_s: Start = None, end_s: End = None
) -> Record:
    """How often something like this picture was seen."""
    picture = await live.uploads.picture(request)
    return {"count": await live.ask("count", image=picture, stream=stream, during=_during(start_s, end_s))}


async def _find(live: Live, question: Record, asked: Record, **narrowed: Any) -> Record:
    began = time.perf_counter()
    found = await live.ask("find", **asked, **narrowed)
    return {
        "question": question,
        "seen": found["seen"],
        "best_score": found["best_score"],
        "hits": live.cards(found["hits"]),
        "took_ms": round((time.perf_counter() - began) * 1000, 1),
    }


async def _last_seen(live: Live, **asked: Any) -> Record:
    hit = await live.ask("last_seen", **asked)
    return {"hit": None if hit is None else live.cards([hit])[0]}


def _narrowed(question: Sighting) -> Record:
    return {
        "stream": question.stream,
        "during": None if question.during is None else list(question.during),
    }


def _during(start_s: float | None, end_s: float | None) -> list[float | None] | None:
    if start_s is None and end_s is None:
        return None
    if start_s is not None and end_s is not None and start_s > end_s:
        raise ObservationError(
            f"start_s {start_s:g} lies behind end_s {end_s:g}: write the earlier time first"
        )
    return [start_s, end_s]

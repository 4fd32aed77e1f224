"""What there is: the timeline, events, and the pictures that were kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from streammem.app.records import Record
from streammem.app.server.answers import EventAnswer, TimelineAnswer
from streammem.app.server.live import Live
from streammem.app.server.models import StreamName, Time, Width
from streammem.app.server.problems import UnknownError
from streammem.app.server.sharing import PROBLEMS, UNKNOWN, Shared, jpeg_answer

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["timeline"])

Id = Annotated[int, Path(ge=0, le=2**62)]
# A snapshot's picture never changes, and no number is given twice; only this browser may keep it.
KEPT = "private, max-age=31536000, immutable"


@router.get("/timeline", response_model=TimelineAnswer, responses=PROBLEMS)
async def timeline(
    live: Shared,
    stream: Annotated[StreamName | None, Query()] = None,
    start_s: Annotated[Time | None, Query(description="Only from this time on.")] = None,
    end_s: Annotated[Time | None, Query(description="Only up to this time.")] = None,
    most: Annotated[int, Query(ge=1, le=2000, description="At most so many parts.")] = 200,
) -> Record:
    """Events between two times, oldest first; where there are more than `most`, neighbours are put together."""
    return dict(await live.ask("timeline", stream=stream, start_s=start_s, end_s=end_s, most=most))


# The pictures come first: `/events/{id}` would take "7.jpg" for a number that is none.
@router.get("/events/{id}.jpg", response_class=Response, responses=jpeg_answer("The event's picture."))
async def event_picture(id: Id, live: Shared, width: Annotated[Width | None, Query()] = None) -> Response:
    """The picture that shows an event best. It may change while the event is open."""
    jpeg = await live.ask("picture", event=id, width=width)
    if jpeg is None:
        raise UnknownError(f"there is no picture of event {id}: it was forgotten, or there never was one")
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=60"})


@router.get("/events/{id}", response_model=EventAnswer, responses=UNKNOWN)
async def event(id: Id, live: Shared) -> Record:
    """One event."""
    record = await live.ask("event", id=id)
    if record is None:
        raise UnknownError(f"there is no event {id}: it was forgotten, or there never was one")
    return dict(record)


@router.get(
    "/snapshots/{id}.jpg", response_class=Response, responses=jpeg_answer("The picture as it was kept.")
)
async def snapshot(
    id: Id, request: Request, live: Shared, width: Annotated[Width | None, Query()] = None
) -> Response:
    """A picture that the memory kept; it never changes."""
    return await _snapshot(live, id, width, request.headers.get("if-none-match"))


async def _snapshot(live: Live, id: int, width: int | None, known: str | None) -> Response:
    etag = f'"s{id}-{width or 0}"'
    headers = {"Cache-Control": KEPT, "ETag": etag}
    if known == etag:
        return Response(status_code=304, headers=headers)
    jpeg = await live.ask("picture", snapshot=id, width=width)
    if jpeg is None:
        raise UnknownError(f"there is no snapshot {id}: it was forgotten, or there never was one")
    return Response(jpeg, media_type="image/jpeg", headers=headers)

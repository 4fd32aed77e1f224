"""What there is: the timeline, events, and the pictures that were kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from streammem.app.records import Record
from streammem.app.refusals import UnknownError
from streammem.app.server.answers import EventAnswer, TimelineAnswer
from streammem.app.server.models import StreamName, Time, Width
from streammem.app.server.sharing import PROBLEMS, UNKNOWN, Shared, jpeg_answer

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["timeline"])

Id = Annotated[int, Path(ge=0, le=2**62)]
SnapshotId = Annotated[
    str,
    Path(
        pattern=r"^[0-9]{1,18}(-[0-9a-f]{8})?$",
        description="Its number, and in the addresses of cards what changes with each restart.",
        examples=["7", "7-1f0c52aa"],
    ),
]
# A snapshot's picture never changes, and until a restart no number is given twice; only this browser may keep it.
NONE = "There is no picture of it: it was forgotten, or there never was one."
KEPT, CHECKED = "private, max-age=31536000, immutable", "private, no-cache"


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
@router.get(
    "/events/{id}.jpg", response_class=Response, responses=jpeg_answer("The event's picture.", none=NONE)
)
async def event_picture(id: Id, live: Shared, width: Annotated[Width | None, Query()] = None) -> Response:
    """The picture that shows an event best, where there is one. It may change while the event is open."""
    jpeg = await live.ask("picture", event=id, width=width)
    if jpeg is None:
        # No error: of those that a timeline shows some have none, and browsers write each error on their console.
        return Response(status_code=204, headers={"Cache-Control": "no-store"})
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=60"})


@router.get("/events/{id}", response_model=EventAnswer, responses=UNKNOWN)
async def event(id: Id, live: Shared) -> Record:
    """When an event began and ended, and how surprising it was."""
    record = await live.ask("event", id=id)
    if record is None:
        raise UnknownError(f"there is no event {id}: it was forgotten, or there never was one")
    return dict(record)


@router.get(
    "/snapshots/{id}.jpg", response_class=Response, responses=jpeg_answer("The picture as it was kept.")
)
async def snapshot(
    id: SnapshotId, request: Request, live: Shared, width: Annotated[Width | None, Query()] = None
) -> Response:
    """A picture that the memory kept; it never changes.

    Asked for by number alone, a browser asks again each time; by the address that cards have, it may keep it.
    """
    number, _, edition = id.partition("-")
    if edition not in ("", live.addresses.edition):
        raise UnknownError(
            "this address is from before a restart, and numbers may mean other pictures now: ask again"
        )
    etag = f'"{number}-{live.addresses.edition}-{width or 0}"'
    headers = {"Cache-Control": KEPT if edition else CHECKED, "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    jpeg = await live.ask("picture", snapshot=int(number), width=width)
    if jpeg is None:
        raise UnknownError(f"there is no snapshot {number}: it was forgotten, or there never was one")
    return Response(jpeg, media_type="image/jpeg", headers=headers)

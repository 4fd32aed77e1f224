"""Streams: how they stand, starting and stopping them, their newest picture, and pictures that a program brings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from streammem.app.records import Record
from streammem.app.refusals import BusyError, UnknownError
from streammem.app.server.answers import ChangesAnswer, State, Stats, StreamState
from streammem.app.server.live import Live
from streammem.app.server.models import StreamName, Time
from streammem.app.server.pictures import HEADER
from streammem.app.server.sharing import PROBLEMS, UNKNOWN, Shared, jpeg_answer
from streammem.app.server.uploads import PICTURE_BODY

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["streams"])

InPath = Annotated[StreamName, Path()]
_BOUNDARY = b"picture"
LOOK_S = 5.0  # after which a reader of a stream that stands still is looked for


@router.get("/state", response_model=State, responses=PROBLEMS)
async def state(live: Shared) -> Record:
    """All that a page needs to begin: streams, what is followed, what can be asked, alerts."""
    return await live.state()


@router.get("/stats", response_model=Stats, responses=PROBLEMS)
async def stats(live: Shared) -> Record:
    """What the memory holds, what it takes of its budget, and how it keeps up with its streams."""
    return dict(await live.ask("stats"))


@router.post("/streams/{name}/start", response_model=StreamState, responses=UNKNOWN)
async def start(name: InPath, live: Shared) -> Record:
    """Open a stream's source. Where that is not there it is tried again and again; `status` says so."""
    live.check_stream(name)
    await live.streams.start(name)
    return live.streams.state(name)


@router.post("/streams/{name}/stop", response_model=StreamState, responses=UNKNOWN)
async def stop(name: InPath, live: Shared) -> Record:
    """Close a stream's source; what was seen stays."""
    live.check_stream(name)
    await live.streams.stop(name)
    return live.streams.state(name)


@router.get(
    "/streams/{name}/latest.jpg", response_class=Response, responses=jpeg_answer("The newest picture.")
)
async def latest(name: InPath, live: Shared) -> Response:
    """The newest picture of a stream; the headers `X-Seq`, `X-Time` and `X-Captured` say which."""
    live.check_stream(name)
    picture = live.streams.latest(name)
    if picture is None:
        raise UnknownError(f"stream {name} has no picture yet: start it, or wait for its source")
    jpeg = await live.hub.work(lambda: picture.jpeg)  # it is encoded when first asked for
    headers = {
        "Cache-Control": "no-store",
        "X-Seq": str(picture.seq),
        "X-Time": f"{picture.t_s:.6f}",
        "X-Captured": f"{picture.captured_unix_s:.6f}",
    }
    return Response(jpeg, media_type="image/jpeg", headers=headers)


@router.get("/streams/{name}/live.mjpeg", response_class=Response, responses=jpeg_answer("Never ends."))
async def mjpeg(name: InPath, request: Request, live: Shared) -> StreamingResponse:
    """Moving pictures for what has no WebSocket; they lag behind where the reader is slow."""
    live.check_stream(name)
    if live.watching >= live.settings.limits.sockets:
        raise BusyError(f"{live.watching} look on already: close some of the pictures")
    kind = f"multipart/x-mixed-replace; boundary={_BOUNDARY.decode()}"
    return StreamingResponse(
        _pictures(live, name, request), media_type=kind, headers={"Cache-Control": "no-store"}
    )


async def _pictures(live: Live, name: str, request: Request) -> AsyncIterator[bytes]:
    """One picture after the other, each asked for when the one before has gone."""
    viewer = live.hub.join()
    live.watching += 1
    try:
        viewer.show(name)
        viewer.credit(1)
        while True:
            try:
                message = await asyncio.wait_for(viewer.next(), LOOK_S)
            except TimeoutError:  # the stream stands still: is there still somebody?
                if await request.is_disconnected():
                    return
                continue
            if not message:
                return
            jpeg = message[HEADER.size :]
            head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
            yield head % (_BOUNDARY, len(jpeg)) + jpeg + b"\r\n"
            viewer.credit(1)
    finally:
        live.watching -= 1
        live.hub.leave(viewer)


@router.post("/observe", response_model=ChangesAnswer, responses=PROBLEMS, openapi_extra=PICTURE_BODY)
async def observe(
    request: Request,
    live: Shared,
    stream: Annotated[StreamName, Query()] = "api",
    t_s: Annotated[Time | None, Query(description="The picture's time; left out, it is now.")] = None,
) -> Record:
    """Give the memory a picture. Times of one stream move forward; it is not a stream that has its own source."""
    picture = await live.uploads.picture(request)
    t_s = await live.hub.work(live.streams.received, stream, picture, t_s)
    changes = await live.alter("observe", stream=stream, t_s=t_s, rgb=picture)
    return {**changes, "t_s": t_s}

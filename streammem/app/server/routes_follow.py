"""Objects that are followed: point at one, let go of one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from streammem.app.records import Record
from streammem.app.refusals import UnknownError
from streammem.app.server.answers import FollowAnswer
from streammem.app.server.models import FollowRequest
from streammem.app.server.sharing import PROBLEMS, UNKNOWN, Shared

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["follow"])


@router.post("/follow", response_model=FollowAnswer, responses=PROBLEMS)
async def follow(request: FollowRequest, live: Shared) -> Record:
    """Follow what is in a box of the stream's newest picture, from now on."""
    live.check_stream(request.stream)
    followed = dict(await live.alter("follow", stream=request.stream, box=list(request.box)))
    await live.tell_followed()
    return followed


@router.delete("/follow/{object}", status_code=204, responses=UNKNOWN)
async def unfollow(object: Annotated[int, Path(ge=0, le=2**31 - 1)], live: Shared) -> Response:
    """Let go of an object; what was seen of it stays."""
    if object not in {each["object"] for each in await live.ask("followed")}:
        raise UnknownError(f"object {object} is not followed")
    await live.alter("unfollow", object=object)
    await live.tell_followed()
    return Response(status_code=204)

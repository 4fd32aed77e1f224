"""The token for a cookie, so that the page's own requests are known; and whether the server is there."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from streammem.app.refusals import TokenError
from streammem.app.server.answers import Health, Problem
from streammem.app.server.keys import Keys
from streammem.app.server.models import Token
from streammem.app.server.sharing import Shared

__all__ = ["router"]

router = APIRouter(tags=["session"])
_REFUSED = {401: {"model": Problem, "description": "This is not the token."}}


@router.get("/healthz")
async def health() -> Health:
    """Whether the server answers; needs no token and says nothing else."""
    return Health()


@router.post("/api/session", status_code=204, responses=_REFUSED)  # type: ignore[arg-type]  # keys of both kinds are meant
async def begin_session(token: Token, request: Request, live: Shared) -> Response:
    """Exchange the token for a cookie, which only this page's own requests carry."""
    keys = Keys.of(live.settings)
    if not keys.accepts(token.token):
        raise TokenError("this is not the token: open the address that the server printed")
    return Response(status_code=204, headers={"Set-Cookie": keys.cookie(request.scope)})


@router.get("/api/session", status_code=204, responses=_REFUSED)  # type: ignore[arg-type]  # keys of both kinds are meant
async def has_session(request: Request, live: Shared) -> Response:
    """Whether the cookie, or the bearer, is one that the server knows."""
    if not Keys.of(live.settings).opens(request.scope):
        raise TokenError("there is no session: open the address that the server printed")
    return Response(status_code=204)


@router.delete("/api/session", status_code=204)
async def end_session(request: Request, live: Shared) -> Response:
    """Forget the cookie."""
    return Response(status_code=204, headers={"Set-Cookie": Keys.of(live.settings).no_cookie(request.scope)})

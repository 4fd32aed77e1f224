"""Alerts: rules by words or by an example, and what they told lately."""

from __future__ import annotations

import base64
import secrets
import time
from typing import Annotated, Any

import cv2
import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from jaxtyping import UInt8

from streammem.app.records import Record
from streammem.app.refusals import UnknownError
from streammem.app.server.answers import Alerting, AlertRuleAnswer
from streammem.app.server.live import Live
from streammem.app.server.models import AlertQuestion, Cooldown, Name, StreamName, Threshold, WebhookName
from streammem.app.server.sharing import PROBLEMS, UNKNOWN, Shared, jpeg_answer
from streammem.app.server.uploads import PICTURE_BODY
from streammem.errors import ObservationError

__all__ = ["router"]

router = APIRouter(prefix="/api/alerts", tags=["alerts"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
EXAMPLE_SIDE = 512  # pixels of the longer side: what a rule keeps of a picture
EXAMPLE_QUALITY = 90


@router.get("", response_model=Alerting, responses=PROBLEMS)
async def alerts(live: Shared) -> Record:
    """What is watched for, and what was told lately."""
    rules = [live.addresses.rule(rule) for rule in await live.rules()]
    return {"rules": rules, "recent": list(live.recent)}


@router.post("", response_model=AlertRuleAnswer, status_code=201, responses=PROBLEMS)
async def add_alert(rule: AlertQuestion, live: Shared) -> Record:
    """Tell when something like these words is seen."""
    return await _add(live, rule.model_dump(exclude_none=True))


@router.post(
    "/picture",
    response_model=AlertRuleAnswer,
    status_code=201,
    responses=PROBLEMS,
    openapi_extra=PICTURE_BODY,
)
async def add_picture_alert(
    request: Request,
    live: Shared,
    name: Annotated[Name, Query()] = "picture",
    threshold: Annotated[Threshold, Query()] = 0.5,
    cooldown_s: Annotated[Cooldown, Query()] = 60.0,
    stream: Annotated[StreamName | None, Query()] = None,
    webhook: Annotated[WebhookName | None, Query()] = None,
) -> Record:
    """Tell when something like this picture is seen."""
    example = base64.b64encode(_small(await live.uploads.picture(request))).decode()
    return await _add(
        live,
        {
            "name": name,
            "example": example,
            "threshold": threshold,
            "cooldown_s": cooldown_s,
            "stream": stream,
            "webhook": webhook,
        },
    )


@router.get("/{id}.jpg", response_class=Response, responses=jpeg_answer("The rule's example."))
async def example(id: Id, live: Shared) -> Response:
    """The picture that a rule goes by."""
    rule = next((rule for rule in await live.rules() if rule["id"] == id), None)
    if rule is None or not rule.get("example"):
        raise UnknownError("there is no such rule with a picture")
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(base64.b64decode(rule["example"]), media_type="image/jpeg", headers=headers)


@router.delete("/{id}", status_code=204, responses=UNKNOWN)
async def remove_alert(id: Id, live: Shared) -> Response:
    """Watch for one thing less."""
    if not await live.remove_rule(id):
        raise UnknownError("there is no such rule: GET /api/alerts lists them")
    return Response(status_code=204)


async def _add(live: Live, rule: dict[str, Any]) -> Record:
    webhook = rule.get("webhook")
    if webhook is not None and webhook not in live.webhooks.names:
        known = ", ".join(live.webhooks.names) or "none"
        raise ObservationError(f"there is no webhook {webhook!r} in the configuration, which has: {known}")
    rule = {
        "id": secrets.token_hex(6),
        "name": rule.get("text"),
        "created_unix_s": round(time.time(), 3),
        **rule,
    }
    added = await live.alter("alert_add", rule=rule)
    await live.keep_rules()
    return live.addresses.rule(added or rule)


def _small(picture: UInt8[np.ndarray, "h w 3"]) -> bytes:
    height, width = picture.shape[:2]
    scale = EXAMPLE_SIDE / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    done, packed = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, EXAMPLE_QUALITY]
    )
    if not done:
        raise ObservationError("the picture cannot be kept as JPEG: send another one")
    return packed.tobytes()

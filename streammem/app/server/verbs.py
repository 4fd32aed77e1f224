"""What the engine can be asked, by name. Arguments and results are plain data; pictures come as RGB, go as JPEG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from jaxtyping import UInt8

from streammem.app.records import Record, event_record, info_record
from streammem.app.server import asking, lanes
from streammem.errors import ObservationError
from streammem.memory.snapshots import SnapshotConfig, encode_jpeg
from streammem.types import Changes

if TYPE_CHECKING:
    from streammem.app.server.worker import Worker

__all__ = ["VERBS", "changes_record"]

LARGEST_JPEG = 2**24
WIDEST = 4096


def changes_record(changes: Changes) -> Record:
    """What one frame did to the memory."""
    return {
        "opened": list(changes.opened),
        "closed": list(changes.closed),
        "added": list(changes.added),
        "dropped": changes.dropped,
        "nbytes": changes.nbytes,
        "encoded": changes.encoded,
        "detail": round(float(changes.detail), 4),
    }


def _find(worker: Worker, **question: Any) -> Record:
    return asking.find(worker.memory, **question)


def _last_seen(worker: Worker, **question: Any) -> Record | None:
    return asking.last_seen(worker.memory, **question)


def _count(worker: Worker, **question: Any) -> int:
    return asking.count(worker.memory, **question)


def _timeline(worker: Worker, **span: Any) -> Record:
    return lanes.timeline(worker.memory, **span)


def _event(worker: Worker, id: int) -> Record | None:
    event = worker.memory.event(id)
    return None if event is None else event_record(event)


def _picture(
    worker: Worker, snapshot: int | None = None, event: int | None = None, width: int | None = None
) -> bytes | None:
    """The JPEG of a snapshot or of what stands for an event; smaller where a width is given, never larger."""
    if (snapshot is None) == (event is None):
        raise ObservationError("ask for the picture of one snapshot or of one event")
    if width is not None and not 1 <= width <= WIDEST:
        raise ObservationError(f"a picture is 1 to {WIDEST} pixels wide, got {width}")
    memory = worker.memory
    of = memory.event(event) if event is not None else snapshot
    jpeg = None if of is None else memory.jpeg(of)
    return jpeg if jpeg is None or width is None else _narrowed(jpeg, width)


def _narrowed(jpeg: bytes, width: int) -> bytes:
    # JPEG is decoded at a half, a quarter or an eighth of its size where that is still enough.
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or picture.shape[1] <= width:
        return jpeg
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    side = max(width, height)
    small = encode_jpeg(
        cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), SnapshotConfig(side_px=max(8, side)), LARGEST_JPEG
    )
    return jpeg if small is None else small


def _stats(worker: Worker) -> Record:
    return {**info_record(worker.memory.info()), "engine": worker.meters.record()}


def _observe(worker: Worker, stream: str, t_s: float, rgb: UInt8[np.ndarray, "_ _ 3"]) -> Record:
    return changes_record(worker.observe(stream, t_s, rgb))


def _follow(worker: Worker, stream: str, box: list[float]) -> Record:
    return worker.follow(stream, box)


def _unfollow(worker: Worker, object: int) -> None:
    worker.followed.remove(object)


def _followed(worker: Worker) -> list[Record]:
    return worker.followed.records()


def _alert_add(worker: Worker, rule: Mapping[str, Any]) -> Record:
    return worker.alerts.add(rule)


def _alert_remove(worker: Worker, id: str) -> bool:
    return worker.alerts.remove(id)


def _alerts(worker: Worker) -> list[Record]:
    return worker.alerts.rules()


def _commit(worker: Worker) -> None:
    worker.memory.commit()


VERBS: Mapping[str, Callable[..., Any]] = {
    "find": _find,
    "last_seen": _last_seen,
    "count": _count,
    "timeline": _timeline,
    "event": _event,
    "picture": _picture,
    "stats": _stats,
    "observe": _observe,
    "follow": _follow,
    "unfollow": _unfollow,
    "followed": _followed,
    "alert_add": _alert_add,
    "alert_remove": _alert_remove,
    "alerts": _alerts,
    "commit": _commit,
}

"""Answers that came as JSON, as the library's own plain data again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from streammem.types import BoundingBox, Box, Event, Evidence, Interval

__all__ = ["as_event", "as_evidence"]


def as_evidence(card: Mapping[str, Any]) -> Evidence:
    """One answer, as `StreamMemory.find` gives it; numbers are rounded as they were sent."""
    box, extent = card.get("box"), card.get("extent")
    return Evidence(
        t_s=card["t_s"],
        score=card["score"],
        space=card["space"],
        store=card["store"],
        exemplar=card["exemplar"],
        frame=card["frame"],
        interval=_interval(card["interval"]),
        occurrences=tuple(map(_interval, card["occurrences"])),
        stream=card["stream"],
        event=card.get("event"),
        box=None if box is None else BoundingBox(*box),
        snapshot=card.get("snapshot"),
        xyz=None if card.get("xyz") is None else _point(card["xyz"]),
        object=card.get("object"),
        extent=None if extent is None else Box(low=_point(extent["low"]), high=_point(extent["high"])),
        label=card.get("label"),
        gone_s=card.get("gone_s"),
        thing=card.get("thing"),
    )


def as_event(record: Mapping[str, Any]) -> Event:
    """One event, as `StreamMemory.event` gives it."""
    return Event(
        id=record["id"],
        stream=record["stream"],
        interval=_interval([record["start_s"], record["end_s"]]),
        exemplars=tuple(record.get("exemplars", ())),
        surprise=math.nan if record["surprise"] is None else record["surprise"],
        open=record["open"],
    )


def _interval(span: Sequence[float | None]) -> Interval:
    """Ends that JSON cannot say are open."""
    start_s, end_s = span
    return Interval(-math.inf if start_s is None else start_s, math.inf if end_s is None else end_s)


def _point(point: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = point
    return x, y, z

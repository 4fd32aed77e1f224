"""Questions to a memory with plain answers: cards that say when, where, how often, how sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8

from streammem.app.records import Record, evidence_record
from streammem.app.server.boxes import box_list
from streammem.errors import ObservationError
from streammem.stream import StreamMemory
from streammem.types import Evidence, Interval

__all__ = ["card", "count", "find", "last_seen"]

MOST = 100  # answers to one question
Picture = UInt8[np.ndarray, "_ _ 3"]
Span = Sequence[float | None]


def card(hit: Evidence) -> Record:
    """One answer: an `evidence_record` with its box as a list, and the number of the snapshot that proves it."""
    return {**evidence_record(hit), "box": box_list(hit.box), "picture": hit.snapshot}


def find(
    memory: StreamMemory,
    *,
    text: str | None = None,
    image: Picture | None = None,
    at_s: float | None = None,
    object: int | None = None,
    stream: str | None = None,
    during: Span | None = None,
    top_k: int = 10,
) -> Record:
    """Where and when something was seen, best first; of words and pictures only what counts as seen.

    Returns:
        "hits": cards; "best_score": of the best answer, seen or not, None where there is none; "seen": the score from
        which on something counts as seen.

    Raises:
        ObservationError, SpaceError, VocabularyError: as `StreamMemory.find` does.
    """
    if not 1 <= top_k <= MOST:
        raise ObservationError(f"top_k is 1 to {MOST}, got {top_k}")
    hits = memory.find(
        text=text,
        image=image,
        at=at_s,
        object=object,
        during=_interval(during),
        stream=stream,
        top_k=top_k,
    )
    seen = memory.config.recall.seen
    scored = text is not None or image is not None
    shown = [hit for hit in hits if hit.score >= seen] if scored else hits
    best = max((float(hit.score) for hit in hits), default=None)
    return {
        "hits": [card(hit) for hit in shown],
        "best_score": None if best is None else round(best, 4),
        "seen": seen,
    }


def last_seen(
    memory: StreamMemory,
    *,
    text: str | None = None,
    image: Picture | None = None,
    object: int | None = None,
    stream: str | None = None,
    during: Span | None = None,
) -> Record | None:
    """The latest sighting as a card; None if never seen. Raises as `StreamMemory.last_seen`."""
    hit = memory.last_seen(_one(text, image, object), during=_interval(during), stream=stream)
    return None if hit is None else card(hit)


def count(
    memory: StreamMemory,
    *,
    text: str | None = None,
    image: Picture | None = None,
    object: int | None = None,
    stream: str | None = None,
    during: Span | None = None,
) -> int:
    """How many separate times something was seen. Raises as `StreamMemory.count`."""
    return memory.count(_one(text, image, object), during=_interval(during), stream=stream)


def _one(text: str | None, image: Picture | None, object: int | None) -> Any:
    given = [what for what in (text, image, object) if what is not None]
    if len(given) != 1:
        raise ObservationError("ask by one of text, image and object")
    return given[0]


def _interval(during: Span | None) -> Interval | None:
    """From two times, None for an open end."""
    if during is None:
        return None
    if len(during) != 2:
        raise ObservationError(f"during is [start, end] in seconds, got {list(during)}")
    start_s, end_s = during
    return Interval(-np.inf if start_s is None else float(start_s), np.inf if end_s is None else float(end_s))

"""Alerts: "tell me when you see this", in words or by example, with a threshold and a cool-down."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from streammem.app.records import Record
from streammem.stream import StreamMemory
from streammem.types import Changes

__all__ = ["AlertRule", "Alerts"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertRule:
    """What to watch for. Exactly one of `text` and `example` (the bytes of a JPEG) is given.

    Raises:
        ObservationError: for a rule that cannot be watched for; the text says which part and what it may be.
    """

    id: str
    name: str
    text: str | None = None
    example: bytes | None = None
    threshold: float = 0.5
    cooldown_s: float = 60.0
    stream: str | None = None
    webhook: str | None = None
    created_unix_s: float = 0.0
    fired_s: Mapping[str, float] = field(default_factory=dict)  # stream -> its own time of the last alert

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> AlertRule:
        """A rule from JSON's types; what is missing takes its default, `id` and `name` are made up."""
        raise NotImplementedError

    def to_record(self) -> Record:
        """The rule as JSON's types; the example as base64."""
        raise NotImplementedError


class Alerts:
    """The rules of one memory; lives where the memory lives, and is asked after each frame."""

    def __init__(
        self,
        rules: Iterable[Mapping[str, Any]],
        memory: StreamMemory,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        raise NotImplementedError

    def check(self, stream: str, t_s: float, changes: Changes) -> list[Record]:
        """The alerts that the frame just taken sets off; most frames cost microseconds."""
        raise NotImplementedError

    def add(self, rule: Mapping[str, Any]) -> Record:
        """Watch for one thing more; the whole rule, with its id.

        Raises:
            ObservationError: for a rule that cannot be watched for, or one too many.
            SpaceError: where this memory's encoder cannot answer such a question.
            VocabularyError: for words that it does not know.
        """
        raise NotImplementedError

    def remove(self, id: str) -> bool:
        """Watch for one thing less; False if there was no such rule."""
        raise NotImplementedError

    def rules(self) -> list[Record]:
        """All rules, oldest first, with when they fired last: what a sidecar keeps."""
        raise NotImplementedError

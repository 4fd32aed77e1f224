"""One alert: what to watch for, how sure it must be, and how often to tell of it at most."""

from __future__ import annotations

import base64
import binascii
import math
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from streammem.app.records import Record
from streammem.errors import ObservationError

__all__ = ["AlertRule"]

_MOST_TEXT = 200
_MOST_NAME = 80
_MOST_EXAMPLE = 4_000_000  # bytes of a JPEG
_MOST_COOLDOWN_S = 30 * 86_400.0


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertRule:
    """What to watch for. Exactly one of `text` and `example` (the bytes of a JPEG) is given.

    Raises:
        ObservationError: for a rule that cannot be watched for; the text says which part and what it may be.
    """

    id: str
    name: str
    text: str | None = None
    example: bytes | None = field(default=None, repr=False)
    threshold: float = 0.5
    cooldown_s: float = 60.0
    stream: str | None = None
    webhook: str | None = None
    created_unix_s: float = 0.0
    fired_s: Mapping[str, float] = field(default_factory=dict)  # stream -> its own time of the last alert

    def __post_init__(self) -> None:
        if (self.text is None) == (self.example is None):
            raise ObservationError("an alert watches for words or for an example: give `text`, or a picture")
        if self.text is not None and not 0 < len(self.text.strip()) <= _MOST_TEXT:
            raise ObservationError(
                f"an alert's words have 1 to {_MOST_TEXT} characters, got {len(self.text)}"
            )
        if self.example is not None and not 0 < len(self.example) <= _MOST_EXAMPLE:
            raise ObservationError(
                f"an alert's example is a JPEG of at most {_MOST_EXAMPLE:,} bytes, got {len(self.example):,}"
            )
        if not 0 < len(self.name.strip()) <= _MOST_NAME:
            raise ObservationError(f"an alert's name has 1 to {_MOST_NAME} characters, got {len(self.name)}")
        if not 0 < self.threshold <= 1:
            raise ObservationError(
                f"an alert's threshold lies above 0 and up to 1, got {self.threshold}: 0.5 is what find calls seen"
            )
        if not 0 <= self.cooldown_s <= _MOST_COOLDOWN_S:
            raise ObservationError(
                f"an alert's cool-down is 0 to {_MOST_COOLDOWN_S:,.0f} seconds, got {self.cooldown_s}"
            )

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> AlertRule:
        """A rule from JSON's types; what is missing takes its default, `id`, `name` and the time are made up.

        Raises:
            ObservationError: as above, and for parts that no rule has.
        """
        known = {each.name for each in fields(cls)}
        given = {name: value for name, value in record.items() if value is not None and name != "problem"}
        if unknown := sorted(set(given) - known):
            raise ObservationError(f"an alert has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        for name, value in given.items():
            _check_kind(name, value)
        if "example" in given:
            given["example"] = _bytes(given["example"])
        label = given.get("text", "this")
        made = {"id": uuid.uuid4().hex[:12], "name": label[:_MOST_NAME], "created_unix_s": time.time()}
        return cls(**(made | given))

    def to_record(self) -> Record:
        """The rule as JSON's types; the example as base64."""
        record = {each.name: getattr(self, each.name) for each in fields(self)}
        example = None if self.example is None else base64.b64encode(self.example).decode("ascii")
        return record | {"example": example, "fired_s": dict(self.fired_s)}


def _check_kind(name: str, value: object) -> None:
    """See that a part is of the type that JSON has for it."""
    if name == "fired_s":
        if not isinstance(value, Mapping) or not all(map(_is_number, value.values())):
            raise ObservationError(f"an alert's fired_s holds times by stream, got {value!r:.80}")
    elif name in ("threshold", "cooldown_s", "created_unix_s"):
        if not _is_number(value):
            raise ObservationError(f"an alert's {name} must be a finite number, got {value!r:.80}")
    elif not isinstance(value, str) and not (name == "example" and isinstance(value, bytes)):
        raise ObservationError(f"an alert's {name} must be text, got {value!r:.80}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _bytes(example: str | bytes) -> bytes:
    if isinstance(example, bytes):
        return example
    try:
        return base64.b64decode(example, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ObservationError(f"an alert's example must be a JPEG in base64 ({error})") from error

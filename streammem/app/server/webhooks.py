"""Alerts that go out: to addresses named in the configuration, and to standard output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from streammem.app.records import Record

__all__ = ["Webhooks", "print_alert"]


class Webhooks:
    """Posts alerts as JSON to configured addresses, one task, a bounded queue; made and used on the event loop.

    Raises:
        ObservationError: for an address that is not http or https.
    """

    def __init__(self, urls: Mapping[str, str]) -> None:
        raise NotImplementedError

    @property
    def names(self) -> tuple[str, ...]:
        """What may stand in a rule's `webhook`."""
        raise NotImplementedError

    @property
    def counts(self) -> dict[str, int]:
        """Alerts so far: "sent", "failed" after all tries, "dropped" because too many waited."""
        raise NotImplementedError

    async def start(self) -> None:
        """Begin to send."""

    def send(self, alert: Record) -> None:
        """Post an alert where its `webhook` names one; never waits."""

    async def close(self) -> None:
        """Stop within a second; what still waits is counted as dropped."""


def print_alert(alert: Record, output: TextIO | None = None) -> None:
    """One line of JSON on standard output."""

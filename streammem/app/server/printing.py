"""Alerts on standard output, one line of JSON each; a reader that stalls holds nobody up."""

from __future__ import annotations

import json
import logging
import queue
import threading
from types import TracebackType

from streammem.app.records import Record

__all__ = ["AlertPrinter", "print_alert"]

MOST_WAITING = 256
_END_S = 1.0

logger = logging.getLogger(__name__)


class AlertPrinter:
    """Prints in a thread of its own while entered; one other thread hands it alerts."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Record | None] = queue.Queue(MOST_WAITING + 1)  # and a place for the end
        self._stalled = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="print alerts")

    def __enter__(self) -> AlertPrinter:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._waiting.put_nowait(None)
        self._thread.join(_END_S)  # where nobody reads it ends with the process

    def print(self, alert: Record) -> None:
        """Print an alert soon; never waits."""
        full = self._waiting.qsize() >= MOST_WAITING
        if not full:
            self._waiting.put_nowait(alert)
        elif not self._stalled:
            logger.warning("alerts are not printed any more: nobody reads standard output")
        self._stalled = full

    def _run(self) -> None:
        while (alert := self._waiting.get()) is not None:
            print_alert(alert)


def print_alert(alert: Record) -> None:
    """One line of JSON on standard output; where nobody reads that any more, a line in the log."""
    line = json.dumps(alert, ensure_ascii=False, allow_nan=False)
    try:
        print(line, flush=True)  # noqa: T201 - printing is what it is for
    except OSError as error:
        logger.warning("an alert could not be printed: %s", error)

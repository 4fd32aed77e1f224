"""Whether a process still lives: how long it has said nothing, and how long it may."""

from __future__ import annotations

import threading

__all__ = ["Watchdog"]

LOOKS = 4  # within the shortest silence that tells
LONGEST_LOOK_S = 5.0


class Watchdog:
    """Counts the silence of one process. Any thread tells that it was heard; one task asks.

    Args:
        silence_s: a process that says nothing for so long hangs, unless it said that it would be silent.
        excused_s: how long it may be silent at first.
    """

    def __init__(self, silence_s: float, *, excused_s: float = 0.0) -> None:
        self.look_s = min(silence_s / LOOKS, LONGEST_LOOK_S)  # how often to ask
        self._usual_s = silence_s
        self._silent_s = 0.0
        self._lock = threading.Lock()
        self.heard(excused_s)

    def heard(self, excused_s: float = 0.0) -> None:
        """The process said something.

        Args:
            excused_s: how long it may now be silent, where it does something that takes longer than usual.
        """
        with self._lock:
            self._silent_s, self._allowed_s = 0.0, max(excused_s, self._usual_s)

    @property
    def excused(self) -> bool:
        """Whether it does something that takes longer than usual."""
        return self._allowed_s > self._usual_s

    def bites(self, passed_s: float) -> float | None:
        """For how long the process has said nothing, where that is too long; None where all is well.

        Args:
            passed_s: since it was asked last. Of a leap only a part counts: then we stood still ourselves, and the
                process with us (a computer that slept, a container that was held).
        """
        with self._lock:
            self._silent_s += min(passed_s, 2 * self.look_s)
            return self._silent_s if self._silent_s > self._allowed_s else None

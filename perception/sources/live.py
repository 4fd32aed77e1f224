"""What does not wait: a clock that goes on over interruptions, and connecting again."""

import logging
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from itertools import count, islice
from typing import TypeVar

from streammem.errors import SourceError, SourceStalledError
from streammem.perception.sources.source import StreamSource

__all__ = ["LiveClock", "LiveSource", "delays"]

logger = logging.getLogger(__name__)

RESTART_S = 1.0  # a sender whose clock falls back by more has begun anew
Connection = TypeVar("Connection")


class LiveClock:
    """Times of live frames: the sender's own steps where it has a clock, hung up on this computer's clock.

    The first frame is at `start_s`. After an interruption the sender's clock may begin anywhere, so it is hung
    up again where this computer's (which cannot be set back) stands; what lies between is the gap.
    """

    def __init__(self, start_s: float | None, now: Callable[[], float] = time.monotonic) -> None:
        self._start_s = start_s or 0.0
        self._now = now
        self._born: float | None = None
        self._last_s: float | None = None
        self._offset_s: float | None = None  # from the sender's clock to ours
        self._broken = False
        self._gap_s = 0.0

    def lost(self) -> None:
        """The connection broke."""
        self._offset_s = None
        self._broken = self._last_s is not None

    def stamp(self, own_s: float | None = None) -> float:
        """The time of a frame that has just arrived, `own_s` on the sender's clock if it has one."""
        now = self._now()
        if self._born is None:
            self._born = now
        wall_s = self._start_s + now - self._born
        soonest_s = wall_s if self._last_s is None else max(wall_s, self._last_s + 1e-3)
        if own_s is None:
            t_s = soonest_s if self._broken else wall_s
        else:
            began_anew = (
                self._offset_s is not None
                and self._last_s is not None
                and own_s + self._offset_s < self._last_s - RESTART_S
            )
            if self._offset_s is None or began_anew:
                self._offset_s = soonest_s - own_s
            t_s = max(own_s + self._offset_s, self._start_s)
        if self._broken and self._last_s is not None:
            self._gap_s += t_s - self._last_s
            self._broken = False
        self._last_s = t_s if self._last_s is None else max(t_s, self._last_s)
        return t_s

    def to_ours(self, own_s: float) -> float | None:
        """A time on the sender's clock as ours; None before the connection's first frame."""
        return None if self._offset_s is None else own_s + self._offset_s

    def take_gap(self) -> float:
        """The gap before the frame that is about to be delivered, once."""
        gap_s, self._gap_s = self._gap_s, 0.0
        return gap_s


class LiveSource(StreamSource):
    """A source that may fall silent and come back."""

    @property
    @abstractmethod
    def live(self) -> bool:
        """Whether frames are lost when nobody takes them."""

    def _connect_again(self, connect: Callable[[], Connection], why: str) -> Connection | None:
        """Try to connect, less and less often; None if the reader was stopped meanwhile.

        Raises:
            SourceStalledError: if every attempt failed, or none is to be made.
        """
        if self.options.reconnects == 0:
            raise SourceStalledError(f"{self.name} is lost ({why}): see that it runs and can be reached")
        logger.warning("%s: lost (%s), connecting again", self.name, why)
        reader = self._reader
        for wait_s in delays(self.options.reconnects, first_s=min(0.25, self.options.timeout_s)):
            if reader is not None:
                reader.alive(wait_s + self.options.timeout_s)
                if reader.pause(wait_s):
                    return None
            try:
                connection = connect()
            except SourceError as error:
                why = str(error)
            else:
                logger.warning("%s: connected again", self.name)
                return connection
        raise SourceStalledError(
            f"{self.name} is lost ({why}), and {self.options.reconnects} attempts to connect again failed: see that "
            "it runs and can be reached, or raise timeout_s or reconnects (None tries for ever)"
        )


def delays(attempts: int | None, *, first_s: float = 0.25, most_s: float = 10.0) -> Iterator[float]:
    """Seconds to wait before each attempt: doubled each time, up to `most_s`.

    >>> list(delays(4))
    [0.25, 0.5, 1.0, 2.0]
    """
    return (min(first_s * 2.0 ** min(n, 32), most_s) for n in islice(count(), attempts))

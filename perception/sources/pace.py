"""Which frames of a pass are delivered: in order, inside the span, at the wanted rate."""

import math
from enum import Enum

import numpy as np
from jaxtyping import Float64

from streammem.errors import ObservationError, OrderError
from streammem.perception.sources.options import SourceOptions

__all__ = ["Pace", "Verdict", "frame_times"]


class Verdict(Enum):
    """What becomes of a frame."""

    KEEP = "keep"
    LEAVE = "leave"  # before the span, or more than the wanted rate
    ORDER = "order"  # its time does not move forward
    END = "end"  # the span is over


class Pace:
    """Judges frames by their time alone, so that a variable frame rate needs no special case.

    Thinning to `fps` keeps the first frame of each slot of 1/fps seconds. The slots are counted from time 0, not
    from the first frame, so that a pass from the middle keeps the same frames as a pass over everything.

    >>> pace = Pace(SourceOptions(fps=2))
    >>> [pace.judge(t).value for t in (0.0, 0.4, 0.5, 0.5, 0.9)]
    ['keep', 'leave', 'keep', 'order', 'leave']
    """

    def __init__(self, options: SourceOptions) -> None:
        self._fps = options.fps
        self._start = -math.inf if options.start_s is None else options.start_s
        self._stop = math.inf if options.stop_s is None else options.stop_s
        self._slot: int | None = None
        self.last_s = -math.inf

    @property
    def read_from_s(self) -> float | None:
        """From where on frames must be judged, to know which one is the first of its slot; None for all."""
        if self._fps is None or not math.isfinite(self._start):
            return self._start if math.isfinite(self._start) else None
        return self._slot_of(self._start) / self._fps

    def judge(self, t_s: float) -> Verdict:
        """Say what becomes of the next frame."""
        if not t_s > self.last_s:
            return Verdict.ORDER
        self.last_s = t_s
        if t_s >= self._stop:
            return Verdict.END
        if self._fps is not None:
            slot = self._slot_of(t_s)
            taken = slot == self._slot
            self._slot = slot
            if taken:
                return Verdict.LEAVE
        if t_s < self._start:
            return Verdict.LEAVE
        return Verdict.KEEP

    def _slot_of(self, t_s: float) -> int:
        assert self._fps is not None
        return math.floor(t_s * self._fps + 1e-6)  # 0.1 s * 10 must not fall short of 1


def frame_times(n: int, options: SourceOptions, *, default_rate: float | None) -> Float64[np.ndarray, " n"]:
    """When each of `n` frames is that has no time of its own: `times`, or counted at `frame_rate`.

    Raises:
        ObservationError: if there is neither, or the times are not `n` finite numbers.
        OrderError: if the times do not rise.
    """
    if options.times is None:
        rate = options.frame_rate or default_rate
        if rate is None:
            raise ObservationError("frames without a clock need times=[...] or frame_rate=")
        return np.arange(n) / rate
    times = np.asarray(options.times, dtype=np.float64)
    if times.shape != (n,) or not np.isfinite(times).all():
        raise ObservationError(
            f"{n} frames need {n} finite times, got {times.shape} of them, or NaN among them"
        )
    late = np.flatnonzero(np.diff(times) <= 0)
    if len(late):
        at = int(late[0]) + 1
        raise OrderError(f"times must rise, but frame {at} at {times[at]} s follows {times[at - 1]} s")
    return times

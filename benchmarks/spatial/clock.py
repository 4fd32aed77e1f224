"""CPU time: of all threads of the process, so that a loaded machine tells the same story as an idle one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

__all__ = ["Stopwatch", "median_ms"]


class Stopwatch:
    """Milliseconds of each lap."""

    def __init__(self) -> None:
        self.laps_ms: list[float] = []

    @contextmanager
    def lap(self) -> Iterator[None]:
        """Time what happens inside."""
        began = time.process_time()
        yield
        self.laps_ms.append(1e3 * (time.process_time() - began))

    @property
    def mean_ms(self) -> float:
        """Mean of the laps."""
        return float(np.mean(self.laps_ms))


def median_ms(call: Callable[[], object], repeats: int) -> float:
    """The median of several calls, after one that does not count."""
    call()
    watch = Stopwatch()
    for _ in range(repeats):
        with watch.lap():
            call()
    return float(np.median(watch.laps_ms))

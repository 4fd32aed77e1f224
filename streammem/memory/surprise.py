"""Where one event ends and the next begins: surprise, told from each stream's own recent past.

Twice a second the frame's code is compared with the one before; the cosine distance is the surprise. A boundary
is a local peak above these limits at once:

- mean + gamma * standard deviation of the recent distances (EM-LLM, Fountas et al. 2024, eq. 1, there of the
  negative log likelihood of tokens);
- median + 0.6 * (Otsu's threshold - median) of them (VAM's adaptive threshold, over 256 distances; a fixed
  distance serves until enough of them are known);
- twice the median and a floor, so that the noise of a static scene never counts, however strong it is.

The boundary then moves, among the last few samples, to where the similarity graph falls apart into two most
clearly: the split of largest modularity (EM-LLM, eq. 2; Newman 2006). Distances are kept as 256 levels, spaced
by their square, which makes their whole past a histogram of one byte a sample.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int8, Int64
from numpy.typing import NDArray

from streammem.errors import ObservationError
from streammem.token_table import Column

__all__ = ["Boundary", "SurpriseConfig", "SurpriseGauge", "best_split", "otsu"]

ENOUGH = 16  # distances from which on their statistics count
CONTRAST = 2.0  # times the median: noise alone stays below
SHARE = 0.6  # of the way from the median to Otsu's threshold
LEVELS: Float64[np.ndarray, " 256"] = 2.0 * (np.arange(256) / 255.0) ** 2


@dataclass(frozen=True, kw_only=True, slots=True)
class SurpriseConfig:
    """How events are cut."""

    gamma: float = 1.0
    floor: float = 0.04  # cosine distance below which nothing is a boundary
    fallback: float = 0.12  # the limit until enough distances are known
    step_s: float = 0.5  # between samples
    window: int = 256  # distances remembered, a byte each
    samples: int = 4  # codes among which a boundary may move
    shortest_s: float = 1.5  # an event

    def __post_init__(self) -> None:
        if not (self.window >= ENOUGH and 2 <= self.samples <= 64 and self.step_s > 0):
            raise ObservationError(
                f"surprise needs a window of at least {ENOUGH}, 2 to 64 samples and a step above 0 s, got {self}"
            )


@dataclass(frozen=True, slots=True)
class Boundary:
    """A new event starts at `at` (ticks of the stream) with this surprise (cosine distance)."""

    at: int
    surprise: float


class SurpriseGauge:
    """The rule; what it knows of a stream lies in the columns that it asks for, one row a stream."""

    def __init__(self, config: SurpriseConfig, dim: int, ticks_a_second: int) -> None:
        self.config = config
        self._step = max(1, round(config.step_s * ticks_a_second))
        self._shortest = round(config.shortest_s * ticks_a_second)
        self.columns: Mapping[str, Column] = {
            "window": Column(np.uint8, (config.window,)),
            "measured": Column(np.uint32),  # distances ever measured
            "codes": Column(np.int8, (config.samples, dim)),
            "norms": Column(np.float16, (config.samples,)),
            "times": Column(np.uint32, (config.samples,)),
            "levels": Column(np.uint8, (config.samples,)),
            "fresh": Column(np.uint8),  # samples since the event began, the newest ones
        }

    def reset(self, row: Mapping[str, NDArray[Any]]) -> None:
        """After a gap there is nothing to compare with; what is usual stays known."""
        row["fresh"][...] = 0

    def step(
        self,
        row: Mapping[str, NDArray[Any]],
        at: int,
        code: Int8[np.ndarray, " d"],
        norm: np.float16,
        event_start: int,
    ) -> Boundary | None:
        """Take in a frame's code; says where a new event began, one sample after it did."""
        fresh = int(row["fresh"])
        if fresh and at - int(row["times"][-1]) < self._step - 1:
            return None
        level = 0
        if fresh:
            level = _level(_distance(code, norm, row["codes"][-1], row["norms"][-1]))
        found = self._peak(row, level, event_start) if fresh >= 2 else None
        if fresh:
            row["window"][int(row["measured"]) % self.config.window] = level
            row["measured"][...] += np.uint32(1)
        for name, value in (("codes", code), ("norms", norm), ("times", at), ("levels", level)):
            row[name][:-1] = row[name][1:].copy()
            row[name][-1] = value
        fresh = min(fresh + 1, self.config.samples)
        if found is not None:
            fresh = int((row["times"] >= found.at).sum())
        row["fresh"][...] = fresh
        return found

    def _peak(self, row: Mapping[str, NDArray[Any]], level: int, event_start: int) -> Boundary | None:
        """The sample before this one, if it was a peak above the limits."""
        peak = int(row["levels"][-1])
        fresh = int(row["fresh"])
        before = int(row["levels"][-2]) if fresh >= 3 else 0
        if not (peak > before and peak >= level):
            return None
        surprise = float(LEVELS[peak])
        if surprise <= self.limit(row):
            return None
        at = self._refined(row, fresh)
        return Boundary(at, surprise) if at - event_start >= self._shortest else None

    def limit(self, row: Mapping[str, NDArray[Any]]) -> float:
        """The distance that a boundary has to exceed."""
        config, n = self.config, min(int(row["measured"]), self.config.window)
        if n < ENOUGH:
            return config.fallback
        count = np.bincount(row["window"][:n], minlength=256)
        mean = float(count @ LEVELS) / n
        variance = max(float(count @ (LEVELS - mean) ** 2) / n, 0.0)
        median = float(LEVELS[int(np.searchsorted(np.cumsum(count), (n + 1) // 2))])
        usual = mean + config.gamma * variance**0.5
        adaptive = median + SHARE * (otsu(count) - median)
        return float(max(config.floor, CONTRAST * median, usual, adaptive))

    def _refined(self, row: Mapping[str, NDArray[Any]], fresh: int) -> int:
        """The time of the sample that begins the new event."""
        whole = row["codes"][-fresh:].astype(np.float32)
        norms = np.maximum(row["norms"][-fresh:].astype(np.float32), np.float32(1e-6))
        alike = (whole @ whole.T) / norms[:, None] / norms[None]
        return int(row["times"][-fresh:][best_split(alike.astype(np.float64))])


def otsu(count: Int64[np.ndarray, " 256"]) -> float:
    """The distance that splits a histogram over `LEVELS` into two classes of largest variance between them.

    (Otsu 1979.) The split lies halfway between the two classes' nearest levels.
    """
    total, weighted = np.cumsum(count), np.cumsum(count * LEVELS)
    n, everything = total[-1], weighted[-1]
    below, above = total[:-1], n - total[:-1]
    inside = (below > 0) & (above > 0)
    if not inside.any():
        return float(everything / n)
    difference = weighted[:-1] / np.maximum(below, 1) - (everything - weighted[:-1]) / np.maximum(above, 1)
    between = np.where(inside, below * above * difference**2, -1.0)
    at = int(between.argmax())
    used = np.flatnonzero(count)
    return float((LEVELS[used[used <= at][-1]] + LEVELS[used[used > at][0]]) / 2)


def best_split(alike: Float64[np.ndarray, "n n"]) -> int:
    """Where to cut a row of samples in two, so that the graph of their similarities has the largest modularity.

    Q = sum over both parts of (weight inside / all weight) - (weight touching / all weight)**2. Returns the
    index of the second part's first sample, the last of those that do equally well.
    """
    graph = np.maximum(alike, 0.0)
    np.fill_diagonal(graph, 0.0)
    whole, n = graph.sum(), len(graph)
    if whole <= 0.0:
        return n - 1
    touching = np.cumsum(graph.sum(axis=1))[:-1]
    inside = np.array([graph[:cut, :cut].sum() for cut in range(1, n)])
    rest = np.array([graph[cut:, cut:].sum() for cut in range(1, n)])
    q = (inside + rest) / whole - (touching / whole) ** 2 - (1.0 - touching / whole) ** 2
    # Among equals the last one: nothing speaks for an earlier boundary than the peak itself.
    return 1 + int(np.flatnonzero(q >= q.max() - 1e-12)[-1])


def _distance(
    a: Int8[np.ndarray, " d"], norm_a: np.float16, b: Int8[np.ndarray, " d"], norm_b: np.float16
) -> float:
    product = float(np.dot(a.astype(np.float32), b.astype(np.float32)))
    scale = float(norm_a) * float(norm_b)
    return 1.0 - product / scale if scale > 0 else 0.0


def _level(distance: float) -> int:
    return round(255.0 * math.sqrt(min(max(distance, 0.0), 2.0) / 2.0))

"""From what a memory finds to what it says: where, how often, when last, which first.

Every memory hands over the same thing, spans of time with a score, and all go through the same rule, so that
they differ in what they kept and in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streammem.types import Interval

__all__ = ["Answer", "Found", "Rule", "answer", "join"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a memory finds for one probe: a score for each span, higher is better."""

    score: NDArray[np.float32]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]

    @classmethod
    def nothing(cls) -> Found:
        return cls(score=np.zeros(0, np.float32), start_s=np.zeros(0), end_s=np.zeros(0))

    @property
    def best(self) -> float:
        return float(self.score.max(initial=-1.0))


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Which spans count as the same thing as the best one, and when two of them are one showing."""

    margin: float = 0.1  # score below the best
    gap_s: float = 3.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """`ranked` best first; `seen` oldest first, empty where the answer is "never"; `guess` is `seen` made to answer."""

    best: float
    ranked: tuple[Interval, ...]
    seen: tuple[Interval, ...]
    guess: tuple[Interval, ...]


def answer(found: Found, rule: Rule, threshold: float, top: int = 5) -> Answer:
    """Apply the rule; a best score below the threshold means "never"."""
    if not len(found.score):
        return Answer(best=-1.0, ranked=(), seen=(), guess=())
    close = found.score >= max(min(threshold, found.best), found.best - rule.margin)
    guess = join(found.start_s[close], found.end_s[close], rule.gap_s)
    return Answer(
        best=found.best,
        ranked=_ranked(found, guess, rule, top),
        seen=guess if found.best >= threshold else (),
        guess=guess,
    )


def join(start_s: NDArray[np.float64], end_s: NDArray[np.float64], gap_s: float) -> tuple[Interval, ...]:
    """Unite spans that are at most `gap_s` apart.

    >>> join(np.array([7.0, 0.0, 2.0]), np.array([8.0, 1.0, 3.0]), 1.0)
    (Interval(start_s=0.0, end_s=3.0), Interval(start_s=7.0, end_s=8.0))
    """
    if not len(start_s):
        return ()
    order = np.argsort(start_s, kind="stable")
    start_s, end_s = start_s[order], np.maximum.accumulate(end_s[order])
    first = np.flatnonzero(np.concatenate(([True], start_s[1:] - end_s[:-1] > gap_s)))
    last = np.concatenate((first[1:] - 1, [len(start_s) - 1]))
    return tuple(Interval(float(a), float(b)) for a, b in zip(start_s[first], end_s[last], strict=True))


def _ranked(found: Found, guess: tuple[Interval, ...], rule: Rule, top: int) -> tuple[Interval, ...]:
    """The best spans, each widened to the showing it belongs to, without saying one showing twice."""
    ranked: list[Interval] = []
    for i in np.argsort(-found.score, kind="stable"):
        span = Interval(float(found.start_s[i]), float(found.end_s[i]))
        near = Interval(span.start_s - rule.gap_s, span.end_s + rule.gap_s)
        if any(near.overlaps(said) for said in ranked):
            continue
        ranked.append(next((whole for whole in guess if whole.overlaps(span)), span))
        if len(ranked) == top:
            break
    return tuple(ranked)

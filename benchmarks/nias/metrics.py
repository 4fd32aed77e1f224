"""How good the answers are: against when each clip was truly shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from benchmarks.nias.answers import Answer
from benchmarks.nias.probes import Probe
from streammem.types import Interval

__all__ = ["HEADLINES", "Scores", "bootstrap", "rejection", "score"]

SLACK_S = 2.0  # a returned interval counts if it touches the truth, widened by so much
LAST_S = 10.0
HEADLINES = {  # name: (heading, whether more is better)
    "r1": ("R@1", True),
    "r5": ("R@5", True),
    "tiou": ("tIoU", True),
    "count": ("count MAE", False),
    "last": ("last", True),
    "order": ("order", True),
    "false": ("false accepts", False),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """Each question's marks: one row a clip, so that the bootstrap can draw clips. `false` has a row a clip too."""

    marks: dict[str, NDArray[np.float64]]

    def mean(self, name: str) -> float:
        marks = self.marks[name]
        return float(marks.mean()) if len(marks) else float("nan")


def rejection(calibration: Sequence[float], quantile: float = 0.9) -> float:
    """The score that 90 % of the absent calibration probes stay below; -1 accepts all where there is none."""
    return float(np.quantile(calibration, quantile)) if len(calibration) else -1.0


def score(probes: Sequence[Probe], answers: Sequence[Answer], threshold: float) -> Scores:
    """Mark the answers to all probes but those that set the threshold."""
    clips: dict[str, list[tuple[Probe, Answer]]] = {}
    for probe, said in zip(probes, answers, strict=True):
        if not probe.calibrates:
            clips.setdefault(probe.clip, []).append((probe, said))
    present = {name: asked for name, asked in clips.items() if asked[0][0].truth}
    absent = {name: asked for name, asked in clips.items() if not asked[0][0].truth}
    marks = {
        question: np.array(
            [np.mean([mark(probe.truth, said) for probe, said in asked]) for asked in present.values()]
        )
        for question, mark in _MARKS.items()
    }
    marks["order"] = _order(list(present.values()))
    marks["false"] = np.array(
        [np.mean([said.best >= threshold for _, said in asked]) for asked in absent.values()]
    )
    return Scores(marks=marks)


def hit(truth: Sequence[Interval], said: Interval) -> bool:
    """Whether an interval touches one of the truth's, widened by the slack."""
    return any(said.overlaps(Interval(t.start_s - SLACK_S, t.end_s + SLACK_S)) for t in truth)


def overlap(truth: Sequence[Interval], said: Interval) -> float:
    """The best intersection over union with one of the truth's intervals."""
    best = 0.0
    for true in truth:
        shared = min(true.end_s, said.end_s) - max(true.start_s, said.start_s)
        union = max(true.end_s, said.end_s) - min(true.start_s, said.start_s)
        best = max(best, max(shared, 0.0) / union if union > 0 else 0.0)
    return best


def _recall(top: int, truth: Sequence[Interval], said: Answer) -> float:
    return float(any(hit(truth, interval) for interval in said.ranked[:top]))


_MARKS = {
    "r1": lambda truth, said: _recall(1, truth, said),
    "r5": lambda truth, said: _recall(5, truth, said),
    "tiou": lambda truth, said: overlap(truth, said.ranked[0]) if said.ranked else 0.0,
    "count": lambda truth, said: abs(len(said.seen) - len(truth)),
    "last": lambda truth, said: bool(said.guess) and abs(said.guess[-1].end_s - truth[-1].end_s) <= LAST_S,
}


def _order(present: list[list[tuple[Probe, Answer]]]) -> NDArray[np.float64]:
    """For all pairs of clips: is the one that was shown first also said to have come first? A row a clip."""
    won: list[list[float]] = [[] for _ in present]
    for (i, ours), (j, theirs) in combinations(enumerate(present), 2):
        for (a, said_a), (b, said_b) in zip(ours, theirs, strict=False):
            true = a.truth[0].start_s < b.truth[0].start_s
            known = bool(said_a.guess and said_b.guess)
            # Who says nothing guesses: half a point.
            right = float((said_a.guess[0].start_s < said_b.guess[0].start_s) == true) if known else 0.5
            won[i].append(right)
            won[j].append(right)
    return np.array([np.mean(row) for row in won if row])


def bootstrap(marks: NDArray[np.float64], rng: np.random.Generator, draws: int = 1000) -> tuple[float, float]:
    """Mean and half of the 95 % interval when seed x clip are drawn anew."""
    if not len(marks):
        return float("nan"), float("nan")
    means = marks[rng.integers(len(marks), size=(draws, len(marks)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(marks.mean()), float(high - low) / 2

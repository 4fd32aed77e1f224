"""Write a case into a memory, ask it, mark the answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.nias.answers import Found, Rule, answer
from benchmarks.nias.baselines import Memory
from benchmarks.nias.cases import Case
from benchmarks.nias.metrics import Scores, rejection, score

__all__ = ["RULES", "Run", "choose", "mark", "run"]

RULES = tuple(
    Rule(margin=margin, gap_s=gap_s) for gap_s in (2.0, 3.0, 5.0) for margin in (0.03, 0.06, 0.1, 0.15, 0.2)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What one memory made of one case: before any rule is applied."""

    name: str
    case: Case
    found: tuple[Found, ...]
    nbytes: int  # the most it ever had
    ingest_us: float  # CPU time of a write, a frame
    query_ms: NDArray[np.float64]


def run(memory: Memory, case: Case, *, tick: Callable[[int], None] = lambda _n: None) -> Run:
    """Write all frames, then ask all probes. Bytes are read after every frame."""
    most, began, watching = 0, time.process_time(), 0.0
    for i, (t_s, vector) in enumerate(zip(case.times.tolist(), case.vectors, strict=True)):
        memory.write(t_s, vector)
        look = time.process_time()
        most = max(most, memory.nbytes())
        if i % 200 == 0:
            tick(200)
        watching += time.process_time() - look
    spent = time.process_time() - began - watching
    found, query_ms = [], []
    for vector in case.asked:
        began = time.process_time()
        found.append(memory.ask(vector))
        query_ms.append(1e3 * (time.process_time() - began))
    return Run(
        name=memory.name,
        case=case,
        found=tuple(found),
        nbytes=most,
        ingest_us=1e6 * spent / len(case.times),
        query_ms=np.array(query_ms),
    )


def mark(done: Run, rule: Rule) -> Scores:
    """Apply a rule and score it; the threshold comes from the absent probes that calibrate."""
    probes = done.case.probes
    threshold = rejection([f.best for f, p in zip(done.found, probes, strict=True) if p.calibrates])
    return score(probes, [answer(found, rule, threshold) for found in done.found], threshold)


def choose(dev: Sequence[Run]) -> Rule:
    """The strictest rule that serves this memory on the development seeds as well as the best one.

    Worth is last and order, less a third of the count error, needle by needle. The best of many rules on a few needles
    is partly luck, so rules within one standard error of it count as equal (Breiman et al. 1984).
    """
    worth = {rule: np.concatenate([_worth(mark(done, rule)) for done in dev]) for rule in RULES}
    best = max(RULES, key=lambda rule: float(worth[rule].mean()))
    behind = {rule: worth[best] - worth[rule] for rule in RULES}
    equal = [rule for rule, by in behind.items() if by.mean() <= by.std() / len(by) ** 0.5]
    return min(equal, key=lambda rule: (rule.margin, rule.gap_s))


def _worth(scores: Scores) -> NDArray[np.float64]:
    marks = scores.marks
    return np.asarray(marks["last"] + marks["order"] - marks["count"] / 3)

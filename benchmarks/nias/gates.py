"""What must hold whatever the figures: the bytes, the resume, and that the answers come from the memory."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from benchmarks.nias.answers import Found, Rule
from benchmarks.nias.baselines import Memory
from benchmarks.nias.cases import Case
from benchmarks.nias.metrics import SLACK_S
from benchmarks.nias.runs import Run, mark
from streammem.interface import State

__all__ = ["Gate", "Resumable", "bytes_gate", "gates", "resume_gate", "shuffle_gate"]


class Resumable(Memory, Protocol):
    """A memory that can be saved."""

    def state(self) -> State: ...
    def restore(self, state: State) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """One law, whether it held, and the figure that shows it."""

    name: str
    passed: bool
    figure: str


def gates(make: Callable[[], Resumable], done: Run, rule: Rule, budget: int) -> list[Gate]:
    """All of them, for our memory on one case."""
    return [bytes_gate(done, budget), resume_gate(make, done), shuffle_gate(done, rule)]


def bytes_gate(done: Run, budget: int) -> Gate:
    """No frame left the memory above its budget."""
    return Gate(name="bytes at every step", passed=done.nbytes <= budget, figure=f"{done.nbytes} of {budget}")


def resume_gate(make: Callable[[], Resumable], done: Run) -> Gate:
    """Killed at half time and resumed from what was saved, the memory answers as one that never stopped."""
    case, half = done.case, len(done.case.times) // 2
    memory = make()
    _write(memory, case, 0, half)
    saved = io.BytesIO()
    np.savez(saved, **memory.state())
    del memory
    saved.seek(0)
    resumed = make()
    with np.load(saved, allow_pickle=False) as state:
        resumed.restore({name: state[name] for name in state.files})
    _write(resumed, case, half, len(case.times))
    other = [resumed.ask(vector) for vector in case.asked]
    same = sum(_equal(a, b) for a, b in zip(done.found, other, strict=True))
    return Gate(
        name="killed at half, resumed",
        passed=same == len(other),
        figure=f"{same} of {len(other)} answers identical",
    )


def shuffle_gate(done: Run, rule: Rule, draws: int = 20) -> Gate:
    """With its times dealt out at random among what it keeps, the memory knows no more than chance."""
    rng = np.random.default_rng(7)
    dealt = [mark(replace(done, found=_deal(done.found, rng)), rule).mean("r1") for _ in range(draws)]
    chance = _chance(done)
    passed = abs(float(np.mean(dealt)) - chance) <= 0.1 and mark(done, rule).mean("r1") > chance + 0.1
    return Gate(
        name="shuffled falls to chance",
        passed=passed,
        figure=f"R@1 {np.mean(dealt):.2f}, chance {chance:.2f}",
    )


def _write(memory: Memory, case: Case, first: int, last: int) -> None:
    for t_s, vector in zip(case.times[first:last].tolist(), case.vectors[first:last], strict=True):
        memory.write(t_s, vector)


def _equal(a: Found, b: Found) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("score", "start_s", "end_s"))


def _deal(found: tuple[Found, ...], rng: np.random.Generator) -> tuple[Found, ...]:
    """Permute which span has which score, anew for each probe."""
    return tuple(replace(one, score=rng.permutation(one.score)) for one in found)


def _chance(done: Run) -> float:
    """The share of kept spans that touch a present probe's truth: what picking one blindly earns."""
    shares = []
    for probe, found in zip(done.case.probes, done.found, strict=True):
        if probe.truth and len(found.score):
            touch = np.zeros(len(found.score), bool)
            for true in probe.truth:
                touch |= (found.start_s <= true.end_s + SLACK_S) & (found.end_s >= true.start_s - SLACK_S)
            shares.append(float(touch.mean()))
    return float(np.mean(shares)) if shares else 0.0

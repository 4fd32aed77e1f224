"""How a vector of environments grows with its processes, on the wall's clock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import gymnasium
import numpy as np

from benchmarks.envs.worlds import Candidate
from benchmarks.spatial.results import Mark, Part, Table

__all__ = ["measure_vector"]


def measure_vector(
    candidate: Candidate, *, counts: tuple[int, ...], steps: int, tick: Callable[[str], object]
) -> Part:
    """Steps a second of `AsyncVectorEnv`, a process an environment, in turns; what other work the machine has counts."""
    rates: dict[int, float] = {}
    for count in counts:
        tick(f"vector of {count}")
        vector = gymnasium.vector.AsyncVectorEnv([candidate.make] * count, shared_memory=True)
        vector.reset(seed=0)
        rng = np.random.default_rng(0)
        for _ in range(10):
            vector.step(rng.integers(1, 4, size=count))
        began = time.perf_counter()
        for _ in range(steps):
            vector.step(rng.integers(1, 4, size=count))
        rates[count] = steps * count / (time.perf_counter() - began)
        vector.close()
    cores = os.cpu_count() or 1
    usable = max(count for count in counts if count <= cores)
    gain = rates[usable] / rates[counts[0]]
    rows = [[count, rate, rate / rates[counts[0]]] for count, rate in rates.items()]
    table = Table(
        title=f"{candidate.name}, {candidate.size}: steps a second of AsyncVectorEnv on {cores} cores",
        columns=["processes", "steps a second", "times one process"],
        rows=rows,
    )
    mark = Mark(
        name=f"{usable} processes",
        figure=f"{gain:.2f} times one",
        target=f">= {0.7 * usable:.1f}",
        passed=gain >= 0.7 * usable,
    )
    return Part(name="vector", tables=[table], marks=[mark] if usable > 1 else [], series={"rates": rates})

"""Steps and resets in CPU time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import gymnasium
import numpy as np

from benchmarks.envs.worlds import Candidate
from benchmarks.spatial.results import Mark, Part, Table

__all__ = ["measure_resets", "measure_speed"]

TARGETS = {
    ("apartment, gl", "128x128"): 1000,
    ("apartment, gl", "256x256"): 350,
    ("apartment, gl", "640x480"): 100,
    ("apartment, rays", "128x128"): 400,
    ("apartment, gl, catalogue furniture", "128x128"): 500,
}
MINIWORLD = "MiniWorld FourRooms, colour alone"
# What it did where the targets above were set: beside it, a slower machine tells the same.
MINIWORLD_THERE = {"128x128": 840, "256x256": 256, "640x480": 58}
RESETS_MS = {"cached": 20.0, "new": 150.0}
SCENES = 4  # that a speed is measured in
STOP = 0


def measure_speed(
    candidates: Sequence[Candidate], *, steps: int, rounds: int, tick: Callable[[str], object]
) -> Part:
    """Steps a CPU second of all threads together: random moves without stop, resets left out.

    All candidates take turns within a round; each round is in another scene.
    """
    envs = [candidate.make() for candidate in candidates]
    rates: list[list[float]] = [[] for _ in candidates]
    for turn in range(rounds):
        for i, (candidate, env) in enumerate(zip(candidates, envs, strict=True)):
            tick(f"speed, round {turn + 1} of {rounds}: {candidate.name} {candidate.size}")
            rates[i].append(_rate(env, steps, seed=turn % SCENES))
    for env in envs:
        env.close()
    beside = {c.size: found for c, found in zip(candidates, rates, strict=True) if c.name == MINIWORLD}
    rows, marks = [], []
    for candidate, found in zip(candidates, rates, strict=True):
        median, yardstick = float(np.median(found)), beside.get(candidate.size)
        # Both had their turn in each round: what else the machine did then, it did to both.
        ratio = float(np.median(np.divide(found, yardstick))) if yardstick else None
        rows.append([candidate.name, candidate.size, median, max(found), ratio])
        marks += _marks(candidate, median, ratio)
    return Part(
        name="speed",
        tables=[
            Table(
                title="Steps a CPU second; the apartment's with colour, depth and instances",
                columns=["environment", "picture", "median", "best", "times MiniWorld"],
                rows=rows,
            )
        ],
        marks=marks,
        series={f"{c.name} {c.size}": found for c, found in zip(candidates, rates, strict=True)},
        settings={"steps a round": steps, "rounds": rounds},
    )


def _marks(candidate: Candidate, rate: float, ratio: float | None) -> list[Mark]:
    """The target itself, and what it is beside MiniWorld, which holds on any machine."""
    if (candidate.name, candidate.size) not in TARGETS:
        return []
    name, target = f"{candidate.name}, {candidate.size}", TARGETS[candidate.name, candidate.size]
    figure = f"{rate:.0f} steps a CPU second"
    marks = [Mark(name=name, figure=figure, target=f">= {target}", passed=rate >= target)]
    if ratio is not None:
        least = target / MINIWORLD_THERE[candidate.size]
        figure = f"{ratio:.2f} times MiniWorld FourRooms in the same rounds"
        marks.append(
            Mark(
                name=f"{name}, beside MiniWorld",
                figure=figure,
                target=f">= {least:.2f}",
                passed=ratio >= least,
            )
        )
    return marks


def _rate(env: gymnasium.Env[Any, Any], steps: int, *, seed: int) -> float:
    env.reset(seed=seed)
    space: Any = env.action_space
    rng = np.random.default_rng(seed)
    actions = rng.integers(space.n, size=steps)
    ours = "streammem" in str(env.spec.id if env.spec else "")
    if ours:
        actions = rng.integers(1, space.n, size=steps)  # stop would end the episode
    spent, taken = 0.0, 0
    for action in actions:
        began = time.process_time()
        _, _, terminated, truncated, _ = env.step(int(action))
        spent += time.process_time() - began
        taken += 1
        if terminated or truncated:
            env.reset()
    return taken / spent


def measure_resets(candidates: Sequence[Candidate], *, scenes: int, tick: Callable[[str], object]) -> Part:
    """Milliseconds of CPU of a reset: into a scene that was never made before, and into one that was just left."""
    rows, marks, series = [], [], {}
    for candidate in candidates:
        tick(f"resets: {candidate.name} {candidate.size}")
        env = candidate.make()
        env.reset(seed=0, options={"scene": 9_000})
        found: dict[str, list[float]] = {"new": [], "cached": []}
        for number in range(scenes):
            for kind in found:
                began = time.process_time()
                env.reset(seed=number, options={"scene": 9_001 + number})
                found[kind].append(1e3 * (time.process_time() - began))
        env.close()
        name = f"{candidate.name}, {candidate.size}"
        series[name] = found
        rows.append([name, *(float(f(found[kind])) for kind in found for f in (np.median, np.max))])
        marks += [
            Mark(
                name=f"reset into a {kind} scene, {name}",
                figure=f"{np.median(found[kind]):.1f} ms",
                target=f"<= {most:g} ms",
                passed=bool(np.median(found[kind]) <= most),
            )
            for kind, most in RESETS_MS.items()
        ]
    table = Table(
        title="CPU milliseconds of a reset",
        columns=["environment", "new, median", "new, most", "cached, median", "cached, most"],
        rows=rows,
    )
    return Part(name="resets", tables=[table], marks=marks, series=series, settings={"scenes": scenes})

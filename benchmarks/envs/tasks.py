"""How hard the tasks are: who knows everything, who remembers nothing, who knows nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gymnasium
import numpy as np

from benchmarks.spatial.results import Mark, Part, Table
from streammem.envs.baselines import (
    Policy,
    Rollout,
    forward_biased,
    nearest_frontier,
    no_memory,
    oracle,
    random_actions,
    rollout,
)

__all__ = ["measure_tasks"]

Maker = Callable[[gymnasium.Env[Any, Any], np.random.Generator], Policy]
EXPLORING = {"PointNav", "ObjectNav", "ImageNav", "Explore"}


def _agents(task: str) -> Mapping[str, Maker]:
    agents: dict[str, Maker] = {"oracle": oracle}
    if task in EXPLORING:
        agents |= {"nearest frontier": nearest_frontier, "forward biased": forward_biased}
    else:
        agents["no memory"] = no_memory
    return agents | {"random": random_actions}


def measure_tasks(
    names: list[str], *, episodes: int, size: int, seed: int, tick: Callable[[str], object]
) -> Part:
    """Every task by its agents, on scenes of the validation split."""
    rows: list[list[Any]] = []
    marks: list[Mark] = []
    series: dict[str, dict[str, dict[str, float]]] = {}
    for name in names:
        series[name] = {}
        for agent, maker in _agents(name).items():
            tick(f"tasks: {name}, {agent}, {episodes} episodes")
            env = gymnasium.make(
                f"streammem/{name}-v0",
                split="val",
                agent={"width": size, "height": size},
                disable_env_checker=True,
            )
            played = rollout(env, maker, episodes=episodes, seed=seed)
            env.close()
            mean = series[name][agent] = played.mean()
            rows.append([name, agent, *(mean.get(column) for column in COLUMNS)])
            marks += _marks(name, agent, played)
    table = Table(
        title=f"Means over {episodes} episodes of the validation split",
        columns=["task", "agent", *COLUMNS.values()],
        rows=rows,
    )
    settings = {"episodes": episodes, "pictures": f"{size}x{size}", "seed": seed}
    return Part(name="tasks", tables=[table], marks=marks, series=series, settings=settings)


COLUMNS = {
    "success": "success",
    "spl": "SPL",
    "soft_spl": "SoftSPL",
    "accuracy": "accuracy",
    "count_error": "count error",
    "score": "score",
    "seen_fraction": "seen",
    "return": "return",
    "steps": "steps",
}


def _marks(name: str, agent: str, played: Rollout) -> list[Mark]:
    """The oracle solves everything, chance next to nothing."""
    found = [episode["success"] for episode in played.episodes if "success" in episode]
    if agent != "oracle" or not found:
        return []
    share = float(np.mean(found))
    return [Mark(name=f"{name}: oracle", figure=f"{100 * share:.0f} %", target="100 %", passed=share == 1.0)]

"""A picture for each part that is easier to look at than to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.spatial.results import Part

__all__ = ["plot"]

OURS, THEIRS = "#1b7f79", "#c9c9c4"
AGENTS = {
    "oracle": "#1b7f79",
    "nearest frontier": "#6d7fa8",
    "forward biased": "#c98a6b",
    "no memory": "#8f4a3a",
    "random": "#c9c9c4",
}


def plot(part: Part, folder: Path) -> Path | None:
    """Draw what there is to draw; None where a table says it all."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    if part.name not in DRAWN:
        return None
    figure, axis = plt.subplots(figsize=(8.0, 3.6))
    DRAWN[part.name](part, axis)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=7)
    figure.tight_layout()
    path = folder / f"{part.name}.png"
    figure.savefig(path, dpi=130)
    plt.close(figure)
    return path


def _speed(part: Part, axis: Any) -> None:
    names = list(part.series)
    middle = [float(np.median(found)) for found in part.series.values()]
    colours = [OURS if name.startswith("apartment") else THEIRS for name in names]
    axis.barh(range(len(names)), middle, color=colours)
    for i, rate in enumerate(middle):
        axis.annotate(f"{rate:,.0f}", (rate, i), (3, 0), textcoords="offset points", va="center", fontsize=6)
    axis.set_xscale("log")
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.set_xlabel("steps a CPU second (logarithmic)", fontsize=8)


def _tasks(part: Part, axis: Any) -> None:
    """Success, a group of bars a task."""
    tasks = [task for task, by_agent in part.series.items() if "success" in by_agent["oracle"]]
    agents = [agent for agent in AGENTS if any(agent in part.series[task] for task in tasks)]
    width = 0.8 / len(agents)
    for n, agent in enumerate(agents):
        heights = [100 * part.series[task].get(agent, {}).get("success", np.nan) for task in tasks]
        axis.bar(np.arange(len(tasks)) + n * width, heights, 0.9 * width, color=AGENTS[agent], label=agent)
    axis.set_xticks(np.arange(len(tasks)) + 0.4 - width / 2, tasks)
    axis.set_ylabel("% of episodes solved", fontsize=8)
    axis.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))


DRAWN: dict[str, Callable[[Part, Any], None]] = {"speed": _speed, "tasks": _tasks}

"""A picture for each part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.spatial.results import Part

__all__ = ["plot"]

OURS = "#1b7f79"
LINES = {
    "OctoMap rays": ("#8f4a3a", "-"),
    "OctoMap discretised": ("#c98a6b", "--"),
    "VoxelBlockGrid": ("#6d7fa8", "-."),
    "point map": ("#5c5c57", ":"),
}


def plot(part: Part, folder: Path) -> Path | None:
    """Draw what there is to draw; None where a table says it all."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    kind = part.name.split("-")[0]
    if kind not in DRAWN:
        return None
    figure = DRAWN[kind](part, plt)
    for axis in figure.axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=7, which="both")
        _plain_numbers(axis)
    figure.tight_layout()
    path = folder / f"{part.name}.png"
    figure.savefig(path, dpi=130)
    plt.close(figure)
    return path


def _plain_numbers(axis: Any) -> None:
    """10 and 100 instead of powers, nothing between them."""
    from matplotlib.ticker import NullFormatter, StrMethodFormatter

    for side in (axis.xaxis, axis.yaxis):
        if side.get_scale() == "log":
            side.set_major_formatter(StrMethodFormatter("{x:g}"))
            side.set_minor_formatter(NullFormatter())


def _style(name: str) -> dict[str, Any]:
    """Colour and line of a map; ours stands out."""
    if name.startswith("streammem"):
        return {"color": OURS, "ls": "-" if name.endswith("32-d") else "--", "lw": 2.6, "zorder": 1}
    colour, line = next((style for start, style in LINES.items() if name.startswith(start)), ("#999", "-"))
    return {"color": colour, "ls": line, "lw": 1.2}


def _speed(part: Part, plt: Any) -> Any:
    """A panel a stride: bars of the median, whiskers over the rounds."""
    figure, axes = plt.subplots(
        1, len(part.series), figsize=(3.0 * len(part.series) + 1.6, 2.9), squeeze=False
    )
    for axis, (stride, by_name) in zip(axes[0], part.series.items(), strict=True):
        names = list(by_name)
        middle = np.array([np.median(ms) for ms in by_name.values()])
        reach = np.array([[np.median(ms) - min(ms), max(ms) - np.median(ms)] for ms in by_name.values()]).T
        axis.barh(
            range(len(names)), middle, xerr=reach, height=0.7, ecolor="#333",
            color=[OURS if name.startswith("streammem") else "#c9c9c4" for name in names],
        )  # fmt: skip
        for i, ms in enumerate(middle):
            axis.annotate(f"{ms:.1f}", (ms, i), (3, 0), textcoords="offset points", va="center", fontsize=6)
        axis.set_xscale("log")
        axis.set_xlim(middle.min() / 2, middle.max() * 3)
        axis.set_yticks(range(len(names)), names if axis is axes[0, 0] else [""] * len(names), fontsize=7)
        axis.invert_yaxis()
        axis.set_title(f"stride {stride}", fontsize=8)
    figure.supxlabel("CPU ms a frame (logarithmic)", fontsize=8)
    return figure


def _accuracy(part: Part, plt: Any) -> Any:
    measures = ["occupied IoU", "F1 at 1 voxel", "free IoU", "same label"]
    figure, axis = plt.subplots(figsize=(6.5, 2.8))
    width = 0.8 / len(part.series)
    for n, (name, figures) in enumerate(part.series.items()):
        heights = [np.nan if figures[measure] is None else figures[measure] for measure in measures]
        colour = OURS if name.startswith("streammem") else _style(name)["color"]
        axis.bar(np.arange(len(measures)) + n * width, heights, 0.9 * width, color=colour, label=name)
    axis.set_xticks(np.arange(len(measures)) + 0.4 - width / 2, measures, fontsize=8)
    axis.set_ylim(0, 1.02)
    axis.set_ylabel("against OctoMap rays", fontsize=8)
    axis.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _dynamics(part: Part, plt: Any) -> Any:
    """A panel a script: what is left at the old place, or is there at the new one."""
    figure, axes = plt.subplots(3, 3, figsize=(9.5, 6.6), squeeze=False)
    for axis, (script, by_name) in zip(axes.flat, part.series.items(), strict=False):
        for name, curves in by_name.items():
            coming = script == "appeared"
            curve = curves["new" if coming else "old"]
            axis.plot(range(1, len(curve) + 1), 100 * np.array(curve), label=name, **_style(name))
            if script.startswith("moved"):
                axis.plot(range(1, len(curve) + 1), 100 * np.array(curves["new"]), alpha=0.35, **_style(name))
        axis.set_title(script, fontsize=8)
        axis.set_ylim(-3, 103)
    for axis in list(axes.flat)[len(part.series) :]:
        axis.set_axis_off()
    handles, labels = axes[0, 0].get_legend_handles_labels()
    axes[2, 2].legend(
        handles,
        labels,
        fontsize=8,
        frameon=False,
        loc="upper left",
        title="pale: the new place",
        title_fontsize=8,
    )
    figure.supxlabel("frames after the change", fontsize=8)
    figure.supylabel("% of the thing's voxels that are occupied", fontsize=8)
    return figure


def _growth(part: Part, plt: Any) -> Any:
    figure, axis = plt.subplots(figsize=(6.5, 3.0))
    for name, ms in part.series.items():
        axis.plot(range(1, len(ms) + 1), ms, label=name, **_style(name))
    axis.set_yscale("log")
    axis.set_xlabel("room", fontsize=8)
    axis.set_ylabel("CPU ms a frame", fontsize=8)
    axis.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _budget(part: Part, plt: Any) -> Any:
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.0, 2.7))
    rooms = range(1, len(part.series["ms"]) + 1)
    left.plot(rooms, np.array(part.series["bytes"]) / 1e6, color=OURS, lw=2)
    left.axhline(part.series["budget"] / 1e6, color="#555", lw=0.8, ls="--")
    left.set_ylabel("MB of the map (dashed: budget)", fontsize=8)
    right.plot(rooms, part.series["ms"], color=OURS, lw=2)
    right.set_ylabel("CPU ms a frame", fontsize=8)
    for axis in (left, right):
        axis.set_xlabel("room", fontsize=8)
        axis.set_ylim(0)
    return figure


def _queries(part: Part, plt: Any) -> Any:
    names: Sequence[str] = list(part.series["streammem"])
    figure, axis = plt.subplots(figsize=(6.5, 3.0))
    for n, (which, colour) in enumerate(
        {"streammem": OURS, "pyoctomap": "#8f4a3a", "point map": "#5c5c57"}.items()
    ):
        ms = [part.series[which].get(name) or np.nan for name in names]
        axis.barh(np.arange(len(names)) + 0.27 * n, ms, 0.25, color=colour, label=which)
    axis.set_yticks(np.arange(len(names)) + 0.27, names, fontsize=8)
    axis.invert_yaxis()
    axis.set_xscale("log")
    axis.set_xlabel("CPU ms a question (logarithmic)", fontsize=8)
    axis.legend(fontsize=7, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


DRAWN: dict[str, Callable[[Part, Any], Any]] = {
    "speed": _speed,
    "accuracy": _accuracy,
    "dynamics": _dynamics,
    "growth": _growth,
    "budget": _budget,
    "queries": _queries,
}

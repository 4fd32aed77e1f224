"""`python -m benchmarks.vos.identity --seeds 11,12,13`: how likely is what the network found the object?

Fits the curve of `IdentityConfig` to frames with known masks: the default head follows the absences and the procedural
split, and the masks that it is offered are right or wrong. What counts are the frames where the answer decides, those of
objects that are out of sight or doubted; the others weigh a tenth. The fitted curve's marks
are of fits without the sequence that is asked about; those of the curve in use are not.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int32
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from scipy.optimize import minimize
from scipy.stats import rankdata
from torch import Tensor

from benchmarks.vos.absences import absence_split
from benchmarks.vos.metrics import region
from benchmarks.vos.presence import SMALLEST
from benchmarks.vos.procedural import procedural_split
from benchmarks.vos.scoring import separate
from benchmarks.vos.variants import VARIANTS
from benchmarks.vos.videos import MaskedVideo
from streammem.heads.presence import IdentityConfig
from streammem.heads.propagation import Look
from streammem.heads.segmentation import SegmentationConfig, SegmentationHead
from streammem.perception.networks.opening import open_network
from streammem.perception.networks.protocol import SegmentationNetwork
from streammem.types import Observation

__all__ = ["Frames", "Separation", "fit", "held_out", "main", "odds", "record", "right_or_wrong"]

PUBLISHED = (0, 1, 2)  # seeds of the published results
RIGHT, WRONG = 0.4, 0.1  # J above which a mask is the object, and below which it is something else
SEEN_WEIGHT = 0.1  # of a frame whose object was in sight
SHRINK = 1e-3  # pull towards a flat curve, in deviations of the numbers
FRAMES_A_SECOND = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Frames:
    """Masks that are right or wrong, one a frame and object, and what was known of them."""

    sequence: NDArray[np.str_]
    score: Float64[np.ndarray, " n"]  # mean probability in the mask
    own: Float64[np.ndarray, " n"]  # likeness to the object's summaries
    doubted: Bool[np.ndarray, " n"]  # whether the object was out of sight or doubted
    right: Bool[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.sequence)

    def where(self, chosen: Bool[np.ndarray, " n"]) -> Frames:
        """Some of them."""
        return Frames(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})

    @classmethod
    def joined(cls, parts: Sequence[Frames]) -> Frames:
        """Those of several sequences."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


@dataclass(frozen=True, kw_only=True, slots=True)
class Separation:
    """How well odds tell right masks from wrong ones; of nothing, nan."""

    auc: float  # chance that a right mask has higher odds than a wrong one
    recall: float  # share of the right masks that are believed
    specificity: float  # share of the wrong masks that are not

    @classmethod
    def of(cls, odds: Float64[np.ndarray, " n"], right: Bool[np.ndarray, " n"]) -> Separation:
        """A mask is believed if its odds are above 0."""
        good, bad = np.count_nonzero(right), np.count_nonzero(~right)
        wins = rankdata(odds)[right].sum() - good * (good + 1) / 2
        return cls(
            auc=float(wins / (good * bad)) if good and bad else float("nan"),
            recall=float((odds[right] > 0).mean()) if good else float("nan"),
            specificity=float((odds[~right] <= 0).mean()) if bad else float("nan"),
        )


# -- the curve ---------------------------------------------------------------------------------------------------


def odds(curve: IdentityConfig, frames: Frames) -> Float64[np.ndarray, " n"]:
    """The logarithm of how many times likelier each mask is right than wrong."""
    found: Float64[np.ndarray, " n"] = curve.score * frames.score + curve.own * frames.own + curve.offset
    return found


def fit(frames: Frames) -> IdentityConfig:
    """Logistic regression; right and wrong masks weigh the same together, frames of objects in sight less.

    Raises:
        ValueError: if no mask is right, or none is wrong.
        ArithmeticError: if the fit does not settle.
    """
    right, wrong = np.count_nonzero(frames.right), np.count_nonzero(~frames.right)
    if not (right and wrong):
        raise ValueError(
            f"{right} masks are right and {wrong} are wrong: a curve needs both, take more seeds"
        )
    weight = np.where(frames.doubted, 1.0, SEEN_WEIGHT)
    for half in (frames.right, ~frames.right):
        weight[half] /= 2 * weight[half].sum()
    x = np.column_stack([frames.score, frames.own])
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    z = np.column_stack([(x - mean) / spread, np.ones(len(x))])
    sign, bent = np.where(frames.right, 1.0, -1.0), np.array([1.0, 1.0, 0.0])

    def loss(w: Float64[np.ndarray, " 3"]) -> tuple[float, Float64[np.ndarray, " 3"]]:
        lean = sign * (z @ w)
        total = weight @ np.logaddexp(0, -lean) + SHRINK / 2 * (bent * w) @ w
        slope = -z.T @ (weight * sign * np.exp(-np.logaddexp(0, lean))) + SHRINK * bent * w
        return float(total), slope

    best = minimize(loss, np.zeros(3), jac=True, method="L-BFGS-B", options={"ftol": 1e-13, "gtol": 1e-8})
    if not best.success:
        raise ArithmeticError(f"no curve was found for {len(frames)} masks: {best.message}")
    score, own = (best.x[:2] / spread).tolist()
    return IdentityConfig(score=score, own=own, offset=float(best.x[2] - best.x[:2] @ (mean / spread)))


def held_out(frames: Frames) -> Float64[np.ndarray, " n"]:
    """The odds of each mask by a curve fitted without its sequence."""
    found = np.zeros(len(frames))
    for name in np.unique(frames.sequence):
        asked = frames.sequence == name
        found[asked] = odds(fit(frames.where(~asked)), frames.where(asked))
    return found


# -- frames with known masks -------------------------------------------------------------------------------------


def right_or_wrong(
    truth: Int32[np.ndarray, "h w"],
    labels: Int32[np.ndarray, "h w"],
    objects: Sequence[int],
    void: Bool[np.ndarray, "h w"] | None = None,
) -> tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
    """Whose mask is right, and whose is wrong; it is neither if it shows a part of the object, or much else."""
    known, found = separate(truth, objects), separate(labels, objects)
    visible = (known if void is None else known & ~void).mean(axis=(1, 2)) >= SMALLEST
    j = region(known, found, void)
    return visible & (j > RIGHT), ~visible | (j < WRONG)


class Listener:
    """Hears what a head's judge is told of each frame; rows go with the objects."""

    def __init__(self, head: SegmentationHead) -> None:
        self._head = head
        self._look, self._sight = head._judge.judge, head._judge.presence.judge
        head._judge.judge, head._judge.presence.judge = self._looking, self._judging  # type: ignore[method-assign]  # put in its place for a while

    def labels(self) -> Int32[np.ndarray, "h w"]:
        """The network's word as it was, before anything was taken away."""
        assert self._head._loop is not None
        winner = self._head._loop.padding.crop(self._said).argmax(0).cpu().numpy()
        return np.array([0, *self._head.ids], np.int32)[winner]

    def _looking(self, look: Look, *rest: Any, **named: Any) -> Any:
        self._said = look.said
        return self._look(look, *rest, **named)

    def _judging(
        self,
        t_s: float,
        key: Float[Tensor, "cells d"],
        shares: Float[Tensor, "n cells"],
        score: Float64[np.ndarray, " n"],
        area: Float64[np.ndarray, " n"],
        **named: Bool[np.ndarray, " n"],
    ) -> Any:
        presence = self._head._judge.presence
        self.score, self.own = score, presence.summaries.likeness(key, shares)[0].double().cpu().numpy()
        self.doubted = named["doubted"] | ~np.isnan(presence.rows["unseen_s"])
        self.offered = (score >= presence.sure) & (area >= presence.smallest)  # others need no second look
        return self._sight(t_s, key, shares, score, area, **named)


def record(name: str, video: MaskedVideo, network: SegmentationNetwork, config: SegmentationConfig) -> Frames:
    """Follow a sequence from its first labels; the masks that are right or wrong."""
    head = SegmentationHead(network, config)
    listener, parts = Listener(head), []
    for i in range(video.length):
        observation = Observation(index=i, t_s=i / FRAMES_A_SECOND, rgb=video.frame(i))
        head.step(observation, None if i else video.first())
        truth = video.truth(i) if i else None
        if truth is None:
            continue
        right, wrong = right_or_wrong(truth.labels, listener.labels(), head.ids, truth.void)
        told = Frames(
            sequence=np.full(len(right), name),
            score=listener.score,
            own=listener.own,
            doubted=listener.doubted,
            right=right,
        )
        parts.append(told.where(listener.offered & (right | wrong)))
    return Frames.joined(parts)


# -- running, showing, keeping -----------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> tuple[IdentityConfig, Frames]:
    """Fit the curve that says whether a region is the object; prints it, writes identity.json and identity.png."""
    given = _parser().parse_args(arguments)
    torch.set_num_threads(given.threads)
    cv2.setNumThreads(given.threads)
    console = Console(width=None if Console().is_terminal else 110)
    network, parts = open_network(), []
    with Progress(console=console, transient=True) as bars:
        bar = bars.add_task("sequences", total=None)
        for name, video in _sequences(given.seeds):
            bars.update(bar, description=name)
            parts.append(record(name, video, network, VARIANTS["default"]()))
            bars.advance(bar)
    frames = Frames.joined(parts)
    curves = {"fitted": fit(frames), "IdentityConfig": IdentityConfig()}
    asked = frames.where(frames.doubted)
    marks = {
        "fitted": Separation.of(held_out(frames)[frames.doubted], asked.right),
        "IdentityConfig": Separation.of(odds(curves["IdentityConfig"], asked), asked.right),
    }
    _show(frames, curves, marks, console)
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / "identity.json"
    settings = {"seeds": given.seeds, "threads": given.threads, "machine": platform.machine()}
    path.write_text(json.dumps({"settings": settings, **_plain(frames, curves, marks)}))
    console.print(f"wrote {path} and {_plot(frames, curves, given.out)}", highlight=False)
    return curves["fitted"], frames


def _sequences(seeds: Sequence[int]) -> Iterator[tuple[str, MaskedVideo]]:
    for seed in seeds:
        for split, make in (("absences", absence_split), ("procedural", procedural_split)):
            for video in make(seed=seed):
                yield f"{split} {seed}: {video.name}", video


def _counts(frames: Frames) -> dict[str, int]:
    kinds = {"doubted": frames.doubted, "in sight": ~frames.doubted}
    truths = {"right": frames.right, "wrong": ~frames.right}
    return {
        f"{kind}, {truth}": int(np.count_nonzero(these & those))
        for kind, these in kinds.items()
        for truth, those in truths.items()
    }


def _show(
    frames: Frames, curves: dict[str, IdentityConfig], marks: dict[str, Separation], console: Console
) -> None:
    table = Table(title="Is it the object? Marks of doubted frames", title_justify="left")
    for heading in ("curve", "score", "own", "offset", "AUC", "recall", "specificity"):
        table.add_column(heading, justify="left" if heading == "curve" else "right")
    for name, curve in curves.items():
        mark = marks[name]
        numbers = [f"{number:.1f}" for number in (curve.score, curve.own, curve.offset)]
        table.add_row(name, *numbers, f"{mark.auc:.3f}", f"{mark.recall:.2f}", f"{mark.specificity:.2f}")
    console.print(table)
    console.print("marks of the fitted curve: each sequence by a fit without it", highlight=False)
    counted = "; ".join(f"{kind}: {count}" for kind, count in _counts(frames).items())
    console.print(f"masks of {len(np.unique(frames.sequence))} sequences: {counted}", highlight=False)


def _plain(frames: Frames, curves: dict[str, IdentityConfig], marks: dict[str, Separation]) -> dict[str, Any]:
    coefficients = ("score", "own", "offset")
    return {
        "counts": _counts(frames),
        "curves": {
            name: {field: round(getattr(curve, field), 3) for field in coefficients}
            | {
                field: None if np.isnan(mark) else round(mark, 4)
                for field, mark in asdict(marks[name]).items()
            }
            for name, curve in curves.items()
        },
        "frames": {field.name: getattr(frames, field.name).tolist() for field in fields(frames)},
    }


def _plot(frames: Frames, curves: dict[str, IdentityConfig], folder: Path) -> Path:
    """The two numbers of each mask, and the lines on which right is as likely as wrong."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(8, 3.8), sharex=True, sharey=True)
    across = np.array([frames.score.min(), 1.0])
    for axis, title, doubted in zip(
        axes, ("out of sight or doubted", "in sight"), (True, False), strict=True
    ):
        for name, right, colour in (("right", True, "#1b7f79"), ("wrong", False, "#c2553f")):
            shown = frames.where((frames.doubted == doubted) & (frames.right == right))
            axis.scatter(
                shown.score, shown.own, s=6, lw=0, alpha=0.5, color=colour, label=f"{name} {len(shown)}"
            )
        for (name, curve), style in zip(curves.items(), ("-", "--"), strict=True):
            line = -(curve.offset + curve.score * across) / curve.own
            axis.plot(across, line, color="#5c5c57", lw=1.2, ls=style, label=name)
        axis.set_title(title, fontsize=9)
        axis.set_xlabel("score of the mask", fontsize=8)
        axis.set_ylim(float(frames.own.min()) - 0.2, 1.0)  # room for the legend
        axis.tick_params(labelsize=7)
        axis.legend(fontsize=7, loc="lower left", frameon=False)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("likeness to the object's summaries", fontsize=8)
    figure.tight_layout()
    path = folder / "identity.png"
    figure.savefig(path, dpi=130)
    plt.close(figure)
    return path


def _seeds(text: str) -> list[int]:
    seeds = [int(part) for part in text.split(",")]
    published = sorted(set(seeds) & set(PUBLISHED))
    if published:
        raise argparse.ArgumentTypeError(f"{published} are seeds of published results: take others to fit on")
    return list(dict.fromkeys(seeds))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vos.identity", description=main.__doc__)
    parser.add_argument(
        "--seeds", type=_seeds, default=[11, 12, 13], help="of both splits; none of published results"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("out/vos"), help="where identity.json and identity.png go"
    )
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    main()

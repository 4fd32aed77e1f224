"""From label pictures to marks: which objects and which frames count, and how means are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int32

from benchmarks.vos.metrics import boundary, region

__all__ = ["Marks", "mean_marks", "objects_of", "score_frame", "separate"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """J and F of one object of one sequence: the means over its scored frames."""

    sequence: str
    object_id: int
    j: float
    f: float
    frames: int

    @property
    def j_and_f(self) -> float:
        """The mean of both."""
        return (self.j + self.f) / 2


def objects_of(first: Int32[np.ndarray, "h w"]) -> tuple[int, ...]:
    """The objects that are asked for: those of the first truth.

    The official code counts 1 up to the first truth's largest label; a label left out between would be an object
    that is never there and marked 1. Here it is no object.
    """
    return tuple(int(label) for label in np.unique(first) if label > 0)


def separate(labels: Int32[np.ndarray, "h w"], objects: Sequence[int]) -> Bool[np.ndarray, "n h w"]:
    """One mask an object."""
    return np.asarray(labels)[None] == np.asarray(objects, np.int32)[:, None, None]


def score_frame(
    truth: Int32[np.ndarray, "h w"],
    predicted: Int32[np.ndarray, "h w"],
    objects: Sequence[int],
    void: Bool[np.ndarray, "h w"] | None = None,
) -> Float64[np.ndarray, "2 n"]:
    """J and F of each object in one frame.

    Raises:
        ValueError: if the prediction has another size, or labels that the truth does not know (the official
            evaluation stops there as well: more objects than asked for would be free guesses).
    """
    if predicted.shape != truth.shape:
        raise ValueError(
            f"the prediction is {predicted.shape}, the truth {truth.shape}: resize probabilities to the truth's "
            "size before taking the largest"
        )
    unknown = sorted(set(np.unique(predicted).tolist()) - {0, *objects})
    if unknown:
        raise ValueError(f"the prediction has the labels {unknown}, the sequence has {list(objects)}")
    known, found = separate(truth, objects), separate(predicted, objects)
    return np.stack([region(known, found, void), boundary(known, found, void)])


def mean_marks(marks: Sequence[Marks]) -> tuple[float, float, float]:
    """J&F, J and F over all objects of all sequences, each object counting once."""
    if not marks:
        raise ValueError("no object was scored")
    j, f = float(np.mean([mark.j for mark in marks])), float(np.mean([mark.f for mark in marks]))
    return (j + f) / 2, j, f

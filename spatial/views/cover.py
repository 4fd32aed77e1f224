"""Greedy set cover: few sets that together hold every element."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64

__all__ = ["cover"]


def cover(
    shows: Bool[np.ndarray, "sets elements"], weight: Float64[np.ndarray, " elements"], spare: float = 0.0
) -> Int64[np.ndarray, " chosen"]:
    """Rising numbers of sets that together hold every element that any set holds.

    Takes the set that adds most weight until nothing is missing (Chvátal 1979: at most 1 + ln of the total weight
    times the smallest number of sets, weights whole), then leaves out sets that have become superfluous. Taking all
    sets and leaving out the superfluous ones is tried beside it; the shorter answer counts. Equal sets: the first stays.
    A set that alone holds less than `spare` is superfluous, too; what it held is given up.
    """
    greedy = _prune(shows, weight, _greedy(shows, weight), spare)
    pruned = _prune(shows, weight, np.arange(len(shows)), spare)
    return pruned if len(pruned) < len(greedy) else greedy


def _greedy(
    shows: Bool[np.ndarray, "sets elements"], weight: Float64[np.ndarray, " elements"]
) -> Int64[np.ndarray, " chosen"]:
    missing = weight * shows.any(0)
    worth = shows.astype(np.float64)
    chosen = []
    while missing.any():
        best = int((worth @ missing).argmax())
        chosen.append(best)
        missing[shows[best]] = 0
    return np.array(sorted(chosen), np.int64)


def _prune(
    shows: Bool[np.ndarray, "sets elements"],
    weight: Float64[np.ndarray, " elements"],
    chosen: Int64[np.ndarray, " before"],
    spare: float,
) -> Int64[np.ndarray, " after"]:
    """Leave out, least first and of equals the last, every set whose elements others hold, too."""
    times = shows[chosen].sum(0)
    order = np.lexsort((-chosen, shows[chosen] @ weight))
    kept = np.ones(len(chosen), np.bool_)
    for at in order:
        held = shows[chosen[at]]
        alone = weight[held & (times == 1)].sum()
        if alone == 0 or alone < spare:
            kept[at] = False
            times[held] -= 1
    return chosen[kept]

"""One frame against the views around it: who is needed once it is in."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64, UInt8

from streammem.spatial.views.candidate import Candidate, weights
from streammem.spatial.views.cover import cover
from streammem.spatial.views.shown import Shown

__all__ = ["exchange", "good"]


def good(
    quality: UInt8[np.ndarray, "*n"], best: UInt8[np.ndarray, "*n"], as_good: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where something is shown about as well as the best view shows it."""
    enough: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = (quality > 0) & (quality >= as_good * best)
    return enough


def exchange(
    shown: Shown,
    rows: Int64[np.ndarray, " views"],
    new: Candidate,
    *,
    as_good: float,
    object_weight: float,
    wanted: bool,
    spare: float,
) -> tuple[Int64[np.ndarray, " kept"], bool]:
    """Those of `rows` (oldest first) that are needed beside the candidate, and whether that is needed itself.

    What views outside `rows` show well enough need not be shown again. If the candidate is `wanted`, what only it shows
    must be; if not, it is needed only as a replacement for others.
    """
    place = np.full(int(shown.view[: shown.count].max(initial=-1)) + 1, -1, np.int16)
    place[rows] = np.arange(len(rows), dtype=np.int16)
    mine = place[shown.view[: shown.count]] >= 0
    elements = np.union1d(shown.element[: shown.count][mine], new.elements)
    at, which = shown.find(elements)
    inside = mine[at]
    quality = np.zeros((len(rows) + 1, len(elements)), np.uint8)
    quality[place[shown.view[at[inside]]], which[inside]] = shown.quality[at[inside]]
    quality[-1, np.searchsorted(elements, new.elements)] = new.quality
    before = np.zeros(len(elements), np.uint8)
    before[which] = shown.best[at]
    best = np.maximum(before, quality[-1])
    shows = good(quality, np.broadcast_to(best, quality.shape), as_good)
    kept = good(quality[:-1], np.broadcast_to(before, quality[:-1].shape), as_good)
    needed = np.logical_or.reduce(kept) | (shows[-1] & wanted)
    elsewhere = ~inside & good(shown.quality[at], best[which], as_good)
    needed[which[elsewhere]] = False
    chosen = cover(shows[:, needed], weights(elements[needed], object_weight), spare)
    return rows[chosen[chosen < len(rows)]], bool(len(chosen)) and int(chosen[-1]) == len(rows)

"""Which label each voxel was given by one labelled picture: the most of its pixels decide."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int32, Int64
from numpy.typing import NDArray

from streammem.errors import ObservationError
from streammem.spatial.objects.surface import host
from streammem.spatial.sight import Sight

__all__ = ["check_labels", "count_ballots", "sampled"]

KINDS = 4096  # labels in one picture, at most


def check_labels(labels: Int32[np.ndarray, "h w"], sight: Sight) -> None:
    """Refuse labels that do not belong to this frame.

    Raises:
        ObservationError: for another size than the camera's, or a negative label.
    """
    wanted = (sight.intrinsics.height, sight.intrinsics.width)
    if labels.shape != wanted:
        raise ObservationError(
            f"labels of {labels.shape[1]}x{labels.shape[0]} pixels for a depth picture of {wanted[1]}x{wanted[0]}: "
            "resize them to the depth first (nearest neighbour, labels are no colours)"
        )
    if labels.min(initial=0) < 0:
        raise ObservationError(f"labels are 0 (nothing) or above, got {labels.min()}: map what is void to 0")


def sampled(labels: Int32[np.ndarray, "h w"], sight: Sight) -> NDArray[np.int32]:
    """The labels of the pixels whose rows a sight tells."""
    at, (high, wide) = sight.stride // 2, sight.rows.shape
    picked = labels[at :: sight.stride, at :: sight.stride]
    if picked.shape[0] < high or picked.shape[1] < wide:
        raise ObservationError(
            f"a sight of {wide}x{high} pixels with stride {sight.stride} does not fit labels of "
            f"{labels.shape[1]}x{labels.shape[0]}"
        )
    return np.asarray(picked[:high, :wide])


def count_ballots(
    sight: Sight, labels: Int32[np.ndarray, "h w"], ignore: tuple[int, ...], capacity: int
) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
    """The rows that were seen, rising, and the label that most pixels of each say; the smaller one in a tie.

    Raises:
        ObservationError: if the picture has more than 4096 different labels.
    """
    rows = host(sight.rows).ravel()
    valid = rows >= 0
    rows, label = rows[valid], sampled(labels, sight).ravel()[valid]
    kinds = np.unique(label)
    if len(kinds) > KINDS:
        raise ObservationError(
            f"{len(kinds)} different labels in one picture, at most {KINDS}: are these labels?"
        )
    present = np.zeros(capacity, np.bool_)
    present[rows] = True
    seen = np.flatnonzero(present)
    place = np.cumsum(present)[rows] - 1
    kind = np.searchsorted(kinds, label)
    pair = place * max(len(kinds), 1) + kind
    if len(seen) * len(kinds) <= 1 << 22:
        votes = np.bincount(pair, minlength=len(seen) * len(kinds)).reshape(len(seen), -1)
        winner = kinds[votes.argmax(axis=1)] if len(seen) else np.zeros(0, np.int64)
    else:
        pairs, votes = np.unique(pair, return_counts=True)
        order = np.lexsort((pairs, -votes, pairs // len(kinds)))
        first = np.unique(pairs[order] // len(kinds), return_index=True)[1]
        winner = kinds[pairs[order][first] % len(kinds)]
    if ignore:
        winner = np.where(np.isin(winner, ignore), 0, winner)
    return seen, winner.astype(np.int64)

"""Which label each voxel was given by one labelled picture: the most of its pixels decide."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int32, Int64
from numpy.typing import NDArray

from streammem.errors import ObservationError
from streammem.spatial.objects.look import Look
from streammem.spatial.sight import Sight
from streammem.types import Intrinsics

__all__ = ["check_labels", "count_ballots", "sampled"]

KINDS = 4096  # labels in one picture, at most
TABLE = 1 << 16  # labels below this are looked up, others searched for
DENSE = 1 << 22  # ballots counted in one table; above that they are sorted


def check_labels(labels: Int32[np.ndarray, "_ _"], camera: Intrinsics, stride: int) -> None:
    """Refuse labels that do not belong to a frame of this camera, of which every `stride`-th pixel counts.

    Raises:
        ObservationError: for another size than the camera's, a negative label, or more than 4096 different ones.
    """
    wanted = (camera.height, camera.width)
    if labels.shape != wanted:
        raise ObservationError(
            f"labels of {labels.shape[1]}x{labels.shape[0]} pixels for a depth picture of {wanted[1]}x{wanted[0]}: "
            "resize them to the depth first (nearest neighbour, labels are no colours)"
        )
    if labels.min(initial=0) < 0:
        raise ObservationError(f"labels are 0 (nothing) or above, got {labels.min()}: map what is void to 0")
    kinds = len(_kinds(labels[stride // 2 :: stride, stride // 2 :: stride].ravel())[0])
    if kinds > KINDS:
        raise ObservationError(f"{kinds} different labels in one picture, at most {KINDS}: are these labels?")


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
    look: Look, labels: Int32[np.ndarray, "h w"], ignore: tuple[int, ...]
) -> Int64[np.ndarray, " n"]:
    """For each row that was seen the label that most of its pixels say; the smallest one in a tie."""
    place, label = look.pixels, sampled(labels, look.sight)[look.valid]
    kinds, kind = _kinds(label)
    winner = np.zeros(len(look.seen), np.int64)
    pair = place * np.int64(max(len(kinds), 1)) + kind
    if len(winner) * len(kinds) <= DENSE:
        votes = np.bincount(pair, minlength=len(winner) * len(kinds)).reshape(len(winner), len(kinds))
        winner = kinds[votes.argmax(axis=1)] if len(winner) else winner
    else:
        pairs, votes = np.unique(pair, return_counts=True)
        order = np.lexsort((pairs, -votes, pairs // len(kinds)))
        rows, first = np.unique(pairs[order] // len(kinds), return_index=True)
        winner[rows] = kinds[pairs[order][first] % len(kinds)]
    return np.where(np.isin(winner, ignore), 0, winner) if ignore else winner


def _kinds(label: Int32[np.ndarray, " n"]) -> tuple[Int64[np.ndarray, " k"], Int64[np.ndarray, " n"]]:
    """The different labels, rising, and which of them each one is."""
    if label.max(initial=0) >= TABLE:
        kinds, kind = np.unique(label, return_inverse=True)
        return kinds.astype(np.int64), kind.astype(np.int64)
    present = np.bincount(label, minlength=1) > 0
    return np.flatnonzero(present), (np.cumsum(present) - 1)[label]

"""Run-length codes of masks as COCO defines them: columns first, compressed to a short string."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Int32, Int64

from streammem.errors import ObservationError
from streammem.heads.boxes import label_boxes

__all__ = [
    "coco_record",
    "coco_records",
    "counts",
    "decode",
    "encode",
    "encode_labels",
    "label_counts",
    "pack",
    "unpack",
]

Rle = dict[str, Any]  # {"size": [height, width], "counts": str}, as JSON has it
MOST_PIXELS = 2**26  # a code of ten characters can claim any size


def encode(mask: Bool[np.ndarray, "h w"]) -> Rle:
    """A mask as COCO's compressed code."""
    return {"size": [*mask.shape], "counts": pack(counts(mask))}


def decode(code: Rle) -> Bool[np.ndarray, "h w"]:
    """The mask of a code; `counts` may be a string, bytes, or a plain list of numbers.

    Raises:
        ObservationError: if the code is not well-formed or does not fill its size.
    """
    try:
        height, width = (int(side) for side in code["size"])
        given = code["counts"]
    except (KeyError, TypeError, ValueError) as error:
        raise ObservationError(f"a code is {{'size': [height, width], 'counts': …}}, got {code!r}") from error
    if height < 0 or width < 0 or height * width > MOST_PIXELS:
        raise ObservationError(f"a code of {width}x{height} pixels: at most {MOST_PIXELS} are decoded")
    if isinstance(given, bytes):
        given = given.decode("ascii", errors="replace")
    runs = unpack(given) if isinstance(given, str) else np.asarray(given, np.int64)
    if (runs < 0).any() or runs.sum() != height * width:
        raise ObservationError(
            f"the runs of a {width}x{height} mask add up to {runs.sum()}: the code is damaged"
        )
    values = np.arange(len(runs)) % 2 == 1
    return np.ascontiguousarray(np.repeat(values, runs).reshape(width, height).T)


def encode_labels(labels: Int32[np.ndarray, "h w"], ids: Sequence[int]) -> tuple[Rle, ...]:
    """The code of each of these labels, as `encode(labels == id)` gives it; one pass, however many there are."""
    return tuple({"size": [*labels.shape], "counts": pack(runs)} for runs in label_counts(labels, ids))


def counts(mask: Bool[np.ndarray, "h w"]) -> Int64[np.ndarray, " r"]:
    """Lengths of runs down the columns, outside and inside by turns, outside first (0 if the first pixel is in).

    >>> counts(np.array([[1, 1, 1, 1, 1, 1, 0]], bool)).tolist()
    [0, 6, 1]
    """
    flat = np.asarray(mask, bool).T.reshape(-1)
    if not flat.size:
        return np.zeros(0, np.int64)
    turns = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    edges = np.concatenate([[0], turns, [flat.size]]).astype(np.int64)
    return np.concatenate([np.zeros(int(flat[0]), np.int64), np.diff(edges)])


def label_counts(labels: Int32[np.ndarray, "h w"], ids: Sequence[int]) -> Iterator[Int64[np.ndarray, " r"]]:
    """The runs of each of these labels, as `counts(labels == id)` gives them."""
    flat = np.ascontiguousarray(labels.T).reshape(-1)
    begins = np.ones(flat.shape, bool)
    np.not_equal(flat[1:], flat[:-1], out=begins[1:])
    starts = np.flatnonzero(begins)
    names, lengths = flat[starts], np.diff(starts, append=flat.size)
    order = np.argsort(names, kind="stable")  # by label, and within it as the runs come
    edges = np.stack([starts, starts + lengths], axis=1)[order]
    firsts, ends = (np.searchsorted(names[order], ids, side=side) for side in ("left", "right"))
    for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
        turns = edges[first:end].reshape(-1)
        rest = flat.size if first == end else flat.size - turns[-1]
        runs = np.diff(turns, prepend=0)
        yield np.append(runs, rest) if rest else runs


def pack(runs: Int64[np.ndarray, " r"]) -> str:
    """Run lengths as text: from the fourth on, the difference to the run two before; five bits a character.

    Each character is 48 plus five bits of the number, lowest first, plus 32 while more follow; the last one's
    fifth bit is the sign.

    >>> pack(np.array([2, 3, 1, 1]))
    '231N'
    """
    rest = runs.astype(np.int64)
    rest[3:] -= runs[1:-2]
    letters, going = [], [np.ones(len(rest), bool)]
    while going[-1].any():
        bits = rest & 31
        rest = rest >> 5
        more = going[-1] & (rest != np.where(bits & 16, -1, 0))
        letters.append(48 + bits + 32 * more)
        going.append(more)
    if not letters:
        return ""
    table, written = np.stack(letters, axis=1), np.stack(going[:-1], axis=1)
    return bytes(table[written].astype(np.uint8)).decode("ascii")


def unpack(text: str) -> Int64[np.ndarray, " r"]:
    """Run lengths of a text.

    Raises:
        ObservationError: if it has other characters, ends in the middle of a number, or numbers are absurd.
    """
    runs: list[int] = []
    value = shift = 0
    for letter in text:
        code = ord(letter) - 48
        if not 0 <= code < 64 or shift > 60:
            raise ObservationError(f"{letter!r} at {len(runs)} runs is no part of a run-length code")
        value |= (code & 31) << shift
        shift += 5
        if not code & 32:
            if code & 16:
                value -= 1 << shift
            runs.append(value + runs[-2] if len(runs) > 2 else value)
            if not 0 <= runs[-1] < 2**40:
                raise ObservationError(f"a run of {runs[-1]} pixels: the code is damaged")
            value = shift = 0
    if shift:
        raise ObservationError("the run-length code ends in the middle of a number")
    return np.asarray(runs, np.int64)


def coco_record(
    mask: Bool[np.ndarray, "h w"], *, image: int, object_id: int, score: float, category: int = 1
) -> dict[str, Any]:
    """One object of one frame as an entry of a COCO result file; the track is in `track_id`."""
    found = coco_records(mask.astype(np.int32), image=image, ids=[1], scores=[score], category=category)
    return found[0] | {"track_id": object_id}


def coco_records(
    labels: Int32[np.ndarray, "h w"],
    *,
    image: int,
    ids: Sequence[int],
    scores: Sequence[float],
    category: int = 1,
) -> tuple[dict[str, Any], ...]:
    """The entries of several objects of one frame, by their labels, in one pass however many there are."""
    parts = zip(ids, scores, label_counts(labels, ids), label_boxes(labels, ids), strict=True)
    return tuple(
        {
            "image_id": image,
            "category_id": category,
            "track_id": id,
            "segmentation": {"size": [*labels.shape], "counts": pack(runs)},
            "area": int(runs[1::2].sum()),
            "bbox": [float(side) for side in box or (0, 0, 0, 0)],
            "score": round(float(score), 5),
        }
        for id, score, runs, box in parts
    )

"""Run-length codes of masks as COCO defines them: columns first, compressed to a short string."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Bool, Int64

from streammem.errors import ObservationError
from streammem.heads.boxes import mask_box

__all__ = ["coco_record", "counts", "decode", "encode", "pack", "unpack"]

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


def pack(runs: Int64[np.ndarray, " r"]) -> str:
    """Run lengths as text: from the fourth on, the difference to the run two before; five bits a character.

    Each character is 48 plus five bits of the number, lowest first, plus 32 while more follow; the last one's
    fifth bit is the sign.

    >>> pack(np.array([2, 3, 1, 1]))
    '231N'
    """
    text = []
    for i, run in enumerate(runs.tolist()):
        rest = run - int(runs[i - 2]) if i > 2 else run
        more = True
        while more:
            bits = rest & 31
            rest >>= 5
            more = rest != (-1 if bits & 16 else 0)
            text.append(chr(48 + bits + 32 * more))
    return "".join(text)


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
    return {
        "image_id": image,
        "category_id": category,
        "track_id": object_id,
        "segmentation": encode(mask),
        "area": int(np.count_nonzero(mask)),
        "bbox": [float(side) for side in mask_box(mask) or (0, 0, 0, 0)],
        "score": round(float(score), 5),
    }

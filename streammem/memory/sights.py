"""What a stream shows at this moment: a few rows in place of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from streammem.memory.exemplars import Exemplars
from streammem.memory.occurrences import Occurrences
from streammem.memory.streams import Streams

__all__ = ["Sight", "shown_since"]


@dataclass(frozen=True, slots=True)
class Sight:
    """Something in sight: a row of a store. `key` names what is known of it, and is another once that is more."""

    store: str
    row: int
    key: tuple[int, ...]


def shown_since(
    kept: Exemplars, occurrences: Occurrences, streams: Streams, stream: str, since_s: float
) -> Bool[np.ndarray, " high"]:
    """Which rows a stream showed since a time, that one included; none of a stream that never came."""
    row = streams.row(stream)
    if row is None:
        return np.zeros(kept.table.high, np.bool_)
    ends = occurrences.table["end"][kept.table["latest"][: kept.table.high]]
    shown: Bool[np.ndarray, " high"] = kept.of_stream(row) & (ends >= streams.ticks(row, since_s)[1])
    return shown

"""One feature space of the memory: coded rows that belong to exemplars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int64
from numpy.typing import NDArray

from streammem.interface import SpaceSpec
from streammem.memory.codes import Codec
from streammem.token_table import Column, TokenTable

__all__ = ["SpaceTable", "first"]

REFINED = 256  # rows that a cheap bound leaves for exact scores, at least
OWNER = {"owner": Column(np.uint16)}


class SpaceTable:
    """Rows of one space in a `TokenTable`: the owner (an exemplar's row) and what the codec made of a picture."""

    def __init__(self, spec: SpaceSpec, codec: Codec, capacity: int) -> None:
        self.spec, self.codec = spec, codec
        self.table = TokenTable({**OWNER, **codec.columns}, capacity)

    @staticmethod
    def row_bytes(codec: Codec) -> int:
        """Bytes of one row."""
        return TokenTable.row_bytes({**OWNER, **codec.columns})

    def attach(self, owner: int, entries: Mapping[str, NDArray[Any]]) -> int:
        """Store one picture's coded features; the table must have room."""
        row = self.table.allocate()
        self.table["owner"][row] = owner
        for name, entry in entries.items():
            self.table[name][row] = entry
        return row

    def owners(self) -> Int64[np.ndarray, " high"]:
        """The exemplar of each row up to `table.high`; meaningless where it is not live."""
        return self.table["owner"][: self.table.high].astype(np.int64)

    def columns(self, rows: Int64[np.ndarray, " n"] | slice) -> dict[str, NDArray[Any]]:
        """The codec's entries of some rows."""
        return {name: self.table[name][rows] for name in self.codec.columns}

    def search(
        self,
        query: Float32[np.ndarray, "q d"],
        allowed: Bool[np.ndarray, " high"],
        top_k: int,
    ) -> tuple[Int64[np.ndarray, " k"], Float32[np.ndarray, " k"], Float32[np.ndarray, "k cells"]]:
        """The best rows, their scores and each cell's: mean over the question's lines of the best cell's score.

        Where the codec has a cheap bound, only the rows that it puts first are scored in full; the answer is the
        full search's whenever the k-th score is not below the best bound left out.
        """
        high = self.table.high
        rows = np.flatnonzero(allowed & self.table.live)
        bounds = self.codec.bounds(self.columns(slice(0, high)), query)
        if bounds is not None and len(rows) > max(REFINED, 2 * top_k):
            rows = rows[first(bounds[rows], max(REFINED, 2 * top_k))]
            fine = self.codec.scores(self.columns(rows), query)
        else:
            fine = self.codec.scores(self.columns(slice(0, high)), query)[:, rows]
        scores = fine.max(axis=2).mean(axis=0) if fine.size else np.zeros(len(rows), np.float32)
        best = first(scores, top_k)
        return rows[best], scores[best], fine[:, best].mean(axis=0)


def first(scores: Float32[np.ndarray, " n"], k: int) -> Int64[np.ndarray, " k"]:
    """The `k` largest, largest first, lower index first among equals."""
    if len(scores) > k:
        kth = np.partition(scores, len(scores) - k)[len(scores) - k]
        above, equal = np.flatnonzero(scores > kth), np.flatnonzero(scores == kth)
        near = np.sort(np.concatenate((above, equal[: k - len(above)])))
    else:
        near = np.arange(len(scores))
    return near[np.argsort(-scores[near], kind="stable")]

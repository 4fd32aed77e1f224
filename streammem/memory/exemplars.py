"""First pictures of something new, and how much each of them tells that no other one does.

An exemplar's information is its distance to the nearest other exemplar of its stream: whoever lies closest to
another is the first to go. Distances of several spaces are made comparable by the distance from which on a
space calls something new, and the largest counts: two exemplars are redundant only if no space tells them apart.
Keeping the nearest neighbour of each up to date costs one pass over the codes for every exemplar that comes,
and one for each that leaned on an exemplar that goes.

A moment is an exemplar that is not new as a whole: it is kept for the picture of a small thing. It is nobody's
neighbour and nothing counts as it, so all others are as they would be without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float16, Float32, Int8, Int64

from streammem.memory.codes import DenseCodec, similarity
from streammem.memory.spaces import SpaceTable
from streammem.token_table import Column, TokenTable

__all__ = ["Exemplars", "exemplar_columns"]

ALONE = 0xFFFF  # in place of a neighbour's row
Code = tuple[Int8[np.ndarray, "1 d"], Float16[np.ndarray, " 1"]]


def exemplar_columns(
    pixel: DenseCodec, spaces: Sequence[str], *, snapshots: bool, details: bool
) -> dict[str, Column]:
    """What is known of an exemplar; links to other tables hold row + 1, and 0 for none."""
    columns = {
        "id": Column(np.uint32),
        "frame": Column(np.uint32),
        "t_s": Column(np.float64),
        "stream": Column(np.uint8),
        "latest": Column(np.uint16),  # row of the occurrence that may still grow
        "own": Column(np.uint16),  # row of the occurrence that holds t_s
        "nearest": Column(np.uint16),
        "distance": Column(np.float16),  # to the nearest
        **pixel.columns,
        **{f"row_{space}": Column(np.uint16) for space in spaces},
    }
    if spaces or details:
        columns["detail"] = Column(np.float16)  # how new its newest cell or small thing was when it came
    if details:
        columns["moment"] = Column(np.bool_)
    if snapshots:
        columns["snapshot"] = Column(np.uint16)
    return columns


class Exemplars:
    """The table of exemplars and the distances between them.

    Args:
        table: rows with `exemplar_columns`.
        pixel: the codec of the codes in the table itself.
        whole: dense spaces of one vector a picture, which have their own tables.
        scale: the distance that counts as new, for "pixel" and each space of `whole`.
    """

    def __init__(
        self,
        table: TokenTable,
        pixel: DenseCodec,
        whole: Mapping[str, SpaceTable],
        scale: Mapping[str, float],
    ) -> None:
        self.table, self.pixel, self.whole, self.scale = table, pixel, dict(whole), dict(scale)

    def row(self, id: int) -> int | None:
        """The row of an exemplar, None if it is gone."""
        high = self.table.high
        found = np.flatnonzero((self.table["id"][:high] == id) & self.table.live)
        return int(found[0]) if len(found) else None

    def of_stream(self, stream: int) -> Bool[np.ndarray, " high"]:
        """Live rows of a stream."""
        mine: Bool[np.ndarray, " high"] = self.table.live & (
            self.table["stream"][: self.table.high] == stream
        )
        return mine

    def moments(self) -> Bool[np.ndarray, " high"]:
        """Rows that are kept for the picture of a small thing alone."""
        high = self.table.high
        if "moment" not in self.table.columns:
            return np.zeros(high, np.bool_)
        return np.asarray(self.table["moment"][:high])

    def distances(self, codes: Mapping[str, Code], stream: int) -> Float32[np.ndarray, " high"]:
        """From a picture's codes to every exemplar of its stream, in units of what counts as new.

        Infinite for rows of other streams, moments and rows not in use.
        """
        high = self.table.high
        far = self._apart(self.table["code"][:high, 0], self.table["norm"][:high, 0], codes["pixel"], "pixel")
        for name, space in self.whole.items():
            if name in codes and space.table.high:
                used = space.table.high
                apart = self._apart(
                    space.table["code"][:used, 0], space.table["norm"][:used, 0], codes[name], name
                )
                live = np.flatnonzero(space.table.live)
                owner = space.owners()[live]
                far[owner] = np.maximum(far[owner], apart[live])
        far[~self.of_stream(stream) | self.moments()] = np.inf
        return far

    def _apart(
        self, code: Int8[np.ndarray, "n d"], norm: Float16[np.ndarray, " n"], of: Code, space: str
    ) -> Float32[np.ndarray, " n"]:
        whole, length = of[0].astype(np.float32), np.float32(max(float(of[1][0]), 1e-6))
        alike = similarity(code, norm, whole)[0] / length
        far = (np.float32(1.0) - alike) / np.float32(self.scale[space])
        return np.asarray(np.maximum(far, np.float32(0.0)))

    def codes(self, row: int) -> dict[str, Code]:
        """What is kept of an exemplar in the spaces that distances use."""
        found: dict[str, Code] = {"pixel": (self.table["code"][row], self.table["norm"][row])}
        for name, space in self.whole.items():
            link = int(self.table[f"row_{name}"][row])
            if link:
                found[name] = (space.table["code"][link - 1], space.table["norm"][link - 1])
        return found

    def entered(self, row: int, far: Float32[np.ndarray, " high"]) -> None:
        """A new exemplar lies `far` from the others: note its nearest, and whose nearest it now is."""
        far = far.astype(np.float16)
        far[row] = np.inf
        nearest = int(far.argmin())
        self.table["nearest"][row] = nearest if np.isfinite(far[nearest]) else ALONE
        self.table["distance"][row] = far[nearest]
        if self.moments()[row]:
            return
        distance = self.table["distance"][: len(far)]
        closer = far < distance
        self.table["nearest"][: len(far)][closer] = row
        distance[closer] = far[closer]

    def refresh(self, rows: Sequence[int]) -> None:
        """Look for the nearest neighbour of some exemplars anew."""
        for row in rows:
            far = self.distances(self.codes(row), int(self.table["stream"][row])).astype(np.float16)
            far[row] = np.inf
            nearest = int(far.argmin())
            self.table["nearest"][row] = nearest if np.isfinite(far[nearest]) else ALONE
            self.table["distance"][row] = far[nearest]

    def leaning_on(self, row: int) -> list[int]:
        """Exemplars whose nearest neighbour is this one."""
        high = self.table.high
        on = np.flatnonzero((self.table["nearest"][:high] == row) & self.table.live)
        return [int(r) for r in on if int(r) != row]

    def information(self) -> Float32[np.ndarray, " high"]:
        """How far each exemplar is from being redundant; infinite for rows not in use and for loners."""
        high = self.table.high
        told = self.table["distance"][:high].astype(np.float32)
        if "detail" in self.table.columns:
            told = np.maximum(told, self.table["detail"][:high].astype(np.float32))
        told[~self.table.live] = np.inf
        return told

    def least(self, among: Int64[np.ndarray, " n"] | None = None) -> int:
        """The exemplar that tells least, the older one among equals."""
        told = self.information()
        if among is None:
            among = np.flatnonzero(self.table.live)
        return int(among[np.lexsort((self.table["id"][among], told[among]))[0]])

"""Key points of stored pictures: those asked for last stay, so that a question need not look for them again.

A snapshot never changes, and finding its key points takes ten times as long as comparing them. What is kept here is no
part of the memory: it can be made again from the pictures at any time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

import numpy as np
from jaxtyping import UInt8

from streammem.memory.geometry import Sketch, sketch
from streammem.types import BoundingBox

__all__ = ["Sketches"]

MOST_BYTES = 48_000_000  # of them all: some 600 whole pictures
LARGEST = 800 * (128 + 8)  # bytes of one, at most
Picture = Callable[[int], UInt8[np.ndarray, "_ _ 3"] | None]
Key = tuple[int, BoundingBox | None]


class Sketches:
    """The key points of snapshots, or of boxes in them.

    Args:
        picture: a snapshot by its number; None for one that is not there any more.
        most_bytes: that are kept; what was asked for longest ago goes first.
    """

    def __init__(self, picture: Picture, *, most_bytes: int = MOST_BYTES) -> None:
        self._picture, self._most = picture, most_bytes
        self._kept: OrderedDict[Key, Sketch] = OrderedDict()
        self._nbytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def nbytes(self) -> int:
        """Bytes of key points and descriptors."""
        return self._nbytes

    def of(self, snapshot: int, box: BoundingBox | None = None) -> Sketch | None:
        """The key points of a snapshot, or of a box in it alone; None if there is no such picture any more."""
        key = snapshot, box
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            return known
        shown = self._picture(snapshot)
        if shown is None:
            return None
        if box is not None:
            left, top, right, bottom = box.pixels(shown.shape[1], shown.shape[0])
            shown = shown[top:bottom, left:right]
        found = sketch(shown)
        self._keep(key, found)
        return found

    def prepare(self, snapshots: Iterable[int]) -> bool:
        """Look at the first of these, all that there are, not known yet; False where none is, or no room without loss."""
        there = list(snapshots)
        full = self._nbytes + LARGEST > self._most
        if full or len(self._kept) > len(there):
            self._forget_others(set(there))
        if full and self._nbytes + LARGEST > self._most:
            return False
        missing = next((id for id in there if (id, None) not in self._kept), None)
        return missing is not None and self.of(missing) is not None

    def _forget_others(self, there: set[int]) -> None:
        """The key points of pictures that the memory has let go."""
        for key in [key for key in self._kept if key[0] not in there]:
            self._nbytes -= self._kept.pop(key).nbytes

    def clear(self) -> None:
        """Forget all: the numbers may mean other pictures now."""
        self._kept.clear()
        self._nbytes = 0

    def _keep(self, key: Key, found: Sketch) -> None:
        self._kept[key] = found
        self._nbytes += found.nbytes
        while self._nbytes > self._most and len(self._kept) > 1:
            self._nbytes -= self._kept.popitem(last=False)[1].nbytes

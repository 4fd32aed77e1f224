"""The pictures of a page: each one once, all together within a number of bytes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from typing import TypeVar

from streammem.app.pictures import shrunk

__all__ = ["Album", "spread"]

Item = TypeVar("Item")
_PREFIX = "data:image/jpeg;base64,"
_DRAWN = "data:image/png;base64,"


class Album:
    """Pictures as data addresses, numbered in the order in which they came."""

    def __init__(self, limit: int, long_side: int = 480) -> None:
        self.limit, self._long_side = limit, long_side
        self.pictures: list[str] = []
        self.nbytes = 0
        self._left_out: set[bytes] = set()
        self._numbers: dict[bytes, int] = {}

    @property
    def left_out(self) -> int:
        """Different pictures that found no room."""
        return len(self._left_out)

    def add(self, jpeg: bytes | None) -> int | None:
        """The picture's number; None where there is no picture or no room for it."""
        if jpeg is None:
            return None
        name = hashlib.sha256(jpeg).digest()
        if name in self._numbers:
            return self._numbers[name]
        return self._enter(name, _PREFIX, shrunk(jpeg, self._long_side))

    def add_drawing(self, png: bytes) -> int | None:
        """The number of a picture whose every pixel counts; None where there is no room for it."""
        return self._enter(hashlib.sha256(png).digest(), _DRAWN, png)

    def _enter(self, name: bytes, prefix: str, content: bytes) -> int | None:
        address = prefix + base64.b64encode(content).decode("ascii")
        if self.nbytes + len(address) > self.limit:
            self._left_out.add(name)
            return None
        self.nbytes += len(address)
        self.pictures.append(address)
        self._numbers[name] = len(self.pictures) - 1
        return self._numbers[name]


def spread(items: Sequence[Item]) -> Iterator[tuple[int, Item]]:
    """Items with their places, in an order whose every beginning covers the whole evenly.

    Places are visited with their binary digits reversed (van der Corput 1935), so when room for pictures runs
    out, what has one is spread over the whole time.

    >>> [place for place, _ in spread("abcde")]
    [0, 4, 2, 1, 3]
    """
    bits = max(len(items) - 1, 0).bit_length()
    order = sorted(range(len(items)), key=lambda place: f"{place:0{bits}b}"[::-1])
    return ((place, items[place]) for place in order)

"""The pictures that prove it: JPEGs in one preallocated pool of pages.

A picture takes as many pages as it needs, linked to a chain; a dropped one gives its pages back where they lie.
So nothing is ever moved, nothing fragments, and between two commits only new pages change. Whose picture it is,
and from which stream, frame and time, is known by its exemplar, whose own frame it always shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8

from streammem.errors import ObservationError, StoreDamagedError
from streammem.interface import State
from streammem.token_table import Column, TokenTable

__all__ = ["PAGE_BYTES", "SnapshotConfig", "Snapshots", "decode_jpeg", "encode_jpeg"]

PAGE = 256  # bytes of JPEG a page holds: half a page a picture is lost on average
_LAST = 0xFFFFFFFF
_FREE = 0  # links hold page + 1, so that unused memory reads as free
PAGE_BYTES = PAGE + 4
_PICTURES = {"owner": Column(np.uint16), "first": Column(np.uint32), "size": Column(np.uint32)}


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotConfig:
    """How pictures are kept."""

    side_px: int = 384  # the longer side, at most
    quality: int = 80  # JPEG, 1 to 100

    def __post_init__(self) -> None:
        if self.side_px < 8 or not 1 <= self.quality <= 100:
            raise ObservationError(
                f"snapshots need a side of at least 8 pixels and a quality of 1 to 100, got {self}"
            )


class Snapshots:
    """At most `pictures` JPEGs in `pages` pages."""

    def __init__(self, pages: int, pictures: int) -> None:
        self.pool: UInt8[np.ndarray, "pages page"] = np.zeros((pages, PAGE), np.uint8)
        self._link = np.zeros(pages, np.uint32)
        self.table = TokenTable(_PICTURES, pictures)
        self._used = self._high = 0

    def fits(self, size: int) -> bool:
        """Whether a picture of `size` bytes can be stored now."""
        return not self.table.full and -(-size // PAGE) <= len(self.pool) - self._used

    def store(self, owner: int, jpeg: bytes) -> int:
        """Put a picture in, where it `fits`; says its row."""
        need = -(-len(jpeg) // PAGE)
        pages = np.flatnonzero(self._link == _FREE)[:need]
        padded = np.zeros(need * PAGE, np.uint8)
        padded[: len(jpeg)] = np.frombuffer(jpeg, np.uint8)
        self.pool[pages] = padded.reshape(need, PAGE)
        self._link[pages[:-1]] = pages[1:] + 1
        self._link[pages[-1]] = _LAST
        self._used, self._high = self._used + need, max(self._high, int(pages[-1]) + 1)
        row = self.table.allocate()
        for name, value in (("owner", owner), ("first", pages[0]), ("size", len(jpeg))):
            self.table[name][row] = value
        return row

    def jpeg(self, row: int) -> bytes:
        """A stored picture's bytes."""
        return self.pool[self._chain(row)].tobytes()[: int(self.table["size"][row])]

    def drop(self, row: int) -> None:
        """Give a picture's pages back."""
        pages = self._chain(row)
        self._link[pages] = _FREE
        self.pool[pages] = 0
        self._used -= len(pages)
        while self._high and self._link[self._high - 1] == _FREE:
            self._high -= 1
        self.table.free(row)

    def _chain(self, row: int) -> list[int]:
        pages = [int(self.table["first"][row])]
        while (link := int(self._link[pages[-1]])) != _LAST:
            if link == _FREE or len(pages) > self._used:
                raise StoreDamagedError("a stored picture breaks off: the store was changed from outside")
            pages.append(link - 1)
        return pages

    def nbytes(self) -> int:
        """Bytes of `state`: the pages up to the last one in use, their links, one row a picture."""
        return self._high * PAGE_BYTES + self.table.nbytes()

    def state(self) -> State:
        """Pages, links and rows."""
        mine = {"pages": self.pool[: self._high].copy(), "links": self._link[: self._high].copy()}
        return {**mine, **{f"pictures/{name}": array for name, array in self.table.state().items()}}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if the pages do not fit this pool.
        """
        pages, links = state.get("pages"), state.get("links")
        if pages is None or links is None or pages.shape != (len(links), PAGE) or len(links) > len(self.pool):
            raise StoreDamagedError(
                f"snapshots should be at most {len(self.pool)} pages of {PAGE} bytes with a link each: restore into "
                "a memory made with the same budget and configuration"
            )
        self.pool[: len(links)], self.pool[len(links) : self._high] = pages, 0
        self._link[: len(links)], self._link[len(links) : self._high] = links, _FREE
        self._used, self._high = int((links != _FREE).sum()), len(links)
        self.table.restore(
            {name.removeprefix("pictures/"): a for name, a in state.items() if name.startswith("pictures/")}
        )


def encode_jpeg(picture: UInt8[np.ndarray, "_ _ 3"], config: SnapshotConfig, most: int) -> bytes | None:
    """An RGB picture as JPEG of at most `most` bytes, made smaller where it takes that; None if nothing helps."""
    side = config.side_px
    while side >= 8:
        height, width = picture.shape[:2]
        scale = min(1.0, side / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = picture if scale == 1.0 else _shrink(picture, size)
        done, jpeg = cv2.imencode(
            ".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, config.quality]
        )
        if done and jpeg.nbytes <= most:
            return jpeg.tobytes()
        side = min(side, max(size)) // 2
    return None


def _shrink(picture: UInt8[np.ndarray, "_ _ 3"], size: tuple[int, int]) -> UInt8[np.ndarray, "_ _ 3"]:
    """Means over areas; by halves as far as that goes, which takes 1.3 ms instead of 3.2 at 720p."""
    while picture.shape[1] >= 2 * size[0] and picture.shape[0] >= 2 * size[1]:
        half = (picture.shape[1] // 2, picture.shape[0] // 2)
        picture = cv2.resize(picture, half, interpolation=cv2.INTER_AREA)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def decode_jpeg(jpeg: bytes | None) -> UInt8[np.ndarray, "_ _ 3"] | None:
    """A stored picture as RGB; None stays None.

    Raises:
        StoreDamagedError: if it is no JPEG any more.
    """
    if jpeg is None:
        return None
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise StoreDamagedError("a stored picture is no JPEG any more: the store was changed from outside")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)

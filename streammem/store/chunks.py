"""Arrays in chunks along their first axis, each with a checksum, written only where they changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

__all__ = ["digests", "read_array", "rows_per_chunk", "write_array"]


def rows_per_chunk(array: NDArray[np.generic], chunk_bytes: int) -> int:
    """How many entries of the first axis make a chunk; depends on dtype and trailing shape alone."""
    row = array.dtype.itemsize * int(np.prod(array.shape[1:], dtype=np.int64))
    return max(1, chunk_bytes // max(1, row))


def digests(array: NDArray[np.generic], chunk_bytes: int) -> list[bytes]:
    """One hash a chunk, after one of dtype and shape beyond the first axis."""
    kind = xxhash.xxh3_128_digest(f"{array.dtype.str}{array.shape[1:]}{array.ndim}".encode())
    flat = np.ascontiguousarray(array).reshape(array.shape or (1,))
    step = rows_per_chunk(flat, chunk_bytes)
    parts = (flat[at : at + step].reshape(-1).view(np.uint8) for at in range(0, len(flat), step))
    return [kind, *(xxhash.xxh3_128_digest(part.data) for part in parts)]


def read_array(root: Any, name: str) -> NDArray[np.generic]:
    """The whole array."""
    return np.asarray(root[name][...])


def write_array(
    root: Any,
    name: str,
    array: NDArray[np.generic],
    before: list[bytes] | None,
    now: list[bytes],
    chunk_bytes: int,
) -> int:
    """Bring the stored array to what it is now; says how many bytes were written."""
    if before == now and _stored_length(root, name) == (len(array) if array.ndim else None):
        return 0
    if before is None or before[0] != now[0]:
        _create(root, name, array, chunk_bytes)
        before = now[:1]
    target = root[name]
    if array.ndim == 0:
        target[...] = array
        return array.nbytes
    step = rows_per_chunk(array, chunk_bytes)
    if target.shape != array.shape:
        # Chunks beyond the new end go; the one that was cut has another hash, so it is written below.
        target.resize(array.shape)
    written = 0
    for first, last in _runs(before[1:], now[1:]):
        part = array[first * step : last * step]
        target[first * step : first * step + len(part)] = part
        written += part.nbytes
    return written


def _stored_length(root: Any, name: str) -> int | None:
    shape = root[name].shape
    return shape[0] if shape else None


def _create(root: Any, name: str, array: NDArray[np.generic], chunk_bytes: int) -> None:
    from zarr.codecs import Crc32cCodec, ZstdCodec

    chunks = (
        (rows_per_chunk(array, chunk_bytes), *(max(1, side) for side in array.shape[1:]))
        if array.ndim
        else ()
    )
    root.create_array(
        name,
        shape=array.shape,
        chunks=chunks,
        dtype=array.dtype,
        # A chunk is stored whole, however little of it is used: compression takes the rest away. Without the
        # checksum a flipped byte would be read as data.
        compressors=(ZstdCodec(level=1), Crc32cCodec()),
        overwrite=True,
    )


def _runs(before: list[bytes], now: list[bytes]) -> list[tuple[int, int]]:
    """Stretches of chunks that differ, as (first, last + 1)."""
    changed = [i for i, mark in enumerate(now) if i >= len(before) or before[i] != mark]
    runs: list[tuple[int, int]] = []
    for i in changed:
        if runs and runs[-1][1] == i:
            runs[-1] = runs[-1][0], i + 1
        else:
            runs.append((i, i + 1))
    return runs

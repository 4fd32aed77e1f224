"""Many small arrays in one: each array of its own costs a round trip to the repository, however little it holds.

A memory that draws a map has some two hundred arrays, most of them of a few hundred bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streammem.errors import StoreDamagedError

__all__ = ["PACKED", "pack", "unpack"]

PACKED = "packed"  # the array that holds the small ones; no name of an array has this form, see `pack`
_LANE = (
    16  # bytes that each small array starts at a multiple of, so that one that grows a little moves no other
)

Arrays = Mapping[str, NDArray[np.generic]]
Table = dict[str, list[Any]]  # dtype, shape, first byte


def pack(arrays: Arrays, most: int) -> tuple[dict[str, NDArray[np.generic]], Table]:
    """The arrays as they are stored: those of at most `most` bytes one behind another in `PACKED`.

    Raises:
        ValueError: if an array is called like the one that holds the others.
    """
    if PACKED in arrays:
        raise ValueError(f"no array may be called {PACKED!r}: the store keeps its small ones there")
    small = sorted(name for name, array in arrays.items() if array.nbytes <= most)
    if not small:
        return dict(arrays), {}
    table: Table = {}
    end = 0
    for name in small:
        array = arrays[name]
        table[name] = [array.dtype.str, list(array.shape), end]
        end += -(-array.nbytes // _LANE) * _LANE
    held = np.zeros(end, np.uint8)
    for name in small:
        start, array = table[name][2], np.ascontiguousarray(arrays[name])
        held[start : start + array.nbytes] = array.reshape(-1).view(np.uint8)
    return {**{name: array for name, array in arrays.items() if name not in table}, PACKED: held}, table


def unpack(stored: Arrays, table: Table) -> dict[str, NDArray[np.generic]]:
    """The arrays again.

    Raises:
        StoreDamagedError: if the table and the bytes do not fit each other.
    """
    arrays = {name: array for name, array in stored.items() if name != PACKED or not table}
    held = stored.get(PACKED)
    for name, entry in table.items():
        try:
            kind, shape, start = entry
            dtype = np.dtype(kind)
            size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        except (TypeError, ValueError) as error:
            raise StoreDamagedError(
                f"array {name!r} is described as {entry!r}, not by type, shape and first byte: take the store from a backup"
            ) from error
        if held is None or dtype.hasobject or not 0 <= start <= start + size <= len(held):
            raise StoreDamagedError(
                f"array {name!r} should be {size} bytes from {start} on, the store holds "
                f"{0 if held is None else len(held)}: take the store from a backup"
            )
        arrays[name] = held[start : start + size].view(dtype).reshape(shape).copy()
    return arrays

"""Morton keys: the bits of three coordinates interleaved, so that what is near in space is near in order.

A voxel's key has 63 bits, 21 an axis, counted from the middle: voxel (0, 0, 0) is the corner of the world's origin.
x has the lowest bit, as in OctoMap. Eight siblings share `key >> 3`, a block of 8x8x8 voxels `key >> 9`, so a coarser
level is a shift and a block's own voxels are contiguous. Morton (1966).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Int64
from numpy.typing import NDArray
from torch import Tensor

__all__ = [
    "BLOCK_BITS",
    "HALF",
    "decode",
    "encode",
    "encode_on_cpu",
    "grid_keys",
    "in_range",
    "local_cells",
    "spread",
]

Int64Array = NDArray[np.int64]

HALF = 1 << 20  # voxels from the middle to either end of an axis
BLOCK_BITS = 9  # of a voxel's key that tell it from the others in its block
LOW_BITS = 11  # of 21 that one look into the table spreads
MASKS = (  # undo the spreading by 1, 2, 4, 8 and 16 bits
    (2, 0x10C30C30C30C30C3),
    (4, 0x100F00F00F00F00F),
    (8, 0x1F0000FF0000FF),
    (16, 0x1F00000000FFFF),
    (32, 0x1FFFFF),
)


@lru_cache(maxsize=4)
@torch.inference_mode(False)  # as all that is cached: others may differentiate what they make of it
def _table(device: torch.device) -> Int64[Tensor, " 2048"]:
    number = torch.arange(1 << LOW_BITS, dtype=torch.int64)
    bits = torch.arange(LOW_BITS, dtype=torch.int64)
    return (((number[:, None] >> bits) & 1) << (3 * bits)).sum(1).to(device)


@lru_cache(maxsize=4)
@torch.inference_mode(False)
def _axes(device: torch.device) -> Int64[Tensor, " 3"]:
    return torch.arange(3, dtype=torch.int64, device=device)


def spread(numbers: Int64[Tensor, "*n"]) -> Int64[Tensor, "*n"]:
    """Two zero bits between every two bits of numbers from 0 to 2^21 - 1."""
    table, flat = _table(numbers.device), numbers.reshape(-1)
    low, high = flat & ((1 << LOW_BITS) - 1), flat >> LOW_BITS
    both = table.index_select(0, high).bitwise_left_shift_(3 * LOW_BITS) if high.numel() else high
    return (both | table.index_select(0, low)).reshape(numbers.shape)


def gather_bits(numbers: Int64[Tensor, "*n"]) -> Int64[Tensor, "*n"]:
    """The way back from `spread`: every third bit, close together."""
    numbers = numbers & 0x1249249249249249
    for shift, mask in MASKS:
        numbers = (numbers | (numbers >> shift)) & mask
    return numbers


def in_range(cells: Int64[Tensor, "*n 3"]) -> Tensor:
    """Whether whole voxel coordinates have a key."""
    return ((cells >= -HALF) & (cells < HALF)).all(-1)


def encode(cells: Int64[Tensor, "*n 3"]) -> Int64[Tensor, "*n"]:
    """Keys of whole voxel coordinates in range (see `in_range`).

    >>> encode(torch.tensor([[-(1 << 20)] * 3, [-(1 << 20) + 1, -(1 << 20), -(1 << 20) + 2]])).tolist()
    [0, 33]
    """
    return (spread(cells + HALF) << _axes(cells.device)).sum(-1)


def encode_on_cpu(cells: Int64Array) -> Int64Array:
    """`encode`, in NumPy: on few cells it takes a third of the time."""
    table = _array()
    low, high = cells + HALF & ((1 << LOW_BITS) - 1), cells + HALF >> LOW_BITS
    spread_bits = table[high] << 3 * LOW_BITS | table[low]
    keys: Int64Array = spread_bits[:, 0] | spread_bits[:, 1] << 1 | spread_bits[:, 2] << 2
    return keys


@lru_cache(maxsize=1)
def _array() -> Int64Array:
    return np.asarray(_table(torch.device("cpu")).numpy())


def decode(keys: Int64[Tensor, "*n"]) -> Int64[Tensor, "*n 3"]:
    """Whole voxel coordinates of keys."""
    return gather_bits(keys[..., None] >> _axes(keys.device)) - HALF


def grid_keys(
    low: tuple[int, int, int], shape: tuple[int, int, int], device: torch.device
) -> Int64[Tensor, "x y z"]:
    """Keys of a grid of blocks in range, from block `low` on; they are voxels' keys without the last 9 bits."""
    x, y, z = (_run(start + (HALF >> 3), count, device) for start, count in zip(low, shape, strict=True))
    return x[:, None, None] + (y << 1)[:, None] + (z << 2)


def _run(start: int, count: int, device: torch.device) -> Int64[Tensor, " n"]:
    """`spread` of `count` numbers from `start` on: mostly a stretch of the table as it is."""
    mask = (1 << LOW_BITS) - 1
    if device.type == "cpu":
        numbers = np.arange(start, start + count)
        return torch.from_numpy(_array()[numbers >> LOW_BITS] << 3 * LOW_BITS | _array()[numbers & mask])
    if start >> LOW_BITS != (start + count - 1) >> LOW_BITS:
        return spread(torch.arange(start, start + count, device=device))
    high = sum(((start >> bit) & 1) << (3 * bit) for bit in range(LOW_BITS, 21))
    return _table(device)[start & mask : (start & mask) + count] + high


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def local_cells(count: int, device: torch.device) -> Int64[Tensor, "_ 3"]:
    """x, y, z within a cube of `count` voxels (a power of 8), in the order of their keys."""
    return gather_bits(torch.arange(count, device=device)[:, None] >> _axes(device))

"""Coarser levels: cubes of 1, 2, 4, 8, ... voxels, made when they are asked for.

A cube is occupied if any of its voxels is, else free if any is, else unknown: the maximum, with the unknown below
everything (OctoMap's policy for inner nodes).
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Int8, Int64
from torch import Tensor

from streammem.errors import ObservationError
from streammem.spatial.octree.blocks import VOXELS
from streammem.spatial.octree.morton import BLOCK_BITS
from streammem.spatial.octree.tables import Tables
from streammem.types import Interval

__all__ = ["BLOCK_LEVEL", "answering", "check_level", "largest", "maxima", "merged"]

BLOCK_LEVEL = 3  # at which a cube is a block
TOP_LEVEL = 20
UNKNOWN = -128  # below every log-odds while maxima are taken


def check_level(level: int) -> int:
    """The level itself.

    Raises:
        ObservationError: if there is no such level.
    """
    if not 0 <= level <= TOP_LEVEL:
        raise ObservationError(
            f"a level is 0 (voxels) to {TOP_LEVEL} (2^{TOP_LEVEL} voxels across), got {level}"
        )
    return level


def _seen(first_s: Tensor, last_s: Tensor, during: Interval) -> Bool[Tensor, " n"]:
    return (first_s <= during.end_s) & (last_s >= during.start_s)


def answering(
    tables: Tables, slots: Int64[Tensor, " b"], during: Interval | None
) -> Int8[Tensor, "b voxels"]:
    """The log-odds of blocks, with 0 (unknown) for what was not seen in the interval."""
    log_odds = tables.blocks["log_odds"].index_select(0, slots)
    if during is None:
        return log_odds
    blocks, surface = tables.blocks, tables.surface
    answers = _seen(blocks["first_s"][slots], blocks["last_s"][slots], during)
    answers = answers[:, None].expand(-1, VOXELS).clone()
    rows = tables.rows_in(slots)
    cells = surface["cell"].index_select(0, rows)
    number = torch.zeros(blocks.slots.high, dtype=torch.int64, device=slots.device)
    number[slots] = torch.arange(slots.numel(), device=slots.device)
    at = (number.index_select(0, cells >> BLOCK_BITS) << BLOCK_BITS) | (cells & (VOXELS - 1))
    answers.view(-1)[at] = _seen(surface["first_s"][rows], surface["last_s"][rows], during)
    return log_odds.masked_fill_(~answers, 0)


def maxima(log_odds: Int8[Tensor, "b _"], level: int) -> Int8[Tensor, "b _"]:
    """Log-odds of the cubes of a level up to `BLOCK_LEVEL`, in the order of their keys; 0 is unknown."""
    if level == 0:
        return log_odds
    cubes = log_odds.masked_fill(log_odds == 0, UNKNOWN).view(
        log_odds.shape[0], log_odds.shape[1] >> 3 * level, 8**level
    )
    most = largest(cubes)
    return most.masked_fill(most == UNKNOWN, 0)


def largest(numbers: Int8[Tensor, "*n power_of_two"]) -> Int8[Tensor, "*n"]:
    """The maximum along the last axis, by halving: quicker than `amax`, which goes number by number there."""
    while numbers.shape[-1] > 1:
        half = numbers.shape[-1] // 2
        numbers = torch.maximum(numbers[..., :half], numbers[..., half:])
    return numbers[..., 0]


def merged(
    keys: Int64[Tensor, " b"], log_odds: Int8[Tensor, " b"], level: int
) -> tuple[Int64[Tensor, " c"], Int8[Tensor, " c"]]:
    """Keys and log-odds of the cubes of a level above `BLOCK_LEVEL`, from those of blocks with rising keys."""
    cubes, number = torch.unique_consecutive(keys >> 3 * (level - BLOCK_LEVEL), return_inverse=True)
    lowest = torch.full((cubes.numel(),), UNKNOWN, dtype=torch.int64, device=keys.device)
    values = log_odds.masked_fill(log_odds == 0, UNKNOWN).to(torch.int64)
    most = lowest.scatter_reduce_(0, number, values, "amax").to(torch.int8)
    return cubes, most.masked_fill(most == UNKNOWN, 0)

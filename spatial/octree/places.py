"""Where numbers are not zero, and numbers in order: what NumPy does several times faster than torch on a CPU."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Int64, Shaped
from torch import Tensor

__all__ = ["places", "rising", "runs_of", "spread_out"]


def places(numbers: Shaped[Tensor, " n"]) -> Int64[Tensor, " m"]:
    """The places of what is not zero, rising."""
    if numbers.device.type == "cpu":
        return torch.from_numpy(np.flatnonzero(numbers.numpy()))
    return numbers.nonzero()[:, 0]


def rising(numbers: Int64[Tensor, " n"]) -> Int64[Tensor, " n"]:
    """Numbers, sorted."""
    if numbers.device.type == "cpu":
        return torch.from_numpy(np.sort(numbers.numpy()))
    return numbers.sort().values


def runs_of(
    numbers: Shaped[Tensor, " n"], cuts: Bool[Tensor, " _"] | None = None
) -> tuple[Int64[Tensor, " r"], Int64[Tensor, " r"]]:
    """Where runs of equal numbers begin, and how long they are; `cuts` end a run whatever follows."""
    count = numbers.numel()
    new = numbers[1:] != numbers[:-1]
    first = places(new if cuts is None else new.logical_or_(cuts)) + 1
    first = torch.cat([first.new_zeros(min(count, 1)), first])
    return first, torch.diff(first, append=first.new_full((1,), count))


def spread_out(values: Shaped[Tensor, " r"], length: Int64[Tensor, " r"]) -> Shaped[Tensor, " n"]:
    """Each value as often as its run is long."""
    if values.device.type == "cpu":
        return torch.from_numpy(np.repeat(values.numpy(), length.numpy()))
    return values.repeat_interleave(length)

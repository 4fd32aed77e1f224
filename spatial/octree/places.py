"""Where numbers are not zero."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Int64, Shaped
from torch import Tensor

__all__ = ["places"]


def places(numbers: Shaped[Tensor, " n"]) -> Int64[Tensor, " m"]:
    """The places of what is not zero, rising. On the CPU NumPy finds them several times faster than torch."""
    if numbers.device.type == "cpu":
        return torch.from_numpy(np.flatnonzero(numbers.numpy()))
    return numbers.nonzero()[:, 0]

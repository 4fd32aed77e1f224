"""Probabilities of single objects to probabilities over background and objects."""

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["aggregate"]

EPSILON = 1e-7  # in float32 the upper bound 1 - 1e-7 is 0.99999988


def aggregate(probabilities: Float[Tensor, "n H W"]) -> Float[Tensor, "m H W"]:
    """Soft aggregation (Oh et al. 2019, STM, eq. 6): background first, then the objects; sums to 1 over them.

    The background is what no object is: q0 = prod(1 - p). The result is each channel's odds q / (1 - q), clamped,
    over the sum of them. Hard masks come back as nearly 0 and 1. Computed in float32 for half precision.
    """
    p = probabilities.float() if probabilities.dtype in (torch.float16, torch.bfloat16) else probabilities
    q = torch.cat([(1 - p).prod(dim=0, keepdim=True), p]).clamp(EPSILON, 1 - EPSILON)
    return (q / (1 - q)).log().softmax(dim=0)

"""Depths in the wrong unit: told by their median, since rooms are neither ant-sized nor city-sized."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

__all__ = ["LEAST_MEDIAN_M", "MOST_MEDIAN_M", "SATURATED_M", "misread_depth"]

MOST_MEDIAN_M = 100.0  # no depth camera sees so far
LEAST_MEDIAN_M = 0.02  # nor so near
SATURATED_M = 65.535  # the largest 16-bit number of millimetres: "nothing measured" of many sensors
SAMPLE = 5000  # depths that the median is taken of


def misread_depth(depth_m: Float[np.ndarray, "h w"]) -> str | None:
    """A sentence on what is wrong with the unit of these depths and what to do; None if they are plausible.

    The median is that of some thousand of the finite and positive depths; of none, nothing is said.

    >>> misread_depth(np.full((4, 4), 1.5)) is None
    True
    >>> misread_depth(np.full((4, 4), 1500.0))[:46]
    'the median depth is 1500 m: these look like mi'
    """
    step = max(1, int((depth_m.size / SAMPLE) ** 0.5))
    some = depth_m[step // 2 :: step, step // 2 :: step]
    some = some[np.isfinite(some) & (some > 0) & (np.abs(some - SATURATED_M) > 5e-4)]
    if not some.size:
        return None
    median = float(np.median(some))
    if median > MOST_MEDIAN_M:
        return f"the median depth is {median:.4g} m: these look like millimetres given as metres; divide them by 1000"
    if median < LEAST_MEDIAN_M:
        return (
            f"the median depth is {median:.4g} m: these look like metres divided by 1000 once too often; multiply "
            "them by 1000"
        )
    return None

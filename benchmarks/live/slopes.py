"""Is it flat? The slope of a quantity over time that no outlier moves."""

from __future__ import annotations

import numpy as np
from scipy.stats import theilslopes

__all__ = ["growth"]


def growth(values: list[float], *, skip: float = 0.25) -> tuple[float, float]:
    """What a run adds by its slope (Theil-Sen), and the upper end of the slope's 95 % interval, from start to end.

    The first part, a quarter unless told otherwise, in which caches fill, is left out.
    """
    kept = np.array(values[round(len(values) * skip) :])
    slope, _, _, high = theilslopes(kept, np.arange(len(kept)), 0.95)
    return float(slope * len(values)), float(high * len(values))

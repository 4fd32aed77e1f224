"""Units of depth, told by the median."""

import numpy as np
import pytest

from streammem.depth_units import SATURATED_M, misread_depth


@pytest.mark.parametrize(
    ("median", "says"),
    [(1500.0, "divide them by 1000"), (0.0015, "multiply them by 1000"), (0.03, None), (90.0, None)],
)
def test_the_median_tells(median: float, says: str | None) -> None:
    depth = np.random.default_rng(0).normal(median, median / 20, (48, 64)).astype(np.float32)
    found = misread_depth(depth)
    assert (found is None) if says is None else (found is not None and says in found)


@pytest.mark.parametrize("nothing", [0.0, -1.0, np.nan, np.inf, SATURATED_M])
def test_what_is_no_measurement_does_not_count(nothing: float) -> None:
    depth = np.full((480, 640), nothing, np.float32)
    assert misread_depth(depth) is None
    depth[:, ::7] = 1.0
    assert misread_depth(depth) is None

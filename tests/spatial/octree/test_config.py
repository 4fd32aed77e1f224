import math
from typing import Any

import pytest

from streammem.errors import ObservationError
from streammem.spatial.octree import OctreeConfig


def test_steps_are_octomaps_constants() -> None:
    steps = OctreeConfig().steps
    for whole, wanted in (
        (steps.hit, math.log(0.7 / 0.3)),
        (-steps.miss, math.log(0.4 / 0.6)),
        (steps.low, -2.0),
        (steps.high, 3.5),
    ):
        assert whole * steps.size == pytest.approx(wanted, rel=0.006)


def test_no_miss_leaves_a_byte() -> None:
    steps = OctreeConfig(low=-3.5, through_misses=8).steps
    assert steps.low - 8 * steps.miss >= -128


@pytest.mark.parametrize(
    "wrong",
    [
        {"voxel_m": 0.0},
        {"voxel_m": math.nan},
        {"stride": 0},
        {"dim": -1},
        {"tolerance": 4.0},
        {"through_misses": 0},
        {"hit": 0.5},
        {"miss": 0.5},
        {"low": 0.1},
        {"high": math.inf},
        {"beyond_m": 1.0},
        {"most_weight": 0.0},
        {"through_misses": 1000},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(ObservationError):
        OctreeConfig(**wrong)

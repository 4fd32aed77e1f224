"""Success, SPL, SoftSPL and reward, worked out by hand."""

import math

import pytest

from streammem.envs.habitat.measures import reward, soft_spl, spl, success
from streammem.errors import ObservationError


@pytest.mark.parametrize(
    ("distance", "stopped", "expected"),
    [(0.1, True, 1.0), (0.2, True, 0.0), (0.1999, True, 1.0), (0.0, False, 0.0), (math.inf, True, 0.0)],
)
def test_success_is_strict_and_wants_a_stop(distance: float, stopped: bool, expected: float) -> None:
    assert success(distance, stopped=stopped, threshold_m=0.2) == expected


@pytest.mark.parametrize(
    ("done", "geodesic", "path", "expected"),
    [
        (1.0, 5.0, 5.0, 1.0),
        (1.0, 5.0, 10.0, 0.5),  # twice the way
        (1.0, 5.0, 4.9, 1.0),  # a stop before the goal is not better than the shortest way
        (0.0, 5.0, 5.0, 0.0),
        (1.0, 0.0, 0.0, 1.0),  # began upon the goal
        (1.0, 0.0, 0.25, 0.0),
        (1.0, math.inf, 3.0, 0.0),
    ],
)
def test_spl(done: float, geodesic: float, path: float, expected: float) -> None:
    assert spl(done, geodesic, path) == expected


@pytest.mark.parametrize(
    ("distance", "geodesic", "path", "expected"),
    [
        (0.0, 4.0, 4.0, 1.0),
        (1.0, 4.0, 3.0, 0.75),
        (1.0, 4.0, 8.0, 0.375),  # 3/4 of the way, and twice as much walked
        (6.0, 4.0, 2.0, 0.0),  # farther off than at first
        (0.0, 0.0, 0.0, 1.0),
        (0.5, 0.0, 0.5, 0.0),
        (math.inf, 4.0, 2.0, 0.0),
        (1.0, math.inf, 2.0, 0.0),
    ],
)
def test_soft_spl(distance: float, geodesic: float, path: float, expected: float) -> None:
    assert soft_spl(distance, geodesic, path) == expected


def test_reward() -> None:
    assert reward(2.0, 1.75, 0.0) == pytest.approx(0.24)
    assert reward(0.1, 0.1, 1.0) == pytest.approx(2.49)
    assert reward(math.inf, math.inf, 0.0) == -0.01
    assert reward(math.inf, 2.0, 0.0) == -0.01


@pytest.mark.parametrize("lengths", [(-1.0, 2.0), (math.nan, 2.0), (2.0, math.nan)])
def test_lengths_are_lengths(lengths: tuple[float, float]) -> None:
    with pytest.raises(ObservationError, match="at least 0 m"):
        spl(1.0, *lengths)

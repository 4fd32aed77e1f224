"""Dances are told apart by their motion."""

import itertools

import numpy as np
import pytest

from streammem.envs.tasks.dances import DANCES, REACH_M, STEPS, dance
from streammem.errors import ObservationError


@pytest.mark.parametrize("name", DANCES)
def test_a_dance_has_sixteen_steps_within_reach(name: str) -> None:
    figure = dance(name)
    assert figure.shift_m.shape == (STEPS, 3) and figure.limbs.shape == (STEPS, 4)
    assert np.abs(figure.shift_m).max() <= REACH_M + 1e-9 and np.abs(figure.limbs).max() <= 1
    assert (figure.shift_m[:, 2] >= 0).all()
    assert np.linalg.norm(figure.shift_m[0, :2]) <= REACH_M / 2 + 1e-9


def test_no_two_dances_look_alike() -> None:
    looks = [
        np.column_stack([f.shift_m, np.sin(f.turn), np.cos(f.turn), f.limbs]) for f in map(dance, DANCES)
    ]
    for one, other in itertools.combinations(looks, 2):
        assert (np.abs(one - other).max(1) > 0.2).sum() >= 6


def test_an_unknown_dance() -> None:
    with pytest.raises(ObservationError, match="no dance 'polka'"):
        dance("polka")

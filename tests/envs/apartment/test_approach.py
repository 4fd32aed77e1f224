"""Places from which one gets at things."""

import math

import numpy as np
import pytest
from apartment_scenes import CABINET, tiny_scene

from streammem.envs.apartment.approach import before_doors, drawer_m, hidden_by, swing_m
from streammem.envs.apartment.placing import Draft
from streammem.envs.apartment.stock import Item

MODEL = tiny_scene().by_id[CABINET].model  # 0.8 m wide, its door 0.8 m, its front at y -0.24
LEAF = (1.0, 0.0, 1.04, 0.9)


@pytest.mark.parametrize("yaw", [0.0, math.pi / 2, 2.0])
def test_one_comes_in_straight_ahead_just_beyond_the_doors(yaw: float) -> None:
    item = Item(MODEL, (-0.4, -0.24, 0.0), (0.4, 0.22, 0.8))
    host = Draft(item, (3.0, 2.0, 0.0), yaw, 0, "floor")
    own = [(0.0, -1.2), (0.35, -1.4), (0.0, -1.0), (0.0, -1.7), (0.5, -1.2), (0.0, 1.2)]
    places = np.array([host.world(x, y) for x, y in own])
    assert before_doors(host, places).tolist() == [True, True, False, False, False, False]


def test_doors_swing_as_far_as_they_are_wide() -> None:
    assert swing_m(MODEL) == pytest.approx(0.8) and drawer_m(MODEL) == 0.0


def test_a_leaf_hides_what_is_straight_behind_it() -> None:
    places = np.array([[0.0, 0.4], [0.0, 3.0], [2.0, 0.4], [1.5, 1.2]])
    assert hidden_by([LEAF], places, (1.5, 0.4)).tolist() == [True, False, False, False]
    assert not hidden_by([], places, (1.5, 0.4)).any()

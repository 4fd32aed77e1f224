"""Spots on and in the tiny scene's furniture."""

import numpy as np
import pytest
from apartment_scenes import BALL, CABINET, CUP, TABLE, tiny_scene

from streammem.envs.apartment.world import World
from streammem.envs.tasks.supports import spots
from streammem.errors import ObservationError


@pytest.mark.parametrize("seed", range(10))
def test_a_ball_stands_on_the_table_beside_the_cup(seed: int) -> None:
    world = World(tiny_scene())
    (spot,) = spots(world, BALL, TABLE, np.random.default_rng(seed))
    world.move(BALL, spot.at, spot.yaw, parent=spot.parent)
    (ball, cup, table) = (world.box(thing) for thing in (BALL, CUP, TABLE))
    assert (ball[0, :2] >= table[0, :2]).all() and (ball[1, :2] <= table[1, :2]).all()
    assert ball[0, 2] == pytest.approx(0.72)
    assert (ball[0] >= cup[1]).any() or (ball[1] <= cup[0]).any()


def test_a_cabinet_has_a_top_and_an_inside() -> None:
    found = spots(World(tiny_scene()), BALL, CABINET, np.random.default_rng(0))
    assert [spot.support.relation for spot in found] == ["on", "in"]


def test_what_does_not_fit_has_no_spot() -> None:
    world = World(tiny_scene())
    assert spots(world, TABLE, CABINET, np.random.default_rng(0)) == []
    with pytest.raises(ObservationError, match="no thing 99"):
        spots(world, 99, CABINET, np.random.default_rng(0))

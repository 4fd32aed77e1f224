"""What stage hands do."""

import numpy as np
import pytest
from apartment_scenes import BALL, CUP
from memory_episodes import LIVED_IN

from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.world import World
from streammem.envs.tasks.stage import avoiding, only, put, show
from streammem.errors import ObservationError


def test_nothing_is_logged() -> None:
    world = World(LIVED_IN)
    version = world.version
    put(world, BALL, 1.0, 0.5, yaw=1.0)
    show(world, CUP, False)
    assert world.at(BALL) == (1.0, 0.5, 0.0) and world.room_of(BALL) == 0 and not world.there(CUP)
    assert world.version > version and world.events == []


def test_only_one_of_a_kind_is_left() -> None:
    world = World(LIVED_IN)
    only(world, 16)
    assert world.there(16) and not world.there(CUP) and world.there(BALL)


def test_one_keeps_away_from_places() -> None:
    grid = NavGrid.of(World(LIVED_IN))
    around = avoiding(grid, [(5.0, 1.0)], 0.5)
    away = np.hypot(*(around.middles() - (5.0, 1.0)).T)
    assert away.min() >= 0.5 and around.free.sum() < grid.free.sum()
    assert (grid.free | ~around.free).all()


def test_unknown_things() -> None:
    with pytest.raises(ObservationError, match="no thing 99"):
        put(World(LIVED_IN), 99, 0.0, 0.0)

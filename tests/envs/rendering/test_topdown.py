import numpy as np
import pytest
from apartment_scenes import BALL
from renderers import SCENE

from streammem.envs.apartment.world import World
from streammem.envs.rendering.topdown import AGENT, FLOORS, GOAL, WALL, TopDown
from streammem.errors import ObservationError


def colour_at(picture, top, x, y):
    column, row = top.pixel(x, y)
    return tuple(picture[row, column].tolist())


def test_floors_and_walls_are_where_they_belong():
    top = TopDown(World(SCENE))
    picture = top.draw()
    assert picture.shape == (*top.shape, 3)
    assert colour_at(picture, top, 3.0, 0.5) == FLOORS["living room"]
    assert colour_at(picture, top, 4.6, 0.5) == FLOORS["bedroom"]
    assert colour_at(picture, top, 4.05, 0.3) == WALL
    assert colour_at(picture, top, 4.05, 1.5) != WALL  # the door


def test_agent_goal_and_path_are_drawn():
    top = TopDown(World(SCENE))
    picture = top.draw(agent=(3, 0.5, 0.3), path=[(1, 0.5), (2, 0.5)], goals=[(6, 1.5)])
    assert colour_at(picture, top, 3, 0.5) == AGENT
    assert (picture == GOAL).all(axis=2).any()
    assert (colour_at(picture, top, 1.5, 0.5)) != colour_at(top.draw(), top, 1.5, 0.5)


def test_what_has_moved_is_drawn_where_it_is():
    world = World(SCENE)
    top = TopDown(world)
    before = top.draw()
    world.places[world.row(BALL)][:2, 3] = (3, 1)
    assert colour_at(top.draw(), top, 3, 1) == colour_at(before, top, 6.5, 0.5)


def test_fog_lies_on_what_was_not_seen():
    top = TopDown(World(SCENE))
    seen = np.zeros((70, 30), np.bool_)
    seen[:40] = True
    clear, fogged = top.draw(), top.draw(seen=seen)
    assert colour_at(fogged, top, 2, 0.5) == colour_at(clear, top, 2, 0.5)
    assert sum(colour_at(fogged, top, 6, 1.5)) < 0.6 * sum(colour_at(clear, top, 6, 1.5))


def test_refuses_scales_that_are_not_positive():
    with pytest.raises(ObservationError, match="positive"):
        TopDown(World(SCENE), metres_per_pixel=0)

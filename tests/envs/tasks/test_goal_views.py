"""Where one comes to be with a thing."""

import numpy as np
import pytest
from apartment_scenes import CABINET, tiny_scene
from memory_episodes import LIVED_IN, SMALL

from streammem.envs.apartment.world import World
from streammem.envs.rendering.choice import open_renderer
from streammem.envs.tasks.goal_views import INSIDE_M, NEARER_M, room_goal, thing_goal
from streammem.envs.tasks.situation import Situation


def situation(scene: object = LIVED_IN) -> Situation:
    return Situation(World(scene), SMALL, np.random.default_rng(0), open_renderer("rays"))


def beside(low: np.ndarray, high: np.ndarray, at: tuple[float, ...]) -> float:
    place = np.array(at[:2])
    return float(np.hypot(*np.maximum(np.maximum(low[:2] - place, place - high[:2]), 0)))


def test_places_are_within_a_metre_and_nearer_than_to_the_others() -> None:
    here = situation()
    goal = thing_goal(here, CABINET, [13])
    assert goal is not None and goal.object_id == CABINET
    for view in goal.view_points:
        near, far = (beside(*here.world.box(thing), view.position) for thing in (CABINET, 13))
        assert near <= 1.0 and near + NEARER_M <= far


def test_a_thing_that_is_not_there_or_out_of_reach_has_none() -> None:
    here = situation()
    here.world.take(CABINET)
    assert thing_goal(here, CABINET, []) is None
    assert thing_goal(situation(tiny_scene()), CABINET, []) is None  # behind a shut door


@pytest.mark.parametrize("room", [0, 1])
def test_one_enters_a_room_through_its_door(room: int) -> None:
    here = situation()
    goal = room_goal(here, room)
    assert goal is not None
    for view in goal.view_points:
        assert LIVED_IN.room_at(*view.position[:2]) == room
        assert abs(view.position[1] - 1.5) < 0.5 and abs(view.position[0] - 4.05) < INSIDE_M + 0.2


def test_a_room_that_cannot_be_entered_has_no_places() -> None:
    assert room_goal(situation(tiny_scene()), 1) is None

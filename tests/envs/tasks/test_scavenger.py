"""Scavenger: what is called, what counts, and the bound."""

import math
from itertools import pairwise

import numpy as np
import pytest
from apartment_scenes import tiny_scene
from gymnasium.utils.env_checker import check_env
from memory_episodes import LIVED_IN, SMALL, played, same, small_env

from streammem.envs.apartment.world import World
from streammem.envs.baselines.no_memory import no_memory
from streammem.envs.tasks.coloured import COLOURS
from streammem.envs.tasks.late_renderer import LateRenderer
from streammem.envs.tasks.scavenger import APART_M, TOUCH_M, Scavenger, with_pillars
from streammem.envs.tasks.situation import Situation
from streammem.errors import ObservationError

SCENE = with_pillars(LIVED_IN)


def test_each_touch_counts_once_and_calls_another() -> None:
    env = small_env(Scavenger(targets=3), [SCENE])
    frames = played(env, 0, most=150)
    score = 0
    for before, after in pairwise(frames):
        called = list(COLOURS)[before[0]["query"] - 1]
        camera = after[4]["world_from_camera"]
        near = math.dist(camera[:2, 3], env.task.places[called]) < TOUCH_M
        assert after[1] == float(near) and (before[0]["query"] != after[0]["query"]) == near
        score += near
    assert score == frames[-1][4]["measures"]["score"] >= 5 and not frames[-1][2]
    env.close()


def test_pillars_are_added_to_whatever_apartment_is_given() -> None:
    env = small_env(Scavenger(targets=2), [LIVED_IN])
    _, info = env.reset(seed=0)
    assert env.situation.scene is SCENE is with_pillars(SCENE) and info["scene"] == SCENE.name
    env.reset(options={"episode": env.situation.episode})
    env.close()


def test_pillars_stand_apart_in_different_rooms() -> None:
    env = small_env(Scavenger(targets=2), [SCENE])
    for seed in range(5):
        env.reset(seed=seed)
        one, other = env.task.places.values()
        assert math.dist(one, other) >= APART_M and SCENE.room_at(*one) != SCENE.room_at(*other)
        world = env.situation.world
        assert sum(world.there(t.id) for t in SCENE.things if t.model.name.endswith("pillar")) == 2
    env.close()


def test_the_oracle_bounds_who_forgets() -> None:
    env = small_env(Scavenger(targets=3), [SCENE])
    policy = no_memory(env, np.random.default_rng(0))
    best = played(env, 1, most=200)[-1][4]["measures"]["score"]
    assert best > played(env, 1, lambda env, o, i: policy(o, i), most=200)[-1][4]["measures"]["score"]
    env.close()


def test_it_repeats_itself_and_passes_the_checker() -> None:
    envs = [small_env(Scavenger(targets=2), [SCENE]) for _ in range(2)]
    one, other = (played(env, 5, most=40) for env in envs)
    assert all(same(a, b) for a, b in zip(one, other, strict=True))
    check_env(envs[0], skip_render_check=True)
    for env in envs:
        env.close()


def test_errors() -> None:
    with pytest.raises(ObservationError, match="2 to 6 targets"):
        Scavenger(targets=7)
    world = World(tiny_scene())
    with pytest.raises(ObservationError, match="has no pillars"):
        Scavenger().begin(Situation(world, SMALL, np.random.default_rng(0), LateRenderer()), None)
    with pytest.raises(ObservationError, match="none of 50 scenes suits"):
        small_env(Scavenger(targets=6), [SCENE]).reset(seed=0)

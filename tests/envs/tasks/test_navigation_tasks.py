"""PointNav, ObjectNav, ImageNav and Explore: the rules of Gymnasium, oracles, and what each adds."""

import dataclasses
import hashlib
import math
import subprocess
import sys
import warnings
import zlib
from typing import Any

import gymnasium
import numpy as np
import pytest
from apartment_scenes import CABINET, TABLE, tiny_scene
from gymnasium.utils.env_checker import check_env

import streammem.envs  # noqa: F401  # registers the tasks
from streammem.envs.apartment.world import World
from streammem.envs.baselines.all_knowing import oracle
from streammem.envs.baselines.playing import rollout
from streammem.envs.baselines.policies import random_actions
from streammem.envs.habitat.config import POINT_NAV, AgentConfig
from streammem.envs.habitat.episode import Episode, Goal
from streammem.envs.tasks.explore import Explore
from streammem.envs.tasks.image_nav import ImageNav, heading_of
from streammem.envs.tasks.late_renderer import LateRenderer
from streammem.envs.tasks.object_nav import GOAL_CATEGORIES, ObjectNav
from streammem.envs.tasks.point_nav import PointNav
from streammem.envs.tasks.registration import TASKS, make_task, register
from streammem.envs.tasks.seen import floor_seen
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.task import AgentPose, Task
from streammem.errors import EpisodeError, ObservationError

NAMES = ("PointNav", "ObjectNav", "ImageNav", "Explore")
SCENE = tiny_scene()
NEAR = {"PointNav": {"nearest_m": 0.5}, "Explore": {"enough": 0.9}}


def made(name: str, **options: Any) -> gymnasium.Env[Any, Any]:
    return gymnasium.make(
        f"streammem/{name}-v0",
        **{
            "scenes": [SCENE],
            "agent": {"width": 32, "height": 32},
            "task_options": NEAR.get(name, {}),
            "disable_env_checker": True,
            **options,
        },
    )


@pytest.mark.parametrize("name", NAMES)
def test_gymnasiums_rules(name: str) -> None:
    env = made(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(env.unwrapped, skip_render_check=True)
    assert isinstance(env.unwrapped.task, Task)  # type: ignore[attr-defined]  # of our environment
    env.close()


@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_always_gets_there_and_chance_hardly(name: str) -> None:
    env = made(name)
    count = 2 if name == "Explore" else 6
    knowing = rollout(env, oracle, episodes=count, seed=0)
    assert [episode["success"] for episode in knowing.episodes] == [1.0] * count
    assert knowing.mean().get("spl", 1.0) > 0.8
    assert rollout(env, random_actions, episodes=6, seed=0).mean()["success"] < 0.4
    env.close()


WORKERS = """
import hashlib, sys
sys.path.insert(0, "tests")
import gymnasium, numpy as np, streammem.envs
from apartment_scenes import tiny_scene
options = {"scenes": [tiny_scene()], "agent": {"width": 16, "height": 16}, "task_options": {"nearest_m": 0.5}}
env = gymnasium.make_vec("streammem/PointNav-v0", num_envs=2, vectorization_mode="async", **options)
seen = [env.reset(seed=[3, 4])[0]] + [env.step(np.array([a, a]))[0] for a in (1, 2, 1)]
env.close()
print(hashlib.sha256(b"".join(o[name][1].tobytes() for o in seen for name in sorted(o))).hexdigest())
"""


def test_async_workers_of_a_new_process_repeat_what_this_one_does() -> None:
    ran = subprocess.run(
        [sys.executable, "-P", "-c", WORKERS], check=False, capture_output=True, text=True, timeout=240
    )
    assert ran.returncode == 0, ran.stderr
    env = make_task(
        "PointNav", scenes=[SCENE], agent={"width": 16, "height": 16}, task_options={"nearest_m": 0.5}
    )
    seen = [env.reset(seed=4)[0]] + [env.step(action)[0] for action in (1, 2, 1)]
    env.close()
    whole = b"".join(o[name].tobytes() for o in seen for name in sorted(o))
    assert ran.stdout.split() == [hashlib.sha256(whole).hexdigest()]


def test_registering_twice_changes_nothing() -> None:
    before = dict(gymnasium.registry)
    register()
    assert dict(gymnasium.registry) == before
    assert all(f"streammem/{name}-v0" in before for name in TASKS)


def test_the_limit_of_steps_cuts_off() -> None:
    env = made("PointNav", max_episode_steps=2, sensors=())
    env.reset(seed=0)
    assert [env.step(2)[3] for _ in range(2)] == [False, True]


@pytest.mark.parametrize(
    ("wrong", "why"), [({"agent": {"wheels": 4}}, "an agent has"), ({"name": "Chess"}, "a task is one of")]
)
def test_what_cannot_be_made(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ObservationError, match=why):
        make_task(**{"name": "PointNav", **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: PointNav(nearest_m=3, farthest_m=2),
        lambda: ObjectNav(categories=("unicorn",)),
        lambda: ObjectNav(categories=()),
        lambda: ObjectNav(nearest_m=0),
        lambda: ImageNav(success_distance_m=2.0),
        lambda: Explore(enough=0.0),
    ],
)
def test_task_options_are_checked(wrong: Any) -> None:
    with pytest.raises(ObservationError):
        wrong()


@pytest.mark.parametrize("task", [PointNav(), ImageNav(), ObjectNav()])
def test_an_oracle_wants_a_goal(task: Any) -> None:
    renderer = LateRenderer()
    situation = Situation(World(SCENE), POINT_NAV, np.random.default_rng(0), renderer)
    with pytest.raises(EpisodeError, match="no goal yet"):
        task.oracle_action(situation)
    if task.observation_spaces(POINT_NAV) and task.name != "PointNav":
        with pytest.raises(EpisodeError, match="no goal yet"):
            task.observe(situation)
    renderer.close()


def test_object_nav_counts_view_points_not_walls() -> None:
    env = make_task("ObjectNav", scenes=[SCENE], agent={"width": 16, "height": 16}, sensors=())
    env.reset(seed=0)
    views = {}
    for seed in range(6):
        _, info = env.reset(seed=seed)
        episode = env.situation.episode
        assert info["object_category"] == episode.category in GOAL_CATEGORIES
        for goal in episode.goals:
            views[goal.object_id] = {env.situation.scene.room_at(*v.position[:2]) for v in goal.view_points}
    assert set(views) <= {TABLE, CABINET} and views[TABLE] == {0}  # never from the other side of the wall
    env.close()


def test_an_episode_for_a_category_that_is_not_asked_for() -> None:
    env = make_task("ObjectNav", scenes=[SCENE], sensors=(), task_options={"categories": ("table",)})
    episode = Episode(episode_id="1", scene=SCENE.name, start=(2, 1, 0), category="bed")
    with pytest.raises(ObservationError, match="asks for 'bed'"):
        env.reset(options={"episode": episode})
    env.close()


def test_image_nav_shows_the_goal() -> None:
    env = make_task("ImageNav", scenes=[SCENE], agent={"width": 24, "height": 24})
    observation, _ = env.reset(seed=2)
    x, y, _ = env.situation.episode.goals[0].position
    there = env.situation.view(AgentPose(x, y, env.situation.episode.info["goal_yaw"]))
    assert np.array_equal(observation["imagegoal"], there.rgb)
    plain = Episode(
        episode_id="7", scene=SCENE.name, start=(2.45, 0.55, 0), goals=(Goal(position=(2.45, 2.05, 0)),)
    )
    observation, _ = env.reset(options={"episode": plain})
    assert np.array_equal(
        observation["imagegoal"], env.situation.view(AgentPose(2.45, 2.05, heading_of("7"))).rgb
    )
    with pytest.raises(ObservationError, match="goal_yaw is radians"):
        env.reset(options={"episode": dataclasses.replace(plain, info={"goal_yaw": "north"})})
    env.close()


def test_headings_do_not_depend_on_pythons_hash() -> None:
    assert heading_of("7") == (zlib.crc32(b"7") / 2**31 - 1) * math.pi
    assert heading_of("") == -math.pi  # of nothing, the checksum is 0


def test_the_floor_that_a_picture_shows() -> None:
    renderer = LateRenderer()
    world = World(SCENE)
    renderer.load(world)
    agent = AgentConfig(width=64, height=64)
    situation = Situation(world, agent, np.random.default_rng(0), renderer)
    pose = AgentPose(2.5, 0.3, 0.0)
    places = np.array([[2.5, 2.0], [2.5, 0.6], [2.5, -1.0], [6.0, 1.0], [2.5, 2.9], [1.2, 2.9]])
    seen = floor_seen(situation, situation.view(pose), situation.camera_at(pose), places)
    # Ahead; below the picture; behind; behind the wall; at the far wall; behind the table's foot but in sight.
    assert seen[:5].tolist() == [True, False, False, False, True]
    renderer.close()


def test_exploring_begins_on_the_floor() -> None:
    env = make_task("Explore", scenes=[SCENE], agent={"width": 16, "height": 16})
    given = Episode(episode_id="1", scene=SCENE.name, start=(2.45, 0.55, 0.0))
    assert env.reset(options={"episode": given})[1]["episode_id"] == "1"
    with pytest.raises(ObservationError, match="cannot be played"):
        env.reset(options={"episode": dataclasses.replace(given, start=(60.0, 0.0, 0.0))})
    env.close()


def test_exploring_counts_what_is_new() -> None:
    env = make_task("Explore", scenes=[SCENE], agent={"width": 32, "height": 32})
    env.reset(seed=0)
    before = env.task.measures(env.situation)["seen_m2"]
    total = 0.0
    for _ in range(24):
        _, reward, *_, info = env.step(2)
        total += reward
    assert total == pytest.approx(info["measures"]["seen_m2"] - before) and total > 0.5
    _, again, *_ = env.step(2)
    assert again == 0.0
    env.close()

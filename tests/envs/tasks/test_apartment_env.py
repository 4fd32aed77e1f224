"""The apartment as a Gymnasium environment, in two small rooms."""

import dataclasses
import math
from typing import Any

import gymnasium
import numpy as np
import pytest
from apartment_scenes import BALL, CUP, LEAF, tiny_scene

from streammem.envs.habitat.actions import LOOK_UP, MOVE_FORWARD, STOP, TURN_LEFT, TURN_RIGHT
from streammem.envs.habitat.config import OBJECT_NAV, AgentConfig
from streammem.envs.habitat.episode import Episode, Goal
from streammem.envs.habitat.episodes import write_episodes
from streammem.envs.habitat.sensors import pointgoal
from streammem.envs.rendering.light import Lighting
from streammem.envs.rendering.noise import SensorNoise
from streammem.envs.tasks.apartment_env import ApartmentEnv
from streammem.envs.tasks.point_nav import PointNav
from streammem.errors import EpisodeError, ObservationError

AGENT = AgentConfig(width=32, height=24, looks=True, normalize_depth=False)
SCENE = tiny_scene()
AHEAD = Episode(  # from the middle of room 0 straight on along +y, past the table
    episode_id="ahead",
    scene=SCENE.name,
    start=(2.45, 0.55, 0.0),
    goals=(Goal(position=(2.45, 2.05, 0.0)),),
)


def apartment(**options: Any) -> ApartmentEnv:
    task = PointNav(nearest_m=0.5)
    return ApartmentEnv(task, **{"agent": AGENT, "scenes": [SCENE], **options})


@pytest.fixture(scope="module")
def env() -> ApartmentEnv:
    return apartment(sensors=("rgb", "depth", "semantic", "gps", "compass"))


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(np.array_equal(one, other))


def test_a_walk_by_hand(env: ApartmentEnv) -> None:
    observation, info = env.reset(options={"episode": AHEAD})
    assert observation["gps"].tolist() == [0, 0] and info["measures"]["distance_to_goal"] == pytest.approx(
        1.5
    )
    for _ in range(4):
        observation, reward, terminated, truncated, info = env.step(MOVE_FORWARD)
        assert (terminated, truncated) == (False, False) and reward == pytest.approx(0.24, abs=1e-6)
    assert observation["gps"] == pytest.approx([1.0, 0.0])
    assert observation["pointgoal_with_gps_compass"] == pytest.approx([0.5, 0.0])
    assert info["world_from_camera"][:3, 3] == pytest.approx([2.45, 1.55, 1.25])
    assert info["t_s"] == pytest.approx(0.8) and info["room"] == 0 and info["episode_id"] == "ahead"
    observation, *_, info = env.step(TURN_LEFT)
    assert observation["compass"] == pytest.approx([math.radians(10)])
    assert observation["pointgoal_with_gps_compass"][1] == pytest.approx(-math.radians(10))
    assert info["world_from_camera"][:3, 2] == pytest.approx(
        [-math.sin(math.radians(10)), math.cos(math.radians(10)), 0]
    )
    _, reward, terminated, _, info = env.step(STOP)
    assert terminated and info["measures"]["success"] == 0 and reward == pytest.approx(-0.01)


def test_the_way_to_the_goal(env: ApartmentEnv) -> None:
    env.reset(options={"episode": AHEAD})
    for _ in range(6):
        env.step(MOVE_FORWARD)
    _, reward, terminated, _, info = env.step(STOP)
    measures = info["measures"]
    assert terminated and reward == pytest.approx(2.49, abs=1e-6)
    assert (measures["success"], measures["spl"]) == pytest.approx((1.0, 1.0))
    assert measures["collisions"] == {"count": 0.0, "is_collision": 0.0}


def test_a_wall_stops_the_agent_or_lets_it_slide() -> None:
    for sliding in (True, False):
        agent = dataclasses.replace(AGENT, allow_sliding=sliding)
        env = apartment(agent=agent, sensors=("gps",))
        env.reset(options={"episode": dataclasses.replace(AHEAD, start_yaw=math.pi * 0.75)})
        for _ in range(4):
            *_, info = env.step(MOVE_FORWARD)
        assert info["measures"]["collisions"]["count"] == pytest.approx(3, abs=1)
        assert (env.situation.pose.x < 1.9) == sliding
        assert env.situation.grid.holds(*env.situation.xy)
        env.close()


def test_looking_up_moves_the_camera_only(env: ApartmentEnv) -> None:
    env.reset(options={"episode": AHEAD})
    pitches = []
    for _ in range(5):
        *_, info = env.step(LOOK_UP)
        pitches.append(math.degrees(math.asin(info["world_from_camera"][2, 2])))
    assert pitches == pytest.approx([15, 30, 45, 60, 60])
    assert env.situation.path_m == 0


def test_the_same_seed_is_the_same_episode(env: ApartmentEnv) -> None:
    def played() -> list[Any]:
        found = [env.reset(seed=5)]
        found += [env.step(action)[::4] for action in (MOVE_FORWARD, TURN_RIGHT, MOVE_FORWARD)]
        return [*found, env.reset()]

    first, second = played(), played()
    for (one, one_info), (other, other_info) in zip(first, second, strict=True):
        assert same(one, other) and same(one_info, other_info)
    assert not same(first[0][0], first[-1][0])


def test_observations_are_new_each_time_and_in_their_space(env: ApartmentEnv) -> None:
    one, _ = env.reset(seed=1)
    kept = {name: value.copy() for name, value in one.items()}
    other, *_ = env.step(TURN_LEFT)
    assert env.observation_space.contains(one) and env.observation_space.contains(other)
    for name in one:
        other[name][...] = 0
        assert np.array_equal(one[name], kept[name])


def test_what_happens_is_seen_or_not(env: ApartmentEnv) -> None:
    env.reset(options={"episode": dataclasses.replace(AHEAD, start_yaw=0.9)})  # toward the table
    assert env.situation.sees(CUP) and not env.situation.sees(BALL)
    world = env.situation.world
    unseen = world.move(BALL, (6.0, 0.5, 0.0), 0.0, who="hand")
    seen = world.move(CUP, (1.4, 2.1, 0.72), 0.0, who="hand", parent=7)
    assert (unseen.seen, seen.seen) == (False, True)


def test_out_of_turn() -> None:
    env = apartment(sensors=("gps",))
    with pytest.raises(EpisodeError, match="call reset"):
        env.step(MOVE_FORWARD)
    with pytest.raises(EpisodeError, match="call reset"):
        _ = env.situation
    env.reset(seed=0)
    env.step(STOP)
    with pytest.raises(EpisodeError, match="over"):
        env.step(MOVE_FORWARD)
    env.close()
    env.close()
    for call in (env.reset, env.render, lambda: env.step(0)):
        with pytest.raises(EpisodeError, match="closed"):
            call()


@pytest.mark.parametrize("action", [6, -1, 1.0, None, [1]])
def test_actions_that_there_are_not(env: ApartmentEnv, action: Any) -> None:
    env.reset(seed=0)
    with pytest.raises(ObservationError, match=r"an action is in Discrete\(6\)"):
        env.step(action)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"sensors": ("lidar",)}, "sensors are"),
        ({"render_mode": "ascii"}, "render_mode"),
        ({"split": "all"}, "train, val, test"),
        ({"scenes": []}, "holds none"),
        ({"episodes": ()}, "no episode"),
        ({"people": -1}, "people"),
        ({"colour": 1}, "options"),
        ({"episodes_per_scene": 0}, "at least 1"),
    ],
)
def test_options_are_checked(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ObservationError, match=why):
        apartment(**options)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"seed": 3}, "options scene and episode"),
        ({"scene": 1.5}, "a scene is"),
        ({"scene": "office/1"}, "is called"),
        ({"scene": "apartment/9/1"}, "version 9"),
        ({"episode": 3}, "is an Episode"),
        ({"episode": dataclasses.replace(AHEAD, start=(math.nan, 0.0, 0.0))}, "cannot be played"),
        ({"episode": dataclasses.replace(AHEAD, goals=(Goal(position=(90.0, 0, 0)),))}, "cannot be played"),
    ],
)
def test_reset_options_are_checked(env: ApartmentEnv, options: dict[str, Any], why: str) -> None:
    with pytest.raises(ObservationError, match=why):
        env.reset(options=options)
    with pytest.raises(EpisodeError):
        env.step(0)


def test_episodes_of_a_file_in_turn_without_those_that_cannot_be_reached(tmp_path: Any) -> None:
    far = dataclasses.replace(AHEAD, episode_id="far", goals=(Goal(position=(-5.0, 0, 0)),))
    listed = [dataclasses.replace(AHEAD, episode_id=str(i)) for i in range(3)]
    write_episodes(tmp_path / "val.json.gz", [listed[0], far, *listed[1:]])
    env = apartment(episodes=tmp_path / "val.json.gz", sensors=("gps",))
    first = env.reset(seed=4)[1]["episode_id"]
    ids = [first] + [env.reset()[1]["episode_id"] for _ in range(5)]
    assert set(ids) == {"0", "1", "2"} and ids[:3] == ids[3:]
    assert env.reset(seed=4)[1]["episode_id"] == first
    assert env.skipped == 1


def test_people_are_in_the_way() -> None:
    env = apartment(people=1, sensors=())
    env.reset(seed=0, options={"episode": AHEAD})
    world, person = env.situation.world, max(env.situation.scene.by_id)
    world.movers.clear()
    world.shift(person, (2.45, 1.3, 0.0), 0.0, 0)
    for _ in range(4):
        env.step(MOVE_FORWARD)
    assert env.situation.collided and 1.3 - env.situation.pose.y >= 0.1 + 0.22 - 1e-6
    env.close()


def test_people_walk_about_and_repeat_themselves() -> None:
    things = [dataclasses.replace(t, open=1.0) if t.id == LEAF else t for t in SCENE.things]
    scene = dataclasses.replace(SCENE, things=tuple(things))
    env = apartment(people=1, scenes=[scene], agent=OBJECT_NAV, sensors=("gps",))
    ways = []
    for _ in range(2):
        env.reset(seed=3)
        person = max(env.situation.scene.by_id)
        assert env.situation.scene.by_id[person].category == "person"
        way = [env.situation.world.at(person)]
        for _ in range(60):
            env.step(TURN_LEFT)
            way.append(env.situation.world.at(person))
        ways.append(way)
    assert ways[0] == ways[1] and len(set(ways[0])) > 10
    env.close()


def test_several_episodes_in_one_scene() -> None:
    env = apartment(scenes=[SCENE, tiny_scene()], episodes_per_scene=3, sensors=("gps",))
    env.reset(seed=0)
    scenes = [env.situation.scene]
    for _ in range(2):
        env.reset()
        scenes.append(env.situation.scene)
    assert all(scene is scenes[0] for scene in scenes)


def test_the_plain_picture() -> None:
    env = apartment(render_mode="rgb_array", sensors=("rgb",))
    observation, _ = env.reset(seed=0)
    picture = env.render()
    assert np.array_equal(picture, observation["rgb"]) and picture is not observation["rgb"]
    assert isinstance(env, gymnasium.Env)
    env.close()


def test_at_night_it_is_darker_and_nothing_else() -> None:
    pictures = []
    for lighting in (None, Lighting(daylight=0.0, dark=frozenset({0, 1}))):
        env = apartment(lighting=lighting)
        pictures.append(env.reset(options={"episode": AHEAD})[0])
        env.close()
    day, night = pictures
    assert night["rgb"].mean() < 0.8 * day["rgb"].mean() and np.array_equal(night["depth"], day["depth"])


def test_noise_falsifies_what_is_sensed_but_not_the_truth() -> None:
    noise = SensorNoise(depth="redwood", rgb="poisson", odometry=0.2)
    env = apartment(noise=noise, sensors=("rgb", "depth", "semantic", "gps", "compass"))

    def walked() -> list[Any]:
        env.reset(seed=3, options={"episode": AHEAD})
        return [env.step(action) for action in (MOVE_FORWARD, TURN_LEFT, MOVE_FORWARD)]

    observation, *_, info = walked()[-1]
    frame, truth = env.situation.frame(), env.situation.pose
    assert not np.array_equal(observation["rgb"], frame.rgb)
    assert not np.array_equal(observation["depth"][..., 0], frame.depth_m)
    assert np.array_equal(observation["semantic"][..., 0], frame.instances)
    assert info["world_from_camera"][:2, 3] == pytest.approx([truth.x, truth.y])
    assert observation["gps"][0] != pytest.approx(truth.y - 0.55, abs=1e-4)
    assert observation["gps"] == pytest.approx([truth.y - 0.55, truth.x - 2.45], abs=0.3)
    assert same(observation, walked()[-1][0])
    env.close()


def test_the_goals_direction_drifts_with_gps_and_compass() -> None:
    env = apartment(noise=SensorNoise(odometry=0.2), sensors=("gps", "compass"))
    env.reset(seed=3, options={"episode": AHEAD})
    goal = [env.step(MOVE_FORWARD)[0]["pointgoal_with_gps_compass"] for _ in range(3)][-1]
    x, y, _ = env.situation.episode.goals[0].position
    believed, truth = ((pose.x, pose.y, pose.yaw) for pose in (env.situation.odometry, env.situation.pose))
    assert np.array_equal(goal, pointgoal(believed, x, y)) and not np.array_equal(
        goal, pointgoal(truth, x, y)
    )
    env.close()


def test_noisy_motors() -> None:
    env = apartment(noise=SensorNoise(actuation=0.1), sensors=("gps", "compass"))
    env.reset(seed=0, options={"episode": AHEAD})
    observation, *_ = env.step(MOVE_FORWARD)
    assert observation["gps"] == pytest.approx([0.25, 0], abs=0.1) and observation["gps"][0] != np.float32(
        0.25
    )
    assert observation["compass"][0] != 0  # a step turns it a little
    assert env.situation.path_m == pytest.approx(float(np.hypot(*observation["gps"])), abs=1e-6)
    env.close()


@pytest.mark.parametrize("mode", ["topdown", "panel"])
def test_pictures_for_people(mode: str) -> None:
    env = apartment(render_mode=mode, sensors=("gps",))
    env.reset(options={"episode": AHEAD})
    before = env.render()
    for _ in range(3):
        env.step(TURN_LEFT)
        env.step(MOVE_FORWARD)
    after = env.render()
    assert before.dtype == np.uint8 and before.shape == after.shape and not np.array_equal(before, after)
    if mode == "topdown":
        assert after.astype(int).sum() > before.astype(int).sum()  # the fog has lifted
    env.close()

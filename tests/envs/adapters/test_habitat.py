"""Habitat's interface in Gymnasium's terms, on a stand-in that honours it."""

import math
from typing import Any

import gymnasium
import numpy as np
import pytest
from adapted import IGNORED, keeps_the_rules
from fake_habitat import FakeHabitat

from streammem.envs.adapters.habitat import Habitat, make_habitat
from streammem.envs.wrappers import ObservationSource
from streammem.errors import ObservationError

STOP, FORWARD, LEFT, RIGHT = range(4)


@pytest.mark.filterwarnings(IGNORED)
@pytest.mark.parametrize("shuffle", [True, False])
def test_it_keeps_the_rules(shuffle: bool) -> None:
    assert keeps_the_rules(Habitat(FakeHabitat(), shuffle=shuffle))


def test_actions_count_as_the_task_has_them() -> None:
    env = Habitat(FakeHabitat())
    assert env.action_names == ("stop", "move_forward", "turn_left", "turn_right")
    _, before = env.reset(seed=0)
    after = env.step(FORWARD)[4]
    assert after["position_m"] - before["position_m"] == pytest.approx([0, 0.25, 0])
    assert env.step(LEFT)[4]["yaw"] == pytest.approx(math.radians(10))


def test_depth_is_metres_and_the_limits_are_no_measurement() -> None:
    env = Habitat(FakeHabitat())
    seen, info = env.reset(seed=0)
    assert seen["depth"].max() == 5.0 and info["depth_range_m"].tolist() == [0.5, 5.0]
    frames = list(ObservationSource(env, frames=6, policy=lambda *_: FORWARD))
    assert not frames[3].depth_m.any() and frames[5].depth_m.max() == pytest.approx(4.75)


def test_the_camera_stands_upright_over_the_feet_and_looks_ahead() -> None:
    env = Habitat(FakeHabitat())
    env.reset(seed=0)
    info = env.step(LEFT)[4]
    pose = info["world_from_camera"]
    assert pose[:3, 3] == pytest.approx([*info["position_m"][:2], 1.25])
    assert pose[:3, 2] == pytest.approx([-math.sin(info["yaw"]), math.cos(info["yaw"]), 0])
    assert pose[:3, 1] == pytest.approx([0, 0, -1])
    assert info["intrinsics"].fx == pytest.approx(12.0) and info["intrinsics"].cx == 11.5


def test_the_reward_is_habitats_and_stop_is_the_end() -> None:
    env = Habitat(FakeHabitat())
    env.reset(seed=0)
    assert env.step(FORWARD)[1:4] == (pytest.approx(0.24), False, False)
    for _ in range(3):
        env.step(FORWARD)
    assert env.step(STOP)[1:4] == (pytest.approx(2.49), True, False)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(STOP)


def test_the_limit_truncates() -> None:
    env = Habitat(FakeHabitat(limit=2))
    env.reset()
    assert env.step(LEFT)[2:4] == (False, False) and env.step(LEFT)[2:4] == (False, True)


def test_a_seed_picks_the_episode_and_reaches_the_simulator() -> None:
    fake = FakeHabitat(episodes=50)
    env = Habitat(fake)

    def told(seed: int | None) -> list[str]:
        return [env.reset(seed=seed)[1]["episode_id"], *(env.reset()[1]["episode_id"] for _ in range(4))]

    first, other = told(3), told(4)
    assert told(3) == first != other and fake.seeds == [3, 4, 3]
    assert env.reset(options={"episode_id": "17"})[1]["episode_id"] == "17"
    ordered = Habitat(FakeHabitat(episodes=3), shuffle=False)
    assert [ordered.reset()[1]["episode_id"] for _ in range(4)] == ["0", "1", "2", "0"]


def test_what_is_handed_out_stays() -> None:
    env = Habitat(FakeHabitat(), render_mode="rgb_array")
    seen, info = env.reset(seed=0)
    kept, away_m = seen["rgb"].copy(), info["metrics"]["distance_to_goal"]
    env.step(FORWARD)
    assert (seen["rgb"] == kept).all() and info["metrics"]["distance_to_goal"] == away_m
    assert env.render().shape == (18, 24, 3)


BAD: dict[str, Any] = {
    "camera": (lambda: Habitat(FakeHabitat(), camera="fisheye"), "no camera fisheye"),
    "episode": (lambda: Habitat(FakeHabitat()).reset(options={"episode_id": "x"}), "no episode 'x'"),
    "option": (lambda: Habitat(FakeHabitat()).reset(options={"scene": 1}), "option episode_id"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_there_is_said(case: str) -> None:
    make, says = BAD[case]
    with pytest.raises(ObservationError, match=says):
        make()


def test_actions_with_numbers_and_beyond_the_space_are_refused() -> None:
    env = Habitat(FakeHabitat())
    env.reset()
    with pytest.raises(ObservationError, match="move_forward"):
        env.step(4)
    fake = FakeHabitat()
    fake.task.action_space.spaces["velocity"] = fake.observation_space
    with pytest.raises(ObservationError, match="velocity want numbers"):
        Habitat(fake)


def test_closing_twice_closes_once() -> None:
    fake = FakeHabitat()
    env = Habitat(fake)
    env.close()
    env.close()
    assert fake.sim.closed == 1


def test_without_habitat_the_way_is_shown() -> None:
    with pytest.raises(ImportError, match="no wheel for this Python"):
        make_habitat()


def test_quaternions_of_all_three_kinds() -> None:
    fake = FakeHabitat()
    half = math.sqrt(0.5)
    fake.sim.get_agent_state = _turned(fake.sim.get_agent_state, [0.0, half, 0.0, half])
    assert Habitat(fake).reset()[1]["yaw"] == pytest.approx(math.pi / 2)


def _turned(state: Any, xyzw: list[float]) -> Any:
    class Magnum:
        vector, scalar = np.array(xyzw[:3]), xyzw[3]

    def turned() -> Any:
        found = state()
        found.rotation = Magnum()
        found.sensor_states["depth"].rotation = xyzw
        return found

    return turned

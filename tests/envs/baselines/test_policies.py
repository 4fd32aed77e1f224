"""The baselines, in two small rooms."""

from typing import Any

import numpy as np
import pytest
from apartment_scenes import tiny_scene

from streammem.envs.baselines.all_knowing import oracle
from streammem.envs.baselines.frontier import NearestFrontier, nearest_frontier
from streammem.envs.baselines.playing import Rollout, rollout
from streammem.envs.baselines.policies import forward_biased, random_actions
from streammem.envs.habitat.actions import MOVE_FORWARD, STOP
from streammem.envs.tasks.apartment_env import ApartmentEnv
from streammem.envs.tasks.registration import make_task
from streammem.errors import ObservationError

SCENE = tiny_scene()


@pytest.fixture(scope="module")
def env() -> ApartmentEnv:
    return make_task("Explore", scenes=[SCENE], agent={"width": 32, "height": 32})


def test_random_actions_are_all_of_them_and_repeat(env: ApartmentEnv) -> None:
    drawn = [[random_actions(env, np.random.default_rng(4))({}, {}) for _ in range(2)] for _ in range(2)]
    policy = random_actions(env, np.random.default_rng(0))
    assert drawn[0] == drawn[1] and {policy({}, {}) for _ in range(60)} == {0, 1, 2, 3}


def test_forward_biased_goes_on_and_turns_at_bumps(env: ApartmentEnv) -> None:
    policy = forward_biased(env, np.random.default_rng(0))
    free: dict[str, Any] = {"measures": {"collisions": {"is_collision": 0.0}}}
    bump: dict[str, Any] = {"measures": {"collisions": {"is_collision": 1.0}}}
    going = [policy({}, free) for _ in range(200)]
    assert 0.8 < np.mean(np.array(going) == MOVE_FORWARD) < 1 and STOP not in going
    turned = [policy({}, bump), policy({}, bump)]
    assert turned[0] == turned[1] != MOVE_FORWARD


def test_the_explorer_sees_the_room_and_stops(env: ApartmentEnv) -> None:
    observation, info = env.reset(seed=1)
    policy = NearestFrontier(env.agent)
    for _ in range(300):
        action = policy(observation, info)
        if action == STOP:
            break
        observation, *_, info = env.step(action)
    assert action == STOP and info["measures"]["seen_fraction"] > 0.9
    assert policy.floor is not None
    true = env.situation.grid
    known = policy.floor.grid()
    wrong = [place for place in known.middles().tolist() if not true.holds(*place)]
    assert (
        len(wrong) < 0.2 * known.free.sum()
    )  # it takes the edges of things for free, not what is behind walls


def test_the_explorer_wants_depth() -> None:
    blind = make_task("Explore", scenes=[SCENE], sensors=("rgb",))
    with pytest.raises(ObservationError, match="depth"):
        nearest_frontier(blind, np.random.default_rng(0))
    blind.close()


def test_the_oracle_knows_apartments_only() -> None:
    import gymnasium

    with pytest.raises(ObservationError, match="apartment only"):
        oracle(gymnasium.make("CartPole-v1"), np.random.default_rng(0))


def test_rollouts_are_flat_and_repeat() -> None:
    env = make_task("PointNav", scenes=[SCENE], sensors=(), task_options={"nearest_m": 0.5})
    found = [rollout(env, oracle, episodes=3, seed=5) for _ in range(2)]
    assert found[0] == found[1]
    mean = found[0].mean()
    assert {"success", "spl", "collisions.count", "return", "steps"} <= set(mean) and mean["success"] == 1.0
    with pytest.raises(ObservationError, match="at least 1"):
        rollout(env, oracle, episodes=0, seed=0)
    env.close()


def test_means_leave_out_what_is_not_finite() -> None:
    mean = Rollout(episodes=({"a": 1.0, "b": np.inf}, {"a": 3.0, "b": np.nan})).mean()
    assert mean["a"] == 2.0 and np.isnan(mean["b"])

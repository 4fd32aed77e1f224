"""Moved: nobody sees the change, and each question has its own place."""

import math

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from memory_episodes import LIVED_IN, SHORT, played, same, small_env

from streammem.envs.tasks.moved import Moved
from streammem.errors import ObservationError


@pytest.mark.parametrize("seed", range(3))
def test_the_change_is_not_seen_and_the_oracle_finds_the_place(seed: int) -> None:
    env = small_env(Moved(tour=SHORT), [LIVED_IN])
    frames = played(env, seed)
    assert frames[-1][4]["measures"]["success"] == 1
    task, world = env.task, env.situation.world
    (event,) = (event for event in world.events if event.thing == task.thing)
    change = next(i for i, frame in enumerate(frames) if frame[4]["t_s"] >= event.t_s - 1e-9)
    for frame in frames[change - 1 : change + 1]:
        assert not (frame[0]["semantic"] == task.thing).any()
    assert any((frame[0]["semantic"] == task.thing).sum() >= 4 for frame in frames[:change])
    asked = next(i for i, frame in enumerate(frames) if frame[0]["phase"] == 1)
    again = any((frame[0]["semantic"] == task.thing).sum() >= 4 for frame in frames[change : asked + 1])
    end = {"was": event.start, "now": event.end, "last_place": event.end if again else event.start}
    at = env.situation.pose
    assert math.dist((at.x, at.y), end[task.question.kind][:2]) < 2.0
    assert again or task.question.kind != "now"
    env.close()


def test_where_only_the_last_place_counts_the_visit_ends_in_a_question() -> None:
    env = small_env(Moved(kinds=("last_place",), tour=SHORT), [LIVED_IN])
    for seed in range(4):
        frames = played(env, seed)
        assert len(frames) < 600 and frames[-1][4]["measures"]["success"] == 1
    env.close()


def test_it_repeats_itself_and_passes_the_checker() -> None:
    envs = [small_env(Moved(tour=SHORT), [LIVED_IN]) for _ in range(2)]
    one, other = (played(env, 3) for env in envs)
    assert all(same(a, b) for a, b in zip(one, other, strict=True))
    check_env(envs[0], skip_render_check=True)
    for env in envs:
        env.close()


def test_only_one_of_each_small_kind_is_there() -> None:
    env = small_env(Moved(tour=SHORT), [LIVED_IN])
    observation, _ = env.reset(seed=0)
    cups = [t.id for t in LIVED_IN.things if t.category == "cup"]
    assert sum(env.situation.world.there(cup) for cup in cups) == 1
    assert np.asarray(observation["query"]).tolist() == [0, 0, 0, 0]
    env.close()


def test_errors() -> None:
    for kinds in (("now",), ("then",)):
        with pytest.raises(ObservationError, match="Moved asks for some of"):
            Moved(kinds=kinds)

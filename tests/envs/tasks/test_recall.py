"""Recall: the truth against a recount of the pictures, the oracle, repeats, errors."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from memory_episodes import LIVED_IN, SHORT, played, same, small_env

from streammem.envs.baselines.no_memory import no_memory
from streammem.envs.habitat.episode import Episode
from streammem.envs.tasks import recall
from streammem.envs.tasks.recall import RECALL_KINDS, Recall
from streammem.errors import ObservationError


def first_steps(frames: list, things: tuple[int, ...]) -> dict[int, tuple[int, int]]:
    """The first and the last watched frame in which each thing has four pixels, by a count of the pictures."""
    found = {}
    for thing in things:
        there = [i for i, frame in enumerate(frames) if (frame[0]["semantic"] == thing).sum() >= 4]
        if there:
            found[thing] = there[0], there[-1]
    return found


@pytest.mark.parametrize("kind", ["first", "last", "before", "after", "room"])
def test_the_oracle_finds_what_a_recount_calls_right(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "NEAREST_M", 0.2)  # the rooms are small
    env = small_env(Recall(kinds=(kind,), tour=SHORT), [LIVED_IN])
    frames = played(env, 1)
    assert frames[-1][4]["measures"]["success"] == 1 and frames[-1][2]
    question = env.task.question
    watched = [f for f, g in pairwise(frames) if f[0]["phase"] == 0]
    watched.append(frames[len(watched)])  # with it comes the question
    steps = first_steps(watched, question.candidates)
    answer = question.answers[0]
    if kind == "first":
        assert answer == min(steps, key=lambda thing: steps[thing][0])
    elif kind == "last":
        assert answer == max(steps, key=lambda thing: steps[thing][1])
    elif kind in ("before", "after"):
        mark = next(t.id for t in LIVED_IN.things if t.category == question.other)
        at = first_steps(watched, (mark,))[mark][0]
        side = {t: s[0] for t, s in steps.items() if (s[0] < at) == (kind == "before")}
        assert answer == (max if kind == "before" else min)(side, key=lambda thing: side[thing])
    else:
        assert (
            LIVED_IN.by_id[next(t.id for t in LIVED_IN.things if t.category == question.category)].room
            == answer
        )
        assert env.situation.room == answer
    env.close()


def test_the_tour_ignores_actions_and_the_question_comes_after_it() -> None:
    env = small_env(Recall(tour=SHORT), [LIVED_IN])
    one = played(env, 5)
    other = played(
        env, 5, lambda env, obs, info: 3 if obs["phase"] == 0 else env.task.oracle_action(env.situation)
    )
    assert len(one) == len(other) and all(same(a[0], b[0]) for a, b in zip(one, other, strict=True))
    for observation, _, _, _, info in one:
        asked = observation["phase"] == 1
        assert (info["phase"] == "go") == asked == bool(observation["query"].any())
    assert one[-1][4]["measures"]["spl"] > 0.8
    env.close()


def test_another_environment_repeats_the_seed_and_the_episode() -> None:
    envs = [small_env(Recall(tour=SHORT), [LIVED_IN]) for _ in range(2)]
    one, other = (played(env, 9) for env in envs)
    assert all(same(a, b) for a, b in zip(one, other, strict=True))
    episode = envs[0].situation.episode
    again, info = envs[1].reset(
        seed=0, options={"episode": dataclasses.replace(episode, goals=()), "scene": LIVED_IN}
    )
    assert same(again, one[0][0]) and info["episode_id"] == episode.episode_id
    for env in envs:
        env.close()


def test_gymnasium_finds_nothing_to_object_to() -> None:
    env = small_env(Recall(tour=SHORT), [LIVED_IN])
    check_env(env, skip_render_check=True)
    env.close()


def test_who_has_no_memory_goes_to_a_candidate() -> None:
    env = small_env(Recall(kinds=("first", "last"), tour=SHORT), [LIVED_IN])
    ends = []
    for seed in range(4):
        policy = no_memory(env, np.random.default_rng(seed))
        ends.append(played(env, seed, lambda env, obs, info, policy=policy: policy(obs, info))[-1])
    assert all(end[2] for end in ends)
    assert 0 < sum(end[4]["measures"]["success"] for end in ends) < 4
    env.close()


def test_errors() -> None:
    with pytest.raises(ObservationError, match="Recall asks for some of"):
        Recall(kinds=("smell",))
    assert RECALL_KINDS
    env = small_env(Recall(tour=SHORT), [LIVED_IN])
    with pytest.raises(ObservationError, match=r"no info\['seed'\]"):
        env.reset(options={"episode": Episode(episode_id="7", scene=LIVED_IN.name, start=(1, 1, 0))})
    env.close()

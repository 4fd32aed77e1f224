"""Count and Order: the truth against a recount of the pictures."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from memory_episodes import LIVED_IN, SHORT, played, same, small_env

from streammem.envs.baselines.no_memory import no_memory
from streammem.envs.tasks.answer_task import AnswerTask
from streammem.envs.tasks.count import Count
from streammem.envs.tasks.order import Order
from streammem.errors import ObservationError


def watched(frames: list) -> list[set[int]]:
    """The things with four pixels or more in each watched picture."""
    found = []
    for frame in frames:
        ids, pixels = np.unique(frame[0]["semantic"], return_counts=True)
        found.append(set(ids[pixels >= 4].tolist()))
        if frame[0]["phase"] == 1:
            return found
    raise AssertionError("nothing was asked")


@pytest.mark.parametrize("seed", range(3))
def test_counts_agree_with_a_recount(seed: int) -> None:
    env = small_env(Count(tour=SHORT), [LIVED_IN])
    frames = played(env, seed)
    seen = set().union(*watched(frames))
    assert len(env.task.asked) == 4 and frames[-1][4]["measures"]["accuracy"] == 1
    for question in env.task.asked:
        alike = [t for t in LIVED_IN.things if t.category == question.category and t.id in seen]
        assert question.number == sum(question.room in (None, t.room) for t in alike)
    assert sum(frame[1] for frame in frames) == pytest.approx(1.0)
    env.close()


@pytest.mark.parametrize("seed", range(3))
def test_orders_agree_with_a_recount(seed: int) -> None:
    env = small_env(Order(tour=SHORT), [LIVED_IN])
    frames = played(env, seed)
    seen = watched(frames)
    assert env.task.asked and frames[-1][4]["measures"]["success"] == 1
    for question in env.task.asked:
        first = [
            min(
                i for i, ids in enumerate(seen) if ids & {t.id for t in LIVED_IN.things if t.category == name}
            )
            for name in (question.category, question.other)
        ]
        assert question.number == int(first[0] > first[1])
    env.close()


def test_wrong_answers_are_worth_less_and_steps_without_one_nothing() -> None:
    env = small_env(Count(questions=2, tour=SHORT), [LIVED_IN])
    frames = played(env, 0, lambda env, obs, info: 0, most=60)
    assert not any(frame[2] for frame in frames) and frames[-1][0]["phase"] == 1
    body, truth = len(env.agent.actions), env.task.question.number
    step = env.step(body + truth + 2)
    assert step[1] == pytest.approx(1 / 3 / 2) and step[4]["measures"]["count_error"] == 2
    assert step[4]["measures"]["collisions"] == {
        "count": 0.0,
        "is_collision": 0.0,
    }  # for wanderers, as elsewhere
    step = env.step(body + env.task.question.number)
    assert step[2] and step[4]["measures"]["accuracy"] == 0.5 and step[4]["measures"]["count_error"] == 1
    env.close()


@pytest.mark.parametrize("task", [Count, Order])
def test_repeats_checker_and_no_memory(task: type[AnswerTask]) -> None:
    envs = [small_env(task(tour=SHORT), [LIVED_IN]) for _ in range(2)]
    one, other = (played(env, 4) for env in envs)
    assert all(same(a, b) for a, b in zip(one, other, strict=True))
    check_env(envs[0], skip_render_check=True)
    policy = no_memory(envs[1], np.random.default_rng(0))
    assert played(envs[1], 4, lambda env, o, i: policy(o, i))[-1][2]
    for env in envs:
        env.close()


def test_no_questions_are_refused() -> None:
    with pytest.raises(ObservationError, match="1 to 100 questions"):
        Count(questions=0)

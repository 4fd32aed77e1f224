"""Hidden: the thing goes in before the agent's eyes, and nothing of it is seen afterwards."""

import numpy as np
import pytest
from apartment_scenes import tiny_scene
from gymnasium.utils.env_checker import check_env
from memory_episodes import LIVED_IN, SHORT, played, same, small_env

from streammem.envs.baselines.no_memory import no_memory
from streammem.envs.tasks.hidden import ACT, Hidden
from streammem.errors import ObservationError


@pytest.mark.parametrize("seed", range(3))
def test_shown_hidden_and_found_again(seed: int) -> None:
    env = small_env(Hidden(delay=4, tour=SHORT), [LIVED_IN])
    frames = played(env, seed)
    thing, container = env.task.hiding.thing, env.task.question.answers[0]
    pixels = [int((frame[0]["semantic"] == thing).sum()) for frame in frames]
    assert max(pixels[:ACT]) >= 4 and not any(pixels[ACT:])
    assert frames[-1][4]["measures"]["success"] == 1
    world = env.situation.world
    assert world.parents[thing] == container and not world.is_open(container)
    assert [event.kind for event in world.events if event.thing in (thing, container)] == [
        "opened",
        "hidden",
        "closed",
    ]
    alike = [
        t.id for t in LIVED_IN.things if t.category == LIVED_IN.by_id[thing].category and world.there(t.id)
    ]
    assert alike == [thing]
    env.close()


def test_the_agent_waits_elsewhere() -> None:
    env = small_env(Hidden(delay=6, tour=SHORT), [LIVED_IN])
    frames = played(env, 1)
    asked = next(i for i, frame in enumerate(frames) if frame[0]["phase"] == 1)
    views = [frame[4]["world_from_camera"] for frame in frames[asked - 6 : asked + 1]]
    assert all(np.array_equal(view, views[0]) for view in views)
    assert frames[asked][4]["room"] != LIVED_IN.by_id[env.task.question.answers[0]].room
    env.close()


def test_it_repeats_itself_and_passes_the_checker() -> None:
    envs = [small_env(Hidden(delay=2, tour=SHORT), [LIVED_IN]) for _ in range(2)]
    one, other = (played(env, 2) for env in envs)
    assert all(same(a, b) for a, b in zip(one, other, strict=True))
    check_env(envs[0], skip_render_check=True)
    for env in envs:
        env.close()


def test_who_has_no_memory_tries_a_container() -> None:
    env = small_env(Hidden(delay=0, tour=SHORT), [LIVED_IN])
    right = []
    for seed in range(3):
        policy = no_memory(env, np.random.default_rng(seed))
        right.append(
            played(env, seed, lambda env, o, i, policy=policy: policy(o, i))[-1][4]["measures"]["success"]
        )
    assert sum(right) < 3
    env.close()


def test_errors() -> None:
    with pytest.raises(ObservationError, match="a delay has"):
        Hidden(delay=-1)
    with pytest.raises(ObservationError, match="none of 50 scenes suits Hidden"):
        small_env(Hidden(), [tiny_scene()]).reset(seed=0)

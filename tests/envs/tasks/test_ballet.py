"""Ballet: who dances when, and to whom one goes."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from memory_episodes import played, same, small_env

from streammem.envs.baselines.no_memory import no_memory
from streammem.envs.tasks.ballet import Ballet
from streammem.envs.tasks.ballet_scene import WATCH_AT, ballet_scene
from streammem.envs.tasks.dances import DANCES, STEPS
from streammem.errors import ObservationError


def test_one_after_another_dances_and_the_rest_stand_still() -> None:
    env = small_env(Ballet(dancers=2, pause=3))
    env.reset(seed=0)
    world, task = env.situation.world, env.task
    rows = [world.row(dancer) for dancer in task.hall.dancers]
    rest = world.places[rows].copy()
    for frame in range(task.watch_steps):
        observation = env.step(1)[0]
        assert observation["phase"] == int(frame == task.watch_steps - 1)
        turn, step = divmod(frame, STEPS + 3)
        still = [i for i in range(2) if i != task.order[turn] or step >= STEPS]
        assert np.allclose(world.places[rows][still], rest[still])
    assert (env.situation.pose.x, env.situation.pose.y) == WATCH_AT
    assert observation["query"] == task.dances[task.asked] + 1
    env.close()


@pytest.mark.parametrize("dancers", [3, 8])
def test_the_oracle_goes_to_the_right_one(dancers: int) -> None:
    env = small_env(Ballet(dancers=dancers, pause=0), [ballet_scene(1, dancers).scene])
    for seed in range(2):
        frames = played(env, seed, most=320)
        assert frames[-1][1] == 1 and frames[-1][2]
        assert (
            DANCES[env.task.dances[int(frames[-1][4]["measures"]["choice"])]] in frames[-1][4]["instruction"]
        )
    env.close()


def test_all_are_in_view_and_have_other_clothes() -> None:
    hall = ballet_scene(1, 8)
    env = small_env(Ballet(dancers=8), [hall.scene])
    observation, _ = env.reset(seed=0)
    assert set(hall.dancers) <= set(np.unique(observation["semantic"]).tolist())
    looks = [
        tuple(part.mesh.colours.mean(0)) for d in hall.dancers for part in hall.scene.by_id[d].model.parts[:1]
    ]
    assert len(set(looks)) == 8 and ballet_scene(1, 8) is hall
    env.close()


def test_it_repeats_itself_passes_the_checker_and_knows_no_memory() -> None:
    envs = [small_env(Ballet(dancers=2, pause=0), [1, 2]) for _ in range(2)]
    one, other = (played(env, 5) for env in envs)
    assert all(same(a, b) for a, b in zip(one, other, strict=True))
    check_env(envs[0], skip_render_check=True)
    policy = no_memory(envs[1], np.random.default_rng(0))
    assert played(envs[1], 4, lambda env, o, i: policy(o, i))[-1][2]
    for env in envs:
        env.close()


def test_errors() -> None:
    with pytest.raises(ObservationError, match="2 to 8 dancers"):
        Ballet(dancers=9)
    with pytest.raises(ObservationError, match="2 to 8 dancers"):
        ballet_scene(0, 1)
    with pytest.raises(ObservationError, match="a pause has"):
        Ballet(pause=-1)

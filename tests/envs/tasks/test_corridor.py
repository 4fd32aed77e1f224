"""The T-corridor: the cue goes in time, and each arm is one answer."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from memory_episodes import played, same, small_env

from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.world import World
from streammem.envs.baselines.no_memory import no_memory
from streammem.envs.tasks.corridor import SEEN_STEPS, TCorridor
from streammem.envs.tasks.corridor_scene import ARM_M, START_Y, WIDTH_M, corridor_scene
from streammem.errors import ObservationError


@pytest.mark.parametrize("length_m", [3.0, 6.0, 11.5])
def test_the_way_is_as_long_as_it_says(length_m: float) -> None:
    built = corridor_scene(length_m)
    grid = NavGrid.of(World(built.scene))
    for side in (-1, 1):
        metres = grid.distances([built.arm(side)]).at((0.0, START_Y))
        straight = length_m + WIDTH_M / 2 - START_Y
        assert np.hypot(straight, ARM_M - 0.5) <= metres <= straight + ARM_M - 0.5
    assert corridor_scene(length_m) is built


@pytest.mark.parametrize("cue", ["colour", "side"])
def test_the_oracle_is_right_and_the_cue_tells_where(cue: str) -> None:
    env = small_env(TCorridor(length_m=3.0, cue=cue))
    sides = set()
    for seed in range(3):
        frames = played(env, seed)
        assert frames[-1][1] == 1 and frames[-1][4]["measures"]["success"] == 1
        world, cube = env.situation.world, env.task._cube
        assert (frames[0][0]["semantic"] == cube).any()
        assert not any((frame[0]["semantic"] == cube).any() for frame in frames if frame[0]["phase"] == 1)
        pillar = world.thing_at((*env.task.places[env.task.right], 0.5))
        names = [world.scene.by_id[thing].model.name.split()[0] for thing in (cube, pillar)]
        sides.add(env.task.right)
        assert names[0] == names[1] if cue == "colour" else (world.at(cube)[0] > 0) == bool(env.task.right)
    assert sides == {0, 1}
    env.close()


def test_looking_back_does_not_help() -> None:
    env = small_env(TCorridor())
    frames = played(env, 0, lambda env, obs, info: 0, most=SEEN_STEPS + 2)
    assert [frame[0]["phase"] for frame in frames[: SEEN_STEPS + 2]] == [0] * (SEEN_STEPS + 1) + [1]
    assert not any(frame[2] for frame in frames)
    env.close()


def test_the_wrong_arm_ends_it_with_nothing() -> None:
    env = small_env(TCorridor(length_m=3.0))
    ends = []
    for seed in range(5):
        policy = no_memory(env, np.random.default_rng(seed))
        ends.append(played(env, seed, lambda env, o, i, policy=policy: policy(o, i))[-1])
    assert all(end[2] for end in ends) and 0 < sum(end[1] for end in ends) < 5
    env.close()


def test_it_repeats_itself_and_passes_the_checker() -> None:
    envs = [small_env(TCorridor(length_m=3.0)) for _ in range(2)]
    one, other = (played(env, 5) for env in envs)
    assert all(same(a, b) for a, b in zip(one, other, strict=True))
    check_env(envs[0], skip_render_check=True)
    for env in envs:
        env.close()


def test_errors() -> None:
    with pytest.raises(ObservationError, match="3 to 200 m"):
        TCorridor(length_m=1.0)
    with pytest.raises(ObservationError, match="a cue is"):
        TCorridor(cue="smell")

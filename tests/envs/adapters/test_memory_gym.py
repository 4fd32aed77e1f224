"""Memory Gym, where it is installed (its pin of an old Gymnasium wants a set-up of its own: docs/adapters.md)."""

import numpy as np
import pytest
from adapted import IGNORED, keeps_the_rules, played

pytest.importorskip("memory_gym", reason="Memory Gym is not installed: docs/adapters.md has its set-up")
from streammem.envs.adapters.memory_gym import make_memory_gym

GAMES = [
    f"{game}-v0"
    for game in (
        "SearingSpotlights",
        "Endless-SearingSpotlights",
        "MortarMayhem",
        "Endless-MortarMayhem",
        "MortarMayhem-Grid",
        "MortarMayhemB",
        "MortarMayhemB-Grid",
        "MysteryPath",
        "Endless-MysteryPath",
        "MysteryPath-Grid",
    )
]
pytestmark = pytest.mark.filterwarnings(IGNORED)


@pytest.mark.parametrize("game", GAMES)
def test_every_game_keeps_the_rules(game: str) -> None:
    assert keeps_the_rules(make_memory_gym(game))


def test_pictures_stand_upright() -> None:
    env = make_memory_gym("MortarMayhem-v0", render_mode="rgb_array")
    seen, _ = env.reset(seed=1)
    assert np.array_equal(seen, env.render())


def test_the_end_of_time_truncates() -> None:
    env = make_memory_gym("MysteryPath-Grid-v0")
    env.reset(seed=0)
    steps = [env.step(0)[2:4] for _ in range(128)]
    assert steps[-1] == (False, True) and steps[-2] == (False, False)


def test_one_that_closes_leaves_the_others_their_screen() -> None:
    one, other = make_memory_gym("MysteryPath-v0"), make_memory_gym("MysteryPath-v0")
    other.close()
    assert len(played(one, 3, seed=0)) == 4
    one.close()

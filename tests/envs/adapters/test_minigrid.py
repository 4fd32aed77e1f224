"""MiniGrid without its sentences."""

import math
from typing import Any

import gymnasium
import numpy as np
import pytest
from adapted import IGNORED, keeps_the_rules

from streammem.envs.adapters.minigrid import MiniGrid, make_minigrid
from streammem.envs.wrappers import ObservationSource
from streammem.errors import ObservationError

pytestmark = pytest.mark.filterwarnings(IGNORED)


@pytest.mark.parametrize("options", [{}, {"pixels": True}], ids=str)
@pytest.mark.parametrize("id", ["MiniGrid-MemoryS7-v0", "MiniGrid-FourRooms-v0"])
def test_it_keeps_the_rules(id: str, options: dict[str, Any]) -> None:
    assert keeps_the_rules(make_minigrid(id, **options))


def test_the_mission_goes_into_info_and_pictures_have_their_size() -> None:
    seen, info = make_minigrid(pixels=True, tile_px=4).reset(seed=0)
    assert seen.keys() == {"rgb", "direction"} and seen["rgb"].shape == (28, 28, 3)
    assert info["mission"].startswith("go to the matching object")


def test_a_step_forward_goes_where_yaw_says() -> None:
    env = make_minigrid("MiniGrid-Empty-8x8-v0")
    _, before = env.reset(seed=0)
    for turns in range(4):
        _, _, _, _, after = env.step(2)
        moved = after["position_m"] - before["position_m"]
        ahead = np.array([-math.sin(before["yaw"]), math.cos(before["yaw"]), 0])
        assert np.allclose(moved, ahead) or np.allclose(moved, 0), turns
        before = env.step(1)[4]  # to the right: yaw falls
        assert math.cos(before["yaw"] - after["yaw"] + math.pi / 2) == pytest.approx(1)


def test_it_streams() -> None:
    frames = list(ObservationSource(make_minigrid(pixels=True), frames=5))
    assert frames[4].rgb.shape == (56, 56, 3)


def test_other_worlds_are_refused() -> None:
    with pytest.raises(ObservationError, match="no MiniGrid world"):
        MiniGrid(gymnasium.make("CartPole-v1"))

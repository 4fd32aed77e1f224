"""The agent's settings and Habitat's defaults."""

import pytest

from streammem.envs.habitat.actions import ACTIONS, LOOK_DOWN, MOVE_FORWARD, STOP, action_names
from streammem.envs.habitat.config import OBJECT_NAV, AgentConfig
from streammem.errors import ObservationError


def test_actions_have_habitats_order() -> None:
    assert AgentConfig().actions == ("stop", "move_forward", "turn_left", "turn_right")
    assert OBJECT_NAV.actions == ACTIONS and ACTIONS[-2:] == ("look_up", "look_down")
    assert (ACTIONS[STOP], ACTIONS[MOVE_FORWARD], ACTIONS[LOOK_DOWN]) == ("stop", "move_forward", "look_down")


def test_habitats_defaults() -> None:
    agent = AgentConfig()
    assert (agent.width, agent.height, agent.hfov_deg, agent.camera_height_m) == (640, 480, 90, 1.25)
    assert (agent.forward_step_m, agent.turn_deg, agent.tilt_deg, agent.radius_m) == (0.25, 10, 15, 0.1)
    assert agent.normalize_depth and agent.allow_sliding and agent.max_depth_m == 10
    assert (OBJECT_NAV.turn_deg, OBJECT_NAV.tilt_deg, OBJECT_NAV.allow_sliding) == (30, 30, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"radius_m": 0.0},
        {"turn_deg": float("nan")},
        {"width": 0},
        {"hfov_deg": 180.0},
        {"min_depth_m": 10.0},
        {"max_tilt_deg": 90.0},
        {"camera_height_m": 1.6},
    ],
)
def test_settings_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(ObservationError):
        AgentConfig(**wrong)


def test_other_numbers_of_actions() -> None:
    with pytest.raises(ObservationError, match="got 5"):
        action_names(5)

"""POPGym: every game keeps the rules and repeats itself."""

import pytest
from adapted import IGNORED, keeps_the_rules

from streammem.envs.adapters.popgym import make_popgym

GAMES = (
    "Autoencode",
    "Battleship",
    "Concentration",
    "CountRecall",
    "HigherLower",
    "MineSweeper",
    "MultiarmedBandit",
    "NoisyPositionOnlyCartPole",
    "NoisyPositionOnlyPendulum",
    "PositionOnlyCartPole",
    "PositionOnlyPendulum",
    "RepeatFirst",
    "RepeatPrevious",
    "VelocityOnlyCartpole",
    "LabyrinthEscape",
    "LabyrinthExplore",
)

pytestmark = [
    pytest.mark.filterwarnings(IGNORED),
    pytest.mark.filterwarnings("ignore:Maze environments have been shown"),
]


@pytest.mark.parametrize("game", GAMES)
def test_every_game_keeps_the_rules(game: str) -> None:
    for level in ("Easy", "Medium", "Hard"):
        assert keeps_the_rules(make_popgym(game + level), steps=20)


def test_infos_are_ones_own() -> None:
    env = make_popgym("popgym-CountRecallEasy-v0")
    _, first = env.reset(seed=0)
    before = first["counts"].copy()
    env.step(0)
    assert (first["counts"] == before).all()

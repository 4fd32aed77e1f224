"""Episodes that carry a seed, and those that do not."""

from collections.abc import Iterator

import pytest
from apartment_scenes import tiny_scene

from streammem.envs.habitat.episode import Episode
from streammem.envs.tasks.episode_seed import episode_seed
from streammem.envs.tasks.registration import make_task
from streammem.envs.tasks.situation import Situation
from streammem.errors import ObservationError


@pytest.fixture(scope="module")
def here() -> Iterator[Situation]:
    env = make_task("PointNav", scenes=[tiny_scene()], sensors=(), task_options={"nearest_m": 0.5})
    env.reset(seed=0)
    yield env.situation
    env.close()


def carrying(seed: object) -> Episode:
    return Episode(episode_id="7", scene="a", start=(0, 0, 0), info={"seed": seed})


def test_the_given_seed_or_a_new_one(here: Situation) -> None:
    assert episode_seed(here, carrying(5), "Recall") == 5
    drawn = {episode_seed(here, None, "Recall") for _ in range(20)}
    assert len(drawn) == 20 and min(drawn) >= 0


@pytest.mark.parametrize("seed", [None, "5", -1])
def test_what_is_no_seed(here: Situation, seed: object) -> None:
    with pytest.raises(ObservationError, match="it is none of Recall"):
        episode_seed(here, carrying(seed), "Recall")

"""A memory inside an environment."""

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from posed_env import Wall

import streammem as sm
from streammem.envs.wrappers import MemoryObservation, Reading, Recall
from streammem.errors import ObservationError

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*different from the unwrapped|.*alternative render modes|.*recommend using a symmetric"
)


class Rooms(gymnasium.Env[Any, Any]):
    """Four pictures, two steps each, then the first again."""

    action_space = gymnasium.spaces.Discrete(2)
    observation_space = gymnasium.spaces.Box(0, 255, (32, 32, 3), np.uint8)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.at = 0
        self.rooms = np.kron(self.np_random.integers(0, 255, (4, 4, 4, 3)), np.ones((8, 8, 1)))
        return self.seen(), {}

    def seen(self) -> Any:
        return self.rooms[self.at // 2 % 4].astype(np.uint8)

    def step(self, action: Any) -> Any:
        self.at += 1
        return self.seen(), 0.0, self.at == 12, False, {}


def played(env: gymnasium.Env[Any, Any], steps: int, seed: int | None = 0) -> list[Any]:
    seen = [env.reset(seed=seed)[0]]
    return seen + [env.step(1)[0] for _ in range(steps)]


def test_a_room_seen_again_is_the_best_memory_and_says_how_old() -> None:
    env = MemoryObservation(Rooms(), recall=Recall(top_k=6))
    first, *_, back = played(env, 8)
    assert not first["memory_mask"].any() and not first["memory_value"].any()
    assert back["memory_mask"].tolist() == [1, 1, 1, 1, 0, 0]
    assert back["memory_score"][0] > 0.99 > back["memory_score"][1]
    assert back["memory_age_s"][0] == pytest.approx(0.7, abs=0.02)  # it was left seven steps ago
    assert back["memory_weight"].sum() == pytest.approx(1) and back in env.observation_space
    assert np.linalg.norm(back["memory_value"], axis=1)[:4] == pytest.approx(1, abs=0.3)


def test_what_is_recent_can_be_left_out() -> None:
    env = MemoryObservation(Rooms(), recall=Recall(older_than_s=0.35))
    *_, third, fourth = played(env, 4)
    assert third["memory_mask"].sum() == 0 and fourth["memory_mask"].sum() == 1
    assert fourth["memory_age_s"][0] == pytest.approx(0.35, abs=0.06)


@pytest.mark.parametrize("things", [0, 3])
def test_it_keeps_gymnasiums_rules_and_repeats_itself(things: int) -> None:
    recall = Recall(top_k=2, things=things)
    env = MemoryObservation(Wall(length=20), recall=recall, budget="4 MB")
    check_env(env)
    one, other = played(env, 9, seed=5), played(env, 9, seed=5)
    assert all(np.array_equal(a[name], b[name]) for a, b in zip(one, other, strict=True) for name in a)
    env.close()
    env.close()


def test_the_maps_things_are_seen_from_the_camera() -> None:
    env = MemoryObservation(
        Wall(length=20), recall=Recall(things=3), budget="8 MB", reading=Reading(step_s=0.5)
    )
    last = played(env, 12)[-1]
    at = [row for row in range(3) if abs(last["things_xyz_m"][row, 2] - 1.5) < 0.1]
    assert last["things_mask"].any() and at
    assert last["things_xyz_m"][at[0], 0] == pytest.approx(-1.2, abs=0.3)  # twelve steps to the right of it


def test_a_memory_may_outlive_episodes_and_be_a_store(tmp_path: Path) -> None:
    for turn in range(2):
        env = MemoryObservation(
            Rooms(), memory=lambda: sm.StreamMemory.open(tmp_path / "m.zarr", encoder="classic"), keep=True
        )
        first = played(env, 3)[0]
        again = played(env, 3)[0]
        assert again["memory_mask"].any() and first["memory_mask"].any() == bool(turn)
        env.close()


def test_the_deep_space_is_asked_where_there_is_one() -> None:
    env = MemoryObservation(Rooms(), encoder="lite", recall=Recall(top_k=1))
    assert played(env, 1)[1]["memory_value"].shape == (1, 1280)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"recall": Recall(space="frame")}, "no space 'frame'"),
        (
            {"recall": Recall(things=1), "memory": lambda: sm.StreamMemory.open(encoder="classic")},
            "draws none",
        ),
    ],
)
def test_what_a_memory_cannot_tell_is_refused(options: Any, says: str) -> None:
    with pytest.raises(ObservationError, match=says):
        MemoryObservation(Wall(), **options)


def test_wrapping_twice_and_things_without_a_pose_are_refused() -> None:
    with pytest.raises(ObservationError, match="already"):
        MemoryObservation(MemoryObservation(Wall()))
    with pytest.raises(ObservationError, match="world_from_camera"):
        MemoryObservation(Rooms(), recall=Recall(things=1), budget="8 MB").reset()
    with pytest.raises(ObservationError, match="at least"):
        Recall(top_k=0)

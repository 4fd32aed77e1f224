"""An environment becomes a stream: pictures from its observation or its renderer, time over episodes."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from posed_env import CAMERA, Altered, Wall

import streammem as sm
from streammem.envs.wrappers import ObservationSource, Reading
from streammem.errors import ObservationError, OrderError, PoseError, UnsupportedSourceError
from streammem.interface import Source


class Room(gymnasium.Env[Any, Any]):
    """Shows its step count as brightness; an episode has four steps."""

    action_space = gymnasium.spaces.Discrete(3)

    def __init__(self, shape: str) -> None:
        self.shape, self.at, self.closed = shape, 0, False

    def _seen(self) -> Any:
        picture = np.full((8, 8, 3), self.at, np.uint8)
        vector = np.array([self.at, 1], np.float64)
        return {"array": picture, "dict": {"rgb": picture, "proprioception": vector}, "vector": vector}[
            self.shape
        ]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.at = 0
        return self._seen(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.at += 1
        return self._seen(), 0.0, self.at == 4, False, {}

    def render(self) -> Any:
        return np.full((8, 8, 3), self.at, np.uint8)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("shape", ["array", "dict", "vector"])
def test_pictures_come_from_observation_or_renderer(shape: str) -> None:
    source = ObservationSource(Room(shape), frames=11, reading=Reading(step_s=0.5))
    frames = list(source)
    assert isinstance(source, Source)
    assert [frame.rgb[0, 0, 0] for frame in frames] == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0]
    assert [frame.t_s for frame in frames] == [0, 0.5, 1, 1.5, 2, 3.5, 4, 4.5, 5, 5.5, 7]
    assert [frame.gap_s for frame in frames] == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    assert (frames[0].proprioception is None) == (shape == "array")


def test_depth_labels_camera_and_pose_come_along() -> None:
    source = ObservationSource(Wall(), frames=3, policy=lambda *_: 1)
    *_, last = source
    assert last.depth_m.shape == last.labels.shape == (36, 48) and np.unique(last.depth_m).tolist() == [
        1.5,
        2.0,
    ]
    assert last.intrinsics == CAMERA and last.world_from_camera[0, 3] == pytest.approx(0.2)
    assert (
        source.names == {1: "wall", 7: "cup"}
        and last.action == 1
        and np.unique(last.labels).tolist() == [0, 7]
    )


def test_info_comes_first_and_has_its_own_clock() -> None:
    def alter(seen: Any, info: Any) -> Any:
        wide = np.full((72, 96), 9.0)
        return seen, {**info, "t_s": 7.0, "intrinsics": np.diag([24.0, 24, 1]) + CORNER, "depth_m": wide}

    reading = Reading(depth_key="none", depth_range_m=(0, 5))
    *_, last = ObservationSource(Altered(Wall(), alter), frames=4, reading=reading)
    assert last.t_s == 7.0 and last.depth_m.shape == (72, 96) and not last.depth_m.any()
    assert last.intrinsics.width == 96 and last.intrinsics.fx == 24.0


def test_normalised_depth_comes_back_to_metres() -> None:
    wall = Wall()
    wall.observation_space["depth"] = gymnasium.spaces.Box(0.0, 1.0, (36, 48, 1), np.float32)

    def alter(seen: Any, info: Any) -> Any:
        shares = np.select([seen["depth"] < 2, seen["depth"] == 2], [0.25, 1.0]).astype(np.float32)
        return {**seen, "depth": shares}, {**info, "depth_range_m": np.array([0.5, 4.5])}

    *_, last = ObservationSource(Altered(wall, alter), frames=4)
    assert np.unique(last.depth_m).tolist() == [0.0, 1.5]


CORNER = np.array([[0, 0, 40.0], [0, 0, 30], [0, 0, 0]])


def test_same_seed_same_actions() -> None:
    first, second = ([f.action for f in ObservationSource(Room("array"), frames=9, seed=4)] for _ in range(2))
    assert first == second and first[0] is None and first[5] is None


def test_policy_is_asked_and_the_environment_is_closed() -> None:
    room = Room("array")
    with ObservationSource(room, policy=lambda *_: 2, frames=3) as source:
        assert [frame.action for frame in source] == [None, 2, 2]
    assert room.closed


def test_an_open_source_takes_it_and_a_memory_learns_the_names() -> None:
    source = sm.open_source(ObservationSource(Wall(), frames=9), stream="robot", fps=5)
    with sm.StreamMemory.open(encoder="classic") as memory:
        frames = sum(1 for _ in memory.watch(source))
        assert memory.names[7] == "cup" and memory.streams == ("robot",) and frames == 6


BAD = {
    "picture": (lambda s, i: ({**s, "rgb": s["rgb"][:9]}, i), ObservationError, "picture .* was of shape"),
    "depth": (lambda s, i: ({**s, "depth": s["depth"][:9]}, i), ObservationError, "depth .* was of shape"),
    "kind": (lambda s, i: ({**s, "depth": s["rgb"]}, i), ObservationError, "depth must be floating"),
    "pose": (lambda s, i: (s, {**i, "world_from_camera": np.full((4, 4), np.nan)}), PoseError, "finite"),
    "lens": (lambda s, i: (s, {**i, "intrinsics": np.eye(4)}), ObservationError, "3x3"),
    "time": (lambda s, i: (s, {**i, "t_s": 0.1}), OrderError, "must grow"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_is_an_error_and_what_came_before_stays(case: str) -> None:
    alter, error, says = BAD[case]
    source = ObservationSource(Altered(Wall(), alter), frames=6)
    with sm.StreamMemory.open(encoder="classic") as memory:
        with pytest.raises(error, match=says):
            list(memory.watch(source))
        assert memory.info().streams[0].frames == 3


def test_environment_without_pictures_is_refused() -> None:
    blind = Room("vector")
    blind.render = lambda: None  # type: ignore[method-assign]  # a stand-in
    with pytest.raises(UnsupportedSourceError, match="render_mode='rgb_array'"):
        list(ObservationSource(blind))


@pytest.mark.parametrize("wrong", [{"step_s": 0}, {"gap_s": -1}, {"depth_range_m": (2, 1)}])
def test_readings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ObservationError, match="got"):
        Reading(**wrong)


def test_what_is_no_environment_is_refused() -> None:
    with pytest.raises((ObservationError, TypeError), match="CartPole|one of many for a vector"):
        ObservationSource("CartPole-v1")  # type: ignore[arg-type]  # a stand-in
    with pytest.raises(ObservationError, match="frames must"):
        ObservationSource(Room("array"), frames=0)

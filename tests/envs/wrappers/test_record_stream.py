"""Recordings of an environment are logs like real ones."""

import errno
import json
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from posed_env import CAMERA, Altered, Wall

import streammem as sm
from streammem.app.cli import run
from streammem.envs.wrappers import ObservationSource, Reading, RecordStream
from streammem.errors import ObservationError, StoreError, StoreFullError


def recorded(folder: Path, env: gymnasium.Env[Any, Any] | None = None, **options: Any) -> RecordStream:
    """Two episodes and a half, always to the right."""
    wrapped = RecordStream(env or Wall(), folder, **options)
    for _ in range(2):
        wrapped.reset(seed=3)
        while not wrapped.step(1)[2]:
            pass
    wrapped.reset()
    wrapped.step(1)
    return wrapped


def test_a_log_gives_back_what_was_shown(tmp_path: Path) -> None:
    recorded(tmp_path).close()
    shown = list(ObservationSource(Wall(), frames=7, seed=3, policy=lambda *_: 1))
    with sm.open_source(tmp_path / "episode-00001") as log:
        read = list(log)
        assert log.names == {1: "wall", 7: "cup"} and log.up == (0, 0, 1)
    assert len(read) == 7
    for one, other in zip(shown, read, strict=True):
        assert np.array_equal(one.rgb, other.rgb) and np.array_equal(one.labels, other.labels)
        assert np.allclose(one.depth_m, other.depth_m, atol=1e-4) and one.t_s == pytest.approx(other.t_s)
        assert np.allclose(one.world_from_camera, other.world_from_camera, atol=1e-8)
        assert other.intrinsics == CAMERA


def test_steps_and_ends_are_told(tmp_path: Path) -> None:
    recorded(tmp_path).close()
    episodes = [json.loads((tmp_path / f"episode-0000{n}/episode.json").read_text()) for n in range(3)]
    assert [(e["ended"], e["frames"], e["reward"]) for e in episodes] == [
        ("terminated", 7, 6.0),
        ("terminated", 7, 6.0),
        ("closed", 2, 1.0),
    ]
    lines = (tmp_path / "episode-00000/steps.jsonl").read_text().splitlines()
    first, *_, last = map(json.loads, lines)
    assert first["info"]["goal"] == "cup" and "action" not in first and "intrinsics" not in first["info"]
    assert last["action"] == 1 and last["terminated"] and last["t_s"] == pytest.approx(0.6)


def test_the_map_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(tmp_path / "log", Wall(length=12)).close()
    store = str(tmp_path / "map.zarr")
    args = ["map", str(tmp_path / "log/episode-00000"), "--store", store, "--budget", "16MB", "--quiet"]
    assert run([*args, "--encoder", "classic"]) == 0
    capsys.readouterr()
    with sm.StreamMemory.open(store, mode="r") as memory:
        assert memory.info().map.frames == 13
        (cup,) = [thing for thing in memory.things() if thing.label == "cup"]
        assert cup.place.centre[1] == pytest.approx(1.5, abs=0.1)


def test_an_unfinished_episode_is_a_log_too(tmp_path: Path) -> None:
    wrapped = recorded(tmp_path)
    with sm.open_source(tmp_path / ".episode-00002.part") as log:
        assert len(list(log)) == 2
    wrapped.reset()
    assert (tmp_path / "episode-00002").is_dir() and (tmp_path / ".episode-00003.part").is_dir()
    wrapped.close()
    wrapped.close()


def test_only_pictures_where_there_is_no_depth(tmp_path: Path) -> None:
    env = gymnasium.wrappers.TransformObservation(Wall(), lambda seen: seen["rgb"], None)
    recorded(tmp_path, env).close()
    with sm.open_source(tmp_path / "episode-00000/rgb", frame_rate=10) as pictures:
        assert len(list(pictures)) == 7
    assert not (tmp_path / "episode-00000/depth.txt").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    recorded(tmp_path).close()
    with pytest.raises(StoreError, match="resume=True"):
        RecordStream(Wall(), tmp_path)
    (tmp_path / "episode-00002").rename(tmp_path / ".episode-00007.part")
    wrapped = RecordStream(Wall(), tmp_path, resume=True)
    wrapped.reset()
    (tmp_path / "episode-00008").mkdir()
    with pytest.raises(StoreError, match="came to be meanwhile"):
        wrapped.close()


def test_large_labels_and_far_depth(tmp_path: Path) -> None:
    def alter(seen: Any, info: Any) -> Any:
        return {**seen, "semantic": seen["semantic"] + 70_000, "depth": seen["depth"] * 20}, info

    recorded(tmp_path, Altered(Wall(), alter), depth_scale=2000, reading=Reading(background=())).close()
    with sm.open_source(tmp_path / "episode-00001") as log:
        last = list(log)[-1]
    assert sorted(np.unique(last.labels)) == [70_001, 70_007] and sorted(np.unique(last.depth_m)) == [0, 30]


def test_a_full_disk_is_said_and_what_was_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped = recorded(tmp_path)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("streammem.envs.wrappers.episode_log._write", full)
        with pytest.raises(StoreFullError, match="2 frames before are in"):
            wrapped.step(1)
    with pytest.raises(StoreError, match="reset"):
        wrapped.step(1)
    wrapped.reset()
    wrapped.close()
    assert len(list(sm.open_source(tmp_path / ".episode-00002.part"))) == 2


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        RecordStream(Wall(), tmp_path / "file/log")


@pytest.mark.parametrize(
    ("change", "says"),
    [({"world_from_camera": None}, "has no pose"), ({"intrinsics": np.eye(3)}, "one lens")],
)
def test_what_changes_within_an_episode_is_an_error(tmp_path: Path, change: Any, says: str) -> None:
    wrapped = RecordStream(Altered(Wall(), lambda seen, info: (seen, info | change)), tmp_path)
    wrapped.reset()
    with pytest.raises(ObservationError, match=says):
        for _ in range(3):
            wrapped.step(1)
    wrapped.close()


def test_a_scale_that_cannot_be_is_refused(tmp_path: Path) -> None:
    for scale in (0, float("inf"), float("nan")):
        with pytest.raises(ObservationError, match="depth_scale"):
            RecordStream(Wall(), tmp_path, depth_scale=scale)


@pytest.mark.filterwarnings("ignore:.*different from the unwrapped|.*alternative render modes")
def test_it_keeps_gymnasiums_rules(tmp_path: Path) -> None:
    with RecordStream(Wall(), tmp_path) as env:
        check_env(env)

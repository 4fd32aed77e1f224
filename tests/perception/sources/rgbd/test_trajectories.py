"""Poses over time, and what is paired by it."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from streammem.errors import SourceError
from streammem.perception.sources import open_source
from streammem.perception.sources.rgbd.pairing import by_place, by_time
from streammem.perception.sources.rgbd.trajectories import (
    Posed,
    Trajectory,
    log_poses,
    matrix_pose,
    quaternion_poses,
)


def turned(t_s: float) -> np.ndarray:
    """A camera that goes 1 m and turns 1 rad about its y a second."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = Rotation.from_rotvec([0, t_s, 0]).as_matrix(), [t_s, 0, 0]
    return pose


STEADY = Trajectory({t_s: turned(t_s) for t_s in (0.0, 0.3, 0.5, 0.9, 2.0, 2.2)})


@given(st.floats(0, 0.9) | st.floats(2.0, 2.2))
def test_between_two_poses_a_steady_motion_goes_on(t_s: float) -> None:
    posed = STEADY.at(t_s)
    assert posed.pose is not None
    np.testing.assert_allclose(posed.pose, turned(t_s), atol=1e-9)


@pytest.mark.parametrize(("t_s", "says"), [(-0.01, "outside"), (2.21, "outside"), (1.0, "gap of 1.10 s")])
def test_nothing_is_made_up(t_s: float, says: str) -> None:
    posed = STEADY.at(t_s)
    assert posed.pose is None and says in (posed.flaw or "")


def test_lines_that_hold_no_pose_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "groundtruth.txt"
    file.write_text(
        "# t\n2 0 0 0 0 0 0 1\n1 0 0 0 0 0 0 1\n1.5 nan 0 0 0 0 0 1\n3 0 0 0 0 0 0 0\nx y\n\n4 1 2\n"
    )
    trajectory = Trajectory.of_file(file)
    assert len(trajectory) == 2 and trajectory.at(2.0).pose is not None and trajectory.at(1.5).pose is None


def test_logs_with_a_bad_matrix_lose_that_pose_alone(tmp_path: Path) -> None:
    file, good = tmp_path / "trajectory.log", "1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n"
    file.write_text(f"0 0 1\n{good}1 1 2\n{good.replace('1', 'nan')}2 2 3\n{good.replace('0 0 0 1', 'x')}")
    poses = log_poses(file)
    assert [poses[n].pose is None for n in range(3)] == [False, True, True]


def test_what_is_no_log_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("hello\n")
    with pytest.raises(SourceError, match="line 1 should hold three whole numbers"):
        log_poses(tmp_path / "a.log")


def test_a_line_that_is_no_pose_keeps_its_place(tmp_path: Path) -> None:
    (tmp_path / "pose.txt").write_text("# x\n0 0 0 0 0 0 1\nlost\n2 0 0 0 0 0 1\n")
    poses = quaternion_poses(tmp_path / "pose.txt")
    assert poses[1].pose is None and poses[2].pose is not None and poses[2].pose[0, 3] == 2


def test_places_are_numbers_in_order_or_counted_from_the_first() -> None:
    poses = {n: Posed(None, str(n)) for n in range(3)}
    assert {n: posed.flaw for n, posed in by_place(poses, [10, 30, 20]).items()} == {
        10: "0",
        20: "1",
        30: "2",
    }
    assert {n: posed.flaw for n, posed in by_place(poses, [1, 2]).items()} == {1: "0", 2: "1", 3: "2"}


WORDS = st.sampled_from(["0", "1", "-1", "nan", "-inf", "1e999", "0.5", "x", "#", "\n", ",", "é"])


@given(st.lists(WORDS, max_size=40).map(" ".join) | st.text(max_size=60))
def test_garbage_is_no_pose_or_a_source_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "garbage.txt"
    file.write_text(text, encoding="utf-8")
    found = [matrix_pose(file), *quaternion_poses(file).values(), Trajectory.of_file(file).at(0.5)]
    with contextlib.suppress(SourceError):
        found += log_poses(file).values()
    assert all((posed.pose is None) == (posed.flaw is not None) for posed in found)
    assert all(posed.pose is None or np.isfinite(posed.pose).all() for posed in found)


TIMES = st.lists(st.integers(0, 60), max_size=12, unique=True).map(lambda all_: np.sort(all_) / 100.0)


@given(TIMES, TIMES)
def test_pairs_are_close_and_mutually_nearest(times_s: np.ndarray, others_s: np.ndarray) -> None:
    places = by_time(times_s, others_s, 0.02)
    taken = places[places >= 0]
    assert len(places) == len(times_s) and len(set(taken.tolist())) == len(taken)
    for t_s, place in zip(times_s, places, strict=True):
        if place >= 0:
            assert abs(others_s[place] - t_s) <= 0.02
            assert abs(others_s[place] - t_s) == np.abs(others_s - t_s).min()
            assert abs(others_s[place] - t_s) == np.abs(times_s - others_s[place]).min()


def test_depth_that_is_too_late_is_not_paired(tmp_path: Path, tum) -> None:
    folder = tum(tmp_path / "log", 3, delay_s=0.015)
    lines = (folder / "depth.txt").read_text().splitlines()
    (folder / "depth.txt").write_text("\n".join([lines[0], lines[2]]))
    with open_source(folder) as source:
        assert [frame.depth_m is None for frame in source] == [False, True, False]
        assert source.incomplete == {"depth": 1}


def test_frames_beyond_the_trajectory_have_no_pose(tmp_path: Path, tum) -> None:
    with open_source(tum(tmp_path / "log", 5, poses_s=[100.04, 100.1, 100.13])) as source:
        assert [frame.world_from_camera is None for frame in source] == [True, False, False, False, True]


def test_lists_do_not_lead_out_of_the_log(tmp_path: Path, tum) -> None:
    folder = tum(tmp_path / "log", 3)
    with (folder / "rgb.txt").open("a") as lines:
        lines.write(f"\n100.5 ../rgb.png\n100.6 {tmp_path / 'rgb.png'}\n100.7\n")
    with open_source(folder) as source:
        assert len(list(source)) == 3 and not source.lost

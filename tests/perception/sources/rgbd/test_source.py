"""Options, sizes and bad input of RGB-D logs."""

import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from streammem.errors import ObservationError, UnsupportedSourceError
from streammem.perception.sources import open_source
from streammem.types import Intrinsics

N = 4


@pytest.fixture
def log(tmp_path: Path, frames_log: Callable[..., Path]) -> Path:
    return frames_log(tmp_path / "log", N)


def seen(path: Path, **options: object) -> tuple:
    with open_source(path, **options) as source:
        return source, list(source)


def test_depth_and_camera_follow_the_size(log: Path) -> None:
    _, (frame, *_) = seen(log, size=32)
    assert frame.rgb.shape == (24, 32, 3) and frame.depth_m.shape == (24, 32)
    assert (frame.intrinsics.fx, frame.intrinsics.cx) == (30.0, 15.5) and frame.intrinsics.width == 32
    assert np.unique(frame.depth_m).tolist() == [1.0]


def test_depth_comes_to_the_size_of_the_colours_by_its_nearest_pixel(tmp_path: Path, frames_log) -> None:
    folder = frames_log(tmp_path / "log", N, depth=(32, 24))
    (folder / "camera-intrinsics.txt").write_text("30 30 15.5 11.5")
    half = np.zeros((24, 32), np.uint16)
    half[:, 16:] = 2000
    cv2.imwrite(str(folder / "frame-000000.depth.png"), half)
    _, (frame, *_) = seen(folder)
    assert (frame.depth_m[:, :32] == 0).all() and (frame.depth_m[:, 32:] == 2).all()
    assert frame.intrinsics == Intrinsics(fx=60, fy=60, cx=31.5, cy=23.5, width=64, height=48)


def test_sides_of_another_ratio_are_said(
    tmp_path: Path, frames_log, caplog: pytest.LogCaptureFixture
) -> None:
    folder = frames_log(tmp_path / "log", N, depth=(64, 36))
    _, (frame, *_) = seen(folder, intrinsics=Intrinsics(fx=60, fy=60, cx=31.5, cy=17.5, width=64, height=36))
    assert caplog.text.count("different shapes") == 1
    assert frame.intrinsics.fy == pytest.approx(80) and frame.intrinsics.cy == pytest.approx(23.5)


def test_intrinsics_and_scale_as_given(log: Path) -> None:
    given = Intrinsics(fx=100, fy=100, cx=63.5, cy=47.5, width=128, height=96)
    source, (frame, *_) = seen(log, intrinsics=given, depth_scale=500)
    assert frame.intrinsics == Intrinsics(fx=50, fy=50, cx=31.5, cy=23.5, width=64, height=48)
    assert frame.depth_m[0, 0] == 2.0 and "1/500 m, intrinsics as given" in source.found


def test_times_and_rates(log: Path) -> None:
    assert [frame.t_s for frame in seen(log, times=[3, 4, 6, 9])[1]] == [3, 4, 6, 9]
    assert [frame.t_s for frame in seen(log, frame_rate=2)[1]] == [0, 0.5, 1, 1.5]


def test_numbers_that_jump_leave_time_between_frames(log: Path) -> None:
    for file in log.glob("frame-000001.*"):
        file.unlink()
    assert [frame.t_s for frame in seen(log, frame_rate=2)[1]] == [0, 1, 1.5]


@pytest.mark.parametrize("raw", [0, 65535])
def test_no_measurement_is_zero(log: Path, raw: int) -> None:
    depth = np.full((48, 64), 1000, np.uint16)
    depth[3, 4] = raw
    cv2.imwrite(str(log / "frame-000000.depth.png"), depth)
    _, (frame, *_) = seen(log)
    assert frame.depth_m.dtype == np.float32 and np.argwhere(frame.depth_m == 0).tolist() == [[3, 4]]


def test_depth_as_floats_in_metres(log: Path) -> None:
    for file in log.glob("*.depth.png"):
        depth = np.full((48, 64), 1.25, np.float32)
        depth[0, :3] = [np.nan, np.inf, -1]
        cv2.imwrite(str(file.with_suffix(".tiff")), depth)
        file.unlink()
    _, (frame, *_) = seen(log, depth_scale=1)
    assert frame.depth_m[0, :4].tolist() == [0, 0, 0, 1.25]


@pytest.mark.parametrize("damage", ["truncated", "noise", "gone", "8 bits"])
def test_a_frame_with_damaged_depth_comes_without_it(
    log: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = log / "frame-000002.depth.png"
    rng = np.random.default_rng(0)
    if damage == "truncated":
        cv2.imwrite(str(file), rng.integers(0, 4000, (48, 64)).astype(np.uint16))
        file.write_bytes(file.read_bytes()[:2000])
    elif damage == "noise":
        file.write_bytes(rng.bytes(3000))
    elif damage == "gone":
        file.unlink()
    else:
        cv2.imwrite(str(file), np.full((48, 64), 100, np.uint8))
    source, frames = seen(log)
    assert [frame.depth_m is None for frame in frames] == [False, False, True, False]
    assert frames[2].world_from_camera is not None and source.incomplete == {"depth": 1} and not source.lost
    assert "of 4 frames 1 without depth" in caplog.text


@pytest.mark.parametrize("text", [" ".join(["-inf"] * 16), " ".join(["nan"] * 16), "lost", "", "1 2 3", None])
def test_a_frame_with_a_bad_pose_comes_without_it(
    log: Path, text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    for k in (1, 2):
        file = log / f"frame-00000{k}.pose.txt"
        file.unlink() if text is None else file.write_text(text)
    source, frames = seen(log)
    assert [frame.world_from_camera is None for frame in frames] == [False, True, True, False]
    assert frames[1].depth_m is not None and source.incomplete == {"pose": 2} and not source.lost
    assert "4 frames with depth, 2 with pose" in source.found
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1 and "of 4 frames 2 without pose (first: frame 1:" in warnings[0]


def test_all_poses_lost_is_an_error(log: Path) -> None:
    for file in log.glob("*.pose.txt"):
        file.write_text("-inf " * 16)
    with pytest.raises(
        UnsupportedSourceError, match='none of its 4 frames .*tracker was lost.*format="pictures"'
    ):
        open_source(log)


def test_no_poses_are_an_error_that_shows_the_way(log: Path, tmp_path: Path, folders, tum) -> None:
    for file in log.glob("*.pose.txt"):
        file.unlink()
    with pytest.raises(UnsupportedSourceError, match='no camera pose.*format="pictures"'):
        open_source(log)
    with pytest.raises(UnsupportedSourceError, match=r"no folder pose.*no trajectory\.log.*no pose\.txt"):
        open_source(folders(tmp_path / "b", 2))
    (tum(tmp_path / "c", 2) / "groundtruth.txt").unlink()
    with pytest.raises(UnsupportedSourceError, match=r"no groundtruth\.txt"):
        open_source(tmp_path / "c")


def test_colour_and_depth_of_different_count_pair_by_number(log: Path) -> None:
    (log / "frame-000000.color.png").unlink()
    (log / "frame-000003.depth.png").unlink()
    source, frames = seen(log)
    assert source.lost == {"colour": 1} and source.incomplete == {"depth": 1}
    assert [int(frame.rgb[0, 0, 0]) for frame in frames] == [1, 2, 3]
    assert [frame.world_from_camera[0, 3] for frame in frames] == [0.1, 0.2, 0.3]
    assert "1 depth pictures without colour" in source.found


def test_a_damaged_colour_is_skipped(log: Path) -> None:
    (log / "frame-000001.color.png").write_bytes(b"nothing")
    source, frames = seen(log)
    assert source.lost == {"picture": 1} and [frame.index for frame in frames] == [0, 2, 3]


def test_a_scale_that_cannot_be_is_said_once_with_one_that_fits(
    log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen(log, depth_scale=1)
    assert caplog.text.count("depth_scale=1 (units per metre) the median depth is 10") == 1
    assert "depth_scale=1000 would fit (a median of 1 m)" in caplog.text


def test_a_pixel_limit_holds_for_depth(tmp_path: Path, frames_log) -> None:
    folder = frames_log(tmp_path / "log", N, depth=(128, 96))
    source, frames = seen(
        folder, pixel_limit=64 * 48, intrinsics=Intrinsics(fx=9, fy=9, cx=5, cy=5, width=4, height=3)
    )
    assert all(frame.depth_m is None for frame in frames) and source.incomplete == {"depth": N}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("60 60", "should hold 'fx fy cx cy'"),
        ("focal 60", "should hold"),
        ("60 60 500 400", "principal point"),
        ("-60 60 32 24", "cannot be"),
    ],
)
def test_a_file_that_holds_no_camera(log: Path, text: str, says: str) -> None:
    (log / "camera-intrinsics.txt").write_text(text)
    with pytest.raises(UnsupportedSourceError, match=says):
        open_source(log)


def test_cameras_are_looked_for_in_the_parent_and_as_open3d_writes_them(log: Path) -> None:
    (log / "camera-intrinsics.txt").unlink()
    with pytest.raises(UnsupportedSourceError, match="not of 640x480.*intrinsics=Intrinsics"):
        open_source(log)
    (log.parent / "camera_intrinsic.json").write_text('{"intrinsic_matrix": [70, 0, 0, 0, 71, 0, 32, 24, 1]}')
    source, (frame, *_) = seen(log)
    assert (frame.intrinsics.fx, frame.intrinsics.fy, frame.intrinsics.cx) == (70, 71, 32)
    assert "from ../camera_intrinsic.json" in source.found


def test_the_scale_of_a_list_of_poses_must_be_said(tmp_path: Path, folders) -> None:
    folder = folders(tmp_path / "log", 2, "slambook")
    (folder / "depth-scale.txt").write_text("five thousand")
    with pytest.raises(UnsupportedSourceError, match="one positive number"):
        open_source(folder)
    (folder / "depth-scale.txt").unlink()
    with pytest.raises(UnsupportedSourceError, match="depth_scale="):
        open_source(folder)
    assert seen(folder, depth_scale=1000)[1][0].depth_m[0, 0] == 1.0


def test_a_negative_fy_is_a_world_in_the_mirror(tmp_path: Path, folders, pose) -> None:
    folder = folders(tmp_path / "log", 2, "scannet")
    (folder / "camera-intrinsics.txt").write_text("60 -60 31.5 23.5")
    mirror = np.diag([1.0, -1, 1, 1])
    _, frames = seen(folder)
    assert frames[1].intrinsics.fy == 60
    np.testing.assert_allclose(frames[1].world_from_camera, mirror @ pose(1) @ mirror, atol=1e-9)


@pytest.mark.parametrize("wrong", [{"depth_scale": 0}, {"depth_scale": float("nan")}])
def test_senseless_options_are_refused(log: Path, wrong: dict) -> None:
    with pytest.raises(ObservationError):
        open_source(log, **wrong)


def test_intrinsics_of_another_shape_are_refused(log: Path) -> None:
    wide = Intrinsics(fx=60, fy=60, cx=32, cy=18, width=64, height=36)
    with pytest.raises(UnsupportedSourceError, match="another shape"):
        open_source(log, intrinsics=wide)

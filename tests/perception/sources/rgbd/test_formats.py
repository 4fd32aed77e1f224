"""Each format is told from the others and read right."""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from streammem.errors import UnsupportedSourceError
from streammem.perception.sources import open_source
from streammem.perception.sources.rgbd import RgbdSource
from streammem.poses import from_opengl
from streammem.types import Intrinsics

N = 4
CAMERA = Intrinsics(fx=60, fy=60, cx=31.5, cy=23.5, width=64, height=48)


def seen(path: Path, **options: object) -> tuple[RgbdSource, list]:
    with open_source(path, **options) as source:
        assert isinstance(source, RgbdSource)
        return source, list(source)


def test_seven_scenes(tmp_path: Path, frames_log: Callable[..., Path]) -> None:
    source, frames = seen(frames_log(tmp_path / "log", N))
    assert source.found == (
        "7-Scenes: 4 frames with depth and pose, 64x48, depth in millimetres, intrinsics from camera-intrinsics.txt"
    )
    assert [frame.t_s for frame in frames] == pytest.approx([k / 30 for k in range(N)])
    for k, frame in enumerate(frames):
        assert frame.intrinsics == CAMERA and (frame.rgb == k).all()
        np.testing.assert_allclose(frame.depth_m, 1 + k / 100, rtol=1e-6)
        assert frame.world_from_camera[0, 3] == k / 10


@pytest.mark.parametrize(
    ("kind", "title", "scale"),
    [("scannet", "ScanNet", 1000.0), ("redwood", "Redwood", 1000.0), ("slambook", "slambook", 5000.0)],
)
@pytest.mark.parametrize("first", [0, 1])
def test_folders_of_colour_and_depth(
    tmp_path: Path, folders, pose, kind: str, title: str, scale: float, first: int
) -> None:
    source, frames = seen(folders(tmp_path / "log", N, kind, first=first, scale=scale))
    assert source.found.startswith(f"{title}: 4 frames with depth and pose, 64x48") and not source.lost
    for k, frame in enumerate(frames):
        np.testing.assert_allclose(frame.depth_m, 1 + k / 100, rtol=1e-6)
        np.testing.assert_allclose(frame.world_from_camera, pose(k), atol=1e-9)


def test_scannets_depth_has_its_own_camera(tmp_path: Path, folders) -> None:
    folder = folders(tmp_path / "log", N, "scannet")
    (folder / "camera-intrinsics.txt").unlink()
    (folder / "intrinsic").mkdir()
    (folder / "intrinsic/intrinsic_depth.txt").write_text("60 0 31.5 0\n0 60 23.5 0\n0 0 1 0\n0 0 0 1\n")
    (folder / "pose/2.txt").write_text("-inf -inf -inf -inf\n" * 4)
    source, frames = seen(folder)
    assert frames[0].intrinsics == CAMERA and "from intrinsic/intrinsic_depth.txt" in source.found
    assert [frame.world_from_camera is None for frame in frames] == [False, False, True, False]


def test_redwoods_names_hold_number_and_time(tmp_path: Path, folders, pose) -> None:
    folder = folders(tmp_path / "log", N, "redwood", first=1)
    for kind in ("color", "depth"):
        for file in (folder / kind).iterdir():
            file.rename(
                file.with_name(f"{int(file.stem):07d}-{int(file.stem) * 33_333 + len(kind):012d}.png")
            )
    source, frames = seen(folder)
    assert len(frames) == N and not source.lost and not source.incomplete
    np.testing.assert_allclose(frames[2].world_from_camera, pose(2), atol=1e-9)


def test_tum(tmp_path: Path, tum, pose) -> None:
    source, frames = seen(tum(tmp_path / "log", N))
    assert source.found.startswith("TUM: 4 frames with depth and pose, 64x48, depth in 1/5000 m")
    assert [frame.t_s for frame in frames] == pytest.approx([0.0, 0.04, 0.08, 0.12]) and source.up == (
        0,
        0,
        1,
    )
    for k, frame in enumerate(frames):
        np.testing.assert_allclose(frame.depth_m, 1 + k / 100, rtol=1e-6)
        # The pose of the depth's moment, a quarter of a frame later.
        np.testing.assert_allclose(frame.world_from_camera, pose(k + 0.25), atol=1e-6)


@pytest.mark.parametrize(("name", "fx"), [("rgbd_dataset_freiburg1_desk", 517.3), ("fr3", 525.0)])
def test_tums_cameras_go_by_name(tmp_path: Path, tum, name: str, fx: float) -> None:
    folder = tum(tmp_path / name, 1)
    (folder / "camera-intrinsics.txt").unlink()
    for depth in (folder / "depth").iterdir():
        cv2.imwrite(str(depth), np.full((480, 640), 5000, np.uint16))
    _, (frame,) = seen(folder, size=640)
    assert frame.intrinsics.fx == pytest.approx(fx * 64 / 640) and "default" in seen(folder)[0].found


def test_record3d(tmp_path: Path, record3d, pose) -> None:
    source, frames = seen(record3d(tmp_path / "recording.bin", N))
    assert source.found.startswith("Record3D: 4 frames with depth and pose, 32x24, depth in metres")
    assert source.up == (0, 1, 0) and source.fps == pytest.approx(25)
    for k, frame in enumerate(frames):
        assert frame.rgb.shape == (48, 64, 3) and frame.intrinsics == CAMERA
        np.testing.assert_allclose(frame.world_from_camera, from_opengl(pose(k)), atol=1e-12)
        assert (frame.depth_m[:2, :4] == 0).all()  # low confidence, NaN
        np.testing.assert_allclose(frame.depth_m[2:], 1 + k / 100, rtol=1e-6)


def test_record3d_each_frame_has_its_own_time_and_camera(tmp_path: Path, record3d) -> None:
    each = [[60 + k, 60, 31.5, 23.5] for k in range(N)]
    path = record3d(tmp_path / "a.r3d", N, frameTimestamps=[5.0, 5.5, 7.0, 8.0], perFrameIntrinsicCoeffs=each)
    _, frames = seen(path)
    assert [frame.t_s for frame in frames] == [0.0, 0.5, 2.0, 3.0]
    assert [frame.intrinsics.fx for frame in frames] == pytest.approx([60, 61, 62, 63])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"poses": None}, "no camera pose"),
        ({"poses": [[0, 0, 0, 0, 0, 0, 0]] * N}, "none of its 4 frames"),
        ({"K": None}, "no intrinsics"),
        ({"K": [60, 0, 31.5, 0, 60, 23.5, 0, 0, 1]}, "principal point"),  # row by row
        ({"w": None}, "metadata"),
        ({"K": [1, 2]}, "no intrinsics"),
        ({"w": 0}, "sizes and fps must be positive"),
        ({"dh": "high"}, "metadata"),
        ({"fps": "fast"}, "metadata"),
        ({"poses": "none"}, "poses a list"),
        ({"perFrameIntrinsicCoeffs": [[1, 2]]}, "four numbers"),
    ],
)
def test_record3d_without_what_it_needs(tmp_path: Path, record3d, changes: dict, says: str) -> None:
    with pytest.raises(UnsupportedSourceError, match=says):
        open_source(record3d(tmp_path / "a.r3d", N, **changes))


def test_record3d_names_the_package_that_is_missing(
    tmp_path: Path, record3d, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = record3d(tmp_path / "a.r3d", 1)
    monkeypatch.setitem(sys.modules, "liblzfse", None)
    with pytest.raises(UnsupportedSourceError, match=r"pip install 'streammem\[record3d\]'"):
        open_source(path)


def test_record3d_damaged_depth_is_left_out(
    tmp_path: Path, record3d, caplog: pytest.LogCaptureFixture
) -> None:
    source, frames = seen(record3d(tmp_path / "a.r3d", N, dw=31))
    assert all(frame.depth_m is None for frame in frames) and source.incomplete == {"depth": N}
    assert "holds 768 depths, not 31x24" in caplog.text


def test_lerobot_is_named_and_refused(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta/info.json").write_text('{"codebase_version": "v3.0"}')
    with pytest.raises(UnsupportedSourceError, match="LeRobot"):
        open_source(tmp_path)


@pytest.mark.parametrize("name", ["7-scenes", "scannet", "redwood", "slambook", "tum", "record3d"])
def test_a_forced_format_that_does_not_fit_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsupportedSourceError, match="it is no"):
        open_source(tmp_path, format=name)


def test_a_forced_format_decides_between_two(tmp_path: Path, folders) -> None:
    folder = folders(tmp_path / "log", N, "redwood")
    np.savetxt(folder / "pose.txt", [[9.0, 0, 0, 0, 0, 0, 1]] * N)
    assert seen(folder)[1][1].world_from_camera[0, 3] == pytest.approx(0.1)
    assert seen(folder, format="slambook", depth_scale=1000)[1][1].world_from_camera[0, 3] == 9.0


def test_pictures_of_a_log_are_its_colours(tmp_path: Path, frames_log) -> None:
    with open_source(frames_log(tmp_path / "log", N), format="pictures") as source:
        frames = list(source)
    assert len(frames) == N and all(frame.depth_m is None for frame in frames)


def test_pictures_without_depth_stay_a_folder(tmp_path: Path, frames_log) -> None:
    for depth in frames_log(tmp_path, N).glob("*.depth.png"):
        depth.unlink()
    with open_source(tmp_path) as source:
        assert not isinstance(source, RgbdSource) and len(list(source)) == N and source.found is None

"""Recordings of real and rendered rooms: depth, pose and camera agree."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from streammem.perception.sources import open_source
from streammem.poses import inverse, transform
from streammem.types import Observation


@pytest.fixture
def rgbd(data_folder: Path) -> Path:
    folder = data_folder / "rgbd"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder


def disagreement(one: Observation, other: Observation) -> float:
    """Median difference of depths, metres, when one frame's points are seen from the other's pose."""
    camera, (height, width) = one.intrinsics, one.depth_m.shape
    v, u = (grid[::4, ::4].ravel() for grid in np.mgrid[:height, :width])
    z = one.depth_m[v, u].astype(np.float64)
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(len(u))], axis=1)
    points = transform(inverse(other.world_from_camera) @ one.world_from_camera, (rays * z[:, None])[z > 0])
    points = points[points[:, 2] > 0.1]
    x = np.rint(points[:, 0] / points[:, 2] * camera.fx + camera.cx).astype(int)
    y = np.rint(points[:, 1] / points[:, 2] * camera.fy + camera.cy).astype(int)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    there = other.depth_m[y[inside], x[inside]]
    assert (there > 0).sum() > 1000
    return float(np.median(np.abs(there - points[inside, 2])[there > 0]))


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "options", "n", "pair", "within_m"),
    [
        ("7scenes_redkitchen_every10", {"stop_s": 2.1}, 7, (0, 3), 0.02),
        ("redwood_livingroom_5", {}, 5, (0, 4), 0.02),
        ("redwood_livingroom_5", {"size": 320}, 5, (0, 4), 0.02),
        ("sun3d_studyroom_nvblox/3dmatch/seq-01", {}, 5, (0, 2), 0.05),
    ],
)
def test_frames_of_a_room_agree(
    rgbd: Path, name: str, options: dict, n: int, pair: tuple[int, int], within_m: float
) -> None:
    with open_source(rgbd / name, **options) as source:
        frames = list(source)
    assert len(frames) == n and not source.lost and not source.incomplete
    assert disagreement(frames[pair[0]], frames[pair[1]]) < within_m


@pytest.mark.data
def test_a_left_handed_world_agrees_too(rgbd: Path, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    shutil.copytree(rgbd / "slambook2_rgbd5", folder)
    (folder / "camera-intrinsics.txt").write_text("481.2 -480.0 319.5 239.5")
    with open_source(folder, depth_scale=5000) as source:
        frames = list(source)
    assert disagreement(frames[3], frames[4]) < 0.03


@pytest.mark.data
def test_what_a_log_is_comes_in_a_line(rgbd: Path) -> None:
    with open_source(rgbd / "7scenes_redkitchen_every10") as source:
        assert source.found is not None and source.duration_s == pytest.approx(33.0)
        assert source.found.startswith(
            "7-Scenes: 100 frames with depth and pose, 640x480, depth in millimetres"
        )

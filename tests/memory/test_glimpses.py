"""Glimpses: a box in a kept picture becomes a place in the world."""

import numpy as np
import pytest

from streammem.errors import StoreDamagedError
from streammem.memory.glimpses import GRID, Glimpses, coarse_depth
from streammem.poses import pose_of
from streammem.types import BoundingBox, Box, Intrinsics, Observation, Sphere

CAMERA = Intrinsics(fx=100, fy=100, cx=79.5, cy=59.5, width=160, height=120)
TURNED = pose_of(
    np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), np.array([1.0, 2, 3])
)  # z-up world, looks along +x


def frame(depth: np.ndarray | None = None, index: int = 0, pose: np.ndarray = TURNED) -> Observation:
    depth = np.full((120, 160), 2.0, np.float32) if depth is None else depth
    return Observation(
        index=index,
        t_s=float(index),
        rgb=np.zeros((120, 160, 3), np.uint8),
        depth_m=depth,
        intrinsics=CAMERA,
        world_from_camera=pose,
    )


def holding(*frames: Observation, rows: int = 8) -> Glimpses:
    glimpses = Glimpses(rows * Glimpses.row_bytes())
    for each in frames:
        glimpses.keep(each, 0, 0, each.t_s)
    return glimpses


def test_a_box_becomes_a_place() -> None:
    depth = np.full((120, 160), 4.0, np.float32)
    depth[40:80, 100:140] = 2.0  # a thing right of the middle, 2 m away
    found = holding(frame(depth)).locate(0, 0, 0.0, BoundingBox(100 / 160, 40 / 120, 140 / 160, 80 / 120))
    assert found is not None
    centre, extent = found
    # Camera (x, y, z) = (0.8, 0, 2) is (1 + 2, 2 - 0.8, 3) in the world.
    assert np.allclose(centre, (3.0, 1.2, 3.0), atol=0.06)
    assert np.allclose(np.subtract(extent.high, extent.low), (0.0, 0.75, 0.7), atol=0.1)


def test_without_a_box_it_is_the_middle_of_the_picture() -> None:
    found = holding(frame()).locate(0, 0, 0.0, None)
    assert found is not None and np.allclose(found[0], (3.0, 2.0, 3.0), atol=0.05)


@pytest.mark.parametrize(("stream", "index", "t_s"), [(1, 0, 0.0), (0, 1, 0.0), (0, 0, 0.5)])
def test_another_frame_is_not_known(stream: int, index: int, t_s: float) -> None:
    assert holding(frame()).locate(stream, index, t_s, None) is None


def test_holes_have_no_place() -> None:
    depth = np.full((120, 160), np.nan, np.float32)
    depth[::7] = 0.0
    assert holding(frame(depth)).locate(0, 0, 0.0, None) is None
    assert not coarse_depth(depth).any()


def test_cells_are_medians_of_what_was_measured() -> None:
    rng = np.random.default_rng(0)
    depth = np.full((192, 256), 3.0, np.float32)
    depth[rng.random(depth.shape) < 0.2] = np.nan
    found = coarse_depth(depth)
    assert found.shape == GRID and (found == 3.0).mean() > 0.98


def test_which_frames_show_a_region() -> None:
    glimpses = holding(frame(), frame(index=1, pose=pose_of(np.eye(3), np.array([50.0, 0, 0]))))
    keys = np.array([[0, 0], [0, 1], [1, 0]])
    assert glimpses.show(Sphere(centre=(3, 2, 3), radius_m=0.2), keys).tolist() == [True, False, False]
    assert glimpses.show(Box(low=(49, -1, 1), high=(51, 1, 3)), keys).tolist() == [False, True, False]
    assert not glimpses.show(Sphere(centre=(9, 9, 9), radius_m=0.2), keys).any()


def test_the_oldest_goes_and_is_counted() -> None:
    glimpses = holding(*(frame(index=i) for i in range(4)), rows=3)
    assert glimpses.dropped == 1 and glimpses.locate(0, 0, 0.0, None) is None
    assert glimpses.nbytes() <= 3 * Glimpses.row_bytes()


def test_a_later_stream_whose_clock_begins_again_is_not_the_oldest() -> None:
    glimpses = holding(*(frame(index=i) for i in range(7, 10)), rows=3)
    glimpses.keep(frame(index=0), 1, 0, 10.0)
    assert glimpses.locate(1, 0, 0.0, None) is not None and glimpses.locate(0, 7, 7.0, None) is None


def test_poses_follow_their_landmark() -> None:
    glimpses = holding(frame())
    glimpses.rename_places({0: 4})
    glimpses.move({4: pose_of(np.eye(3), np.array([0.0, 0, 1])), 0: 2 * np.eye(4)})
    found = glimpses.locate(0, 0, 0.0, None)
    assert found is not None and np.allclose(found[0], (3.0, 2.0, 4.0), atol=0.05)


def test_a_saved_state_goes_on() -> None:
    before, after = holding(frame()), holding()
    after.restore(before.state())
    assert after.locate(0, 0, 0.0, None) == before.locate(0, 0, 0.0, None)
    with pytest.raises(StoreDamagedError, match="depth"):
        after.restore({**before.state(), "depth": np.zeros((1, 2, 2), np.float16)})

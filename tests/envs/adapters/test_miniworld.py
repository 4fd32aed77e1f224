"""MiniWorld with depth, camera and pose."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from adapted import IGNORED, keeps_the_rules, played

from streammem.envs.adapters.miniworld import make_miniworld
from streammem.envs.wrappers import ObservationSource
from streammem.errors import ObservationError
from streammem.poses import check_pose, inverse, transform

pytestmark = pytest.mark.filterwarnings(IGNORED)


@pytest.fixture(scope="module", autouse=True)
def opengl() -> None:
    """Skips where there is no OpenGL."""
    try:
        make_miniworld("MiniWorld-Hallway-v0").close()
    except ImportError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("id", "options"),
    [("FourRooms", {}), ("Sign", {}), ("TMaze", {"depth": True})],
)
def test_it_keeps_the_rules(id: str, options: dict[str, Any]) -> None:
    assert keeps_the_rules(make_miniworld(f"MiniWorld-{id}-v0", width=32, height=24, **options), steps=10)


def points(seen: dict[str, Any], info: dict[str, Any]) -> np.ndarray:
    """Every pixel's place in the world."""
    camera, depth_m = info["intrinsics"], seen["depth"][..., 0]
    v, u = np.mgrid[: camera.height, : camera.width]
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], -1)
    return transform(info["world_from_camera"], (rays * depth_m[..., None]).reshape(-1, 3)).reshape(
        rays.shape
    )


def test_depth_and_pose_put_floor_and_box_where_they_are() -> None:
    env = make_miniworld("MiniWorld-Hallway-v0", width=160, height=120, depth=True)
    seen, info = env.reset(seed=3)
    x, y, z = points(seen, info).reshape(-1, 3).T
    check_pose(info["world_from_camera"])
    assert z.min() > -0.03 and (np.abs(z) < 0.03).mean() > 0.1  # the floor
    red = (seen["rgb"][..., 0] > 150) & (seen["rgb"][..., 1] < 50)
    east, _, south = env.unwrapped.box.pos
    box = np.stack([x, y, z], 1)[red.reshape(-1)]
    assert np.allclose(np.median(box[:, :2], axis=0), (east, -south), atol=0.6) and 0 <= box[:, 2].max() < 0.9


def test_a_step_goes_where_the_camera_looks() -> None:
    env = make_miniworld("MiniWorld-Hallway-v0", width=32, height=24)
    env.reset(seed=1)
    env.step(0)
    before = env.step(1)[4]
    after = env.step(2)[4]
    moved = transform(inverse(before["world_from_camera"]), after["world_from_camera"][None, :3, 3])[0]
    assert moved[2] > 0.1 and np.abs(moved[:2]).max() < 1e-6
    assert before["yaw"] == pytest.approx(after["yaw"])
    ahead = after["world_from_camera"][:2, 2]
    assert np.allclose(ahead, (-np.sin(after["yaw"]), np.cos(after["yaw"])))


def test_it_streams_with_depth_and_pose_and_sky_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    env = make_miniworld("MiniWorld-Hallway-v0", width=48, height=36, depth=True)
    *_, last = ObservationSource(env, frames=4)
    assert last.world_from_camera is not None and last.intrinsics.width == 48 and last.depth_m.min() > 0
    empty = np.full((36, 48, 1), 99.9, np.float32)
    monkeypatch.setattr(env.unwrapped.obs_fb, "get_depth_map", lambda near, far: empty)
    assert not env.reset()[0]["depth"].any()


def test_two_worlds_do_not_mix() -> None:
    one, other = (make_miniworld("MiniWorld-FourRooms-v0", width=24, height=24) for _ in range(2))
    alone = played(one, 5, seed=1)
    one.reset(seed=1)
    one.action_space.seed(1)
    for step in range(5):
        other.reset(seed=step)
        seen = one.step(one.action_space.sample())[0]
    assert np.array_equal(seen, alone[5][0])


def test_no_such_world() -> None:
    with pytest.raises(gymnasium.error.Error):
        make_miniworld("MiniWorld-Nowhere-v0")


def test_a_forked_process_is_told_instead_of_hanging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streammem.envs.adapters.miniworld._drawing", 1)
    with pytest.raises(ObservationError, match="spawn"):
        make_miniworld()

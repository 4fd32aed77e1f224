"""A synthetic room: what it draws is what is there, it changes on request, and it comes out the same every time."""

import numpy as np
import pytest

from streammem.envs.room import CAMERA, Room
from streammem.envs.room_catalogue import CATALOGUE
from streammem.envs.room_source import DepthFaults, Happening, Passer, RoomSource
from streammem.envs.room_walk import look_at
from streammem.errors import ObservationError
from streammem.interface import Source
from streammem.types import Intrinsics

SMALL = Intrinsics(fx=66.0, fy=66.0, cx=39.5, cy=29.5, width=80, height=60)


@pytest.fixture(scope="module")
def room() -> Room:
    return Room.make(seed=3, rooms=2)


def above(room: Room, label: int) -> np.ndarray:
    """A pose that looks down on a thing from an ell away, in front of everything else."""
    box = room.boxes[label]
    middle = (np.array(box.low) + np.array(box.high)) / 2
    return look_at(middle + np.array([0.02, -0.25, 0.4]), np.array([0.0, 0.25, -0.4]))


def points(depth_m: np.ndarray, pose: np.ndarray, camera: Intrinsics) -> np.ndarray:
    v, u = np.mgrid[: camera.height, : camera.width]
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones_like(u)], -1)
    return (rays * depth_m[..., None]).reshape(-1, 3) @ pose[:3, :3].T + pose[:3, 3]


def test_depth_lies_on_the_surface_of_what_the_label_says(room: Room) -> None:
    for pose in room.walk(40)[::13]:
        _, depth_m, labels = room.render(pose, SMALL)
        hit = points(depth_m, pose, SMALL)
        into = (hit - pose[:3, 3]) * (0.006 / np.linalg.norm(hit - pose[:3, 3], axis=1, keepdims=True))
        inside = np.zeros(len(hit), bool)
        for label in np.unique(labels):
            of_label = labels.ravel() == label
            inside[of_label] = room.thing(int(label)).inside((hit + into)[of_label])
        assert inside.mean() > 0.98  # grazing rays and the facets of round things miss the inside
        assert not room.occupied(hit - into).mean() > 0.02
        assert not room.occupied(pose[None, :3, 3]).any()


def test_same_seed_same_room_and_same_pictures() -> None:
    first, second = (Room.make(seed=5) for _ in range(2))
    pose = first.walk(1)[0]
    assert first == second and first != Room.make(seed=6)
    for one, other in zip(first.render(pose, SMALL), second.render(pose, SMALL), strict=True):
        np.testing.assert_array_equal(one, other)


def test_things_do_not_share_space(room: Room) -> None:
    rng = np.random.default_rng(0)
    for one in (thing for thing in room.things if not thing.structure):
        low, high = np.array(one.box.low), np.array(one.box.high)
        samples = rng.uniform(low, high, (400, 3))
        samples = samples[one.inside(samples)]
        for other in room.things:
            if other is not one:
                assert not other.inside(samples).any(), (one.name, other.name)


def test_moved_without_and_with(room: Room) -> None:
    (cup,) = room.find("cup")
    pose = above(room, cup)
    old_low = room.boxes[cup].low
    assert (room.render(pose, SMALL)[2] == cup).any()
    moved = room.moved(cup, (1.0, 1.0, 1.0))
    assert not (moved.render(pose, SMALL)[2] == cup).any()
    assert (moved.render(above(moved, cup), SMALL)[2] == cup).any()
    assert moved.boxes[cup].low[2] == pytest.approx(1.0) and room.boxes[cup].low == old_low
    gone = room.without(cup)
    assert cup not in gone.names and not (gone.render(pose, SMALL)[2] == cup).any()
    more = gone.with_("ball", (1.0, 1.0, 1.0))
    assert more.names[more.last_id] == "ball" and more.last_id == room.last_id + 1
    assert more.last_id not in room.structure and room.find("wall")[0] in room.structure
    change = Happening(at_s=1.0, change=lambda room: room.with_("ball", (1.0, 1.0, 1.0)))
    assert RoomSource(room=gone, frames=2, script=(change,)).names == gone.names | {more.last_id: "ball"}


def test_walk_is_smooth_level_and_visits_both_rooms(room: Room) -> None:
    poses = room.walk(600, fps=10)
    eye = poses[:, :3, 3]
    assert np.linalg.norm(np.diff(eye, axis=0), axis=1).max() < 0.09
    turned = np.einsum("nij,nij->n", poses[1:, :3, :3], poses[:-1, :3, :3])
    assert np.degrees(np.arccos(((turned - 1) / 2).clip(-1, 1))).max() < 25
    np.testing.assert_allclose(eye[:, 2], 1.5)
    np.testing.assert_allclose(poses[:, 2, 0], 0, atol=1e-12)  # the picture's x axis is level
    assert not room.occupied(eye).any()
    wall = room.spaces[0].high[0]
    assert (eye[:, 0] < wall).any() and (eye[:, 0] > wall + 0.2).any()


def test_everything_in_the_catalogue_can_be_shown() -> None:
    room = Room.make(seed=0, objects=0)
    for name in sorted(CATALOGUE):
        shown = room.with_(name, (20.0, 0.0, 0.0), seed=1)
        box = shown.boxes[shown.last_id]
        far = look_at(np.array([20.0, -2.5, 1.0]), np.array([0.0, 1.0, -0.25]))
        assert (shown.render(far, SMALL)[2] == shown.last_id).any()
        assert box.low[2] == pytest.approx(0, abs=1e-6)


def test_a_source_follows_its_script() -> None:
    room = Room.make(seed=1)
    (ball,) = room.find("ball")
    poses = np.repeat(above(room, ball)[None], 6, axis=0)
    passer = Passer(start_s=0.4, end_s=0.5, start=(1.0, 1.0), end=(2.0, 1.0))
    source = RoomSource(
        room=room,
        frames=6,
        poses=poses,
        intrinsics=SMALL,
        script=(Happening(at_s=0.2, change=lambda now: now.without(ball)),),
        passers=(passer,),
    )
    with source as frames:
        assert isinstance(frames, Source) and frames.fps == 10 and frames.duration_s == pytest.approx(0.6)
        seen = list(frames)
    assert [bool((frame.labels == ball).any()) for frame in seen] == [True, True, False, False, False, False]
    assert ["person" in source.room_at(frame.t_s).names.values() for frame in seen] == [False] * 4 + [
        True,
        False,
    ]
    assert not set(np.unique(seen[0].labels)) & source.room.structure
    again = list(source)
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(seen, again, strict=True))


def test_depth_faults_are_seeded_and_as_large_as_told() -> None:
    depth_m = np.full((120, 160), 2.0, np.float32)
    depth_m[:, 80:] = 3.0
    faults = DepthFaults(holes=0.1, step_m=0.0)
    first, second = (faults.apply(depth_m, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert 0.08 < (first == 0).mean() < 0.15 and (first[:, 79:81] == 0).all()
    near = first[:, :70][first[:, :70] > 0] - 2.0
    assert near.std() == pytest.approx(0.0012 + 0.0019 * 1.6**2, rel=0.1)


def test_what_is_not_there_is_refused(room: Room) -> None:
    with pytest.raises(ObservationError, match="no thing 999"):
        room.moved(999, (0.0, 0.0, 0.0))
    with pytest.raises(ObservationError, match="take one of"):
        room.with_("dragon", (0.0, 0.0, 0.0))
    with pytest.raises(ObservationError, match="1 to 8 rooms"):
        Room.make(seed=0, rooms=0)
    with pytest.raises(ObservationError, match="as many poses"):
        RoomSource(room=room, frames=3, poses=np.eye(4)[None], intrinsics=CAMERA)
    with pytest.raises(ObservationError, match="comes before"):
        Passer(start_s=1.0, end_s=1.0, start=(0.0, 0.0), end=(1.0, 1.0))
    with pytest.raises(ObservationError, match="share below 1"):
        DepthFaults(holes=1.0)
    with pytest.raises(ObservationError, match="a walk needs"):
        room.walk(0)


def test_nobody_walks_in_a_full_room() -> None:
    from streammem.envs.room_walk import walk

    room = Room.make(seed=0)
    with pytest.raises(ObservationError, match="nobody can stand"):
        walk(lambda at: np.ones(len(at), bool), room.spaces, 5, fps=10.0, speed_m_s=1.0, seed=0)

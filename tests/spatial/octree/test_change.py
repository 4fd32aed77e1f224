"""What moves, vanishes, appears, hides or walks by, in a room of boxes at 5 cm."""

from typing import Any

import numpy as np
import pytest
import torch

HERE, THERE = ((0.6, -0.4, -0.3), (0.8, -0.2, -0.1)), ((0.6, 0.3, -0.3), (0.8, 0.5, -0.1))
SCREEN = ((0.3, -0.8, -0.9), (0.32, 0.2, 0.4))


@pytest.fixture
def room(walk: Any, poses: Any) -> Any:
    """A walk that looks along +x from a little more than a metre, and the pose."""
    made = walk(voxel_m=0.05)
    pose = np.eye(4)
    pose[:3, :3] = np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])
    pose[:3, 3] = (-0.6, 0.0, -0.1)
    return made, pose


def share(walk: Any, centres: Any) -> float:
    """How many of these voxels are occupied."""
    return float((walk.octree.state_at(centres) == 1).float().mean())


def front(walk: Any, pose: np.ndarray, box: Any) -> Any:
    """Voxels that the frame shows of a box, by their centres."""
    walk.scene.boxes.append(box)
    sight = walk.see(pose)
    return inside(walk.octree.centres(sight.seen), box)


def inside(centres: Any, box: Any) -> Any:
    """Those that a box, one voxel larger, holds."""
    return centres[((centres > torch.tensor(box[0]) - 0.06) & (centres < torch.tensor(box[1]) + 0.06)).all(1)]


def test_what_moves_is_followed(room: Any) -> None:
    walk, pose = room
    cube = front(walk, pose, HERE)
    for _ in range(10):
        walk.see(pose)
    assert len(cube) >= 16 and share(walk, cube) == 1
    static = walk.octree.occupied().centres
    static = static[(static - cube.mean(0)).abs().amax(1) > 0.2]
    walk.scene.boxes.clear()
    walk.scene.boxes.append(THERE)
    sights = [walk.see(pose) for _ in range(12)]
    new = inside(torch.cat([walk.octree.centres(sight.new) for sight in sights[:3]]), THERE)
    assert len(new) >= 16 and share(walk, new) == 1
    assert share(walk, cube) <= 0.1 and share(walk, static) >= 0.95
    gone = torch.cat([sight.removed.xyz for sight in sights])
    assert len(gone) >= 0.9 * len(cube) and walk.octree.counts["removed"] >= len(gone)


def test_a_new_thing_is_there_within_three_frames(room: Any) -> None:
    walk, pose = room
    for _ in range(20):
        walk.see(pose)
    new = front(walk, pose, HERE)
    for _ in range(2):
        new = torch.cat([new, walk.octree.centres(walk.see(pose).new)])
    cube = inside(new, HERE)
    assert len(cube) >= 16 and share(walk, cube) == 1


def test_what_went_while_hidden_stays_until_seen_through(room: Any) -> None:
    walk, pose = room
    cube = front(walk, pose, HERE)
    for _ in range(5):
        walk.see(pose)
    walk.scene.boxes[:] = [SCREEN]
    for _ in range(20):
        walk.see(pose)
    assert share(walk, cube) == 1
    walk.scene.boxes.clear()
    for _ in range(15):
        walk.see(pose)
    assert share(walk, cube) <= 0.1


def test_out_of_view_is_kept(filled: Any, poses: Any) -> None:
    before = filled.octree.occupied(within=None).centres
    behind = before[
        (before - torch.tensor(poses[0][:3, 3]).float()) @ torch.tensor(poses[0][:3, 2]).float() < 0
    ]
    for _ in range(10):
        filled.see(poses[0])
    assert len(behind) > 50 and share(filled, behind) == 1


def test_who_walks_by_leaves_no_trace(room: Any) -> None:
    walk, pose = room
    for _ in range(5):
        walk.see(pose)
    before = walk.octree.occupied().centres
    for step in range(5):
        y = -0.5 + 0.2 * step
        walk.scene.boxes[:] = [((0.4, y, -0.5), (0.6, y + 0.2, 0.3))]
        walk.see(pose)
    walk.scene.boxes.clear()
    for _ in range(6):
        walk.see(pose)
    after = walk.octree.occupied().centres
    assert len(after) <= len(before) * 1.01 and share(walk, before) >= 0.99


def test_removed_says_what_it_was(room: Any) -> None:
    walk, pose = room
    front(walk, pose, HERE)
    last = walk.see(pose)
    surface = walk.octree.surface
    surface["object"][last.seen] = 7
    known = {int(surface["id"][row]): row for row in last.seen}
    centres = walk.octree.centres(last.seen)
    at = dict(zip(known, centres, strict=True))
    walk.scene.boxes.clear()
    removed = next(sight.removed for sight in (walk.see(pose) for _ in range(9)) if len(sight.removed.id))
    assert (
        (removed.object == 7).all() and (removed.first_s == 1.0).all() and (removed.last_s == last.t_s).all()
    )
    for id_, xyz in zip(removed.id.tolist(), removed.xyz, strict=True):
        assert torch.equal(xyz, at[id_]) and not (surface["id"] == id_).any()


def test_a_voxel_that_came_back_starts_anew(room: Any) -> None:
    walk, pose = room
    cube = front(walk, pose, HERE)
    ids = walk.octree.surface["id"][walk.octree.rows_at(cube)]
    for boxes, frames in (([], 15), ([HERE], 5)):
        walk.scene.boxes[:] = boxes
        for _ in range(frames):
            walk.see(pose)
    rows = walk.octree.rows_at(cube)
    assert (rows >= 0).all() and not torch.isin(walk.octree.surface["id"][rows], ids).any()
    assert (walk.octree.surface["first_s"][rows] > 15).all()
    assert float(walk.octree.surface["weight"][rows].max()) < 5 * 400

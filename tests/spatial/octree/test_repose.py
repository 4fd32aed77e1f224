from typing import Any

import numpy as np
import pytest
import torch

from streammem.errors import PoseError
from streammem.spatial.octree.morton import decode
from streammem.spatial.octree.saving import contradiction


def shifted(x: float, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    move = np.eye(4)
    move[:3, 3] = (x, y, z)
    return move


def cells(voxels: Any) -> set[tuple[int, ...]]:
    return set(map(tuple, (voxels.centres.double() / voxels.size_m).floor().long().tolist()))


@pytest.fixture
def split(walk: Any, poses: Any) -> Any:
    """A walk whose first pose belongs to place 1, another to place 2, which share no block."""
    made = walk()
    made.see(poses[0], place=1)
    made.see(poses[2], place=2)
    return made


def test_a_shift_by_whole_voxels_moves_everything(split: Any, poses: Any) -> None:
    octree, surface = split.octree, split.octree.surface
    occupied, free = cells(octree.occupied()), cells(octree.free())
    rows = surface.rows.clone()
    before = {
        name: surface[name][rows].clone() for name in ("id", "feature", "first_s", "last_s", "rgb", "patch")
    }
    centres = octree.centres(rows)
    moved = octree.repose({1: shifted(0.7, -0.3, 0.2), 2: shifted(0.7, -0.3, 0.2)})
    assert cells(octree.occupied()) == {(x + 7, y - 3, z + 2) for x, y, z in occupied}
    assert cells(octree.free()) == {(x + 7, y - 3, z + 2) for x, y, z in free}
    assert torch.equal(moved.rows.sort().values, rows) and len(moved.merged) == 0
    for name, values in before.items():
        assert torch.equal(surface[name][rows], values)
    assert torch.allclose(octree.centres(rows), centres + torch.tensor([0.7, -0.3, 0.2]), atol=1e-5)
    assert contradiction(octree.tables) is None


def test_there_and_back_is_where_it_was(split: Any) -> None:
    before, log_odds = cells(split.octree.occupied()), split.octree.occupied().log_odds
    for way in (1, -1):
        split.octree.repose({place: shifted(0.4 * way) for place in (1, 2)})
    assert cells(split.octree.occupied()) == before
    assert torch.equal(split.octree.occupied().log_odds, log_odds)


def test_blocks_of_a_renamed_place_move_with_the_other(split: Any) -> None:
    before = cells(split.octree.occupied())
    split.octree.rename_places({1: 2})
    split.octree.repose({2: shifted(0.8), 1: shifted(50.0)})
    assert cells(split.octree.occupied()) == {(x + 8, y, z) for x, y, z in before}


def test_other_blocks_stay_as_they_are(split: Any) -> None:
    blocks = split.octree.tables.blocks
    staying = blocks.keys[blocks["place"][blocks.live] == 2].clone()
    log_odds = blocks["log_odds"][blocks.find(staying)].clone()
    ids = split.octree.surface["id"][split.octree.tables.rows_in(blocks.find(staying))]
    split.octree.repose({1: shifted(20.0), 9: shifted(1.0)})
    assert torch.equal(blocks["log_odds"][blocks.find(staying)], log_odds)
    assert torch.isin(ids, split.octree.surface["id"]).all()
    assert contradiction(split.octree.tables) is None


def test_a_turn_leaves_no_gaps_in_free_space(split: Any) -> None:
    octree = split.octree
    before, occupied = len(octree.free()), len(octree.occupied())
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.4), -np.sin(0.4)], [np.sin(0.4), np.cos(0.4)]]
    moved = octree.repose({1: turn, 2: turn})
    assert 0.95 * before <= len(octree.free()) <= 1.05 * before
    assert len(octree.occupied()) == occupied - len(moved.merged) == len(octree.surface)
    assert contradiction(octree.tables) is None
    settled = octree.tables.blocks["settled"][octree.tables.blocks.live]
    octants = octree.tables.blocks["log_odds"][octree.tables.blocks.live].view(-1, 8, 64)
    assert torch.equal(settled, (octants == octree.config.steps.low).all(2))


def test_surfaces_that_meet_become_one(walk: Any, poses: Any) -> None:
    made = walk()
    made.see(poses[0], place=1)
    first = made.octree.occupied()
    far = poses[0].copy()
    far[0, 3] += 16.0
    made.see(far, depth_m=made.scene.depth(poses[0]), place=2)
    surface = made.octree.surface
    weight = {tuple(c): float(surface["weight"][r]) for c, r in zip(cells_of(first), first.rows, strict=True)}
    moved = made.octree.repose({2: shifted(-16.0)})
    both = made.octree.occupied()
    assert cells(both) == cells(first) and len(moved.merged) == len(first)
    assert set(both.ids.tolist()) == set(moved.into.tolist()) == set(first.ids.tolist())
    assert (surface["first_s"][both.rows] == 1).all() and (surface["last_s"][both.rows] == 2).all()
    assert (surface["rgb"][both.rows] == 2).all()
    for cell, row in zip(cells_of(both), both.rows, strict=True):
        assert float(surface["weight"][row]) == 2 * weight[cell]
    assert float((surface["feature"][both.rows].float().norm(dim=1) - 1).abs().max()) < 2e-3
    assert contradiction(made.octree.tables) is None


def cells_of(voxels: Any) -> list[tuple[int, ...]]:
    return list(map(tuple, (voxels.centres.double() / voxels.size_m).floor().long().tolist()))


def test_it_keeps_to_the_budget_and_goes_on(walk: Any, poses: Any) -> None:
    least = 500_000
    made = walk(least, voxel_m=0.05)
    for step in range(8):
        pose = poses[step % 4].copy()
        pose[0, 3] += step // 4
        made.see(pose, depth_m=made.scene.depth(poses[step % 4]), place=step)
    turn = np.eye(4)
    turn[1:3, 1:3] = [[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]]
    for step in range(4):
        made.octree.repose({step: turn, step + 4: shifted(0.33, step, 0.11)})
        assert made.octree.nbytes() <= least and contradiction(made.octree.tables) is None
        made.see(poses[step])
        assert contradiction(made.octree.tables) is None


def test_what_moves_beyond_the_keys_is_counted(split: Any) -> None:
    voxels = len(split.octree.occupied()) + len(split.octree.free())
    split.octree.repose({1: shifted(1e7), 2: shifted(1e7)})
    assert split.octree.blocks == 0 and len(split.octree.surface) == 0
    assert 0 < split.octree.counts["unplaced_voxels"] <= voxels
    assert contradiction(split.octree.tables) is None


def test_a_move_that_is_none_changes_nothing(split: Any) -> None:
    before = split.octree.state()
    with pytest.raises(PoseError):
        split.octree.repose({1: shifted(1.0), 2: np.diag([2.0, 1, 1, 1])})
    split.octree.repose({1: np.eye(4)})
    after = split.octree.state()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert len(decode(split.octree.tables.blocks.keys << 9)) > 0

"""Frontiers: the border with the unknown, cut into clusters that keep their ids, with what one may see from there."""

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from streammem.envs.room import Room
from streammem.envs.room_source import RoomSource
from streammem.errors import BudgetError, ObservationError, StoreDamagedError
from streammem.poses import pose_of
from streammem.spatial.cells import cells_at, centres_of, pack, unpack
from streammem.spatial.frontiers import Frontiers, FrontiersConfig, Known, seek, seeking
from streammem.spatial.frontiers.border import border
from streammem.spatial.frontiers.clusters import neighbours
from streammem.spatial.frontiers.gain import gains
from streammem.spatial.octree import Octree, OctreeConfig
from streammem.spatial.views import Views, ViewsConfig, shown_cells
from streammem.types import Box, Intrinsics

ROOMY = 1 << 20
SMALL = FrontiersConfig(cell_m=0.1, least_cells=2, open_neighbours=0, split_m=0.5, reach_m=0.3, rays=12)
grids = st.builds(
    lambda seed, shape, free: np.random.default_rng(seed).choice(
        np.array([-1, 0, 1], np.int8), shape, p=[free, 0.9 - free, 0.1]
    ),
    st.integers(0, 1000),
    st.tuples(*[st.integers(3, 9)] * 3),
    st.sampled_from([0.2, 0.5, 0.8]),
)


def known(state: np.ndarray, low: tuple[int, int, int] = (-3, 2, 0)) -> Known:
    return Known(state=state, low=low, cell_m=0.1)


def room(length: int = 30) -> np.ndarray:
    """A corridor along x, free up to its open end, walls of one cell around it, unknown beyond."""
    state = np.zeros((length + 20, 14, 14), np.int8)
    state[5 : length + 5, 2:12, 2:12] = 1
    state[6 : length + 5, 3:11, 3:11] = -1
    return state


@settings(max_examples=20)
@given(grids, st.integers(0, 20))
def test_border_is_free_cells_beside_open_unknown_ones(state: np.ndarray, least: int) -> None:
    def unknown(cell: np.ndarray) -> bool:
        return not ((cell >= 0) & (cell < state.shape)).all() or state[tuple(cell)] == 0

    steps = [np.array(step) for step in product((-1, 0, 1), repeat=3) if any(step)]
    faces = [np.array(step) for step in ((-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1))]

    def open_(cell: np.ndarray) -> bool:
        outside = not ((cell >= 0) & (cell < state.shape)).all()
        return outside or (unknown(cell) and sum(unknown(cell + step) for step in steps) >= least)

    truth = {
        tuple(at): sum(1 << bit for bit, face in enumerate(faces) if open_(at + face))
        for at in np.argwhere(state < 0)
    }
    config = FrontiersConfig(open_neighbours=least)
    cells, found = border(known(state), config, None, 0.0)
    where = [tuple(at) for at in (unpack(cells) - (-3, 2, 0)).tolist()]
    assert dict(zip(where, found.tolist(), strict=True)) == {at: bits for at, bits in truth.items() if bits}
    assert (np.diff(cells) > 0).all()


@given(st.sets(st.tuples(*[st.integers(-2, 2)] * 3), max_size=30))
def test_neighbours_are_all_pairs_that_touch(where: set[tuple[int, int, int]]) -> None:
    cells = np.sort(pack(np.array(sorted(where), np.int64).reshape(-1, 3)))
    at = unpack(cells)
    touch = np.abs(at[:, None] - at).max(2) == 1 if len(at) else np.zeros((0, 0))
    found = {tuple(sorted(pair)) for pair in np.stack(neighbours(cells), 1).tolist()}
    assert found == {(a, b) for a, b in np.argwhere(touch).tolist() if a < b}


def test_the_open_end_of_a_corridor_is_one_frontier_that_looks_out_of_it() -> None:
    (frontier,) = Frontiers(FrontiersConfig(), ROOMY).update(known(room()))
    assert frontier.normal == pytest.approx((1, 0, 0)) and frontier.cells == 64
    assert frontier.area_m2 == pytest.approx(0.64)
    assert frontier.extent.high[0] == pytest.approx((35 - 3) * 0.1)
    half_a_ball = 2 / 3 * math.pi * 1.5**3
    assert 0.85 * half_a_ball < frontier.gain_m3 < 1.1 * half_a_ball


def test_gain_is_the_unknown_ball_in_sight() -> None:
    config, point = FrontiersConfig(cell_m=0.1, reach_m=1.0, rays=200), np.zeros((1, 3), np.int64)
    empty = Known(state=np.zeros((1, 1, 1), np.int8), low=(0, 0, 0), cell_m=0.1)
    assert gains(empty, point, config, 0.0) == pytest.approx(4 / 3 * math.pi)
    walled = np.zeros((5, 5, 5), np.int8)
    walled[[0, -1]], walled[:, [0, -1]], walled[:, :, [0, -1]] = 1, 1, 1
    box = Known(state=walled, low=(-2, -2, -2), cell_m=0.1)
    assert 0 < gains(box, point, config, 0.0)[0] < 0.05
    low = FrontiersConfig(cell_m=0.1, reach_m=1.0, rays=200, heights_m=(0.0, 5.0))
    assert gains(empty, point, low, 0.05)[0] == pytest.approx(2 / 3 * math.pi, rel=0.05)


def test_long_and_turning_borders_are_cut() -> None:
    state = np.zeros((64, 64, 8), np.int8)
    state[2:62, 2:62] = -1
    state[:, :, [0, -1]] = 1
    found = Frontiers(FrontiersConfig(), ROOMY).update(Known(state=state, low=(0, 0, 0), cell_m=0.1))
    assert 12 <= len(found) <= 24
    assert sum(f.area_m2 for f in found) == pytest.approx(4 * 6 * 0.6, rel=0.02)
    assert all(np.subtract(f.extent.high, f.extent.low).max() <= 2.2 for f in found)
    assert [f.gain_m3 for f in found] == sorted((f.gain_m3 for f in found), reverse=True)


def test_heights_leave_out_what_nobody_reaches() -> None:
    config = FrontiersConfig(heights_m=(0.5, 0.9), up=(0.0, 0.0, 1.0))
    (frontier,) = Frontiers(config, ROOMY).update(known(room()), floor_m=0.2)
    assert frontier.extent.low[2] >= 0.65 - 1e-9 and frontier.extent.high[2] <= 1.15 + 1e-9


@settings(max_examples=15)
@given(grids, st.integers(0, 1000))
def test_a_changed_box_alone_gives_the_border_of_the_whole_and_leaves_the_rest_alone(
    state: np.ndarray, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    part, whole = Frontiers(SMALL, ROOMY), Frontiers(SMALL, ROOMY)
    for each in (part, whole):
        each.update(known(state))
    first = rng.integers(0, state.shape)
    last = rng.integers(first, state.shape)
    after = state.copy()
    inside = tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))
    after[inside] = rng.choice(np.array([-1, 0, 1], np.int8), after[inside].shape)
    low = (np.maximum(first - 2, 0) + (-3, 2, 0) + 0.5) * 0.1
    high = (np.minimum(last + 2, np.array(state.shape) - 1) + (-3, 2, 0) + 0.5) * 0.1
    part.update(known(after), within=Box(low=tuple(low), high=tuple(high)))
    whole.update(known(after))
    assert all((a == b).all() for a, b in zip(part.cells, whole.cells, strict=True))
    assert {f.id: f.cells for f in part.all()} == {f.id: f.cells for f in whole.all()}


def test_ids_stay_where_nothing_changes_and_follow_what_moves() -> None:
    state = np.concatenate([room()[::-1], room()], 0)
    frontiers = Frontiers(FrontiersConfig(), ROOMY)
    before = {round(f.normal[0]): f for f in frontiers.update(known(state))}
    assert set(before) == {-1, 1}
    state[86:88, 2:12, 2:12] = 1
    state[86:88, 3:11, 3:11] = -1
    assert state[85, 5, 5] == 0
    state[85] = state[86]
    after = {round(f.normal[0]): f for f in frontiers.update(known(state))}
    assert after[-1] == before[-1]
    assert after[1].id == before[1].id or after[1].centre[0] > before[1].centre[0]
    frontiers.update(known(np.where(state < 0, np.int8(1), state)))
    assert len(frontiers) == 0
    assert min(f.id for f in frontiers.update(known(state))) > max(before[1].id, before[-1].id)


@dataclass
class Looking:
    frame: int
    world_from_camera: np.ndarray
    intrinsics: Intrinsics = Intrinsics(fx=300, fy=300, cx=160, cy=120, width=320, height=240)  # noqa: RUF009  # it is frozen


def test_the_best_view_is_near_faces_the_border_and_sees_it() -> None:
    along_x = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])
    views = [
        Looking(3, pose_of(along_x, (0.6, 0.9, 0.7))),
        Looking(4, pose_of(along_x, (1.6, 0.9, 0.7))),
        Looking(5, pose_of(along_x @ np.diag([-1.0, 1, -1]), (1.6, 0.9, 0.7))),
        Looking(6, pose_of(along_x, (2.2, 3.9, 0.7))),
    ]
    frontiers = Frontiers(FrontiersConfig(), ROOMY)
    assert frontiers.update(known(room()), views=views)[0].view == 4
    assert frontiers.update(known(room()))[0].view == 4
    assert frontiers.update(known(room()), views=views[2:])[0].view is None
    blocked = room()
    blocked[30, 5:9, 5:9] = 1
    assert frontiers.update(known(blocked), views=views)[0].view is None


@settings(max_examples=20)
@given(st.lists(grids, min_size=1, max_size=4), st.integers(200, 4000))
def test_bytes_stay_within_the_budget_and_restored_frontiers_go_on_alike(
    states: list[np.ndarray], budget: int
) -> None:
    config = FrontiersConfig(cell_m=0.1, least_cells=1, open_neighbours=0, split_m=0.4, rays=4, reach_m=0.3)
    first, second = Frontiers(config, budget), Frontiers(config, budget)
    for state in states:
        assert first.update(known(state)) == second.update(known(state))
        saved = first.state()
        assert first.nbytes() == sum(array.nbytes for array in saved.values()) <= budget
        second.restore(saved)
        assert second.all() == first.all()
        cells, labels = first.cells
        assert set(labels.tolist()) - {0} == {f.id for f in first.all()}
        assert len(cells) + first.dropped >= len(border(known(state), config, None, 0.0)[0])


def test_known_space_from_centres() -> None:
    free, occupied = np.array([[0.05, 0.05, 0.05], [0.25, 0.05, 0.05]]), np.array([[0.26, 0.01, 0.02]])
    space = Known.of(free, occupied, 0.1)
    assert space.low == (-2, -2, -2) and space.state.shape == (7, 5, 5)
    assert space.at(np.array([[0.05, 0.05, 0.05], [0.22, 0, 0], [0.15, 0, 0], [9, 9, 9]])).tolist() == [
        -1,
        1,
        0,
        0,
    ]
    part = Known.of(free, occupied, 0.1, within=Box(low=(0, 0, 0), high=(0.19, 0.1, 0.1)))
    assert (part.state < 0).sum() == 1 and not (part.state > 0).any()
    grid = Known.of_grid(space.state, np.array([-0.2, -0.2, -0.2]), 0.1)
    assert grid.low == space.low
    with pytest.raises(ObservationError, match="multiples"):
        Known.of_grid(space.state, np.array([-0.25, -0.2, -0.2]), 0.1)
    assert Known.of(free[:0], occupied[:0], 0.1).state.any() == False  # noqa: E712  # NumPy has its own
    with pytest.raises(ObservationError, match="too large"):
        Known.of(np.array([[0.0, 0, 0], [900, 900, 900]]), occupied, 0.1)


def test_what_is_wrong_is_said() -> None:
    frontiers = Frontiers(FrontiersConfig(), ROOMY)
    assert frontiers.update(known(np.zeros((3, 3, 3), np.int8))) == ()
    with pytest.raises(ObservationError, match=r"cells of 0\.1 m, got 0\.2"):
        frontiers.update(Known(state=room(), low=(0, 0, 0), cell_m=0.2))
    with pytest.raises(BudgetError, match="too few"):
        Frontiers(FrontiersConfig(), 100)
    for wrong in (
        {"cell_m": 0.0},
        {"rays": 0},
        {"up": (0.0, 0, 2)},
        {"heights_m": (2.0, 1.0)},
        {"beside": -1.0},
    ):
        with pytest.raises(ObservationError):
            FrontiersConfig(**wrong)
    frontiers.update(known(room()))
    state = dict(frontiers.state())
    for name, wrong in (
        ("counts", np.zeros(1, np.int64)),
        ("cell.label", state["cell.label"] + 7),
        ("row.view", state["row.view"][:0]),
    ):
        with pytest.raises(StoreDamagedError):
            Frontiers(FrontiersConfig(), ROOMY).restore(state | {name: wrong})


@pytest.fixture(scope="module")
def walked() -> tuple[Octree, Views]:
    """A synthetic room after half a turn in its middle."""
    octree, views = Octree(OctreeConfig(dim=0, stride=1), 16 << 20), Views(ViewsConfig(), ROOMY)
    small = Intrinsics(fx=66.0, fy=66.0, cx=39.5, cy=29.5, width=80, height=60)
    room = Room.make(seed=2, objects=2)
    middle = (np.array(room.spaces[0].low) + np.array(room.spaces[0].high)) / 2
    ahead = np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]])
    turns = Rotation.from_rotvec(np.radians(np.arange(0, 200, 20))[:, None] * (0, 0, 1)).as_matrix()
    poses = np.array([pose_of(turn @ ahead, middle) for turn in turns])
    for seen in RoomSource(room=room, frames=10, poses=poses, intrinsics=small):
        sight = octree.integrate(
            depth_m=seen.depth_m,
            intrinsics=seen.intrinsics,
            world_from_camera=seen.world_from_camera,
            t_s=seen.t_s,
            frame=seen.index,
        )
        cells, quality = shown_cells(sight, octree.centres(sight.seen).numpy(), ViewsConfig())
        views.offer(
            frame=seen.index,
            t_s=seen.t_s,
            world_from_camera=seen.world_from_camera,
            intrinsics=seen.intrinsics,
            cells=cells,
            quality=quality,
        )
    return octree, views


def test_frontiers_of_a_mapped_room(walked: tuple[Octree, Views], monkeypatch: pytest.MonkeyPatch) -> None:
    octree, views = walked
    surface = cells_at(octree.occupied().centres.numpy(), ViewsConfig().cell_m)
    assert 2 <= len(views) <= 9 and views.covered(np.unique(surface)).mean() > 0.9
    free, occupied = (find(level=1).centres.numpy() for find in (octree.free, octree.occupied))
    frontiers = Frontiers(FrontiersConfig(heights_m=(0.1, 2.0)), ROOMY)
    found = frontiers.update(Known.of(free, occupied, 0.1), views=views.all())
    centres = torch.tensor([frontier.centre for frontier in found])
    assert len(found) >= 3 and (octree.state_at(centres, level=1) == -1).all()
    assert {frontier.view for frontier in found} - {None} <= {view.frame for view in views.all()}
    assert sum(frontier.view is not None for frontier in found) >= len(found) / 2
    assert seek(frontiers, octree, views=views.all()) == found
    monkeypatch.setattr(seeking, "_MOST_CELLS", 1000)
    monkeypatch.setattr(seeking, "_TILE_M", 2.0)
    in_tiles = Frontiers(frontiers.config, ROOMY)
    assert {f.centre: f.cells for f in seek(in_tiles, octree)} == {f.centre: f.cells for f in found}
    assert sum(f.gain_m3 for f in in_tiles.all()) == pytest.approx(sum(f.gain_m3 for f in found))
    middle = Box(low=(1.0, 1.0, 0.5), high=(3.0, 3.0, 1.5))
    again = seek(frontiers, octree, within=middle, views=views.all())
    assert {f.id: f.cells for f in again} == {f.id: f.cells for f in found}


def test_a_map_torn_apart_is_sought_in_pieces() -> None:
    octree = Octree(OctreeConfig(dim=0, stride=1), 4 << 20)
    camera = Intrinsics(fx=40.0, fy=40.0, cx=20.0, cy=15.0, width=40, height=30)
    frontiers = Frontiers(FrontiersConfig(least_cells=5), ROOMY)
    assert seek(frontiers, octree) == ()
    counts = []
    for at, x in enumerate((0.0, 16_000.0)):
        octree.integrate(
            depth_m=np.full((30, 40), 2.0, np.float32),
            intrinsics=camera,
            world_from_camera=pose_of(np.eye(3), (x, 0.0, 0.0)),
            t_s=float(at),
            frame=at,
        )
        counts.append(len(seek(frontiers, octree)))
    assert counts[0] > 0 and len(frontiers.cells[0]) % 2 == 0
    assert sum(f.centre[0] < 8000 for f in frontiers.all()) == counts[0] == counts[1] / 2
    with pytest.raises(ObservationError, match="cubes of twice"):
        seek(Frontiers(FrontiersConfig(cell_m=0.07), ROOMY), octree)


def test_centres_are_in_free_space() -> None:
    frontiers = Frontiers(FrontiersConfig(least_cells=5), ROOMY)
    space = known(room())
    for frontier in frontiers.update(space):
        assert space.at(np.array([frontier.centre]))[0] == -1
    cells, _ = frontiers.cells
    assert (space.at(centres_of(cells, 0.1)) == -1).all()


@settings(max_examples=20)
@given(grids)
def test_the_same_map_gives_the_same_frontiers_again(state: np.ndarray) -> None:
    frontiers = Frontiers(SMALL, ROOMY)
    assert frontiers.update(known(state)) == frontiers.update(known(state))

"""Questions against a dense array of the whole map."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streammem.errors import ObservationError
from streammem.spatial.octree.morton import decode
from streammem.types import Box, Interval, Sphere

LOW, EDGE = -32, 64  # voxels of the dense array, more than the room on each side
fast = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
number = st.floats(-2.0, 2.0)
regions = st.one_of(
    st.builds(
        lambda a, b: Box(low=tuple(map(min, a, b)), high=tuple(map(max, a, b))),
        st.tuples(number, number, number),
        st.tuples(number, number, number),
    ),
    st.builds(lambda c, r: Sphere(centre=c, radius_m=r), st.tuples(number, number, number), st.floats(0, 2)),
)
spans = st.one_of(
    st.none(), st.builds(lambda a, b: Interval(min(a, b), max(a, b)), *[st.integers(0, 10)] * 2)
)
levels = st.integers(0, 5)


def dense(octree: Any, during: Interval | None) -> np.ndarray:
    """Log-odds of all voxels, one by one: those that do not answer are 0."""
    blocks, surface = octree.tables.blocks, octree.surface
    found = np.zeros((EDGE,) * 3, np.int64)
    rows = np.full(blocks.slots.high * 512, -1)
    rows[surface["cell"][surface.rows].numpy()] = surface.rows.numpy()
    for slot in blocks.live.tolist():
        cells = (decode((blocks["key"][slot] << 9) | torch.arange(512)) - LOW).numpy()
        values, row = blocks["log_odds"][slot].numpy().astype(np.int64), rows[slot * 512 : slot * 512 + 512]
        if during is not None:
            first, last = (
                np.where(row < 0, float(blocks[name][slot]), surface[name].numpy()[row])
                for name in ("first_s", "last_s")
            )
            values *= (first <= during.end_s) & (last >= during.start_s)
        found[tuple(cells.T)] = values
    return found


def coarse(found: np.ndarray, level: int) -> np.ndarray:
    edge = 1 << level
    cubes = found.reshape(EDGE // edge, edge, EDGE // edge, edge, EDGE // edge, edge)
    most = np.where(cubes == 0, -999, cubes).max((1, 3, 5))
    return np.where(most == -999, 0, most)


def listed(found: np.ndarray, level: int, within: Any, chosen: np.ndarray) -> set[tuple[int, ...]]:
    cells = np.argwhere(chosen) + (LOW >> level)
    centres = ((cells + 0.5) * 0.1 * (1 << level)).astype(np.float32)
    if isinstance(within, Sphere):
        kept = np.linalg.norm(centres - np.float32(within.centre), axis=1) <= np.float32(within.radius_m)
    elif within is not None:
        kept = ((centres >= np.float32(within.low)) & (centres <= np.float32(within.high))).all(1)
    else:
        kept = np.ones(len(cells), np.bool_)
    return set(map(tuple, cells[kept].tolist()))


def cells_of(voxels: Any) -> list[tuple[int, ...]]:
    return list(map(tuple, (voxels.centres.double() / voxels.size_m).floor().long().tolist()))


@fast
@given(level=levels, within=regions | st.none(), during=spans)
def test_occupied_and_free(filled: Any, level: int, within: Any, during: Interval | None) -> None:
    found = coarse(dense(filled.octree, during), level)
    for sign, ask in ((1, filled.octree.occupied), (-1, filled.octree.free)):
        voxels = ask(within=within, during=during, level=level)
        cells = cells_of(voxels)
        assert voxels.level == level and voxels.size_m == pytest.approx(0.1 * 2**level)
        assert len(set(cells)) == len(cells) == len(voxels)
        assert set(cells) == listed(found, level, within, np.sign(found) == sign)
        at = np.array(cells, np.int64).reshape(-1, 3) - (LOW >> level)
        assert np.array_equal(found[tuple(at.T)], voxels.log_odds.numpy())


@fast
@given(level=levels, during=spans, seed=st.integers(0, 99))
def test_state_at(filled: Any, level: int, during: Interval | None, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-2.5, 2.5, (50, 3))
    found = np.sign(coarse(dense(filled.octree, during), level))
    at = np.floor(points / (0.1 * (1 << level))).astype(np.int64) - (LOW >> level)
    states = filled.octree.state_at(torch.from_numpy(points), level=level, during=during)
    assert np.array_equal(states.numpy(), found[tuple(at.T)])


@fast
@given(level=levels, within=regions, during=spans)
def test_dense_states_and_the_unknown(filled: Any, level: int, within: Any, during: Interval | None) -> None:
    try:
        states, corner = filled.octree.states(within, level=level, during=during)
    except ObservationError as error:
        assert "cubes" in str(error)
        return
    size = 0.1 * (1 << level)
    axes = [corner[axis] + (np.arange(states.shape[axis]) + 0.5) * size for axis in range(3)]
    centres = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    wanted = filled.octree.state_at(torch.from_numpy(centres), level=level, during=during)
    assert torch.equal(states.reshape(-1), wanted)
    found = coarse(dense(filled.octree, during), level)
    unknown = filled.octree.unknown(within, during=during, level=level)
    assert set(cells_of(unknown)) == listed(found, level, within, found == 0)


def test_rows_and_ids_of_voxels(filled: Any) -> None:
    octree = filled.octree
    voxels = octree.occupied()
    assert torch.equal(octree.rows_at(voxels.centres), voxels.rows)
    assert torch.equal(octree.surface["id"][voxels.rows], voxels.ids)
    assert torch.equal(octree.centres(voxels.rows), voxels.centres)
    assert torch.equal(voxels.rows.sort().values, octree.surface.rows)
    for level in (1, 3, 4):
        cubes = octree.occupied(level=level)
        inside = torch.floor(octree.centres(cubes.rows) / cubes.size_m)
        assert torch.equal(inside, torch.floor(cubes.centres / cubes.size_m))


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_features_of_cubes_are_weighted_means(filled: Any, level: int) -> None:
    octree, surface = filled.octree, filled.octree.surface
    cubes = octree.occupied(level=level)
    found = octree.features_of(cubes)
    rows = surface.rows
    at = torch.floor(octree.centres(rows).double() / cubes.size_m)
    for number in range(0, len(cubes), 7):
        ours = rows[(at == torch.floor(cubes.centres[number].double() / cubes.size_m)).all(1)]
        total = (surface["feature"][ours].float() * surface["weight"][ours][:, None]).sum(0)
        assert torch.allclose(found[number], total / total.norm(), atol=1e-4)
        assert surface["weight"][cubes.rows[number]] == surface["weight"][ours].max()
    assert torch.equal(
        octree.features_of(octree.free(level=level)), torch.zeros(len(octree.free(level=level)), 8)
    )


@fast
@given(seed=st.integers(0, 99), k=st.integers(1, 30), within=regions | st.none(), during=spans)
def test_top_k_is_the_sorted_list(
    filled: Any, seed: int, k: int, within: Any, during: Interval | None
) -> None:
    octree, surface = filled.octree, filled.octree.surface
    query = torch.nn.functional.normalize(
        torch.randn(2, 8, generator=torch.Generator().manual_seed(seed)), dim=1
    )
    rows, scores = octree.top_k(query, k, within=within, during=during)
    voxels = octree.occupied(within=within, during=during)
    wanted = (query @ surface["feature"][voxels.rows].float().T).sort(dim=1, descending=True).values[:, :k]
    count = wanted.shape[1]
    assert torch.allclose(scores[:, :count], wanted, atol=1e-5)
    assert (rows[:, count:] == -1).all() and (scores[:, count:] == -torch.inf).all()
    assert rows.shape == scores.shape == (2, k)
    assert torch.isin(rows[:, :count], voxels.rows).all()


def test_top_k_of_cubes(filled: Any) -> None:
    octree = filled.octree
    cubes = octree.occupied(level=2)
    vectors = octree.features_of(cubes)
    rows, scores = octree.top_k(vectors[5:6], 3, level=2)
    assert torch.isin(rows, cubes.rows).all() and float(scores[0, 0]) == pytest.approx(1, abs=1e-3)
    assert torch.allclose(scores[0], (vectors @ vectors[5]).topk(3).values)


@fast
@given(seed=st.integers(0, 99), k=st.integers(1, 5), within=regions | st.none(), level=st.integers(0, 3))
def test_nearest_is_brute_force(filled: Any, seed: int, k: int, within: Any, level: int) -> None:
    points = torch.randn(6, 3, generator=torch.Generator().manual_seed(seed))
    voxels = filled.octree.occupied(within=within, level=level)
    found = filled.octree.nearest(points, k, within=within, level=level)
    wanted = torch.cdist(points.double(), voxels.centres.double()).sort(dim=1).values[:, :k]
    count = wanted.shape[1]
    assert torch.allclose(found.distance_m[:, :count].double(), wanted, atol=1e-6)
    assert (found.distance_m[:, count:] == torch.inf).all() and (found.rows[:, count:] == -1).all()
    gap = (found.centres[:, :count] - points[:, None]).norm(dim=2)
    assert torch.allclose(gap, found.distance_m[:, :count], atol=1e-5)


def test_nearest_follows_the_map(filled: Any, poses: Any) -> None:
    points = torch.tensor([[0.6, 0.3, -0.25]])
    before = filled.octree.nearest(points)
    filled.scene.boxes.clear()
    for _ in range(20):
        filled.see(poses[0])
    assert float(filled.octree.nearest(points).distance_m) > float(before.distance_m)


def test_an_empty_map_answers(walk: Any) -> None:
    octree = walk().octree
    ball = Sphere(centre=(0, 0, 0), radius_m=0.3)
    points = torch.zeros(2, 3)
    for level in (0, 2, 5):
        assert len(octree.occupied(level=level)) == len(octree.free(within=ball, level=level)) == 0
        for during in (None, Interval(0.0, 1.0)):
            assert octree.state_at(points, level=level, during=during).tolist() == [0, 0]
    assert len(octree.unknown(ball)) > 50
    assert octree.rows_at(points).tolist() == [-1, -1]
    assert (
        octree.top_k(torch.ones(1, 8), 3)[0].tolist()
        == octree.top_k(torch.ones(1, 8), 3, level=1)[0].tolist()
    )
    assert octree.nearest(points, 2).rows.tolist() == [[-1, -1]] * 2
    assert octree.ray_cast(points, torch.ones(2, 3), 1.0).state.tolist() == [-1, -1]
    assert octree.ray_cast(points, torch.ones(2, 3), 1.0, through_unknown=False).state.tolist() == [0, 0]
    assert octree.repose({0: np.eye(4)}).blocks == 0
    assert len(octree.features_of(octree.occupied())) == 0


@pytest.mark.parametrize(
    "ask",
    [
        lambda octree: octree.occupied(level=-1),
        lambda octree: octree.state_at(torch.zeros(1, 3), level=21),
        lambda octree: octree.states(Box(low=(-1e4,) * 3, high=(1e4,) * 3)),
        lambda octree: octree.states(Box(low=(1e8, 0, 0), high=(1e8 + 1, 1, 1))),
        lambda octree: octree.unknown(Box(low=(0.01,) * 3, high=(0.02,) * 3)),
        lambda octree: octree.top_k(torch.ones(1, 9), 3),
        lambda octree: octree.top_k(torch.ones(1, 8), 0),
        lambda octree: octree.nearest(torch.full((1, 3), torch.nan)),
        lambda octree: octree.ray_cast(torch.zeros(1, 3), torch.zeros(1, 3), 1.0),
        lambda octree: octree.ray_cast(torch.zeros(1, 3), torch.ones(1, 3), 0.0),
    ],
)
def test_questions_that_cannot_be(filled: Any, ask: Any) -> None:
    with pytest.raises(ObservationError):
        ask(filled.octree)


def test_a_region_now_is_a_region_at_all_times(walk: Any, poses: Any) -> None:
    """The short way for the present gives what the long way gives for an interval that holds everything."""
    made = walk()
    for pose in poses[:3]:
        made.see(pose)
    middle = made.octree.occupied().centres.mean(0).tolist()
    for within in (Sphere(centre=tuple(middle), radius_m=2.0), Box(low=(-9, -9, -9), high=(9, 9, 9))):
        for ask in (made.octree.occupied, made.octree.free):
            now, always = ask(within=within), ask(within=within, during=Interval(-1e9, 1e9))
            assert len(now) > 0 and now.level == always.level and now.size_m == always.size_m
            for column in ("centres", "rows", "ids", "log_odds"):
                assert torch.equal(getattr(now, column), getattr(always, column))

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def march(octree: Any, origin: np.ndarray, way: np.ndarray, far_m: float, level: int, unknown: bool) -> Any:
    """One ray, from one crossing of the grid to the next, in float64."""
    size = octree.config.voxel_m * (1 << level)
    way = way / np.linalg.norm(way)
    crossings = [0.0, far_m]
    for axis in range(3):
        if way[axis]:
            ends = sorted((origin[axis], origin[axis] + far_m * way[axis]))
            planes = np.arange(np.ceil(ends[0] / size), np.floor(ends[1] / size) + 1) * size
            crossings += [c for c in (planes - origin[axis]) / way[axis] if 0 <= c <= far_m]
    edges = np.array(sorted(crossings))
    edges = edges[np.append(True, np.diff(edges) > 1e-9)]
    middles = origin + (edges[:-1] + edges[1:])[:, None] / 2 * way
    states = octree.state_at(torch.from_numpy(middles), level=level).numpy()
    stops = np.flatnonzero((states == 1) | ((states == 0) & (not unknown)))
    return (int(states[stops[0]]), edges[stops[0]]) if len(stops) else (-1, np.inf)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 9999), level=st.integers(0, 2), unknown=st.booleans())
def test_rays_are_those_of_a_march(filled: Any, seed: int, level: int, unknown: bool) -> None:
    rng = np.random.default_rng(seed)
    origins, ways = rng.uniform(-0.9, 0.9, (8, 3)), rng.normal(size=(8, 3))
    ways[0] = (0, 0, -1)
    found = filled.octree.ray_cast(
        torch.from_numpy(origins), torch.from_numpy(ways), 3.0, level=level, through_unknown=unknown
    )
    for number in range(8):
        state, enter = march(filled.octree, origins[number], ways[number], 3.0, level, unknown)
        assert int(found.state[number]) == state
        assert float(found.distance_m[number]) == pytest.approx(enter, abs=1e-5)


def test_a_hit_is_a_surface_voxel(filled: Any, poses: Any) -> None:
    sight = filled.see(poses[0])
    rows = sight.rows[10::10, 10::10].reshape(-1)
    targets = filled.octree.centres(rows[rows >= 0])
    eye = torch.from_numpy(poses[0][:3, 3]).float().expand_as(targets)
    found = filled.octree.ray_cast(eye, targets - eye, 4.0)
    assert (found.state == 1).all()
    assert torch.equal(filled.octree.rows_at(found.centres), found.rows) and (found.rows >= 0).all()
    assert (found.distance_m <= (targets - eye).norm(dim=1) + 1e-4).all()
    assert (found.rows == rows[rows >= 0]).float().mean() > 0.5


def test_rays_that_meet_nothing(filled: Any) -> None:
    found = filled.octree.ray_cast(torch.tensor([[0.0, 0, 5.0]]), torch.tensor([[0.0, 0, 1.0]]), 2.0)
    assert found.state.tolist() == [-1] and found.rows.tolist() == [-1]
    assert found.distance_m.tolist() == [torch.inf] and bool(found.centres.isnan().all())

"""Event boundaries against plain Python, and what must not be one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streammem.errors import ObservationError
from streammem.memory.codes import quantise
from streammem.memory.surprise import LEVELS, SurpriseConfig, SurpriseGauge, best_split, otsu
from streammem.token_table import TokenTable

CONFIG = SurpriseConfig()


class Follower:
    """One stream's gauge with its row."""

    def __init__(self, config: SurpriseConfig = CONFIG) -> None:
        self.gauge = SurpriseGauge(config, 48, 100)
        self.table = TokenTable(self.gauge.columns, 1)
        self.row = {name: self.table[name][self.table.allocate() if i == 0 else 0 : 1].reshape(self.table[name].shape[1:]) for i, name in enumerate(self.gauge.columns)}  # fmt: skip

    def boundaries(self, vectors: np.ndarray, ticks: np.ndarray) -> list[int]:
        found, start = [], 0
        code, norm = quantise(vectors.astype(np.float32))
        for at, c, n in zip(ticks.tolist(), code, norm, strict=True):
            boundary = self.gauge.step(self.row, at, c, n, start)
            if boundary is not None:
                start = boundary.at
                found.append(boundary.at)
        return found


def scenes(lengths: list[int], noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    middles = rng.standard_normal((len(lengths), 48))
    vectors = np.repeat(middles / np.linalg.norm(middles, axis=1, keepdims=True), lengths, axis=0)
    vectors = vectors + noise * rng.standard_normal(vectors.shape) / np.sqrt(48)
    return vectors, np.arange(len(vectors)) * 50


@given(st.lists(st.integers(5, 30), min_size=2, max_size=8), st.integers(0, 99))
def test_cuts_are_found_where_they_are(lengths: list[int], seed: int) -> None:
    vectors, ticks = scenes(lengths, 0.05, seed)
    assert Follower().boundaries(vectors, ticks) == (np.cumsum(lengths)[:-1] * 50).tolist()


def test_noise_of_a_static_scene_is_no_event() -> None:
    for noise in (0.05, 0.15, 0.3):
        vectors, ticks = scenes([1000], noise)
        assert Follower().boundaries(vectors, ticks) == []


def test_rate_of_frames_does_not_matter() -> None:
    vectors, _ticks = scenes([20, 20, 20], 0.02)
    often = Follower().boundaries(np.repeat(vectors, 25, axis=0), np.arange(25 * 60) * 2)
    assert np.abs(np.array(often) - [1000, 2000]).max() <= 50


def test_limit_agrees_with_plain_python() -> None:
    follower, rng = Follower(), np.random.default_rng(0)
    levels = np.clip(rng.normal(30, 8, 200), 0, 255).astype(np.uint8)
    levels[::20] = rng.integers(120, 200, 10)
    follower.row["window"][:200], follower.row["measured"][...] = levels, 200
    distances = sorted(2 * (level / 255) ** 2 for level in levels.tolist())
    mean = sum(distances) / 200
    deviation = (sum((d - mean) ** 2 for d in distances) / 200) ** 0.5
    median = distances[99]
    split = max(
        (i * (200 - i) * (sum(distances[:i]) / i - sum(distances[i:]) / (200 - i)) ** 2, i)
        for i in range(1, 200)
        if distances[i] > distances[i - 1]
    )[1]
    threshold = (distances[split - 1] + distances[split]) / 2
    wanted = max(
        CONFIG.floor, 2 * median, mean + CONFIG.gamma * deviation, median + 0.6 * (threshold - median)
    )
    assert follower.gauge.limit(follower.row) == pytest.approx(wanted, rel=1e-9)


def test_few_distances_fall_back() -> None:
    assert Follower().gauge.limit(Follower().row) == CONFIG.fallback


def test_otsu_of_one_value_is_that_value() -> None:
    count = np.zeros(256, np.int64)
    count[40] = 9
    assert otsu(count) == pytest.approx(LEVELS[40])


def test_graph_splits_where_modularity_is_largest() -> None:
    def modularity(graph: list[list[float]], cut: int) -> float:
        n, whole = len(graph), sum(map(sum, graph))
        part = [i >= cut for i in range(n)]
        return sum(
            graph[i][j] / whole - sum(graph[i]) * sum(graph[j]) / whole**2
            for i in range(n)
            for j in range(n)
            if part[i] == part[j]
        )

    rng = np.random.default_rng(1)
    for _ in range(50):
        a = rng.random((6, 6))
        alike = (a + a.T) / 2
        np.fill_diagonal(alike, 0)
        wanted = max(range(1, 6), key=lambda cut: (round(modularity(alike.tolist(), cut), 9), cut))
        assert best_split(alike.copy()) == wanted


def test_after_a_reset_nothing_is_compared() -> None:
    follower = Follower()
    vectors, ticks = scenes([10, 10], 0.02)
    assert follower.boundaries(vectors[:10], ticks[:10]) == []
    follower.gauge.reset(follower.row)
    assert follower.boundaries(vectors[10:], ticks[10:]) == []


def test_window_too_short_is_refused() -> None:
    with pytest.raises(ObservationError, match="window"):
        SurpriseConfig(window=3)

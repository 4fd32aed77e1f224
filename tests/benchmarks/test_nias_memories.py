"""What the memories keep: within their bytes, and what each is known for."""

import itertools

import numpy as np
import pytest

from benchmarks.nias.baselines import (
    SPAN_BYTES,
    AllFrames,
    Fifo,
    MovieChat,
    Reservoir,
    Synopsis,
    Uniform,
    baselines,
)
from benchmarks.nias.coding import Coder

CODER = Coder(64, 16)
BUDGET = 20 * (CODER.nbytes + SPAN_BYTES) + 5


def scenes(n: int = 300, length: int = 30) -> np.ndarray:
    """Unit vectors that stay near one of a few directions for a while."""
    rng = np.random.default_rng(0)
    middle = np.repeat(rng.standard_normal((-(-n // length), 64)), length, axis=0)[:n]
    vectors = middle + 0.1 * rng.standard_normal((n, 64))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("which", range(1, 6))
def test_bytes_are_never_above_the_budget(which: int) -> None:
    memory = baselines(BUDGET, CODER, 300, seed=0)[which]
    for i, vector in enumerate(scenes()):
        memory.write(i / 2, vector)
        assert memory.nbytes() <= BUDGET
    assert memory.nbytes() > 0.9 * (BUDGET - 5)
    assert len(memory.ask(vector).score) == 20


def test_fifo_has_the_newest_and_uniform_the_first_and_the_last() -> None:
    fifo, uniform = Fifo(BUDGET, CODER), Uniform(BUDGET, CODER, 300)
    for i, vector in enumerate(scenes()):
        fifo.write(float(i), vector)
        uniform.write(float(i), vector)
    assert sorted(fifo.ask(vector).start_s) == list(range(280, 300))
    assert (uniform.ask(vector).start_s[0], uniform.ask(vector).start_s[-1]) == (0, 299)


def test_reservoir_is_fair() -> None:
    vectors, early = scenes(), 0
    for seed in range(40):
        memory = Reservoir(BUDGET, CODER, np.random.default_rng(seed))
        for i, vector in enumerate(vectors):
            memory.write(float(i), vector)
        early += int((memory.ask(vector).start_s < 150).sum())
    assert 320 < early < 480  # half of 800, within 5 sigma


def test_merging_neighbours_keeps_scenes_apart() -> None:
    memory, vectors = MovieChat(BUDGET, CODER), scenes()
    for i, vector in enumerate(vectors):
        memory.write(float(i), vector)
    for scene in range(10):
        found = memory.ask(vectors[scene * 30])
        best = int(found.score.argmax())
        assert scene * 30 <= found.start_s[best] <= found.end_s[best] < scene * 30 + 30


def test_merging_matches_a_brute_force_merge() -> None:
    """The rows that are left are those of a list in which the most alike neighbours were merged."""
    memory, vectors = MovieChat(BUDGET, CODER), scenes(60, 7)
    rows: list[list[float]] = []
    kept: list[np.ndarray] = []
    weights: list[float] = []
    for i, vector in enumerate(vectors):
        memory.write(float(i), vector)
        if len(rows) == memory.capacity:
            alike = [float(a @ b) for a, b in itertools.pairwise(kept)]
            j = int(np.argmax(alike))
            mean = (weights[j] * kept[j] + weights[j + 1] * kept[j + 1]) / (weights[j] + weights[j + 1])
            kept[j : j + 2] = [CODER.decode(CODER.quantise(mean)[None])[0]]
            rows[j : j + 2] = [[rows[j][0], rows[j + 1][1]]]
            weights[j : j + 2] = [weights[j] + weights[j + 1]]
        kept.append(CODER.decode(CODER.encode(vector)[None])[0])
        rows.append([float(i), float(i)])
        weights.append(1.0)
    assert memory.spans[: memory.n].tolist() == rows


def test_the_synopsis_keeps_a_rare_scene() -> None:
    memory, vectors = Synopsis(BUDGET, CODER), scenes(600, 200)
    odd = -vectors[0]
    for i, vector in enumerate(vectors):
        memory.write(float(i), odd if i == 50 else vector)
    found = memory.ask(odd)
    assert found.start_s[int(found.score.argmax())] == 50


def test_all_frames_forgets_nothing() -> None:
    memory, vectors = AllFrames(300, 64), scenes()
    for i, vector in enumerate(vectors):
        memory.write(float(i), vector)
    assert memory.nbytes() == 300 * (64 * 2 + SPAN_BYTES)
    assert int(memory.ask(vectors[123]).score.argmax()) == 123


def test_codes_keep_cosines() -> None:
    coder, vectors = Coder(384, 48), np.eye(384, dtype=np.float32)[:20]
    alike = coder.decode(np.stack([coder.encode(v) for v in vectors])) @ coder.project(vectors[3])
    assert alike[3] > 0.999
    assert np.abs(np.delete(alike, 3)).max() < 0.6

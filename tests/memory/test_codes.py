"""Codes: how much they distort, and that they never depend on where they are made."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streammem.errors import ObservationError
from streammem.interface import SpaceSpec
from streammem.memory.codes import DenseCodec, DistributionCodec, project, projection, quantise, similarity


def units(n: int, dim: int, seed: int = 0) -> np.ndarray:
    matrix = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def chances(cells: int, classes: int, seed: int) -> np.ndarray:
    matrix = np.random.default_rng(seed).exponential(1.0, (cells, classes)) ** 4
    return (matrix / matrix.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(("wide", "narrow"), [(384, 48), (1280, 128), (60, 48)])
def test_directions_are_orthonormal(wide: int, narrow: int) -> None:
    p = projection(wide, narrow)
    assert np.allclose(p.T @ p, np.eye(narrow), atol=1e-5)


def test_directions_are_the_same_for_ever() -> None:
    # Only the signs of the hash make them, so their signs and sizes are a promise to every stored memory.
    rounded = np.rint(projection(384, 48)[:3, :4] * 1e4).astype(int)
    assert rounded.tolist() == GOLDEN
    assert projection(48, 48).tobytes() == np.eye(48, dtype=np.float32).tobytes()


GOLDEN = [[510, 521, 528, -583], [-510, 500, 455, 478], [-510, 500, -570, 476]]


@given(st.integers(0, 10_000))
def test_rounding_error_is_bounded(seed: int) -> None:
    vectors = units(8, 48, seed)
    code, norm = quantise(vectors)
    back = code / norm.astype(np.float32)[:, None]
    # Half a step of 1/127 of the largest entry in each of 48 places, and the norm to half precision.
    bound = 0.5 / 127 * np.abs(vectors).max(axis=1) * np.sqrt(48) * 1.1 + 1e-3
    assert (np.linalg.norm(back - vectors, axis=1) <= bound).all()


def test_cosines_survive_as_johnson_and_lindenstrauss_say() -> None:
    a, b = units(400, 384, 1), units(400, 384, 2)
    mixed = 0.95 * a + 0.3 * b
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    codec = DenseCodec(SpaceSpec(dim=384), 48)
    rows = [codec.encode(line[None]) for line in a]
    stacked = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    found = np.array([codec.scores(stacked, codec.query(m[None]))[0, i, 0] for i, m in enumerate(mixed)])
    true = (a * mixed).sum(axis=1)
    assert np.abs(found - true).mean() < (1 - true.mean() ** 2) / np.sqrt(48)


@given(st.integers(0, 1000), st.integers(1, 3000))
def test_products_of_codes_are_exact_in_any_order(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    code = rng.integers(-127, 128, (n, 48)).astype(np.int8)
    query = rng.integers(-127, 128, (2, 48)).astype(np.int8)
    ones = np.ones(n, np.float16)
    exact = query.astype(np.int64) @ code.astype(np.int64).T
    assert (similarity(code, ones, query.astype(np.float32)) == exact).all()


def test_decoded_vectors_point_the_same_way() -> None:
    codec = DenseCodec(SpaceSpec(dim=96, grid=(2, 2)), 64)
    features = units(4, 96)
    row = codec.encode(features)
    back = codec.decode({name: entry[None] for name, entry in row.items()})[0]
    assert np.allclose(project(back, 64), project(features, 64) / np.linalg.norm(project(features, 64), axis=1)[:, None], atol=0.02)  # fmt: skip


def test_vector_of_zeros_is_like_nothing() -> None:
    codec = DenseCodec(SpaceSpec(dim=384), 48)
    row = {name: entry[None] for name, entry in codec.encode(np.zeros((1, 384), np.float32)).items()}
    assert codec.scores(row, codec.query(units(1, 384)))[0, 0, 0] == 0


@given(st.integers(0, 1000), st.lists(st.integers(0, 99), min_size=1, max_size=40, unique=True))
def test_distribution_scores_are_sums_of_what_was_kept(seed: int, wanted: list[int]) -> None:
    codec = DistributionCodec(SpaceSpec(dim=100, grid=(2, 3), kind="distribution"), 5, 12)
    features = chances(6, 100, seed)
    row = {name: entry[None] for name, entry in codec.encode(features).items()}
    what = np.zeros((1, 100), np.float32)
    what[0, wanted] = 1
    found = codec.scores(row, what)[0, 0]
    for cell in range(6):
        kept = np.argsort(-features[cell], kind="stable")[:5]
        exact = sum(float(features[cell, c]) for c in wanted if c in kept)
        assert abs(found[cell] - exact) <= 5 * 0.5 / 255 + 0.01
    assert np.allclose(found, codec.decode(row)[0] @ what[0], atol=1e-6)
    assert codec.bounds(row, what)[0] >= min(found.max(), codec.bounds(row, what)[0])


@given(st.integers(0, 200))
def test_bound_is_one_where_all_peaks_are_kept(seed: int) -> None:
    codec = DistributionCodec(SpaceSpec(dim=20, grid=(2, 2), kind="distribution"), 5, 20)
    row = {name: entry[None] for name, entry in codec.encode(chances(4, 20, seed)).items()}
    what = (np.random.default_rng(seed).random((1, 20)) < 0.4).astype(np.float32)
    assert codec.bounds(row, what)[0] >= codec.scores(row, what).max() - 1e-6


def test_weights_and_indicators_agree() -> None:
    codec = DistributionCodec(SpaceSpec(dim=50, grid=(1, 4), kind="distribution"), 8, 8)
    row = {name: entry[None] for name, entry in codec.encode(chances(4, 50, 3)).items()}
    indicator = np.zeros((1, 50), np.float32)
    indicator[0, 10:30] = 1
    almost = indicator * np.float32(0.9999999)
    assert np.allclose(codec.scores(row, indicator), codec.scores(row, almost), atol=1e-5)


def test_too_many_classes_are_refused() -> None:
    with pytest.raises(ObservationError, match="classes"):
        DistributionCodec(SpaceSpec(dim=1 << 17, kind="distribution"), 8, 8)


def test_codes_are_the_same_in_every_process() -> None:
    wave = np.cos(np.arange(384, dtype=np.float32))[None] / np.float32(192) ** 0.5
    code = DenseCodec(SpaceSpec(dim=384), 48).encode(wave)["code"]
    assert hashlib.sha256(code.tobytes()).hexdigest() == DIGEST


DIGEST = "cd748dc28f4ac622618f5ba38217a93fafe8c7266a591007ba874ce4cd3e692a"

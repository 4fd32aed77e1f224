"""Snapshots come back byte for byte; pages are never lost."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streammem.errors import ObservationError, StoreDamagedError
from streammem.memory.snapshots import SnapshotConfig, Snapshots, encode_jpeg


@given(st.lists(st.tuples(st.integers(1, 900), st.booleans()), max_size=30))
def test_pool_is_a_bounded_dict(steps: list[tuple[int, bool]]) -> None:
    pool, truth = Snapshots(12, 4), {}
    for number, (size, drops) in enumerate(steps):
        if drops and truth:
            row = min(truth)
            pool.drop(row)
            del truth[row]
        blob = np.random.default_rng(number).bytes(size)
        if pool.fits(size):
            truth[pool.store(number, blob)] = blob
        else:
            used = sum(-(-len(b) // 256) for b in truth.values())
            assert len(truth) == 4 or used + -(-size // 256) > 12
        assert {row: pool.jpeg(row) for row in truth} == truth
        assert pool.nbytes() == sum(a.nbytes for a in pool.state().values())
    again = Snapshots(12, 4)
    again.restore(pool.state())
    assert {row: again.jpeg(row) for row in truth} == truth and again.nbytes() == pool.nbytes()
    assert [again.fits(n) for n in range(1, 3000, 256)] == [pool.fits(n) for n in range(1, 3000, 256)]


def test_pictures_fit_their_limit() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (300, 500, 3), dtype=np.uint8)
    whole = encode_jpeg(picture, SnapshotConfig(), 10**6)
    small = encode_jpeg(picture, SnapshotConfig(), 5000)
    assert whole is not None and small is not None and len(small) <= 5000
    shown = cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape[1] == 384 and shown.shape[0] == 230
    assert encode_jpeg(picture, SnapshotConfig(), 10) is None


def test_colours_are_kept() -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 200
    jpeg = encode_jpeg(red, SnapshotConfig(), 10**6)
    assert jpeg is not None
    blue_green_red = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)[16, 16]
    assert blue_green_red[2] > 190 and blue_green_red[:2].max() < 20


def test_broken_chain_is_noticed() -> None:
    pool = Snapshots(12, 4)
    pool.store(0, bytes(600))
    state = dict(pool.state())
    state["links"] = np.zeros_like(state["links"])
    pool.restore(state)
    with pytest.raises(StoreDamagedError, match="breaks off"):
        pool.jpeg(0)
    state["pages"] = np.zeros((99, 256), np.uint8)
    with pytest.raises(StoreDamagedError, match="same budget"):
        pool.restore(state)


def test_impossible_pictures_are_refused() -> None:
    with pytest.raises(ObservationError, match="quality"):
        SnapshotConfig(quality=0)

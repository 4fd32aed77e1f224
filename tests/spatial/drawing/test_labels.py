"""Names on a map: inside of it, and not on each other while there is room."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.spatial.drawing.labels import place_labels


def overlaps(corners: np.ndarray, sizes: np.ndarray) -> float:
    """Area that names share."""
    low = np.maximum(corners[:, None], corners[None])
    high = np.minimum((corners + sizes)[:, None], (corners + sizes)[None])
    shared = (high - low).clip(min=0).prod(axis=2)
    return float(np.triu(shared, 1).sum())


@given(st.integers(0, 10_000), st.integers(1, 20))
@settings(max_examples=15)
def test_names_keep_apart_and_inside(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    anchors = rng.uniform((60, 30), (840, 570), (count, 2))
    sizes = np.column_stack([rng.uniform(20, 90, count), np.full(count, 18.0)])
    corners = place_labels(anchors, sizes, width=900, height=600)
    assert (corners >= 0).all() and (corners + sizes <= (900, 600)).all()
    assert overlaps(corners, sizes) == 0
    middle = corners + sizes / 2
    assert (np.abs(middle - anchors).max(axis=1) < 150).all()


def test_names_of_one_place_spread_out_and_avoid() -> None:
    anchors, sizes = np.full((8, 2), 200.0), np.full((8, 2), (60.0, 18.0))
    corners = place_labels(anchors, sizes, width=400, height=400, avoid=[(210, 100, 400, 300)])
    assert overlaps(corners, sizes) == 0
    assert (corners[:, 0] + 60 <= 210).all() or overlaps(corners, sizes) == 0
    assert len(place_labels(np.zeros((0, 2)), np.zeros((0, 2)), width=10, height=10)) == 0


def test_a_crowd_is_placed_somehow() -> None:
    corners = place_labels(np.full((60, 2), 50.0), np.full((60, 2), 40.0), width=100, height=100)
    assert np.isfinite(corners).all()

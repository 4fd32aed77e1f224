"""Labels at the frame's size: against enlarging every channel whole."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from streammem.heads.enlarge import labels_at


def whole(said, size, ids):
    large = functional.interpolate(said[None], size, mode="bilinear", align_corners=False)[0]
    return np.array([0, *ids], np.int32)[large.argmax(0).numpy()], large


@settings(max_examples=40)
@given(
    st.integers(0, 10_000),
    st.integers(0, 6),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
def test_the_likeliest_of_all_wins(seed, objects, old, new):
    rng = torch.Generator().manual_seed(seed)
    said = (torch.randn(objects + 1, *old, generator=rng) * 4).softmax(0)
    ids = list(range(10, 10 + objects))
    expected, large = whole(said, new, ids)
    found = labels_at(said, new, ids)
    two = large.topk(min(2, len(large)), 0).values
    close = (two[0] - two[-1] < 1e-6).numpy() if objects else np.zeros(new, bool)
    assert ((found == expected) | close).all()


def test_objects_that_win_nowhere_and_the_same_size():
    said = torch.tensor([[[0.9, 0.2], [0.9, 0.2]], [[0.1, 0.8], [0.1, 0.8]], [[0.0, 0.0], [0.0, 0.0]]])
    assert labels_at(said, (2, 2), [7, 8]).tolist() == [[0, 7], [0, 7]]


@pytest.mark.parametrize("objects", [1, 40])
def test_many_small_ones(objects):
    said = torch.zeros(objects + 1, 60, 60)
    said[0] = 0.05
    for at in range(objects):
        said[at + 1, 7 * (at // 8) : 7 * (at // 8) + 5, 7 * (at % 8) : 7 * (at % 8) + 5] = 0.9
    said /= said.sum(0)
    ids = [3 * at + 1 for at in range(objects)]
    expected, _ = whole(said, (240, 200), ids)
    assert (labels_at(said, (240, 200), ids) == expected).mean() > 0.999
    assert set(np.unique(labels_at(said, (240, 200), ids))) == {0, *ids}

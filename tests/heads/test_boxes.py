"""Boxes of labels: one pass says what one mask at a time says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from streammem.heads.boxes import label_boxes, mask_box

IDS = [0, 1, 3, 900, 2**24 + 1, 2**31 - 1]
SIZES = st.tuples(st.integers(0, 9), st.integers(0, 9))


@given(arrays(np.int32, SIZES, elements=st.sampled_from(IDS)), st.lists(st.sampled_from([*IDS, 7])))
def test_one_pass_says_what_one_mask_at_a_time_says(labels: np.ndarray, ids: list[int]) -> None:
    assert label_boxes(labels, ids) == tuple(mask_box(labels == id) for id in ids)


@pytest.mark.parametrize("turn", [lambda a: a.T, lambda a: a[::-1, ::2], np.asfortranarray])
def test_memory_order_does_not_matter(turn) -> None:
    labels = turn(np.random.default_rng(0).choice(IDS, (12, 14)).astype(np.int32))
    assert label_boxes(labels, IDS) == tuple(mask_box(labels == id) for id in IDS)


def test_mask_box_by_hand() -> None:
    mask = np.zeros((4, 6), bool)
    assert mask_box(mask) is None
    mask[1, 2] = mask[3, 5] = True
    assert mask_box(mask) == (2, 1, 4, 3)

"""Rows that come and go with the objects."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streammem.errors import StoreDamagedError
from streammem.heads.object_rows import ObjectRows

FRESH = {"area": np.full(3, np.nan), "last": np.array(-5, np.int64)}
IDS = st.lists(st.integers(1, 6), unique=True, max_size=5)


@given(st.lists(IDS, max_size=8))
def test_an_object_keeps_its_row_as_long_as_it_is_followed(steps):
    rows, known = ObjectRows(FRESH), {}
    for step, ids in enumerate(steps):
        rows.follow(ids)
        for at, id in enumerate(ids):
            if id in known:
                assert rows["last"][at] == known[id]
            else:
                assert rows["last"][at] == -5
                assert np.isnan(rows["area"][at]).all()
        rows["last"][:] = [100 * step + id for id in ids]
        known = {id: 100 * step + id for id in ids}
        assert rows.nbytes() == sum(array.nbytes for array in rows.state().values()) == len(ids) * 40


def test_state_comes_back_and_is_a_copy():
    rows, other = ObjectRows(FRESH), ObjectRows(FRESH)
    rows.follow([4, 2])
    rows["last"][:] = 7, 8
    state = rows.state()
    rows["last"][:] = 0
    other.restore(state)
    assert other.ids.tolist() == [4, 2]
    assert other["last"].tolist() == [7, 8]


@pytest.mark.parametrize(
    "change", [{"last": None}, {"area": np.zeros((2, 4))}, {"ids": np.zeros(3, np.int64)}]
)
def test_a_state_that_does_not_fit_changes_nothing(change):
    rows = ObjectRows(FRESH)
    rows.follow([4, 2])
    state = {**rows.state(), **change}
    state = {name: array for name, array in state.items() if array is not None}
    rows["last"][:] = 1, 2
    with pytest.raises(StoreDamagedError, match="do not fit"):
        rows.restore(state)
    assert rows["last"].tolist() == [1, 2]

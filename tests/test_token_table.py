"""The token table: rows keep their numbers, state is exact, nothing grows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streammem.errors import BudgetError, StoreDamagedError
from streammem.token_table import Column, TokenTable

COLUMNS = {"key": Column(np.float32, (3,)), "t_s": Column(np.float64), "age": Column(np.uint16)}


def table(capacity: int = 5) -> TokenTable:
    return TokenTable(COLUMNS, capacity)


@given(st.lists(st.integers(-5, 5), max_size=40))
def test_rows_live_and_die_like_a_dict(steps: list[int]) -> None:
    rows, truth = table(), {}
    for number, step in enumerate(steps):
        if step >= 0 and not rows.full:
            row = rows.allocate()
            assert row == min(set(range(5)) - set(truth))
            rows["t_s"][row] = truth[row] = float(number)
        elif step < 0 and truth:
            row = sorted(truth)[step % len(truth)]
            rows.free(row)
            del truth[row]
        assert len(rows) == len(truth) and rows.high == max(truth, default=-1) + 1
        assert np.flatnonzero(rows.live).tolist() == sorted(truth)
        assert all(rows["t_s"][row] == t_s for row, t_s in truth.items())
        assert rows.nbytes() == sum(a.nbytes for a in rows.state().values()) <= rows.capacity_bytes


@given(st.lists(st.booleans(), min_size=1, max_size=5))
def test_restored_table_goes_on_alike(kept: list[bool]) -> None:
    first, second = table(), table()
    for row in range(len(kept)):
        first["age"][first.allocate()] = row + 1
    for row, stays in enumerate(kept):
        if not stays:
            first.free(row)
    second.restore(first.state())
    if not first.full:
        assert first.allocate() == second.allocate()
    assert all(a.tobytes() == second.state()[name].tobytes() for name, a in first.state().items())


def test_torch_sees_the_same_memory() -> None:
    rows = table()
    rows.tensor("key")[rows.allocate()] = 2.0
    assert rows["key"][0].tolist() == [2.0, 2.0, 2.0]


def test_full_table_says_so() -> None:
    rows = table(1)
    rows.allocate()
    with pytest.raises(BudgetError, match="free one first"):
        rows.allocate()
    with pytest.raises(BudgetError, match="at least 1 row"):
        table(0)


def test_free_row_cannot_be_freed() -> None:
    with pytest.raises(IndexError, match="not in use"):
        table().free(0)


@pytest.mark.parametrize("change", ["missing", "type", "shape", "long"])
def test_state_of_another_table_is_refused(change: str) -> None:
    rows = table(2)
    rows.allocate()
    state = dict(rows.state())
    if change == "missing":
        del state["age"]
    elif change == "type":
        state["age"] = state["age"].astype(np.int64)
    elif change == "shape":
        state["key"] = state["key"][:, :2]
    else:
        state = {name: np.repeat(a, 3, axis=0) for name, a in state.items()}
    with pytest.raises(StoreDamagedError, match="same budget"):
        rows.restore(state)


@given(st.lists(st.booleans(), min_size=1, max_size=5))
def test_rows_that_are_kept_move_up_in_order(kept: list[bool]) -> None:
    rows = table()
    for row in range(len(kept)):
        rows["age"][rows.allocate()] = row + 1
    stay = np.flatnonzero(kept)
    rows.keep(stay)
    assert len(rows) == rows.high == len(stay) and rows.live.all()
    assert rows["age"].tolist() == [*(stay + 1), *[0] * (5 - len(stay))]

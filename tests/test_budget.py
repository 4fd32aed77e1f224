"""Bytes from text, shared out exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streammem.budget import Part, parse_bytes, share_out
from streammem.errors import BudgetError


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("64 MB", 64_000_000),
        ("64MiB", 64 << 20),
        ("8 kb", 8000),
        ("1.5g", 1_500_000_000),
        (" 10 B ", 10),
        (7, 7),
    ],
)
def test_text_becomes_bytes(text: str | int, wanted: int) -> None:
    assert parse_bytes(text) == wanted


@pytest.mark.parametrize("text", ["", "MB", "1 PB", "-3 MB", "1e3", "64 MB please", 0, -1])
def test_what_is_no_number_of_bytes_is_refused(text: str | int) -> None:
    with pytest.raises(BudgetError, match="bytes|byte"):
        parse_bytes(text)


PARTS = st.builds(
    lambda row_bytes, weight, least, more: Part(
        row_bytes=row_bytes, weight=weight, least=least, most=None if more is None else least + more
    ),
    st.integers(1, 500),
    st.floats(0, 10),
    st.integers(0, 5),
    st.none() | st.integers(0, 50),
)


@given(st.dictionaries(st.sampled_from("abcde"), PARTS, min_size=1), st.integers(0, 50_000))
def test_shares_keep_every_promise(parts: dict[str, Part], spare: int) -> None:
    minimum = sum(part.least * part.row_bytes for part in parts.values())
    rows = share_out(minimum + spare, parts)
    assert sum(rows[name] * part.row_bytes for name, part in parts.items()) <= minimum + spare
    for name, part in parts.items():
        assert rows[name] >= part.least and (part.most is None or rows[name] <= part.most)


def test_who_has_enough_leaves_the_rest() -> None:
    few = Part(row_bytes=1, weight=1.0, most=10)
    assert share_out(1000, {"few": few, "many": Part(row_bytes=1, weight=1.0)}) == {"few": 10, "many": 990}


def test_too_few_bytes_name_the_minimum() -> None:
    with pytest.raises(BudgetError, match="30 are the minimum"):
        share_out(20, {"a": Part(row_bytes=10, weight=1.0, least=3)})

"""Times on the command line: what is written is what is read, and nonsense is refused."""

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streammem.app.exits import UsageError
from streammem.app.times import clock, parse_span, parse_time, spans

SECONDS = st.floats(0, 1e6, allow_nan=False)


@given(SECONDS)
def test_clock_is_read_back(t_s: float) -> None:
    assert abs(parse_time(clock(t_s)) - t_s) <= 0.05 + 1e-6


@given(SECONDS, SECONDS)
def test_clock_keeps_the_order(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert parse_time(clock(low)) <= parse_time(clock(high))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("83.5", 83.5),
        ("1:23", 83),
        ("1:23.5", 83.5),
        ("1:02:03", 3723),
        (" 0:00 ", 0),
        ("90:00", 5400),
        ("90s", 90),
        ("1h2m3s", 3723),
        ("2M", 120),
        (".5", 0.5),
    ],
)
def test_spellings(text: str, seconds: float) -> None:
    assert parse_time(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "x", "1:", ":5", "1:60", "1:2:3:4", "-3", "1.5:00", "nan", "inf", "1e3", "1s2h", "m"]
)
def test_nonsense_is_refused_with_the_spellings(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no time: write seconds"):
        parse_time(text)


@given(st.text(max_size=12))
def test_any_text_is_a_time_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        assert 0 <= parse_time(text) < math.inf


@given(SECONDS, SECONDS)
def test_spans_are_read_back(a: float, b: float) -> None:
    low, high = sorted((a, b))
    start, end = parse_span(f"{clock(low)}..{clock(high)}")
    assert start <= end and abs(start - low) <= 0.051 and abs(end - high) <= 0.051


def test_ends_of_a_span_may_be_left_out() -> None:
    assert parse_span("1:00..") == (60, math.inf)
    assert parse_span("..0:10") == (-math.inf, 10)


@pytest.mark.parametrize(("text", "why"), [("5", "START..END"), ("9..3", "backward"), ("a..b", "no time")])
def test_wrong_spans(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse_span(text)


def test_long_lists_of_spans_are_cut() -> None:
    assert spans([(k, k + 0.5) for k in range(6)], most=2) == "0:00.0-0:00.5, 0:01.0-0:01.5, 4 more"


def test_an_endless_span_prints() -> None:
    assert clock(math.inf) == "…"

"""Accounts add up, refuse what cannot follow, and survive a restart; the history stays short."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import ObservationError, OrderError
from streammem.memory.accounts import Accounts, History
from streammem.memory.gate import GateConfig
from streammem.types import Observation

PIXEL = torch.eye(4)[:1]


def accounts(most: int = 3) -> Accounts:
    return Accounts(most=most, gate=GateConfig(), dim=4)


def frame(index: int, t_s: float, stream: str = "main", gap_s: float = 0.0) -> Observation:
    return Observation(index=index, t_s=t_s, rgb=np.zeros((2, 2, 3), np.uint8), stream=stream, gap_s=gap_s)


def enter(book: Accounts, observation: Observation) -> bool:
    book.check(observation)
    return book.enter(observation, PIXEL)


def test_losses_add_up() -> None:
    book = accounts()
    for observation in (frame(3, 0.0), frame(4, 0.1), frame(9, 2.0, gap_s=1.5)):
        enter(book, observation)
    book.skip("main")
    row = book.row("main")
    assert row is not None
    assert {name: row[name] for name in ("frames", "skipped", "missed", "gaps", "gap_s")} == {
        "frames": 3,
        "skipped": 1,
        "missed": 4,
        "gaps": 1,
        "gap_s": 1.5,
    }
    assert book.watched_s() == 2.0


@pytest.mark.parametrize("t_s", [1.0, 0.5])
def test_time_must_move_forward(t_s: float) -> None:
    book = accounts()
    enter(book, frame(0, 1.0))
    with pytest.raises(OrderError, match="follows one at 1.000 s"):
        book.check(frame(1, t_s))
    book.check(frame(0, t_s, stream="another"))


def test_too_many_streams_are_refused() -> None:
    book = accounts(most=1)
    enter(book, frame(0, 0.0))
    with pytest.raises(ObservationError, match="at most 1 streams"):
        book.check(frame(0, 0.0, stream="another"))
    book.skip("another")
    assert book.names == ("main",)


@pytest.mark.parametrize("name", ["", "x" * 65, "a\0b"])
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(ObservationError, match="name"):
        accounts().check(frame(0, 0.0, stream=name))


def test_state_comes_back() -> None:
    first, second = accounts(), accounts()
    for observation in (frame(0, 0.0, "küche"), frame(0, 5.0, "b"), frame(1, 1.0, "küche")):
        enter(first, observation)
    second.restore(first.state())
    assert second.names == ("küche", "b")
    assert all(np.array_equal(a, second.state()[name]) for name, a in first.state().items())
    assert first.nbytes() == sum(array.nbytes for array in first.state().values())


@given(st.integers(0, 400), st.integers(4, 16).map(lambda n: 2 * n))
@settings(max_examples=40, deadline=None)
def test_history_is_short_ordered_and_begins_at_the_beginning(frames: int, points: int) -> None:
    history = History(points)
    for at in range(frames):
        history.step(at / 2, at)
    curve = history.curve()
    assert len(curve) <= points and curve == sorted(curve)
    assert len(curve) >= min(frames, points // 2)
    assert not curve or curve[0] == (0.0, 0)
    resumed = History(points)
    resumed.restore(history.state())
    resumed.step(frames / 2, frames)
    history.step(frames / 2, frames)
    assert resumed.curve() == history.curve()

"""How long a process may say nothing."""

import pytest

from streammem.app.server.watchdog import Watchdog


def looks(dog: Watchdog, n: int) -> float | None:
    """What it says to the last of `n` looks."""
    return [dog.bites(dog.look_s) for _ in range(n)][-1]


def test_a_silence_that_is_too_long_is_told() -> None:
    dog = Watchdog(60.0)
    assert dog.look_s == 5.0
    assert looks(dog, 12) is None
    assert looks(dog, 1) == 65.0


def test_a_word_begins_it_anew() -> None:
    dog = Watchdog(8.0)
    assert looks(dog, 4) is None
    dog.heard()
    assert looks(dog, 4) is None
    assert looks(dog, 1) == pytest.approx(10.0)


def test_what_takes_longer_is_excused_until_the_next_word() -> None:
    dog = Watchdog(8.0, excused_s=100.0)
    assert dog.excused and looks(dog, 50) is None
    dog.heard(20.0)
    assert dog.excused and looks(dog, 10) is None
    assert looks(dog, 1) is not None
    dog.heard()
    assert not dog.excused and looks(dog, 5) is not None


def test_an_excuse_is_never_shorter_than_usual() -> None:
    assert looks(Watchdog(8.0, excused_s=1.0), 4) is None


def test_a_leap_of_the_clock_counts_little() -> None:
    dog = Watchdog(60.0)
    assert [dog.bites(3600.0) for _ in range(6)] == [None] * 6

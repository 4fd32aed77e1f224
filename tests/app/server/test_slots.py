"""Frames through shared memory: the newest wins, none is torn, none is lost where somebody waits."""

import os
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_worker import PATIENCE_S

from streammem.app.server.slots import FrameReader, FrameSlot
from streammem.types import Observation


def picture(index: int, height: int = 6, width: int = 8) -> Observation:
    rgb = np.full((height, width, 3), index % 256, np.uint8)
    return Observation(index=index, t_s=index / 30, rgb=rgb, stream="door", gap_s=0.5)


@pytest.fixture
def rings() -> list[int]:
    return []


@pytest.fixture
def slot(rings: list[int]) -> FrameSlot:
    return FrameSlot("door", lambda: rings.append(1))


@pytest.fixture
def reader(slot: FrameSlot) -> Iterator[FrameReader]:
    reader = FrameReader("door", os.dup(slot.file))
    yield reader
    reader.close()


def test_brings_what_was_put(slot: FrameSlot, reader: FrameReader, rings: list[int]) -> None:
    assert reader.take() is None and not reader.fresh and not slot.waiting
    assert slot.put(picture(7), captured_ns=123)
    assert rings == [1] and reader.fresh and slot.waiting
    taken, captured_ns = reader.take() or pytest.fail("nothing to take")
    assert (taken.index, taken.t_s, taken.stream, taken.gap_s, captured_ns) == (7, 7 / 30, "door", 0.5, 123)
    np.testing.assert_array_equal(taken.rgb, picture(7).rgb)
    assert reader.take() is None and not slot.waiting


@given(st.lists(st.one_of(st.integers(1, 40), st.none()), max_size=60))
def test_newest_wins_and_each_loss_is_counted(steps: list[int | None]) -> None:
    """A number puts a picture of that size, None takes."""
    slot = FrameSlot("door", lambda: None)
    reader, waiting, dropped = FrameReader("door", os.dup(slot.file)), None, 0
    for index, height in enumerate(steps):
        if height is not None:
            dropped += waiting is not None
            assert slot.put(picture(index, height)) == (waiting is None)
            waiting = picture(index, height)
        else:
            taken = reader.take()
            assert (taken is None) == (waiting is None)
            if taken is not None and waiting is not None:
                np.testing.assert_array_equal(taken[0].rgb, waiting.rgb)
                assert taken[0].index == waiting.index
            waiting = None
        assert slot.dropped == dropped
    reader.take()
    assert reader.dropped == dropped
    reader.close()


def test_a_new_reader_goes_on_where_the_last_one_ended(slot: FrameSlot, reader: FrameReader) -> None:
    slot.put(picture(1))
    reader.take()
    slot.put(picture(2))
    other = FrameReader("door", os.dup(slot.file))
    taken = other.take()
    assert taken is not None and taken[0].index == 2 and other.take() is None and slot.dropped == 0
    other.close()


def test_nothing_is_lost_where_the_writer_waits(slot: FrameSlot, reader: FrameReader) -> None:
    frames = [picture(index, 3 + index % 5) for index in range(50)]
    writer = threading.Thread(target=lambda: [slot.put(frame, wait=True) for frame in frames])
    writer.start()
    taken: list[int] = []
    while len(taken) < len(frames):
        found = reader.take()
        if found is not None:
            assert (found[0].rgb == found[0].index).all()
            taken.append(found[0].index)
            slot.took()
    writer.join(PATIENCE_S)
    assert taken == list(range(50)) and slot.dropped == 0


def test_no_frame_is_torn(slot: FrameSlot, reader: FrameReader) -> None:
    def write() -> None:
        for index in range(400):
            slot.put(picture(index, 200, 300))

    writer = threading.Thread(target=write)
    writer.start()
    last = -1
    while writer.is_alive() or reader.fresh:
        found = reader.take()
        if found is not None:
            assert (found[0].rgb == found[0].index % 256).all() and found[0].index > last
            last = found[0].index
    assert last == 399


def test_closing_frees_who_waits(slot: FrameSlot) -> None:
    slot.put(picture(1))
    said: list[bool] = []
    writer = threading.Thread(target=lambda: said.append(slot.put(picture(2), wait=True)))
    writer.start()
    slot.close()
    writer.join(PATIENCE_S)
    assert said == [False] and not slot.put(picture(3))


def test_its_file_goes_with_it(slot: FrameSlot) -> None:
    file = slot.file
    other = FrameSlot("yard", lambda: None)
    number = other.file
    del other
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)
    assert os.fstat(file).st_size > 0

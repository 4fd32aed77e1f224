"""Stopping between two frames: the first signal ends the watch, its echo changes nothing, a later Ctrl-C breaks off."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import numpy as np
import pytest

from streammem.app import stop
from streammem.app.stop import Stop
from streammem.types import Observation


def frames(*, ask_at: int, times: int = 1) -> Iterator[Observation]:
    for i in range(10):
        if i == ask_at:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        yield Observation(index=i, t_s=float(i), rgb=np.zeros((8, 8, 3), np.uint8))


def test_a_signal_ends_the_wait_for_a_frame_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Stop() as stopping:
        seen = [frame.index for frame in stopping.until(frames(ask_at=3))]
    assert seen == [0, 1, 2] and stopping.by is signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_between_frames_lets_the_one_at_hand_finish() -> None:
    seen = []
    with Stop() as stopping:
        for frame in stopping.until(frames(ask_at=99)):
            if frame.index == 4:
                signal.raise_signal(signal.SIGTERM)
                signal.raise_signal(signal.SIGINT)  # passed on by a launcher, at once
            seen.append(frame.index)
    assert seen == [0, 1, 2, 3, 4] and stopping.by is signal.SIGTERM


def test_a_later_ctrl_c_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop, "ECHO_S", 0.0)
    with pytest.raises(KeyboardInterrupt), Stop() as stopping:
        for _ in stopping.until(frames(ask_at=99)):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
    assert stopping.by is signal.SIGINT

"""Cameras: always drained, opened again, never waited for without end."""

import itertools
import logging
import threading

import numpy as np
import pytest

from streammem.errors import ObservationError, SourceNotFoundError, SourceStalledError
from streammem.perception.sources import SourceOptions, open_source
from streammem.perception.sources.camera import CameraSource

OPTIONS = SourceOptions(reconnects=1, timeout_s=0.2)


@pytest.mark.parametrize("index", [97, "97", "/dev/video97"])
def test_missing_camera_is_named_at_once(index: int | str) -> None:
    with pytest.raises(SourceNotFoundError, match="no camera 97"):
        open_source(index)


def test_pictures_become_rgb(device) -> None:
    class Blue(device):
        def read(self) -> tuple[bool, np.ndarray | None]:
            there, bgr = super().read()
            if bgr is not None:
                bgr[:] = (255, 0, 0)
            return there, bgr

    with CameraSource(0, OPTIONS, opens=lambda _: Blue(5)) as source:
        assert next(iter(source)).rgb[0, 0].tolist() == [0, 0, 255]


def test_unplugged_camera_comes_back_with_its_gap(device, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    first, second, taken = device(1), device(1), threading.Event()

    def opens(_: int) -> object:
        if first.left:
            return first
        if second.left:
            taken.wait(10)  # lest the second picture takes the place of the first
            return second
        raise SourceNotFoundError("there is no camera 0")

    seen = []
    options = SourceOptions(reconnects=1, timeout_s=1.0)
    with CameraSource(0, options, opens=opens) as source, pytest.raises(SourceStalledError):
        for each in source:
            seen.append(each)
            taken.set()
    assert len(seen) == 2
    assert seen[1].gap_s == pytest.approx(seen[1].t_s - seen[0].t_s) and seen[1].gap_s >= 0.25
    assert "connecting again" in caplog.text


def test_lost_camera_is_a_stall_after_the_attempts(device) -> None:
    def opens(_: int) -> object:
        if opened:
            raise SourceNotFoundError("there is no camera 0")
        opened.append(device(2))
        return opened[0]

    opened: list = []
    with (
        CameraSource(0, OPTIONS, opens=opens) as source,
        pytest.raises(SourceStalledError, match="1 attempts"),
    ):
        for _ in source:
            pass
    assert opened[0].released


def test_driver_that_hangs_is_a_stall(device) -> None:
    free = threading.Event()

    class Hanging(device):
        def read(self) -> tuple[bool, np.ndarray | None]:
            if self.left == 1:
                free.wait(20)
            return super().read()

    with CameraSource(0, OPTIONS, opens=lambda _: Hanging(3)) as source:
        with pytest.raises(SourceStalledError, match="sent nothing for 0.2 s"):
            for _ in source:
                pass
        free.set()


def test_clock_starts_where_it_is_told(device) -> None:
    options = SourceOptions(start_s=50.0, timeout_s=0.5)
    with CameraSource(0, options, opens=lambda _: device(10**6)) as source:
        first, second = itertools.islice(source, 2)
    assert 50.0 <= first.t_s < second.t_s < 60


@pytest.mark.parametrize(
    "wrong",
    [
        {"fps": 0},
        {"fps": float("nan")},
        {"size": 0},
        {"size": (0, 4)},
        {"start_s": 2.0, "stop_s": 1.0},
        {"start_s": float("inf")},
        {"timeout_s": -1},
        {"buffer": 0},
        {"reconnects": -1},
        {"times": [0.0], "frame_rate": 2.0},
    ],
    ids=str,
)
def test_options_are_checked_at_birth(wrong: dict) -> None:
    with pytest.raises(ObservationError):
        SourceOptions(**wrong)

"""Cameras of this computer, by index, through OpenCV."""

import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import cv2
import numpy as np

from streammem.errors import SourceNotFoundError
from streammem.perception.sources.live import LiveClock, LiveSource
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.size import shrunk
from streammem.types import Observation

__all__ = ["CameraSource", "Capture"]


@runtime_checkable
class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used."""

    def read(self) -> tuple[bool, Any]:
        """Whether there is a next picture, and the picture: BGR."""

    def get(self, what: int, /) -> float:
        """A property."""

    def release(self) -> None:
        """Let go of the device."""


class CameraSource(LiveSource):
    """A camera: always drained, the latest frame is what a consumer gets.

    Drivers do not agree on a clock for their frames, so theirs is when they arrived. A camera that was
    unplugged is opened again, less and less often; the first frame afterwards carries the gap.
    """

    def __init__(
        self, index: int, options: SourceOptions, *, opens: Callable[[int], Capture] | None = None
    ) -> None:
        super().__init__(f"camera {index}", options)
        self._index, self._opens = index, opens or open_camera
        self._device: Capture | None = self._opens(index)
        rate = self._device.get(cv2.CAP_PROP_FPS)
        self._fps = float(rate) if rate and rate > 0 else None

    @property
    def native_fps(self) -> float | None:
        """What the driver promises."""
        return self._fps

    @property
    def live(self) -> bool:
        """True: a camera does not wait."""
        return True

    def close(self) -> None:
        """Stop and let go of the camera."""
        passed = self._reader is not None
        super().close()
        if not passed:  # else the thread lets go of it: releasing it under a blocked read would crash
            self._release()

    def _patience_s(self) -> float | None:
        return self.options.timeout_s  # a driver can block inside a read, where only the consumer notices

    def _release(self) -> None:
        if self._device is not None:
            self._device.release()
            self._device = None

    def _frames(self) -> Generator[Observation, None, None]:
        clock = LiveClock(self.options.start_s)
        try:
            for index, t_s, bgr in self._kept(self._timed(clock)):
                rgb = np.asarray(cv2.cvtColor(shrunk(bgr, self.options.size), cv2.COLOR_BGR2RGB), np.uint8)
                gap_s = clock.take_gap()
                yield Observation(index=index, t_s=t_s, rgb=rgb, stream=self._stream, gap_s=gap_s)
        finally:
            self._release()

    def _timed(self, clock: LiveClock) -> Iterator[tuple[float, Any]]:
        if self._device is None:  # a second pass
            self._device = self._opens(self._index)
        while True:
            there, bgr = self._device.read()
            if there and bgr is not None:
                yield clock.stamp(), bgr
                continue
            clock.lost()
            self._release()
            self._device = self._connect_again(lambda: self._opens(self._index), "it sends no pictures")
            if self._device is None:
                return


def open_camera(index: int) -> Capture:
    """Open a camera.

    Raises:
        SourceNotFoundError: if there is none of this index, or another program holds it.
    """
    there = sorted(path.name.removeprefix("video") for path in Path("/dev").glob("video[0-9]*"))
    if index < 0 or (sys.platform == "linux" and str(index) not in there):
        have = f"there are {', '.join(there)}" if there else "this computer shows none"
        raise SourceNotFoundError(
            f"there is no camera {index}, {have}: plug it in, or give a file or an address"
        )
    device = cv2.VideoCapture(index)
    if not device.isOpened():
        device.release()
        raise SourceNotFoundError(f"camera {index} does not open: see that no other program holds it")
    capture: Capture = device
    return capture

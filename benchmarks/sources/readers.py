"""The readers that are compared, each as two functions: all frames in order, and the first frame from a time on."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import decord
import numpy as np

from streammem.perception.sources import open_source

Frames = Iterator[tuple[float | None, np.ndarray | None]]


def pyav_decode(path: Path) -> Frames:
    """Decoding alone: what everything else is measured by."""
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            yield frame.time, None


def pyav(path: Path) -> Frames:
    """PyAV to RGB, without anything of ours."""
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            yield frame.time, frame.to_ndarray(format="rgb24", threads=1)


def opencv(path: Path) -> Frames:
    """OpenCV to RGB."""
    capture = cv2.VideoCapture(str(path))
    while True:
        t_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        there, picture = capture.read()
        if not there:
            break
        yield t_s, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    capture.release()


def decord_plain(path: Path) -> Frames:
    """Decord to RGB, without anything of ours."""
    reader = decord.VideoReader(str(path), ctx=decord.cpu(0))
    for _ in range(len(reader)):
        yield None, reader.next().asnumpy()


def source_pyav(path: Path) -> Frames:
    """Our source."""
    with open_source(path, audio=False) as source:
        for each in source:
            yield each.t_s, each.rgb


def source_small(path: Path) -> Frames:
    """Our source at half the size."""
    with open_source(path, audio=False, size=640) as source:
        for each in source:
            yield each.t_s, each.rgb


def source_decord(path: Path) -> Frames:
    """Our source with decord's pictures."""
    with open_source(path, audio=False, backend="decord") as source:
        for each in source:
            yield each.t_s, each.rgb


READERS: dict[str, Callable[[Path], Frames]] = {
    "pyav, decoding alone": pyav_decode,
    "pyav": pyav,
    "opencv": opencv,
    "decord": decord_plain,
    "open_source, pyav": source_pyav,
    "open_source, pyav, size=640": source_small,
    "open_source, decord": source_decord,
}


class PyavSeek:
    """Our source, opened at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, t_s: float) -> np.ndarray | None:
        """The first picture from `t_s` on."""
        with open_source(self._path, audio=False, start_s=t_s, buffer=1) as source:
            return next((each.rgb for each in itertools.islice(source, 1)), None)


class OpencvSeek:
    """OpenCV's seek by time."""

    def __init__(self, path: Path) -> None:
        self._capture = cv2.VideoCapture(str(path))

    def __call__(self, t_s: float) -> np.ndarray | None:
        """The first picture from `t_s` on."""
        self._capture.set(cv2.CAP_PROP_POS_MSEC, t_s * 1000)
        there, picture = self._capture.read()
        return picture if there else None


class DecordSeek:
    """decord's seek by number, the number found in its own list of times, as its users do it."""

    def __init__(self, path: Path) -> None:
        self._reader = decord.VideoReader(str(path), ctx=decord.cpu(0))
        self._times = self._reader.get_frame_timestamp(range(len(self._reader)))[:, 0]

    def __call__(self, t_s: float) -> np.ndarray | None:
        """The first picture from `t_s` on."""
        at = int(np.abs(self._times - t_s).argmin())
        return np.asarray(self._reader[at].asnumpy())


SEEKS = {"open_source, pyav": PyavSeek, "opencv": OpencvSeek, "decord": DecordSeek}

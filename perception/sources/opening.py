"""`open_source`: what something is decides which source reads it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from streammem.errors import SourceNotFoundError, UnsupportedSourceError
from streammem.perception.sources.array import ArraySource
from streammem.perception.sources.camera import CameraSource
from streammem.perception.sources.decord_file import DecordSource
from streammem.perception.sources.file import FileSource
from streammem.perception.sources.folder import FolderSource
from streammem.perception.sources.iterable import IterableSource
from streammem.perception.sources.network import NetworkSource, scheme_of
from streammem.perception.sources.options import Backend, LogFormat, SourceOptions, Times
from streammem.perception.sources.pictures import is_picture
from streammem.perception.sources.rgbd import RgbdSource, is_log
from streammem.perception.sources.source import StreamSource
from streammem.types import Intrinsics, Observation

__all__ = ["KINDS", "Kind", "open_source"]

DEVICE = re.compile("/dev/video([0-9]+)")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source: how to tell it, and how to open it. Addresses come as strings or paths, as given."""

    name: str
    tells: Callable[[Any], bool]
    opens: Callable[[Any, SourceOptions], StreamSource]


def _is_text(uri: object) -> bool:
    return isinstance(uri, str | Path)


def _is_index(uri: object) -> bool:
    if isinstance(uri, int) and not isinstance(uri, bool):
        return True
    if not _is_text(uri):
        return False
    return DEVICE.fullmatch(str(uri)) is not None or (str(uri).isdecimal() and not _is_path(uri))


def _camera(uri: object, options: SourceOptions) -> StreamSource:
    device = DEVICE.fullmatch(str(uri))
    return CameraSource(int(device[1] if device else str(uri)), options)


def _is_path(uri: object) -> bool:
    try:
        return _is_text(uri) and str(uri) != "" and _path(uri).exists()
    except (OSError, RuntimeError):  # a name that is too long, the home of a user who is not there
        return False


def _is_still(uri: object) -> bool:
    if not _is_path(uri):
        return False
    path = _path(uri)
    return path.is_dir() or (path.is_file() and is_picture(path))


def _path(uri: object) -> Path:
    return Path(str(uri)).expanduser()


def _is_it(kind: "Kind", uri: object, options: SourceOptions) -> bool:
    if options.format is not None and _is_path(uri):
        return kind.name == ("folder" if options.format == "pictures" else "rgbd")
    return kind.tells(uri)


def _file(uri: object, options: SourceOptions) -> StreamSource:
    return (DecordSource if options.backend == "decord" else FileSource)(_path(uri), options)


# The first that tells is the one. A new kind of file or log is a new line above "file".
KINDS: list[Kind] = [
    Kind("array", lambda uri: isinstance(uri, np.ndarray), ArraySource),
    Kind("camera", _is_index, _camera),
    Kind("network", lambda uri: isinstance(uri, str) and scheme_of(uri) is not None, NetworkSource),
    Kind(
        "rgbd",
        lambda uri: _is_path(uri) and is_log(_path(uri)),
        lambda uri, options: RgbdSource(_path(uri), options),
    ),
    Kind("folder", _is_still, lambda uri, options: FolderSource(_path(uri), options)),
    Kind("file", _is_path, _file),
    Kind(
        "iterable",
        lambda uri: not _is_text(uri) and isinstance(uri, Iterable),
        IterableSource,
    ),
]


def open_source(
    uri: str | Path | int | np.ndarray | Iterable[Observation],
    *,
    stream: str | None = None,
    fps: float | None = None,
    size: int | tuple[int, int] | None = None,
    start_s: float | None = None,
    stop_s: float | None = None,
    timeout_s: float = 5.0,
    reconnects: int | None = 5,
    backend: Backend = "auto",
    audio: bool = True,
    buffer: int = 8,
    pixel_limit: int = 80_000_000,
    frame_rate: float | None = None,
    times: Times | None = None,
    intrinsics: Intrinsics | None = None,
    depth_scale: float | None = None,
    format: LogFormat | None = None,
) -> StreamSource:
    """Open a stream of observations.

    Args:
        uri: a video file, a folder of pictures or one picture, an RGB-D log (docs/sources.md lists the formats), a
            camera's index (0, or "0"), an address (rtsp, http(s), rtmp, srt, udp, tcp), an array of shape (time,
            height, width, 3), or any iterable of observations. What a file holds counts, not its name.
        stream: the name that the observations carry; "main", or what an iterable's items say.
        fps: thin to at most this many frames a second; no frame is ever made up.
        size: long side in pixels (never enlarged), or exactly (width, height).
        start_s: begin with the first frame at or after this time, exactly; what is live starts its clock here.
        stop_s: end before the first frame at or after this time.
        timeout_s: silence of a live source that counts as a stall.
        reconnects: attempts in a row to connect to a lost live source; None for ever.
        backend: who reads files: "pyav" (what "auto" takes) or "decord".
        audio: whether sound travels with the observations (16 kHz, mono): each has what was heard since the
            one before it.
        buffer: decoded frames of a file that wait at most for whoever takes them.
        pixel_limit: pictures of more pixels are refused before they are decoded.
        frame_rate: of arrays, folders and RGB-D logs (25 for a folder that says nothing, 30 for a log).
        times: or the time of each frame of an array, folder or log, seconds.
        intrinsics: of an RGB-D log's depth pictures, where the log does not say them or says them wrongly.
        depth_scale: its depth units per metre, for the same reason: 1000 for millimetres.
        format: how to read a folder, where what it holds does not tell; "pictures" leaves depth and poses alone.

    Returns:
        A source: iterate over it, best inside `with`.

    Raises:
        SourceNotFoundError: if there is no such file, camera or host.
        UnsupportedSourceError: if it holds no picture that can be read, or a log lacks poses or its camera.
        SourceStalledError: if an address says nothing within the time-out.
        ObservationError: if an option or an array makes no sense; OrderError if `times` do not rise.

    >>> import numpy as np
    >>> frames = np.zeros((3, 4, 6, 3), np.uint8)
    >>> [seen.t_s for seen in open_source(frames, frame_rate=10)]
    [0.0, 0.1, 0.2]
    """
    options = SourceOptions(
        stream=stream,
        fps=fps,
        size=size,
        start_s=start_s,
        stop_s=stop_s,
        timeout_s=timeout_s,
        reconnects=reconnects,
        backend=backend,
        audio=audio,
        buffer=buffer,
        pixel_limit=pixel_limit,
        frame_rate=frame_rate,
        times=times,
        intrinsics=intrinsics,
        depth_scale=depth_scale,
        format=format,
    )
    for kind in KINDS:
        if _is_it(kind, uri, options):
            return kind.opens(uri, options)
    if _is_text(uri):
        raise SourceNotFoundError(
            f"there is no {str(uri)!r}: give a video file, a folder of pictures, a camera's index (0) or an address "
            "(rtsp://…, http://…)"
        )
    raise UnsupportedSourceError(
        f"{type(uri).__name__} is no source: give a path, an address, a camera's index, an array of shape (time, "
        "height, width, 3) or an iterable of observations"
    )

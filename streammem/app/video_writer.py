"""H.264 video out: frames with their times, in a file that any player opens."""

from __future__ import annotations

import contextlib
import math
import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from jaxtyping import UInt8

from streammem.app.exits import UsageError
from streammem.errors import ObservationError, OrderError

__all__ = ["VideoWriter"]

CODEC = "libx264"
CLOCK = Fraction(1, 90_000)  # seconds; the tick of MPEG, fine enough for any frame rate
FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
QUALITY = 20  # x264's constant rate factor: 18 looks lossless, 23 is its usual
LEAST_SIDE = 16  # smaller frames are padded: encoders and players give up on them


class VideoWriter:
    """Writes frames as they come, each at its own time, to a file beside the target that takes its place at the end.

    The file gets its size from the first frame, one row or column of the rim repeated where a side is odd (yuv420p
    halves both). A frame of another size later on is fitted in, with black bars.

    Leaving the `with` block finishes the file, also when an error ends the block: what was written up to then can be
    played. Without any frame there is no file. If writing itself fails (a full disk, say), the unfinished file is
    removed and one that stood at the target before stays.
    """

    def __init__(self, path: Path, *, fps: float = 25.0, quality: int = QUALITY) -> None:
        """Open lazily, at the first frame.

        Args:
            path: ends in .mp4, .m4v, .mov or .mkv.
            fps: where frames come without times; and how long the last frame is shown.
            quality: x264's constant rate factor, 0 (lossless) to 51.

        Raises:
            UsageError: if the ending, the rate or the quality is none of these, or PyAV was built without x264.
        """
        if path.suffix.lower() not in FORMATS:
            raise UsageError(f"a video is written as one of {', '.join(FORMATS)}, got {path.name!r}")
        if not (math.isfinite(fps) and 0 < fps <= 1000):
            raise UsageError(f"a video has between 0 and 1000 frames a second, got {fps}")
        if not 0 <= quality <= 51:
            raise UsageError(f"the quality is a rate factor from 0 (best) to 51, got {quality}")
        if CODEC not in av.codec.codecs_available:
            raise UsageError(f"this build of PyAV has no {CODEC}: install PyAV's own wheel (pip install av)")
        self.path, self.frames = path, 0
        self._fps, self._quality = fps, quality
        # The process in the name: two writers to one target do not write into one file.
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._container: Any = None
        self._stream: Any = None
        self._size = (0, 0)  # height, width of the first frame
        self._first_s = 0.0
        self._tick = -1
        self._closed = False

    def write(self, rgb: UInt8[np.ndarray, "_ _ 3"], t_s: float | None = None) -> None:
        """Append a frame, shown from `t_s` on (seconds, the first frame's time becomes 0) until the next one.

        Without times, frames follow each other at the rate given at the start.

        Raises:
            ObservationError: if the writer is closed or the frame has no pixel.
            OrderError: if the time does not move forward.
            OSError: if the file cannot be written.
        """
        if self._closed:
            raise ObservationError(f"{self.path} is finished: open a new writer")
        if 0 in rgb.shape:
            raise ObservationError(f"a frame of shape {rgb.shape} has no pixel")
        tick = self._next_tick(t_s)
        try:
            if self._container is None:
                self._open(rgb.shape[0], rgb.shape[1])
            frame = VideoFrame.from_ndarray(self._fitted(rgb), format="rgb24")
            frame.pts, frame.time_base = tick, CLOCK
            self._mux(frame)
        except (av.FFmpegError, OSError) as error:
            self._abandon()
            raise OSError(f"{self.path} cannot be written ({error})") from error
        self._tick = tick
        self.frames += 1

    def close(self) -> None:
        """Finish the file and put it in its place; more calls do nothing.

        Raises:
            OSError: if the end cannot be written; the unfinished file is removed.
        """
        if self._closed:
            return
        self._closed = True
        if self._container is None:
            return
        try:
            self._mux(None)
            self._container.close()
            self._part.replace(self.path)
        except (av.FFmpegError, OSError) as error:
            self._abandon()
            raise OSError(f"{self.path} cannot be finished ({error})") from error

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
            return
        # The block's own error is what matters; that the end could not be written as well is added to it.
        try:
            self.close()
        except OSError as second:
            error.add_note(str(second))

    def _next_tick(self, t_s: float | None) -> int:
        if t_s is None:
            t_s = self._first_s + self.frames / self._fps
        if not math.isfinite(t_s):
            raise OrderError(f"frame {self.frames} has the time {t_s}")
        if self.frames == 0:
            self._first_s = t_s
        tick = round((t_s - self._first_s) / CLOCK)
        if tick <= self._tick:
            raise OrderError(
                f"frame {self.frames} at {t_s:.6f} s does not come after the one at "
                f"{self._first_s + float(self._tick * CLOCK):.6f} s: sort frames by time"
            )
        return tick

    def _open(self, height: int, width: int) -> None:
        self._size = (height, width)
        self._container = av.open(str(self._part), "w", format=FORMATS[self.path.suffix.lower()])
        stream = self._container.add_stream(CODEC, rate=Fraction(self._fps).limit_denominator(1001))
        stream.width, stream.height = (max(LEAST_SIDE, side + side % 2) for side in (width, height))
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = CLOCK
        stream.options = {"crf": str(self._quality), "preset": "veryfast"}
        self._stream = stream
        self._container.start_encoding()  # creates the file now: x264 holds back so many frames that errors came late

    def _fitted(self, rgb: UInt8[np.ndarray, "_ _ 3"]) -> UInt8[np.ndarray, "_ _ 3"]:
        """At the size of the file: other frames scaled into the first one's, the rim repeated to even sides."""
        height, width = self._size
        if rgb.shape[:2] != self._size:
            scale = min(height / rgb.shape[0], width / rgb.shape[1])
            high, wide = max(1, round(rgb.shape[0] * scale)), max(1, round(rgb.shape[1] * scale))
            small = cv2.resize(
                rgb, (wide, high), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            )
            canvas = np.zeros((height, width, 3), np.uint8)
            top, left = (height - high) // 2, (width - wide) // 2
            canvas[top : top + high, left : left + wide] = small
            rgb = canvas
        right, below = self._stream.width - width, self._stream.height - height
        if right or below:
            rgb = np.pad(rgb, ((0, below), (0, right), (0, 0)), mode="edge")
        return np.ascontiguousarray(rgb)

    def _mux(self, frame: VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            if not packet.duration:
                packet.duration = round(1 / self._fps / packet.time_base)
            self._container.mux(packet)

    def _abandon(self) -> None:
        """Close whatever is open and remove the unfinished file."""
        self._closed = True
        with contextlib.suppress(av.FFmpegError, OSError):  # it failed already, and that is being reported
            if self._container is not None:
                self._container.close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

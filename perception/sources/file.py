"""Video files through PyAV: the container's own times, exact seeks, sound."""

import contextlib
import dataclasses
from collections.abc import Generator, Iterator
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame

from streammem.errors import SourceError, SourceNotFoundError, UnsupportedSourceError
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.sound import MOST_S, SoundTrack, joined
from streammem.perception.sources.source import StreamSource
from streammem.perception.sources.video import Track, pick_track, rgb, seek, timed_frames
from streammem.types import Observation

__all__ = ["FileSource", "open_file"]

TAIL_S = 10.0  # of sound after the last frame that still goes with it
SHORT_S = 0.5  # pictures that stop this much before the header says were cut off


class FileSource(StreamSource):
    """A video file."""

    def __init__(self, path: Path, options: SourceOptions) -> None:
        super().__init__(str(path), options)
        self._path = path
        first = None
        with open_file(path) as container:
            track = pick_track(container, self.name, pixel_limit=options.pixel_limit)
            with contextlib.suppress(av.FFmpegError):
                first = next(timed_frames(container, track, lambda _: None), None)
        if first is None:
            raise UnsupportedSourceError(
                f"{path} has a video track without a single frame that can be decoded"
            )
        self._fps, self._duration_s, self._sound = track.fps, track.duration_s, track.sound is not None
        self._origin, self._first_s = track.origin, first[0]
        # A container's length is that of its longest track, which may be the sound.
        self._exact_duration = track.stream.duration is not None or track.sound is None

    @property
    def native_fps(self) -> float | None:
        """Mean rate of the whole file."""
        return self._fps

    @property
    def duration_s(self) -> float | None:
        """Length of the whole file as its header has it."""
        return self._duration_s

    def _frames(self) -> Generator[Observation, None, None]:
        with contextlib.ExitStack() as stack:
            sound = None
            if self.options.audio and self._sound:
                beside = stack.enter_context(open_file(self._path))
                sound = SoundTrack(beside, origin=self._origin, start_s=self.options.start_s)
            pictures = self._pictures(stack)
            yield from pictures if sound is None else self._with_sound(pictures, sound)

    def _pictures(self, stack: contextlib.ExitStack) -> Iterator[Observation]:
        for index, t_s, frame in self._kept(self._timed(stack)):
            yield Observation(index=index, t_s=t_s, rgb=rgb(frame, self.options.size), stream=self._stream)

    def _with_sound(self, pictures: Iterator[Observation], sound: SoundTrack) -> Iterator[Observation]:
        """Each frame with the sound since the frame before it; the last one also with what comes after."""
        last = None
        for observation in pictures:
            if last is not None:
                yield last
            last = dataclasses.replace(observation, audio=sound.upto(observation.t_s))
        if last is None:
            return
        tail = sound.upto(min(last.t_s + TAIL_S, self.options.stop_s or float("inf")))
        yield dataclasses.replace(last, audio=joined(last.audio, tail, most_s=MOST_S + TAIL_S))

    def _timed(self, stack: contextlib.ExitStack) -> Iterator[tuple[float, VideoFrame]]:
        start_s = self._read_from_s
        if start_s is not None and start_s > self._first_s:
            container, track = self._opened(stack)
            found = seek(container, track, start_s, lambda: self._read(container, track))
            if found is not None:
                return found
        return self._read(*self._opened(stack))

    def _opened(self, stack: contextlib.ExitStack) -> tuple[InputContainer, Track]:
        container = stack.enter_context(open_file(self._path))
        track = pick_track(container, self.name, pixel_limit=self.options.pixel_limit)
        track.stream.thread_type = "AUTO"
        return container, track

    def _read(self, container: InputContainer, track: Track) -> Iterator[tuple[float, VideoFrame]]:
        try:
            end_s = yield from timed_frames(container, track, lambda text: self._skip("damaged", text))
        except av.FFmpegError as error:
            self._skip("truncated", f"it cannot be read any further: {error}")
            return
        wanted_s = track.duration_s if self._exact_duration else None
        if wanted_s is not None and end_s is not None and end_s < wanted_s - SHORT_S:
            self._skip("truncated", f"pictures stop at {end_s:.3f} s, its header says {wanted_s:.3f} s")


def open_file(path: Path) -> InputContainer:
    """Open a media file, which may not name other files or addresses that FFmpeg would then open.

    Raises:
        SourceNotFoundError: if there is no such file.
        UnsupportedSourceError: if FFmpeg cannot tell what it is.
        SourceError: if it may not be read.
    """
    if path.is_file() and path.stat().st_size == 0:
        raise UnsupportedSourceError(f"{path} is empty (0 bytes): was its recording ever finished?")
    try:
        # An absolute path, lest a name such as "concat:a|b" be taken for a protocol.
        return av.open(str(path.resolve()), options={"protocol_whitelist": "file"})
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"there is no file {path}") from error
    except (av.error.InvalidDataError, av.error.EOFError, av.error.LookupError) as error:
        raise UnsupportedSourceError(
            f"{path} is no video that FFmpeg can read, whatever its name says; if it was cut off while it was "
            f"written, its index is lost ({error.strerror})"
        ) from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error

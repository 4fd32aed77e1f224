"""What files and networks share: a container, its clock, its frames, and pictures from them (PyAV)."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from jaxtyping import UInt8

from streammem.errors import SourceStalledError, UnsupportedSourceError
from streammem.perception.sources.size import fitted
from streammem.perception.sources.sound import sound_stream

__all__ = ["Track", "pick_track", "punctual", "rgb", "seek", "timed_frames"]

PacketT = TypeVar("PacketT")
NO_TIMESTAMPS = 0x80  # FFmpeg's AVFMT_NOTIMESTAMPS: MJPEG of web cameras, bare H.264


@dataclass(frozen=True, kw_only=True, slots=True)
class Track:
    """The pictures of an open container, and its clock.

    `origin` is what is taken off every timestamp: the container's own start where that is positive (MPEG-TS
    begins at 1.4 s, say), else nothing. So time 0 is where a player's clock begins, and a picture track that
    starts later than the sound does starts later here.
    """

    stream: VideoStream
    origin: Fraction
    fps: float | None
    duration_s: float | None
    sound: AudioStream | None
    clocked: bool  # whether its times are the sender's own, not made up by FFmpeg


def pick_track(container: InputContainer, name: str, *, pixel_limit: int) -> Track:
    """The best picture track of a container.

    Raises:
        UnsupportedSourceError: if it has none, or one of too many pixels.
    """
    sound = sound_stream(container)
    stream = container.streams.best("video")
    text = container.format.name == "tty"  # FFmpeg would draw the letters
    # A song's cover counts as a video track, too.
    if not isinstance(stream, VideoStream) or text or stream.disposition & Disposition.attached_pic:
        if len(container.streams.audio) > 0:
            raise UnsupportedSourceError(f"{name} has only sound, no pictures: a source needs a video track")
        raise UnsupportedSourceError(f"{name} holds no pictures ({container.format.long_name}): give a video")
    if getattr(stream, "codec_context", None) is None:
        raise UnsupportedSourceError(
            f"{name} has pictures in a code that this FFmpeg cannot decode: convert it first"
        )
    if stream.codec_context.width * stream.codec_context.height > pixel_limit:
        raise UnsupportedSourceError(
            f"{name} has pictures of {stream.codec_context.width}x{stream.codec_context.height} pixels, more than "
            f"pixel_limit={pixel_limit}: raise it if the file is to be trusted"
        )
    stream.codec_context.options = {"max_pixels": str(pixel_limit)}  # pictures may grow on the way
    starts = [
        Fraction(each.start_time) * each.time_base
        for each in (*container.streams.video, *container.streams.audio)
        if each.start_time is not None and each.time_base is not None
    ]
    return Track(
        stream=stream,
        origin=max(min(starts, default=Fraction(0)), Fraction(0)),
        fps=_rate(stream),
        duration_s=_duration_s(container, stream),
        sound=sound,
        clocked=not container.format.flags & NO_TIMESTAMPS,
    )


def _rate(stream: VideoStream) -> float | None:
    rate = stream.average_rate or stream.guessed_rate
    return float(rate) if rate else None


def _duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    known = []
    if stream.duration and stream.time_base is not None:
        known.append(float(stream.duration * stream.time_base))
    if container.duration is not None and container.duration > 0:
        known.append(container.duration / av.time_base)
    return min(known, default=None)  # a film that was trimmed by an edit list still has its whole track


def timed_frames(
    container: InputContainer,
    track: Track,
    damaged: Callable[[str], None],
    heard: Callable[[av.AudioFrame], None] | None = None,
    patience_s: float | None = None,
) -> Generator[tuple[float, VideoFrame], None, float | None]:
    """Frames as they come out of the decoder, each with its time on the source's clock.

    Damaged packets are told to `damaged` and left out; sound goes to `heard` where that is wanted. `patience_s` is the
    time-out of what is live.

    Returns:
        When the last packet ends, seconds: where the pictures really stop. None if there was no picture.

    Raises:
        av.FFmpegError: if the container itself cannot be read any further.
        SourceStalledError: if what is live fell silent.
    """
    streams = [track.stream, track.sound] if heard is not None and track.sound is not None else [track.stream]
    base, end = track.stream.time_base, 0
    n = 0  # frames without any time (a bare H.264 stream) are counted at the rate
    for packet in punctual(container.demux(streams), patience_s):
        if packet.stream is track.stream and packet.pts is not None:
            end = max(end, packet.pts + (packet.duration or 0))
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            if packet.stream is not track.stream:
                continue  # a few bytes of sound, as at the start of most broadcasts
            damaged(f"damaged packet near {float(end * (base or 0)):.3f} s ({error.strerror})")
            continue
        for frame in frames:
            if isinstance(frame, av.AudioFrame):
                assert heard is not None
                heard(frame)
            elif isinstance(frame, VideoFrame):
                if frame.pts is not None and frame.time_base is not None:
                    yield float(frame.pts * frame.time_base - track.origin), frame
                elif track.fps is not None:
                    yield n / track.fps, frame
                else:
                    damaged("a frame without a time")
                n += 1
    return float(end * (base or 0) - track.origin) if n else None


def punctual(packets: Iterable[PacketT], patience_s: float | None) -> Iterator[PacketT]:
    """Packets of what is live, until it falls silent.

    A read that times out gives the packet that FFmpeg still held, which looks as if the sender were there, and the next
    read waits as long again.

    Raises:
        SourceStalledError: if a packet came so late.
    """
    if patience_s is None:
        yield from packets
        return
    asked_s = time.monotonic()
    for packet in packets:
        if time.monotonic() - asked_s >= patience_s:
            raise SourceStalledError(f"it sent nothing for {patience_s:g} s")
        yield packet
        asked_s = time.monotonic()


def seek(
    container: InputContainer,
    track: Track,
    start_s: float,
    frames: Callable[[], Iterator[tuple[float, VideoFrame]]],
) -> Iterator[tuple[float, VideoFrame]] | None:
    """Frames from a key frame at or before `start_s`; whoever takes them leaves those before it out.

    A container's index may land behind the wanted time (it knows decoding times, and some formats only guess),
    so the first frame is looked at, and the seek repeated further back until it is early enough.

    Returns:
        The frames; None if no seek came early enough: open it again and read from the start.
    """
    base = track.stream.time_base
    if base is None or track.stream.start_time is None:
        return None  # no clock to seek by
    for back_s in (0.0, 2.0, 10.0, 60.0):
        target_s = start_s - back_s
        if target_s < 0.0:
            return None
        try:
            container.seek(int((Fraction(target_s) + track.origin) / base), stream=track.stream)
        except av.FFmpegError:  # past the end, for some formats
            continue
        found = frames()
        first = next(found, None)
        if first is not None and first[0] <= start_s:
            return _again(first, found)
    return None


def _again(
    first: tuple[float, VideoFrame], rest: Iterator[tuple[float, VideoFrame]]
) -> Iterator[tuple[float, VideoFrame]]:
    yield first
    yield from rest


def rgb(frame: VideoFrame, size: int | tuple[int, int] | None) -> UInt8[np.ndarray, "_ _ 3"]:
    """The picture upright, as RGB, at `size`: one pass of swscale, and a turn where a phone was held upright."""
    turns = round(frame.rotation / 90) % 4
    upright = (frame.width, frame.height) if turns % 2 == 0 else (frame.height, frame.width)
    width, height = fitted(*upright, size)
    if turns % 2:
        width, height = height, width
    # One thread: swscale's pool costs more CPU than it saves at these sizes.
    picture = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA", threads=1)
    return np.ascontiguousarray(np.rot90(picture, turns)) if turns else np.ascontiguousarray(picture)

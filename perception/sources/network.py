"""RTSP cameras and HTTP streams through PyAV, with time-outs and reconnecting."""

import contextlib
import dataclasses
import errno
import re
import time
from collections.abc import Generator, Iterator
from urllib.parse import quote

import av
from av.container import InputContainer
from av.video.frame import VideoFrame

from streammem.errors import SourceError, SourceNotFoundError, SourceStalledError, UnsupportedSourceError
from streammem.perception.addresses import shown
from streammem.perception.sources.live import LiveClock, LiveSource
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.sound import SoundBuffer
from streammem.perception.sources.video import Track, pick_track, rgb, seek, timed_frames
from streammem.types import Observation

__all__ = ["PROTOCOLS", "NetworkSource", "connection_options", "dialled", "scheme_of"]

_WEB = "http,https,tcp,tls,crypto,data"
# What each address may lead to: a playlist or a redirect from outside must never name a file of this computer.
PROTOCOLS = {
    "http": _WEB,
    "https": _WEB,
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,tls,tcp",
    "rtp": "rtp,udp",
    "rtsp": "rtsp,rtp,srtp,udp,tcp",
    "rtsps": "rtsps,rtsp,rtp,srtp,tls,udp,tcp",
    "srt": "srt",
    "tcp": "tcp",
    "udp": "udp",
}
GUESSED_FPS = 25.0  # of a live sender that does not say; nothing is timed by it


class NetworkSource(LiveSource):
    """An address. What has a length (a file on a web server) waits for us; all else is live.

    Live frames keep the steps of the sender's clock; the stream begins at 0, or at `start_s`.
    """

    def __init__(self, address: str, options: SourceOptions) -> None:
        super().__init__(shown(address), options)
        self._address = address
        self._container: InputContainer | None = self._connect()
        try:
            track = pick_track(self._container, self.name, pixel_limit=options.pixel_limit)
        except SourceError:
            self._container.close()
            raise
        self._fps = track.fps
        self._duration_s = track.duration_s if scheme_of(address) in ("http", "https") else None

    @property
    def native_fps(self) -> float | None:
        """What the sender says."""
        return self._fps

    @property
    def duration_s(self) -> float | None:
        """Length of a file on a web server; None for what is live."""
        return self._duration_s

    @property
    def live(self) -> bool:
        """Whether it has no length."""
        return self._duration_s is None

    def close(self) -> None:
        """Stop and hang up."""
        passed = self._reader is not None
        super().close()
        if not passed:
            self._hang_up()

    def _connect(self) -> InputContainer:
        return connect(self._address, self.name, self.options)

    def _hang_up(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None

    def _frames(self) -> Generator[Observation, None, None]:
        clock, sound = LiveClock(self.options.start_s), [SoundBuffer()]
        timed = self._live(clock, sound) if self.live else self._whole(sound[0])
        with contextlib.closing(timed):
            try:
                for index, t_s, frame in self._kept(timed):
                    yield Observation(
                        index=index,
                        t_s=t_s,
                        rgb=rgb(frame, self.options.size),
                        audio=sound[0].cut(t_s) if self.options.audio else None,
                        stream=self._stream,
                        gap_s=clock.take_gap(),
                    )
            finally:
                self._hang_up()

    def _whole(self, sound: SoundBuffer) -> Generator[tuple[float, VideoFrame], None, None]:
        """A file on a web server, from its start or from `start_s`."""
        start_s, from_s = self.options.start_s, self._read_from_s

        def frames() -> Generator[tuple[float, VideoFrame], None, float | None]:
            container = self._container = self._container or self._connect()
            track = pick_track(container, self.name, pixel_limit=self.options.pixel_limit)

            def hear(frame: av.AudioFrame) -> None:
                t_s = _own_s(frame, track)
                if t_s is not None and t_s >= (start_s or 0.0):
                    sound.feed(frame, t_s)

            wanted = hear if self.options.audio else None
            return timed_frames(container, track, lambda text: self._skip("damaged", text), wanted)

        try:
            found = None
            if from_s is not None:
                container = self._container = self._container or self._connect()
                track = pick_track(container, self.name, pixel_limit=self.options.pixel_limit)
                found = seek(container, track, from_s, frames)
                if found is None:
                    self._hang_up()
            yield from frames() if found is None else found
        except av.FFmpegError as error:
            raise SourceStalledError(
                f"{self.name} broke off ({error.strerror}): open it again with start_s= the last time seen"
            ) from None

    def _live(
        self, clock: LiveClock, sound: list[SoundBuffer]
    ) -> Generator[tuple[float, VideoFrame], None, None]:
        """All connections one after another."""
        container: InputContainer | None = self._container or self._connect()
        while container is not None:
            self._container = container
            try:
                yield from self._connection(container, clock, sound[0])
                why = "it ended"
            except av.error.ExitError:
                why = f"it sent nothing for {self.options.timeout_s:g} s"
            except (av.FFmpegError, SourceError) as error:
                why = str(error.strerror or error)
            clock.lost()
            sound[0] = SoundBuffer()
            self._hang_up()
            container = self._connect_again(self._connect, why)

    def _connection(
        self, container: InputContainer, clock: LiveClock, sound: SoundBuffer
    ) -> Iterator[tuple[float, VideoFrame]]:
        track = pick_track(container, self.name, pixel_limit=self.options.pixel_limit)
        track.stream.thread_type = "SLICE"  # frame threads would hold frames back

        def hear(frame: av.AudioFrame) -> None:
            own_s = _own_s(frame, track)
            ours_s = None if own_s is None else clock.to_ours(own_s)
            if ours_s is not None:
                sound.feed(frame, ours_s)

        wanted = hear if self.options.audio else None
        rated = dataclasses.replace(track, fps=track.fps or GUESSED_FPS)
        frames = timed_frames(
            container, rated, lambda text: self._skip("damaged", text), wanted, self.options.timeout_s
        )
        for own_s, frame in frames:
            # The first frame of RTSP has no time: FFmpeg gives it one by the second.
            yield clock.stamp(own_s if track.clocked and frame.pts is not None else None), frame


def _own_s(frame: av.AudioFrame, track: Track) -> float | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * frame.time_base - track.origin)


def scheme_of(address: str) -> str | None:
    """The scheme of an address, None for what is no address.

    >>> scheme_of("RTSP://cam/1"), scheme_of("kitchen.mp4")
    ('rtsp', None)
    """
    scheme, mark, _ = address.partition("://")
    return scheme.lower() if mark and scheme.isalnum() else None


def connection_options(address: str, timeout_s: float) -> dict[str, str]:
    """What FFmpeg is told about an address.

    Raises:
        UnsupportedSourceError: for a scheme that is not one of streams.
    """
    scheme = scheme_of(address)
    if scheme not in PROTOCOLS:
        raise UnsupportedSourceError(
            f"{shown(address)} is no stream that can be opened: use {', '.join(sorted(PROTOCOLS))}"
        )
    # Looking at a stream to learn its make-up takes stream time, which counts towards the time-out.
    options = {"protocol_whitelist": PROTOCOLS[scheme], "analyzeduration": str(int(timeout_s * 0.4e6))}
    if scheme.startswith("rtsp"):
        # Lost packets of UDP look like damaged pictures, so it is for cameras that refuse TCP alone.
        options |= {"rtsp_transport": "tcp+udp", "rtsp_flags": "prefer_tcp"}
        options["fpsprobesize"] = "0"  # pictures that are only counted to learn the rate are pictures late
    return options


def dialled(address: str) -> str:
    """The address as FFmpeg reads it rightly, where a password has signs in it that end a host: /, ? or #.

    It is changed only if it names no host as it stands, and has an @ further on.

    >>> dialled("rtsp://me:a/b@cam:554/1"), dialled("http://cam/film@2.mp4")
    ('rtsp://me:a%2Fb@cam:554/1', 'http://cam/film@2.mp4')
    """
    scheme, _, rest = address.partition("://")
    place = re.split("[/?#]", rest, maxsplit=1)[0]
    whole = re.fullmatch(r"(\[[^\]]+\]|[^:\[\]]+)(:[0-9]*)?", place.rpartition("@")[2])
    if whole or "@" not in rest[len(place) :]:
        return address
    login, _, rest = rest.rpartition("@")
    name, mark, password = login.partition(":")
    return f"{scheme}://{quote(name, safe='%')}{mark}{quote(password, safe='%')}@{rest}"


def connect(address: str, name: str, options: SourceOptions) -> InputContainer:
    """Open an address.

    Raises:
        UnsupportedSourceError: if it is no stream, or what comes is no video.
        SourceStalledError: if nothing comes within the time-out.
        SourceNotFoundError: if nobody answers there, or says that there is no such thing.
    """
    began = time.monotonic()
    try:
        return av.open(
            dialled(address),
            options=connection_options(address, options.timeout_s),
            timeout=options.timeout_s,
        )
    except av.FFmpegError as error:  # its own text names the address with its password: never chained
        # An interrupted read comes back under several names; only the clock tells all of them.
        late = time.monotonic() - began >= options.timeout_s
        if late or isinstance(error, av.error.ExitError | av.error.TimeoutError):
            raise SourceStalledError(
                f"{name} sent nothing for {options.timeout_s:g} s (timeout_s): see that it is on, that nothing on the way "
                "blocks it, and that it streams"
            ) from None
        if isinstance(error, av.error.InvalidDataError | av.error.ProtocolNotFoundError):
            raise UnsupportedSourceError(
                f"{name} sends no video that FFmpeg can read ({error.strerror})"
            ) from None
        raise SourceNotFoundError(f"{name} {_refusal(error, address)}") from None


def _refusal(error: av.FFmpegError, address: str) -> str:
    """What an address answered instead of pictures, and what to do."""
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
        if "@" in address:
            return (
                "refuses the name and the password: see that both are right, and that signs such as @ and / are "
                "written as %40 and %2F in them"
            )
        return "asks for a name and a password: write them before its host, as name:password@host"
    if isinstance(error, av.error.HTTPNotFoundError):
        return "is not there (404): it answers, but not at this path; the camera's manual or its own page says the right one"
    if isinstance(error, av.error.HTTPServerError):
        return f"answers with a fault of its own ({error.strerror}): see how many may watch it at once, or start it anew"
    if error.errno == errno.EIO:
        return "cannot be reached: most often nobody knows a host of this name; see that it is right, or write its number"
    return f"cannot be reached ({error.strerror}): see that the address is right and that it is on"

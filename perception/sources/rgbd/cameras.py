"""Where a log says what its camera is, and how its depth is scaled."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streammem.errors import ObservationError, UnsupportedSourceError
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.rgbd.log import File
from streammem.perception.sources.rgbd.trajectories import numbers, text_of
from streammem.types import Intrinsics

__all__ = ["KINECT", "PRIMESENSE", "Lens", "camera_of", "pinhole", "scale_of"]

CAMERA_FILES = (
    "camera-intrinsics.txt",
    "camera_intrinsics.txt",
    "intrinsics.txt",
    "intrinsic/intrinsic_depth.txt",
    "intrinsic_depth.txt",
    "camera_intrinsic.json",  # as Open3D writes it
)
SCALE_FILES = ("depth-scale.txt", "depth_scale.txt")
KINECT = (585.0, 585.0, 320.0, 240.0)  # 7-Scenes' own; of 640x480 pixels, as the next
PRIMESENSE = (525.0, 525.0, 319.5, 239.5)  # Open3D's default, and TUM's where the camera is not known
DEFAULT_SIZE = (640, 480)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lens:
    """A camera, where it comes from, and whether its y runs up (a negative fy), so that its world is a mirror's."""

    camera: Intrinsics
    origin: str
    y_up: bool = False


def camera_of(
    folder: Path,
    size: tuple[int, int],
    options: SourceOptions,
    *,
    title: str,
    default: tuple[float, float, float, float] | None,
) -> Lens:
    """The camera of depth pictures of this size: as given, from a file in the folder or its parent, or the default.

    Raises:
        UnsupportedSourceError: if there is none, or a file holds no camera of such pictures.
    """
    given = options.intrinsics
    if given is not None:
        if abs(given.width * size[1] / (given.height * size[0]) - 1) > 0.02:
            raise UnsupportedSourceError(
                f"intrinsics of {given.width}x{given.height} pixels have another shape than the depth of {folder} "
                f"({size[0]}x{size[1]}): give those of the depth"
            )
        return Lens(camera=given.rescaled(*size), origin="intrinsics as given")
    for place in (folder, folder.parent):
        for name in CAMERA_FILES:
            if (place / name).is_file():
                lens = _from_file(place / name, size)
                above = "" if place == folder else "../"
                return dataclasses.replace(lens, origin=f"intrinsics from {above}{name}")
    if default is not None and size == DEFAULT_SIZE:
        return Lens(camera=pinhole(default, size, title), origin="default intrinsics")
    why = "its depth is not of 640x480 pixels" if default is not None else "the format has no default"
    raise UnsupportedSourceError(
        f"{folder} looks like a log of the kind {title}, but says nothing about its camera, and {why}: give intrinsics="
        f"Intrinsics(fx=…, fy=…, cx=…, cy=…, width={size[0]}, height={size[1]}), or write 'fx fy cx cy' or a 3x3 "
        f"matrix into {folder / CAMERA_FILES[0]}"
    )


def scale_of(folder: Path, options: SourceOptions, *, title: str, default: float | None) -> float:
    """Numbers per metre in a depth picture: as given, from a file in the folder or its parent, or the default.

    Raises:
        UnsupportedSourceError: if nobody says, or the file holds no positive number.
    """
    if options.depth_scale is not None:
        return options.depth_scale
    for place in (folder, folder.parent):
        for name in SCALE_FILES:
            if (place / name).is_file():
                found = numbers(text_of(place / name))
                if found is None or len(found) != 1 or not (found[0] > 0 and math.isfinite(found[0])):
                    raise UnsupportedSourceError(
                        f"{place / name} should hold one positive number, depth units per metre (1000 for millimetres)"
                    )
                return float(found[0])
    if default is None:
        raise UnsupportedSourceError(
            f"{folder} looks like a log of the kind {title}, which does not say how its depth is scaled: give "
            f"depth_scale= (units per metre: 1000 for millimetres, often 5000), or write it into {folder / SCALE_FILES[0]}"
        )
    return default


def pinhole(numbers: tuple[float, float, float, float], size: tuple[int, int], origin: str) -> Intrinsics:
    """fx, fy, cx, cy as a camera of pictures of this size (width, height).

    Raises:
        UnsupportedSourceError: if they cannot be.
    """
    fx, fy, cx, cy = map(float, numbers)
    width, height = size
    # A principal point far from the middle is that of a picture of another size: colour's, say.
    if not (abs(cx / width - 0.5) < 0.4 and abs(cy / height - 0.5) < 0.4):
        raise UnsupportedSourceError(
            f"the camera of {origin} has its principal point at ({cx:g}, {cy:g}), which is not near the middle of "
            f"{width}x{height} pixels: give intrinsics= of the depth pictures"
        )
    try:
        return Intrinsics(fx=fx, fy=fy, cx=cx, cy=cy, width=width, height=height)
    except ObservationError as error:
        raise UnsupportedSourceError(f"the camera of {origin} cannot be: {error}") from error


def _from_file(file: Path, size: tuple[int, int]) -> Lens:
    found = _numbers_of_json(file) if file.suffix == ".json" else numbers(text_of(file))
    if found is not None and len(found) in (9, 16):
        matrix = found.reshape(math.isqrt(len(found)), -1)
        found = matrix[[0, 1, 0, 1], [0, 1, 2, 2]]
    if found is None or len(found) != 4:
        raise UnsupportedSourceError(
            f"{file} should hold 'fx fy cx cy' or a 3x3 or 4x4 matrix of the depth camera: correct it or give intrinsics="
        )
    fx, fy, cx, cy = found
    camera = pinhole((fx, abs(fy), cx, cy), size, str(file))
    return Lens(camera=camera, origin=str(file), y_up=bool(fy < 0))


def _numbers_of_json(file: File) -> np.ndarray | None:
    try:
        columns = json.loads(text_of(file))["intrinsic_matrix"]
        return np.array(columns, dtype=np.float64).reshape(3, 3).T.ravel()
    except (ValueError, KeyError, TypeError):
        return None

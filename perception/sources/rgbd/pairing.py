"""Which colour belongs to which depth and pose: by number, or by time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int64

from streammem.errors import UnsupportedSourceError
from streammem.perception.sources.rgbd.log import File, Shot
from streammem.perception.sources.rgbd.trajectories import MISSING, Posed

__all__ = ["by_place", "by_time", "numbered", "paired", "unposed"]


def numbered(files: Iterable[Path], suffixes: frozenset[str]) -> dict[int, Path]:
    """Files by the last number in their name: `frame-000012.color.jpg` is 12.

    Of two with a dash between them it is the first, for so Redwood writes number and time. What has another suffix or
    no number is left out.

    >>> numbered([Path("frame-000012.color.jpg"), Path("0000003-000000066738.jpg")], frozenset({".jpg"}))
    {3: PosixPath('0000003-000000066738.jpg'), 12: PosixPath('frame-000012.color.jpg')}
    """
    found = {}
    for file in files:
        parts = re.findall(r"[0-9]+", file.stem)
        if parts and file.suffix.lower() in suffixes and not file.name.startswith("."):
            found[int(parts[0] if re.fullmatch("[0-9]+-[0-9]+", file.stem) else parts[-1])] = file
    return dict(sorted(found.items()))


def paired(
    colors: Mapping[int, File], depths: Mapping[int, File], poses: Mapping[int, Posed]
) -> tuple[list[Shot], int]:
    """A frame for each colour, with the depth and the pose of its number; and how many depths have no colour."""
    shots = [
        Shot(
            number=number,
            color=color,
            depth=depths.get(number),
            pose=poses.get(number, MISSING).pose,
            flaw=poses.get(number, MISSING).flaw,
        )
        for number, color in sorted(colors.items())
    ]
    return shots, len(depths.keys() - colors.keys())


def by_place(poses: Mapping[int, Posed], numbers: Iterable[int]) -> dict[int, Posed]:
    """Poses counted from 0, by the frames' own numbers.

    As many poses as frames go in order; else the i-th is that of the first frame's number + i.
    """
    frames = sorted(numbers)
    if sorted(poses) == list(range(len(frames))):
        return {frame: poses[n] for n, frame in enumerate(frames)}
    return {frames[0] + n: posed for n, posed in poses.items()} if frames else {}


def by_time(
    times_s: Float64[np.ndarray, " n"], others_s: Float64[np.ndarray, " m"], within_s: float
) -> Int64[np.ndarray, " n"]:
    """For each time the place of the other that is nearest, where each is the other's nearest; else -1."""
    if not len(times_s) or not len(others_s):
        return np.full(len(times_s), -1, dtype=np.int64)
    there, back = _nearest(times_s, others_s), _nearest(others_s, times_s)
    mutual = back[there] == np.arange(len(times_s))
    close = np.abs(others_s[there] - times_s) <= within_s
    return np.where(mutual & close, there, -1).astype(np.int64)


def unposed(folder: Path, title: str, missing: str) -> UnsupportedSourceError:
    """The error of a log without any pose."""
    return UnsupportedSourceError(
        f"{folder} looks like a log of the kind {title}, but has no camera pose: {missing}. To read only its pictures, "
        'open it with format="pictures", or open its folder of colours'
    )


def _nearest(
    times_s: Float64[np.ndarray, " n"], sorted_s: Float64[np.ndarray, " m"]
) -> Int64[np.ndarray, " n"]:
    after = np.searchsorted(sorted_s, times_s).clip(1, max(1, len(sorted_s) - 1))
    after = np.minimum(after, len(sorted_s) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(times_s - sorted_s[before]) <= np.abs(sorted_s[after] - times_s)
    return np.asarray(np.where(nearer, before, after), dtype=np.int64)

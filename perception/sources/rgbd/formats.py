"""What a folder or file is decides which format reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from streammem.errors import SourceError, UnsupportedSourceError
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.rgbd.folders import (
    LAYOUTS,
    frames_log,
    has_folders,
    has_frames,
    sub_folder_log,
)
from streammem.perception.sources.rgbd.log import Log
from streammem.perception.sources.rgbd.pairing import unposed
from streammem.perception.sources.rgbd.record3d import is_record3d, record3d_log
from streammem.perception.sources.rgbd.tum import is_tum, tum_log

__all__ = ["FORMATS", "Format", "is_log", "open_log"]


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its name for `format=`, how to tell it, how to open it."""

    name: str
    tells: Callable[[Path], bool]
    opens: Callable[[Path, SourceOptions], Log]


def _has(path: Path, name: str) -> bool:
    return has_folders(path) and LAYOUTS[name].place(path) is not None


def _is_lerobot(path: Path) -> bool:
    try:
        return "codebase_version" in json.loads((path / "meta" / "info.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def _lerobot(path: Path, _: SourceOptions) -> Log:
    films = sorted(str(film.relative_to(path)) for film in path.glob("videos/**/*.mp4"))[:3]
    raise UnsupportedSourceError(
        f"{path} is a LeRobot data set: its tables are Parquet files, and their format says nothing about depth, "
        f"intrinsics or camera poses, so it cannot be read as a log; open one of its films ({', '.join(films) or 'none'}) "
        "or hand in observations of your own"
    )


def _unposed(path: Path, _: SourceOptions) -> Log:
    missing = "; ".join(layout.missing for layout in LAYOUTS.values())
    raise unposed(path, "colour and depth folders", missing)


def _layout(name: str) -> Format:
    return Format(
        name,
        lambda path: path.is_dir() and _has(path, name),
        partial(sub_folder_log, layout=LAYOUTS[name]),
    )


# The first that tells is the one; the last two only explain.
FORMATS: list[Format] = [
    Format("record3d", is_record3d, record3d_log),
    Format("tum", is_tum, tum_log),
    Format("7-scenes", lambda path: path.is_dir() and has_frames(path), frames_log),
    *map(_layout, LAYOUTS),
    Format("unposed", lambda path: path.is_dir() and has_folders(path), _unposed),
    Format("lerobot", _is_lerobot, _lerobot),
]


def _told(path: Path) -> Format | None:
    return next((form for form in FORMATS if form.tells(path)), None)


def is_log(path: Path) -> bool:
    """Whether a folder or file holds colour with depth in one of the formats, be it unreadable."""
    try:
        return _told(path) is not None
    except (OSError, SourceError):
        return False


def open_log(path: Path, options: SourceOptions) -> Log:
    """The log at a path, in the format of the options or in the one that it tells.

    Raises:
        UnsupportedSourceError: if it is none, or lacks poses, intrinsics or the depth's scale.
        SourceError: if it cannot be read.
    """
    if options.format is not None:
        form = next(form for form in FORMATS if form.name == options.format)
        return form.opens(path, options)
    told = _told(path)
    if told is None:
        raise UnsupportedSourceError(
            f"{path} is no RGB-D log of a known format: {', '.join(form.name for form in FORMATS[:-2])}"
        )
    return told.opens(path, options)

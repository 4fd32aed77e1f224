"""Logs of numbered files: 7-Scenes and 3DMatch, ScanNet, Redwood, and a folder with a list of poses."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streammem.errors import SourceError, UnsupportedSourceError
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.pictures import SUFFIXES
from streammem.perception.sources.rgbd.cameras import KINECT, PRIMESENSE, camera_of, scale_of
from streammem.perception.sources.rgbd.depth_pictures import depth_size, read_depth
from streammem.perception.sources.rgbd.labels import names_of
from streammem.perception.sources.rgbd.log import File, Log, Shot
from streammem.perception.sources.rgbd.pairing import by_place, numbered, paired, unposed
from streammem.perception.sources.rgbd.trajectories import Posed, log_poses, matrix_pose, quaternion_poses

__all__ = [
    "LAYOUTS",
    "Habits",
    "Layout",
    "finished",
    "frames_log",
    "has_folders",
    "has_frames",
    "sub_folder_log",
]

COLORS = ("color", "colour", "rgb")
DEPTHS = ("depth",)
POSES = ("pose", "poses")
LISTS = ("pose.txt", "poses.txt")
DEPTH_SUFFIXES = frozenset({".png", ".tif", ".tiff"})
TEXT = frozenset({".txt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a format takes for granted: its camera of 640x480 pixels, its depth's scale, what is up in its world."""

    title: str
    camera: tuple[float, float, float, float] | None = None
    scale: float | None = 1000.0
    up: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A format of colour and depth folders: where its poses are, and how they read for frames of these numbers."""

    habits: Habits
    place: Callable[[Path], Path | None]
    poses: Callable[[Path, Iterable[int]], Mapping[int, Posed]]
    missing: str


def has_frames(folder: Path) -> bool:
    """Whether colour and depth lie side by side: `frame-000000.color.jpg`, `frame-000000.depth.png`."""
    color = depth = False
    with os.scandir(folder) as entries:
        for entry in entries:
            kind = _kind(entry.name)
            color, depth = color or kind == "color", depth or kind == "depth"
            if color and depth:
                return True
    return False


def has_folders(folder: Path) -> bool:
    """Whether there is a folder of colours and one of depths."""
    return _sub(folder, COLORS) is not None and _sub(folder, DEPTHS) is not None


def frames_log(folder: Path, options: SourceOptions) -> Log:
    """7-Scenes and 3DMatch: numbered `.color`, `.depth` (millimetres) and `.pose.txt` (a matrix) in one folder."""
    title = "7-Scenes"
    kinds: dict[str, list[Path]] = {"color": [], "depth": [], "pose": []}
    for file in _inside(folder):
        kinds.get(_kind(file.name), []).append(file)
    colors = numbered(kinds["color"], SUFFIXES)
    depths, poses = numbered(kinds["depth"], DEPTH_SUFFIXES), numbered(kinds["pose"], TEXT)
    if not colors or not depths:
        raise UnsupportedSourceError(
            f"{folder} holds no frame-000000.color.jpg with a frame-000000.depth.png: it is no log of the kind {title}"
        )
    if not poses:
        raise unposed(folder, title, "there is no frame-000000.pose.txt")
    shots, alone = paired(colors, depths, {n: matrix_pose(file) for n, file in poses.items()})
    return finished(folder, options, Habits(title=title, camera=KINECT), shots, alone)


def sub_folder_log(folder: Path, options: SourceOptions, layout: Layout) -> Log:
    """Folders `color` and `depth` of numbered pictures, with poses as the layout has them.

    Raises:
        UnsupportedSourceError: if a folder, all poses, the camera or the scale are missing.
    """
    color, depth = _sub(folder, COLORS), _sub(folder, DEPTHS)
    if color is None or depth is None:
        raise UnsupportedSourceError(
            f"{folder} has no folders color and depth: it is no log of the kind {layout.habits.title}"
        )
    colors, depths = numbered(_inside(color), SUFFIXES), numbered(_inside(depth), DEPTH_SUFFIXES)
    if not colors or not depths:
        raise UnsupportedSourceError(
            f"{folder} holds {len(colors)} numbered colour and {len(depths)} depth pictures: a log needs both"
        )
    place = layout.place(folder)
    poses = layout.poses(place, colors.keys() | depths.keys()) if place is not None else {}
    if not poses:
        raise unposed(folder, layout.habits.title, layout.missing)
    shots, alone = paired(colors, depths, poses)
    return finished(folder, options, layout.habits, shots, alone)


def finished(folder: Path, options: SourceOptions, habits: Habits, shots: list[Shot], alone: int) -> Log:
    """The log of these frames, with its camera and scale.

    Raises:
        UnsupportedSourceError: if no depth can be read, or camera or scale are missing.
    """
    depths: Iterator[File] = (shot.depth for shot in shots if shot.depth is not None)
    size = next((size for size in map(depth_size, depths) if size is not None), None)
    if size is None:
        raise UnsupportedSourceError(
            f"{folder} looks like a log of the kind {habits.title}, but no depth picture that belongs to a colour can "
            "be read: see that their numbers agree and that they are whole"
        )
    scale = scale_of(folder, options, title=habits.title, default=habits.scale)
    lens = camera_of(folder, size, options, title=habits.title, default=habits.camera)
    return Log(
        title=habits.title,
        shots=[_turned(shot) for shot in shots] if lens.y_up else shots,
        camera=lens.camera,
        depth_scale=scale,
        read=read_depth,
        origin=lens.origin,
        alone=alone,
        up=habits.up,
        names=names_of(folder),
    )


def _turned(shot: Shot) -> Shot:
    # A negative fy is a camera with y up in a left-handed world (ICL-NUIM). Seen in a mirror, F P F with F turning y
    # round, both are right-handed: distances stay, and so do the pictures.
    if shot.pose is None:
        return shot
    mirror = np.diag([1.0, -1.0, 1.0, 1.0])
    return dataclasses.replace(shot, pose=mirror @ shot.pose @ mirror)


def _trajectory(folder: Path) -> Path | None:
    if (folder / "trajectory.log").is_file():
        return folder / "trajectory.log"
    logs = list(folder.glob("*.log"))
    return logs[0] if len(logs) == 1 else None


def _matrices(folder: Path, _: Iterable[int]) -> dict[int, Posed]:
    return {n: matrix_pose(file) for n, file in numbered(_inside(folder), TEXT).items()}


LAYOUTS = {
    "scannet": Layout(
        habits=Habits(title="ScanNet"),
        place=lambda folder: _sub(folder, POSES),
        poses=_matrices,
        missing="there is no folder pose with a 4x4 matrix for each frame (0.txt)",
    ),
    "redwood": Layout(
        habits=Habits(title="Redwood", camera=PRIMESENSE),
        place=_trajectory,
        poses=lambda file, frames: by_place(log_poses(file), frames),
        missing="there is no trajectory.log",
    ),
    "slambook": Layout(
        habits=Habits(title="slambook", scale=None),
        place=lambda folder: next((folder / name for name in LISTS if (folder / name).is_file()), None),
        poses=lambda file, frames: by_place(quaternion_poses(file), frames),
        missing="there is no pose.txt with lines tx ty tz qx qy qz qw",
    ),
}


def _kind(name: str) -> str:
    parts = name.lower().rsplit(".", 2)
    return parts[1] if len(parts) == 3 and any(letter.isdigit() for letter in parts[0]) else ""


def _sub(folder: Path, names: Iterable[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def _inside(folder: Path) -> list[Path]:
    try:
        return [file for file in folder.iterdir() if file.is_file()]
    except OSError as error:
        raise SourceError(f"the folder {folder} cannot be read: {error.strerror}") from error

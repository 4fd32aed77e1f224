"""Logs of the TUM RGB-D benchmark (Sturm et al. 2012): lists of pictures and poses, each with its own clock."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float64

from streammem.errors import UnsupportedSourceError
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.rgbd.cameras import PRIMESENSE
from streammem.perception.sources.rgbd.folders import Habits, finished
from streammem.perception.sources.rgbd.log import Log, Shot
from streammem.perception.sources.rgbd.pairing import by_time, unposed
from streammem.perception.sources.rgbd.trajectories import Trajectory, numbers, text_of

__all__ = ["is_tum", "tum_log"]

WITHIN_S = 0.02  # between a colour and its depth; the cameras run at 30 Hz
DEPTH_SCALE = 5000.0
CAMERAS = {  # the benchmark's calibrations by camera, without their distortion
    "freiburg1": (517.3, 516.5, 318.6, 255.3),
    "freiburg2": (520.9, 521.0, 325.1, 249.7),
    "freiburg3": (535.4, 539.2, 320.1, 247.6),
}


def is_tum(folder: Path) -> bool:
    """Whether there are both lists of pictures."""
    return (folder / "rgb.txt").is_file() and (folder / "depth.txt").is_file()


def tum_log(folder: Path, options: SourceOptions) -> Log:
    """The colours of `rgb.txt`, each with the depth that is nearest in time and its pose in `groundtruth.txt`.

    The pose is that at the depth's time, for it is the depth that is put into the world; at the colour's without it.
    A list `labels.txt` of label pictures may come beside them (not the benchmark's own).

    Raises:
        UnsupportedSourceError: if a list is missing or empty, or nothing has a pose.
    """
    if not is_tum(folder):
        raise UnsupportedSourceError(f"{folder} has no rgb.txt and depth.txt: it is no log of the kind TUM")
    if not (folder / "groundtruth.txt").is_file():
        raise unposed(folder, "TUM", "there is no groundtruth.txt")
    colors, depths = _listed(folder, "rgb.txt"), _listed(folder, "depth.txt")
    trajectory = Trajectory.of_file(folder / "groundtruth.txt")
    if not len(trajectory):
        raise unposed(folder, "TUM", "groundtruth.txt has no line time tx ty tz qx qy qz qw")
    times_s, others_s = (np.array([t_s for t_s, _ in listed]) for listed in (colors, depths))
    partners = by_time(times_s, others_s, WITHIN_S)
    labels = _labels(folder, times_s)
    shots = []
    for number, ((t_s, color), partner) in enumerate(zip(colors, partners.tolist(), strict=True)):
        depth_s, depth = depths[partner] if partner >= 0 else (t_s, None)
        posed = trajectory.at(depth_s)
        shots.append(
            Shot(
                number=number,
                t_s=t_s,
                color=color,
                depth=depth,
                pose=posed.pose,
                flaw=posed.flaw,
                labels=labels[number],
            )
        )
    habits = Habits(title="TUM", camera=_camera(folder), scale=DEPTH_SCALE, up=(0.0, 0.0, 1.0))
    return finished(folder, options, habits, shots, alone=len(depths) - int((partners >= 0).sum()))


def _labels(folder: Path, times_s: Float64[np.ndarray, " n"]) -> list[Path | None]:
    """The label picture of each colour, nearest in time as depth is."""
    if not (folder / "labels.txt").is_file():
        return [None] * len(times_s)
    listed = _listed(folder, "labels.txt")
    partners = by_time(times_s, np.array([t_s for t_s, _ in listed]), WITHIN_S)
    return [listed[partner][1] if partner >= 0 else None for partner in partners.tolist()]


def _camera(folder: Path) -> tuple[float, float, float, float]:
    name = folder.resolve().name.lower()
    return next((camera for title, camera in CAMERAS.items() if title in name), PRIMESENSE)


def _listed(folder: Path, name: str) -> list[tuple[float, Path]]:
    """Times and files of a list, in order of time; what is no such line, or leads out of the log, is left out."""
    found = []
    for line in text_of(folder / name).splitlines():
        time, _, file = line.strip().partition(" ")
        t_s = numbers(time)
        inner = Path(file.strip())
        inside = file.strip() != "" and not inner.is_absolute() and ".." not in inner.parts
        if t_s is not None and len(t_s) == 1 and np.isfinite(t_s[0]) and inside:
            found.append((float(t_s[0]), folder / inner))
    if not found:
        raise UnsupportedSourceError(f"{folder / name} has no line 'time file': it should list the pictures")
    return sorted(found, key=lambda entry: entry[0])

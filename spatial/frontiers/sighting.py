"""Which of some views shows a frontier best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, Int64

from streammem.spatial.frontiers.config import FrontiersConfig
from streammem.spatial.frontiers.known import Known
from streammem.types import Intrinsics

__all__ = ["Posed", "best_views"]

_TRIED = 8  # views of a frontier that are tested for what stands in between, best first


@runtime_checkable
class Posed(Protocol):
    """A frame with its camera: a `Sight`, or a `View` that is kept."""

    @property
    def frame(self) -> int:
        """The frame's number."""

    @property
    def intrinsics(self) -> Intrinsics:
        """Its camera."""

    @property
    def world_from_camera(self) -> Float64[np.ndarray, "4 4"]:
        """Where it was taken."""


def best_views(
    known: Known,
    points: Float64[np.ndarray, "n 3"],
    normals: Float64[np.ndarray, "n 3"],
    views: Sequence[Posed],
    config: FrontiersConfig,
) -> Int64[np.ndarray, " n"]:
    """Frames of the views that show each point best: in the picture, facing it, near, nothing occupied between.

    The score is how much a view looks along the normal (1 along it, a half across it), times how central the point is in
    the picture (half at its edges), over 1 + depth in metres. Most borders are the edges of what some view saw, so it
    looked across them, and they lie at the edge of its picture: neither rules it out. -1 where no view shows the point;
    of equal views, the first.
    """
    best = np.full(len(points), -1, np.int64)
    if not views or not len(points):
        return best
    poses = np.stack([view.world_from_camera for view in views])
    score = _scores(points, normals, poses, [view.intrinsics for view in views], config)
    tried = np.argsort(-score, axis=1, kind="stable")[:, :_TRIED]
    rows, columns = np.nonzero(np.take_along_axis(score, tried, 1) > 0)
    view = tried[rows, columns]
    clear = ~_hidden(known, poses[view, :3, 3], points[rows])
    rows, view = rows[clear], view[clear]
    first = np.unique(rows, return_index=True)[1]
    best[rows[first]] = np.array([view.frame for view in views], np.int64)[view[first]]
    return best


def _scores(
    points: Float64[np.ndarray, "n 3"],
    normals: Float64[np.ndarray, "n 3"],
    poses: Float64[np.ndarray, "views 4 4"],
    cameras: Sequence[Intrinsics],
    config: FrontiersConfig,
) -> Float64[np.ndarray, "n views"]:
    """How well each view shows each point, 0 where it does not."""
    lens = np.array([(c.fx, c.fy, c.cx, c.cy, c.width, c.height) for c in cameras]).T
    fx, fy, cx, cy, width, height = lens
    eyes = poses[:, :3, 3]
    local = points @ poses[:, :3, :3] - np.einsum("vi,vij->vj", eyes, poses[:, :3, :3])[:, None]
    x, y, z = np.moveaxis(local, (2, 1), (0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        u, v = fx * x / z + cx, fy * y / z + cy
    facing = (points * normals).sum(1)[:, None] - normals @ eyes.T
    facing /= np.maximum(np.sqrt(x**2 + y**2 + z**2), 1e-9)
    inside = (z >= config.near_m) & (z <= config.far_m) & (facing >= config.least_facing)
    edge = np.maximum(np.abs(u - width / 2) / width, np.abs(v - height / 2) / height) * 2
    inside &= edge <= 1 + 2 * config.beside
    return np.where(inside, (1 + facing) / 2 * (1 - np.where(inside, edge, 0) / 2) / (1 + z), 0)


def _hidden(
    known: Known, eyes: Float64[np.ndarray, "n 3"], points: Float64[np.ndarray, "n 3"]
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether something occupied stands between each eye and its point, but in the cells of the two themselves."""
    length = np.linalg.norm(points - eyes, axis=1)
    steps = np.arange(known.cell_m, max(length.max(initial=0), known.cell_m), known.cell_m)
    along = eyes[:, None] + (points - eyes)[:, None] * (steps / np.maximum(length, 1e-9)[:, None])[..., None]
    between = steps < (length - known.cell_m)[:, None]
    hidden: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = ((known.at(along) > 0) & between).any(1)
    return hidden

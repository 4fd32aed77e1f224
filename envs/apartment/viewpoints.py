"""Where an agent can stand and see a thing: the view points of Habitat's ObjectNav, but not through walls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.sight_lines import SightLines, near_free, samples
from streammem.envs.apartment.world import World, memo
from streammem.errors import ObservationError
from streammem.types import Intrinsics

__all__ = ["View", "ViewConfig", "all_view_points", "view_points", "visible_share"]

_SMALL_M = 0.8  # across: what is larger is not hidden by what a voxel leaves out
_SAMPLES = 12  # points on a thing that are looked at


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A place to stand, and what one sees of the thing from there.

    Attributes:
        at: of the feet.
        yaw: toward the middle of the thing.
        share: of the thing that nothing else hides, 0 to 1.
        coverage: how much of the picture (90 degrees, square, level) it takes, about.
        metres: from the feet to the thing's box, level.
    """

    at: tuple[float, float]
    yaw: float
    share: float
    coverage: float
    metres: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewConfig:
    """What counts as a view.

    Attributes:
        camera_height_m: above the floor.
        within_m: from the thing's box, level.
        least_share: of the thing, not hidden by others and within the camera's reach.
        tilt_deg: how far above and below the horizon the camera sees.
    """

    camera_height_m: float = 0.88
    within_m: float = 1.0
    least_share: float = 0.3
    tilt_deg: float = 45.0

    def __post_init__(self) -> None:
        if not (self.camera_height_m > 0 and self.within_m > 0):
            raise ObservationError(f"camera height and distance must be above 0, got {self}")
        if not (0 < self.least_share <= 1 and 0 < self.tilt_deg <= 90):
            raise ObservationError(f"a share is in (0, 1], a tilt in (0, 90] degrees, got {self}")


def view_points(
    world: World, thing: int, grid: NavGrid, config: ViewConfig | None = None, *, area: int | None = None
) -> list[View]:
    """The places of the grid (of one connected area; the largest if None) from which a thing is seen.

    From the best view to the worst; none if it is out of reach, hidden, or not there.

    Raises:
        ObservationError: if the scene has no such thing.
    """
    config = config or ViewConfig()
    row = world.row(thing)
    if not world.there(thing):
        return []
    low, high = world.boxes()[row]
    cells = grid.moves.cells
    # Every other cell, as on a chessboard: nobody is further than 0.1 m from one of these.
    area = grid.largest_area if area is None else area
    ours = (cells.sum(1) % 2 == 0) & (grid.areas[cells[:, 0], cells[:, 1]] == area)
    places = grid.middles()[ours]
    beside = np.maximum(np.maximum(low[:2] - places, places - high[:2]), 0.0)
    metres = np.hypot(beside[:, 0], beside[:, 1])
    near = metres <= config.within_m
    places, metres = places[near], metres[near]
    if not len(places):
        return []
    targets = _targets(world, row)
    eyes = np.concatenate([places, np.full((len(places), 1), config.camera_height_m)], 1)
    share = _share(world, eyes, targets, row, math.radians(config.tilt_deg))
    middle = (low + high) / 2
    cover = share * _coverage(eyes, low, high, middle)
    yaws = np.arctan2(-(middle[0] - places[:, 0]), middle[1] - places[:, 1])
    order = np.lexsort([np.arange(len(places)), metres, -cover, -np.round(share, 1)])
    return [
        View(
            at=(float(places[k, 0]), float(places[k, 1])), yaw=float(yaws[k]), share=float(share[k]),
            coverage=float(cover[k]), metres=float(metres[k]),
        )
        for k in order.tolist() if share[k] >= config.least_share
    ]  # fmt: skip


def all_view_points(
    world: World, category: str, grid: NavGrid, config: ViewConfig | None = None
) -> dict[int, list[View]]:
    """The view points of all things of a category, by id; things without any are left out."""
    things: Sequence[int] = [thing.id for thing in world.scene.things if thing.category == category]
    found = {thing: view_points(world, thing, grid, config) for thing in things}
    return {thing: views for thing, views in found.items() if views}


def visible_share(
    world: World, thing: int, world_from_camera: Float64[np.ndarray, "4 4"], intrinsics: Intrinsics
) -> float:
    """How much of a thing a camera (OpenCV axes) sees, 0 to 1, without drawing: what other things leave of it.

    Raises:
        ObservationError: if the scene has no such thing.
    """
    row = world.row(thing)
    if not world.there(thing):
        return 0.0
    targets = _targets(world, row)
    eye = world_from_camera[:3, 3]
    x, y, z = ((targets - eye) @ world_from_camera[:3, :3]).T
    ahead = z > 0.05
    u = intrinsics.fx * x / np.where(ahead, z, 1.0) + intrinsics.cx
    v = intrinsics.fy * y / np.where(ahead, z, 1.0) + intrinsics.cy
    inside = ahead & (u >= -0.5) & (u < intrinsics.width - 0.5) & (v >= -0.5) & (v < intrinsics.height - 0.5)
    eyes = np.repeat(eye[None], int(inside.sum()), 0)
    return float(_free(world, eyes, targets[inside], row).sum()) / len(targets)


def _targets(world: World, row: int) -> Float64[np.ndarray, "_ 3"]:
    """Points on a thing, in the world; on its body, since doors and limbs move."""
    known = memo(world.scene).setdefault("targets", {})
    if row not in known:
        known[row] = samples(world.scene.things[row].model.parts[0].mesh, _SAMPLES)
    place = world.places[row]
    return np.asarray(known[row] @ place[:3, :3].T + place[:3, 3])


def _share(
    world: World,
    eyes: Float64[np.ndarray, "n 3"],
    targets: Float64[np.ndarray, "k 3"],
    row: int,
    tilt: float,
) -> Float64[np.ndarray, " n"]:
    """How many of the targets each eye sees, those of the thing itself never in the way."""
    starts = np.repeat(eyes, len(targets), 0)
    ends = np.tile(targets, (len(eyes), 1))
    ways = ends - starts
    level = np.hypot(ways[:, 0], ways[:, 1])
    seen = np.abs(ways[:, 2]) <= math.tan(min(tilt, 1.57)) * level
    seen[seen] = _free(world, starts[seen], ends[seen], row)
    return np.asarray(seen.reshape(len(eyes), len(targets)).mean(1))


def _free(
    world: World, starts: Float64[np.ndarray, "n 3"], ends: Float64[np.ndarray, "n 3"], row: int
) -> Bool[np.ndarray, " n"]:
    """Which lines to a thing nothing else is in the way of; small things may stand behind thin boards."""
    found = SightLines.of(world).free(starts, ends, ignore=row)
    low, high = world.boxes()[row]
    if np.linalg.norm(high - low) < _SMALL_M and found.any():
        found[found] = near_free(world, row, starts[found], ends[found])
    return found


def _coverage(
    eyes: Float64[np.ndarray, "n 3"],
    low: Float64[np.ndarray, " 3"],
    high: Float64[np.ndarray, " 3"],
    middle: Float64[np.ndarray, " 3"],
) -> Float64[np.ndarray, " n"]:
    """The part of a square picture of 90 degrees that the thing's box takes when one looks at it, level."""
    corners = np.array([[(low, high)[(k >> axis) & 1][axis] for axis in range(3)] for k in range(8)])
    ahead = middle[:2] - eyes[:, :2]
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    ways = corners[None] - eyes[:, None]
    depth = np.maximum((ways[..., :2] * ahead[:, None]).sum(-1), 0.1)
    across = (ways[..., 0] * ahead[:, None, 1] - ways[..., 1] * ahead[:, None, 0]) / depth
    up = ways[..., 2] / depth
    sides = [np.clip(side.max(1), -1, 1) - np.clip(side.min(1), -1, 1) for side in (across, up)]
    return np.asarray(sides[0] * sides[1] / 4)

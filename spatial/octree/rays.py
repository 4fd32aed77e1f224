"""Where rays through the map meet something, all rays at once.

The points where a ray crosses from one voxel into the next are those where it crosses a plane of the grid: the
crossings of the three axes, sorted (Amanatides and Woo 1987, as a sort in place of a loop). Rays go on in stretches,
and those that have met something drop out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float32, Float64, Int8, Int64
from torch import Tensor

from streammem.errors import ObservationError
from streammem.spatial.octree.levels import check_level
from streammem.spatial.octree.queries import rows_at, state_at
from streammem.spatial.octree.tables import Tables
from streammem.types import Interval

__all__ = ["RayHits", "ray_cast"]

STRETCH = 16  # cubes that a ray passes along its steepest axis at once
RAYS = 16_384  # at once
NUDGE = 1e-9  # cubes: stretches shorter than twice this are none


@dataclass(frozen=True, kw_only=True, slots=True)
class RayHits:
    """For each ray: 1 if it met an occupied cube, 0 if it stopped at the unknown, -1 if all of it was passable.

    `distance_m` is from the origin to where the ray enters that cube; infinite if all was passable. `centres` are
    those of the cubes (NaN) and `rows` their surface rows (-1; at level 0 only).
    """

    state: Int8[Tensor, " n"]
    distance_m: Float32[Tensor, " n"]
    centres: Float32[Tensor, "n 3"]
    rows: Int64[Tensor, " n"]


def ray_cast(
    tables: Tables,
    voxel_m: float,
    origins: Float[Tensor, "n 3"],
    directions: Float[Tensor, "n 3"],
    far_m: float,
    level: int,
    during: Interval | None,
    through_unknown: bool,
) -> RayHits:
    """Follow rays up to `far_m`. Directions need no unit length.

    Raises:
        ObservationError: if a direction is zero or not finite, an origin not finite, or `far_m` not positive.
    """
    size_m = voxel_m * (1 << check_level(level))
    start = origins.to(tables.device, torch.float64)
    way = directions.to(tables.device, torch.float64)
    length = torch.linalg.vector_norm(way, dim=1, keepdim=True)
    if not (0 < far_m < math.inf) or not bool(
        ((length > 0) & (length < torch.inf)).all() & start.isfinite().all()
    ):
        raise ObservationError(
            "rays start at finite points, have directions that are not zero, and end at far_m > 0 metres"
        )
    count = start.shape[0]
    state = torch.full((count,), -1, dtype=torch.int8, device=tables.device)
    distance = torch.full((count,), torch.inf, dtype=torch.float64, device=tables.device)
    centres = torch.full((count, 3), torch.nan, dtype=torch.float64, device=tables.device)
    for first in range(0, count, RAYS):
        part = slice(first, first + RAYS)
        _follow(
            tables,
            (start[part] / size_m, way[part] / length[part], far_m / size_m),
            (size_m, level, during, through_unknown),
            voxel_m,
            (state[part], distance[part], centres[part]),
        )
    rows = torch.full((count,), -1, dtype=torch.int64, device=tables.device)
    met = (state == 1).nonzero()[:, 0]
    if level == 0 and met.numel():
        rows[met] = rows_at(tables, centres[met], voxel_m)
    return RayHits(
        state=state, distance_m=distance.to(torch.float32), centres=centres.to(torch.float32), rows=rows
    )


def _follow(
    tables: Tables,
    rays: tuple[Float64[Tensor, "n 3"], Float64[Tensor, "n 3"], float],
    asked: tuple[float, int, Interval | None, bool],
    voxel_m: float,
    found: tuple[Int8[Tensor, " n"], Float64[Tensor, " n"], Float64[Tensor, "n 3"]],
) -> None:
    """Follow one batch, in units of cubes; answers go into `found`."""
    (start, way, far), (size_m, level, during, through_unknown) = rays, asked
    state, distance, centres = found
    active = torch.arange(start.shape[0], device=start.device)
    begun = 0.0
    while active.numel() and begun < far:
        ended = min(far, begun + STRETCH)
        enter, middle = _crossings(start[active], way[active], begun, ended)
        points = start[active][:, None, :] + middle[..., None] * way[active][:, None, :]
        cubes = points.floor().add_(0.5)
        here = state_at(tables, (cubes * size_m).reshape(-1, 3), voxel_m, level, during).view(enter.shape)
        stops: Bool[Tensor, "n s"] = here > 0
        if not through_unknown:
            stops |= here == 0
        stops &= middle - enter > NUDGE  # a ray through an edge or a corner is in neither cube
        met = stops.any(1)
        first = stops.to(torch.int8).argmax(1)[met]
        done, which = active[met], met.nonzero()[:, 0]
        state[done] = here[which, first]
        distance[done] = enter[which, first] * size_m
        centres[done] = cubes[which, first] * size_m
        active = active[~met]
        begun = ended


def _crossings(
    start: Float64[Tensor, "n 3"], way: Float64[Tensor, "n 3"], begun: float, ended: float
) -> tuple[Float64[Tensor, "n s"], Float64[Tensor, "n s"]]:
    """Where rays enter cubes between two distances, and the middle of their stretch in each; repeated ones at the end."""
    steps = torch.arange(math.ceil(ended - begun) + 1, device=start.device, dtype=torch.float64)
    forward = way > 0
    at = start + begun * way
    plane = torch.where(forward, at.floor() + 1, at.ceil() - 1)
    speed = torch.where(way == 0, torch.inf, way)
    first = (plane - start) / speed
    crossing = first[..., None] + steps / speed.abs()[..., None]
    crossing = crossing.masked_fill((way == 0)[..., None], torch.inf)
    ends = start.new_full((start.shape[0], 1), ended)
    begins = start.new_full((start.shape[0], 1), begun)
    sorted_ = (
        torch.cat([begins, crossing.reshape(start.shape[0], -1).clamp(begun, ended), ends], 1).sort(1).values
    )
    enter, leave = sorted_[:, :-1], sorted_[:, 1:]
    return enter, (enter + leave) / 2

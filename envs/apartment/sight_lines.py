"""What hides what: straight lines through an apartment, against its surfaces in voxels of 6 cm.

Walls are exact: a line that leaves rooms and doorways is blocked. All else (furniture, door leaves, small things) is
taken from points on its surfaces. Thousands of lines are asked in a few milliseconds, with no renderer.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int16, Int32, Int64

from streammem.envs.apartment.footprints import outside
from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.world import World, memo

__all__ = ["NEAR_M", "SightLines", "near_free", "samples", "surface_points"]

VOXEL_M = 0.06
_STEP_M = 0.05  # along a line
_SHORT_M = 0.07  # lines end so far before their ends: what stands there, stands against something
_FLAT = frozenset(
    {"wall", "floor", "ceiling", "window", "doorway", "rug", "picture", "clock"}
)  # hide nothing
_KEPT = 4
_MESHES = 2048
_covers: OrderedDict[int, tuple[Mesh, Float32[np.ndarray, "_ 3"]]] = OrderedDict()
NEAR_M = 0.12  # before a small thing, lines are followed through the triangles themselves


class SightLines:
    """Which straight lines are free in a world as it was when this was made.

    Attributes:
        owner: for each voxel (z, y, x) one more than the row of the thing whose surface is there; 0 is empty, -1
            outside of rooms and doorways.
        origin: of the first voxel.
    """

    def __init__(self, world: World) -> None:
        low, high = world.scene.extent
        self.origin: Float64[np.ndarray, " 3"] = np.array([low[0] - 0.2, low[1] - 0.2, 0.0])
        self._origin = self.origin.astype(np.float32)
        top = (high[0] + 0.2, high[1] + 0.2, world.scene.height_m + 0.1)
        shape = [math.ceil((end - start) / VOXEL_M) for start, end in zip(self.origin, top, strict=True)]
        self.owner: Int16[np.ndarray, "z y x"] = np.zeros(shape[::-1], np.int16)
        self.owner[:] = -outside(world, (low[0] - 0.2, low[1] - 0.2), (shape[1], shape[0]), VOXEL_M).astype(
            np.int16
        )
        spots, bodies = _points(world)
        chosen = world.shown[bodies]
        if not chosen.all():
            spots, bodies = spots[chosen], bodies[chosen]
        matrices = world.matrices().astype(np.float32)
        first = np.flatnonzero(np.diff(bodies, prepend=-1))
        for start, end in zip(first, [*first[1:], len(bodies)], strict=True):
            place = matrices[bodies[start]]
            voxels = self._voxels(spots[start:end] @ place[:3, :3].T + place[:3, 3])
            self.owner.reshape(-1)[voxels] = world.owner[bodies[start]] + 1

    @classmethod
    def of(cls, world: World) -> SightLines:
        """Those of the world as it is now; people do not count."""
        known: dict[bytes, SightLines] = memo(world.scene).setdefault("sight lines", {})
        there = [thing.category != "person" for thing in world.scene.things]
        bodies = np.array(there, np.bool_)[world.owner]
        key = world.places[there].tobytes() + world.amounts[bodies].tobytes() + world.shown[bodies].tobytes()
        found = known.pop(key, None) or cls(world)
        known[key] = found
        if len(known) > _KEPT:
            del known[next(iter(known))]
        return found

    def free(
        self,
        starts: Float64[np.ndarray, "n 3"],
        ends: Float64[np.ndarray, "n 3"],
        *,
        ignore: int | None = None,
    ) -> Bool[np.ndarray, " n"]:
        """Whether nothing stands between two places, the surfaces of the thing in row `ignore` left out."""
        if not len(starts):
            return np.zeros(0, np.bool_)
        ways = (ends - starts).astype(np.float32)
        lengths = np.linalg.norm(ways, axis=1)
        count = max(2, math.ceil(float(lengths.max()) / _STEP_M))
        ways *= np.maximum(1 - _SHORT_M / np.maximum(lengths, 1e-6), 0)[:, None]
        share = np.linspace(0.0, 1.0, count, dtype=np.float32)[:, None, None]
        hit = self.owner.reshape(-1)[self._voxels(starts.astype(np.float32) + ways * share)]
        blocked = (hit != 0) if ignore is None else (hit != 0) & (hit != ignore + 1)
        return np.asarray(~blocked.any(0))

    def _voxels(self, spots: Float32[np.ndarray, "*n 3"]) -> Int32[np.ndarray, "*n"]:
        """The voxel of each place in `owner`, flat; the nearest one for places outside."""
        depth, height, width = self.owner.shape
        cells = ((spots - self._origin) * np.float32(1 / VOXEL_M)).astype(np.int32)
        x, y, z = (cells[..., axis].clip(0, size - 1) for axis, size in enumerate((width, height, depth)))
        return np.asarray((z * height + y) * width + x)


def near_free(
    world: World, row: int, starts: Float64[np.ndarray, "n 3"], ends: Float64[np.ndarray, "n 3"]
) -> Bool[np.ndarray, " n"]:
    """Whether the last `NEAR_M` of lines to a thing are free: exact, where voxels would see through a thin board."""
    low, high = world.boxes()[row]
    triangles = _triangles_near(world, row, low - NEAR_M, high + NEAR_M)
    ways = starts - ends
    ways *= (NEAR_M / np.maximum(np.linalg.norm(ways, axis=1), NEAR_M))[:, None]
    found = np.ones(len(starts), np.bool_)
    for first in range(0, len(starts), 512):
        part = slice(first, first + 512)
        found[part] = ~_hits(ends[part].astype(np.float32), ways[part].astype(np.float32), triangles)
    return found


def _triangles_near(
    world: World, row: int, low: Float64[np.ndarray, " 3"], high: Float64[np.ndarray, " 3"]
) -> Float32[np.ndarray, "t 3 3"]:
    """The triangles of other things, people aside, that may reach into a box, in the world."""
    boxes = world.boxes()
    matrices = world.matrices()
    found = [np.zeros((0, 3, 3), np.float32)]
    for other in np.flatnonzero(((boxes[:, 0] < high) & (boxes[:, 1] > low)).all(1)).tolist():
        thing = world.scene.things[other]
        if other == row or thing.category == "person":
            continue
        for body, part in zip(world.bodies(thing.id), thing.model.parts, strict=True):
            matrix = matrices[body].astype(np.float32)
            corners = (part.mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3])[part.mesh.triangles]
            found.append(corners[((corners.min(1) < high) & (corners.max(1) > low)).all(1)])
    return np.concatenate(found)


def _hits(
    starts: Float32[np.ndarray, "n 3"],
    ways: Float32[np.ndarray, "n 3"],
    triangles: Float32[np.ndarray, "t 3 3"],
) -> Bool[np.ndarray, " n"]:
    """Whether any triangle is on the way, a few millimetres after the start (Moeller and Trumbore 1997)."""
    one, other = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    normals = np.cross(one, other)
    scale = -ways @ normals.T
    scale = np.where(np.abs(scale) < 1e-9, np.float32(1e9), scale)  # level with it: never met
    away = starts[:, None] - triangles[None, :, 0]
    turned = np.cross(away, ways[:, None])
    t = (away * normals).sum(-1) / scale
    u, v = (turned * other).sum(-1) / scale, -(turned * one).sum(-1) / scale
    met = (t > 0.03) & (t < 1) & (u >= 0) & (v >= 0) & (u + v <= 1)
    return np.asarray(met.any(1))


def _points(world: World) -> tuple[Float32[np.ndarray, "n 3"], Int64[np.ndarray, " n"]]:
    """Points on the surfaces of all bodies that can hide something, in their own axes, and whose they are."""
    known = memo(world.scene)
    if "surface points" not in known:
        things = world.scene.things
        meshes = [(part.mesh, thing) for thing in things for part in thing.model.parts]
        hiding = [thing.category not in _FLAT and thing.category != "person" for _, thing in meshes]
        chosen = np.flatnonzero(hiding).tolist()
        spots = [_covered(meshes[body][0]) for body in chosen]
        whose = np.repeat(np.array(chosen, np.int64), [len(rows) for rows in spots])
        known["surface points"] = np.concatenate([*spots, np.zeros((0, 3), np.float32)]), whose
    found: tuple[Float32[np.ndarray, "n 3"], Int64[np.ndarray, " n"]] = known["surface points"]
    return found


def _covered(mesh: Mesh) -> Float32[np.ndarray, "_ 3"]:
    """Points that cover a mesh, remembered: scenes share their meshes."""
    if id(mesh) not in _covers:
        _covers[id(mesh)] = mesh, surface_points(mesh.vertices[mesh.triangles], VOXEL_M)[0]
        if len(_covers) > _MESHES:
            _covers.popitem(last=False)
    _covers.move_to_end(id(mesh))
    return _covers[id(mesh)][1]


def surface_points(
    triangles: Float32[np.ndarray, "t 3 3"], apart_m: float
) -> tuple[Float32[np.ndarray, "n 3"], Int64[np.ndarray, " n"]]:
    """Points that cover triangles, no more than about `apart_m` from each other, and the triangle of each."""
    sides = np.linalg.norm(np.roll(triangles, -1, 1) - triangles, axis=2)
    apex = (np.argmax(sides, 1) + 2) % 3  # opposite to the longest side, so that needles get few points
    row = np.arange(len(triangles))
    start = triangles[row, apex]
    one, other = triangles[row, (apex + 1) % 3] - start, triangles[row, (apex + 2) % 3] - start
    along = np.ceil(np.linalg.norm(one, axis=1) / apart_m).astype(np.int64).clip(1)
    across = np.ceil(np.linalg.norm(other, axis=1) / apart_m).astype(np.int64).clip(1)
    counts = (along + 1) * (across + 1)
    of = np.repeat(np.arange(len(triangles)), counts)
    number = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = (number // (across[of] + 1)) / along[of]
    second = (number % (across[of] + 1)) / across[of]
    inside = first + second <= 1 + 1e-9
    of, first, second = of[inside], first[inside, None], second[inside, None]
    return np.asarray(start[of] + first * one[of] + second * other[of], np.float32), of


def samples(mesh: Mesh, count: int) -> Float32[np.ndarray, "count 3"]:
    """So many points spread over a mesh by area, always the same."""
    triangles = mesh.vertices[mesh.triangles]
    one, other = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    reach = np.cumsum(np.linalg.norm(np.cross(one, other), axis=1))
    steps = np.arange(count)
    chosen = np.searchsorted(reach, (steps + 0.5) / count * reach[-1]).clip(0, len(reach) - 1)
    first, second = (steps * 0.7548776662) % 1, (steps * 0.5698402910) % 1  # R2 sequence (Roberts 2018)
    beyond = first + second > 1
    first, second = np.where(beyond, 1 - first, first), np.where(beyond, 1 - second, second)
    spots = triangles[chosen, 0] + first[:, None] * one[chosen] + second[:, None] * other[chosen]
    return np.asarray(spots, np.float32)

"""What stands in the way of a disc that goes about: the floor plan of everything solid between two heights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, UInt8

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Joint
from streammem.envs.apartment.motions import joint_motion
from streammem.envs.apartment.world import World, memo

__all__ = ["ABOVE_FLOOR_M", "PITCH_M", "footprints", "occupied", "outside", "solids_key"]

ABOVE_FLOOR_M = 0.05  # what is lower is stepped over: rugs, sills
PITCH_M = 0.1 / 3  # of the plan on which distances to obstacles are measured
_SAMPLE_M = 0.7 * PITCH_M  # turned by any angle, points this close leave no cell of the plan out
_SMALL = 2.0  # triangles no larger than so many samples are dots
_SHIFT = 6  # binary places of OpenCV's drawing coordinates


class _Cut(NamedTuple):
    """Which part of a mesh counts: where its joint stands, and between which heights in its thing's axes."""

    joint: Joint | None
    amount: float
    low_m: float
    high_m: float
    whole: bool

    def least(self, mesh: Mesh) -> _Cut:
        """The same for all heights between which the mesh lies entirely."""
        if self.low_m >= 0 or self.joint is not None:
            return self
        heights = mesh.vertices[:, 2]
        if heights.min() > self.low_m and heights.max() < self.high_m:
            return self._replace(low_m=-math.inf, high_m=math.inf)
        return self

    def triangles(self, mesh: Mesh) -> Float32[np.ndarray, "_ 3 3"]:
        """All of the mesh, where its joint puts it."""
        vertices = mesh.vertices
        if self.joint is not None:
            motion = joint_motion(self.joint, self.amount).astype(np.float32)
            vertices = vertices @ motion[:3, :3].T + motion[:3, 3]
        return np.asarray(vertices[mesh.triangles])


_drawn_before: WeakKeyDictionary[Mesh, dict[_Cut, Float32[np.ndarray, "_ 2"]]] = WeakKeyDictionary()


def occupied(
    world: World, origin: tuple[float, float], shape: tuple[int, int], high_m: float
) -> UInt8[np.ndarray, "rows columns"]:
    """1 where something solid stands, walls and all outside of rooms and doorways included; cells of `PITCH_M`.

    People are left out: they come and go.
    """
    found = outside(world, origin, shape, PITCH_M)
    points = _placed(world, high_m)
    if points:
        spots = (np.concatenate(points) - np.array(origin, np.float32)) * np.float32(1 / PITCH_M)
        columns, rows = spots.astype(np.int32).T
        inside = (columns >= 0) & (columns < shape[1]) & (rows >= 0) & (rows < shape[0])
        found[rows[inside], columns[inside]] = 1
    return found


def solids_key(world: World) -> bytes:
    """Equal for two moments of a scene at which all that is solid stands the same."""
    bodies = world.solids
    rows = np.unique(world.owner[bodies])
    parts = (world.places[rows], world.amounts[bodies], world.shown[bodies])
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


def _placed(world: World, high_m: float) -> list[Float32[np.ndarray, "_ 2"]]:
    """The footprints of all solid bodies, in the world; each is made once and turned with its thing."""
    known: dict[tuple[int, float, float, float], Float32[np.ndarray, "_ 2"]]
    known = memo(world.scene).setdefault("footprints", {})
    bodies = world.solids[world.shown[world.solids]]
    rows = world.owner[bodies]
    heights, amounts = world.places[rows, 2, 3].tolist(), world.amounts[bodies].tolist()
    keys = [(body, *more, high_m) for body, *more in zip(bodies.tolist(), amounts, heights, strict=True)]
    fresh = [key for key in keys if key not in known]
    if fresh:
        known.update(zip(fresh, _made(world, fresh), strict=True))
    found = []
    for key, row in zip(keys, rows.tolist(), strict=True):
        spots, place = known[key], world.places[row]
        if len(spots):
            found.append(spots @ place[:2, :2].T.astype(np.float32) + place[:2, 3].astype(np.float32))
    return found


def _made(world: World, keys: list[tuple[int, float, float, float]]) -> list[Float32[np.ndarray, "_ 2"]]:
    """The footprints of some bodies in their things' axes; those of models that scenes share are made once.

    Keys are the body, its joint's amount, its thing's height, and up to where it counts.
    """
    chosen, fresh = [], {}
    for body, amount, z, high_m in keys:
        row = int(world.owner[body])
        thing = world.scene.things[row]
        part = thing.model.parts[body - int(world.first[row])]
        cut = _Cut(
            part.joint if amount != 0 else None,
            amount,
            ABOVE_FLOOR_M - z,
            high_m - z,
            thing.relation != "shell",
        )
        cut = cut.least(part.mesh)
        known = _drawn_before.setdefault(part.mesh, {})
        chosen.append((known, cut))
        if cut not in known:
            fresh[id(part.mesh), cut] = part.mesh
    cuts = [cut for _, cut in fresh]
    spots = footprints(
        [cut.triangles(mesh) for cut, mesh in zip(cuts, fresh.values(), strict=True)],
        np.array([cut.low_m for cut in cuts]),
        np.array([cut.high_m for cut in cuts]),
        np.array([cut.whole for cut in cuts], np.bool_),
    )
    for cut, mesh, found in zip(cuts, fresh.values(), spots, strict=True):
        _drawn_before[mesh][cut] = found
    return [known[cut] for known, cut in chosen]


def footprints(
    triangles: Sequence[Float32[np.ndarray, "_ 3 3"]],
    low_m: Float64[np.ndarray, " n"],
    high_m: Float64[np.ndarray, " n"],
    whole: Bool[np.ndarray, " n"],
) -> list[Float32[np.ndarray, "_ 2"]]:
    """For each of some bodies, points that cover its plan between two heights; none where it does not reach there.

    What is `whole` and reaches between counts with its full outline, the top board of a wardrobe included: nobody
    walks into it. Of the rest, only what is between.
    """
    of = np.repeat(np.arange(len(triangles)), [len(rows) for rows in triangles])
    corners = np.concatenate([*triangles, np.zeros((0, 3, 3), np.float32)])
    bottom, top = _ends(corners[:, :, 2])
    between = (top > low_m[of]) & (bottom < high_m[of])
    reaches = np.zeros(len(triangles), np.bool_)
    reaches[of[between]] = True
    kept = np.where(whole[of], (top > low_m[of]) & reaches[of], between)
    of, corners = of[kept], corners[kept, :, :2]
    found = [np.zeros((0, 2), np.float32)] * len(triangles)
    if len(of):
        first = np.flatnonzero(np.diff(of, prepend=-1))
        for body, spots in zip(of[first].tolist(), _drawn(corners, first, whole[of]), strict=True):
            found[body] = spots
    return found


def _drawn(
    corners: Float32[np.ndarray, "t 3 2"], first: Int64[np.ndarray, " k"], whole: Bool[np.ndarray, " t"]
) -> list[Float32[np.ndarray, "_ 2"]]:
    """The plans of k bodies as points; each body has its triangles from `first` on, and its own sheet in one row."""
    lows, highs = _ends(corners)
    low = np.minimum.reduceat(lows, first) - _SAMPLE_M
    high = np.maximum.reduceat(highs, first)
    width, height = (np.ceil((high - low) / _SAMPLE_M).astype(np.int64) + 2).T
    begin = np.cumsum(width * height) - width * height
    paper = np.zeros(int((width * height).sum()), np.uint8)
    sheet = np.repeat(np.arange(len(first)), np.diff(first, append=len(corners)))
    drawn = (corners - low[sheet][:, None]) * np.float32(1 / _SAMPLE_M)
    one, other = drawn[:, 1] - drawn[:, 0], drawn[:, 2] - drawn[:, 0]
    area = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]  # twice; below 0 where it faces down
    spread = highs - lows
    small = np.maximum(spread[:, 0], spread[:, 1]) <= _SMALL * _SAMPLE_M
    upright = ~small & (np.abs(area) < _SMALL)
    large = ~small & ~upright & ((area > 0) | ~whole)
    lines, line = _along(drawn[upright])
    spots = np.concatenate([drawn[small].reshape(-1, 2), drawn[small].sum(1) / 3, lines]).astype(np.int64)
    on = np.concatenate([np.repeat(sheet[small], 3), sheet[small], sheet[upright][line]])
    paper[begin[on] + spots[:, 1] * width[on] + spots[:, 0]] = 1
    fixed = (drawn[large] * 2**_SHIFT).astype(np.int32)
    for number, triangle in zip(sheet[large].tolist(), fixed, strict=True):
        start, across, down = int(begin[number]), int(width[number]), int(height[number])
        canvas = paper[start : start + across * down].reshape(down, across)
        cv2.fillConvexPoly(canvas, triangle, 1, cv2.LINE_8, _SHIFT)
    marked = np.flatnonzero(paper)
    on = np.searchsorted(begin, marked, side="right") - 1
    rows, columns = np.divmod(marked - begin[on], width[on])
    points = ((np.stack([columns, rows], 1) + 0.5) * _SAMPLE_M + low[on]).astype(np.float32)
    return np.split(points, np.searchsorted(on, np.arange(1, len(first))))


def _ends(
    corners: Float32[np.ndarray, "t 3 ..."],
) -> tuple[Float32[np.ndarray, "t ..."], Float32[np.ndarray, "t ..."]]:
    """The least and the greatest of three (NumPy's own reductions are slow over so few)."""
    one, two, three = corners[:, 0], corners[:, 1], corners[:, 2]
    return np.minimum(np.minimum(one, two), three), np.maximum(np.maximum(one, two), three)


def _along(
    triangles: Float32[np.ndarray, "t 3 2"],
) -> tuple[Float32[np.ndarray, "n 2"], Int64[np.ndarray, " n"]]:
    """Points along the longest sides of triangles that are hardly more than lines, and the triangle of each."""
    sides = np.roll(triangles, -1, axis=1) - triangles
    longest = np.argmax(sides[..., 0] ** 2 + sides[..., 1] ** 2, axis=1)
    row = np.arange(len(triangles))
    start, side = triangles[row, longest], sides[row, longest]
    counts = np.ceil(np.hypot(side[:, 0], side[:, 1])).astype(np.int64) + 1
    of = np.repeat(row, counts)
    step = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (step / np.maximum(counts - 1, 1)[of])[:, None]
    return np.asarray(start[of] + side[of] * share, np.float32), of


def outside(
    world: World, origin: tuple[float, float], shape: tuple[int, int], pitch_m: float
) -> UInt8[np.ndarray, "rows columns"]:
    """1 outside of the rooms and of the openings between them; cells of `pitch_m`."""
    found = np.ones(shape, np.uint8)
    for room in world.scene.rooms:
        _clear(found, origin, room.low, room.high, pitch_m)
    for door in world.scene.doorways:
        along, through = door.width_m / 2, door.depth_m / 2 + 2 * pitch_m
        half = (along, through) if abs(np.sin(door.yaw)) < 0.5 else (through, along)
        low = (door.at[0] - half[0], door.at[1] - half[1])
        _clear(found, origin, low, (door.at[0] + half[0], door.at[1] + half[1]), pitch_m)
    return found


def _clear(
    plan: UInt8[np.ndarray, "rows columns"],
    origin: tuple[float, float],
    low: tuple[float, float],
    high: tuple[float, float],
    pitch_m: float,
) -> None:
    """Empty the cells whose middles are between two corners."""
    first = [round((low[axis] - origin[axis]) / pitch_m) for axis in (0, 1)]
    last = [round((high[axis] - origin[axis]) / pitch_m) for axis in (0, 1)]
    plan[max(first[1], 0) : max(last[1], 0), max(first[0], 0) : max(last[0], 0)] = 0

"""What stands in the way of a disc that goes about: the floor plan of everything solid between two heights."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.motions import joint_motion
from streammem.envs.apartment.world import World, memo

__all__ = ["ABOVE_FLOOR_M", "PITCH_M", "footprint", "occupied", "outside", "solids_key"]

ABOVE_FLOOR_M = 0.05  # what is lower is stepped over: rugs, sills
PITCH_M = 0.1 / 3  # of the plan on which distances to obstacles are measured
_SAMPLE_M = 0.7 * PITCH_M  # turned by any angle, points this close leave no cell of the plan out
_SMALL = 2.0  # triangles no larger than so many samples are dots
_SHIFT = 6  # binary places of OpenCV's drawing coordinates


def occupied(
    world: World, origin: tuple[float, float], shape: tuple[int, int], high_m: float
) -> UInt8[np.ndarray, "rows columns"]:
    """1 where something solid stands, walls and all outside of rooms and doorways included; cells of `PITCH_M`.

    People are left out: they come and go.
    """
    found = outside(world, origin, shape, PITCH_M)
    points = [spots for _, spots in _placed(world, high_m)]
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


def _placed(world: World, high_m: float) -> Iterator[tuple[int, Float32[np.ndarray, "_ 2"]]]:
    """Each solid body's footprint in the world."""
    known = memo(world.scene).setdefault("footprints", {})
    for body in world.solids:
        row = int(world.owner[body])
        place = world.places[row]
        if not world.shown[body]:
            continue
        key = (int(body), float(world.amounts[body]), float(place[2, 3]), high_m)
        if key not in known:
            known[key] = _of_body(world, int(body), high_m)
        if len(known[key]):
            turn, shift = place[:2, :2].astype(np.float32), place[:2, 3].astype(np.float32)
            yield int(body), known[key] @ turn.T + shift


def _of_body(world: World, body: int, high_m: float) -> Float32[np.ndarray, "_ 2"]:
    """In the axes of its thing, with its joint where it stands."""
    row = int(world.owner[body])
    thing = world.scene.things[row]
    part = thing.model.parts[body - int(world.first[row])]
    joint, z = part.joint, float(world.places[row, 2, 3])
    motion = np.eye(4) if joint is None else joint_motion(joint, float(world.amounts[body]))
    shell = thing.relation == "shell"
    return footprint(part.mesh, motion, ABOVE_FLOOR_M - z, high_m - z, whole=not shell)


def footprint(
    mesh: Mesh, motion: Float64[np.ndarray, "4 4"], low_m: float, high_m: float, *, whole: bool
) -> Float32[np.ndarray, "_ 2"]:
    """Points that cover the plan of a mesh between two heights; none if it does not reach between them.

    With `whole`, what reaches between counts with its full outline, the top board of a wardrobe included: nobody
    walks into it.
    """
    corners = mesh.vertices @ motion[:3, :3].T.astype(np.float32) + motion[:3, 3].astype(np.float32)
    triangles = corners[mesh.triangles]
    top, bottom = triangles[:, :, 2].max(1), triangles[:, :, 2].min(1)
    within = (top > low_m) & (bottom < high_m)
    if not within.any():
        return np.zeros((0, 2), np.float32)
    kept = triangles[(top > low_m) if whole else within][:, :, :2]
    low = kept.reshape(-1, 2).min(0) - _SAMPLE_M
    drawn = (kept - low) * np.float32(1 / _SAMPLE_M)
    size = np.ceil(drawn.reshape(-1, 2).max(0)).astype(int) + 2
    canvas = np.zeros((size[1], size[0]), np.uint8)
    one, other = drawn[:, 1] - drawn[:, 0], drawn[:, 2] - drawn[:, 0]
    small = np.ptp(drawn, axis=1).max(1) <= _SMALL
    upright = ~small & (np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) < _SMALL)
    dots = (drawn[small].reshape(-1, 2), drawn[small].mean(1), _along(drawn[upright]))
    spots = np.concatenate(dots).astype(np.int32)
    canvas[spots[:, 1], spots[:, 0]] = 1
    for triangle in (drawn[~small & ~upright] * 2**_SHIFT).astype(np.int32):
        cv2.fillConvexPoly(canvas, triangle, 1, cv2.LINE_8, _SHIFT)
    rows, columns = np.nonzero(canvas)
    return np.asarray((np.stack([columns, rows], 1) + 0.5) * _SAMPLE_M + low, np.float32)


def _along(triangles: Float32[np.ndarray, "t 3 2"]) -> Float32[np.ndarray, "_ 2"]:
    """Points along the longest sides of triangles that are hardly more than lines, no more than 1 apart."""
    sides = np.roll(triangles, -1, axis=1) - triangles
    longest = np.argmax(np.square(sides).sum(2), axis=1)
    row = np.arange(len(triangles))
    start, side = triangles[row, longest], sides[row, longest]
    counts = np.ceil(np.hypot(side[:, 0], side[:, 1])).astype(int) + 1
    of = np.repeat(row, counts)
    step = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = (step / np.maximum(counts - 1, 1)[of])[:, None]
    return np.asarray(start[of] + side[of] * share, np.float32)


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

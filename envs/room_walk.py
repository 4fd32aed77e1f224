"""A walk through free space at eye height, looking about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.ndimage import distance_transform_edt, gaussian_filter1d, label
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from streammem.errors import ObservationError
from streammem.types import Box

__all__ = ["look_at", "walk"]

CELL_M = 0.1
EYE_M = 1.5
BODY_M = 0.25  # what the walker keeps from walls and furniture
INWARD = 0.9  # how much the walker looks into the room instead of along the way
SMOOTHING = 40  # rounds, about 50 cm
STOPS = 5  # places in each room that the walk passes by

Occupied = Callable[[Float64[np.ndarray, "n 3"]], Bool[np.ndarray, " n"]]


def look_at(
    eye: Float64[np.ndarray, "... 3"], forward: Float64[np.ndarray, "... 3"]
) -> Float64[np.ndarray, "... 4 4"]:
    """World-from-camera poses at `eye` that look along `forward`, upright in a world whose z is up."""
    z = forward / np.linalg.norm(forward, axis=-1, keepdims=True)
    x = np.cross(z, np.array([0.0, 0.0, 1.0]))
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    pose = np.zeros((*eye.shape[:-1], 4, 4))
    pose[..., :3, 0], pose[..., :3, 1], pose[..., :3, 2], pose[..., :3, 3] = x, np.cross(z, x), z, eye
    pose[..., 3, 3] = 1.0
    return pose


def walk(
    occupied: Occupied, spaces: Sequence[Box], frames: int, *, fps: float, speed_m_s: float, seed: int
) -> Float64[np.ndarray, "frames 4 4"]:
    """Poses of a round that starts over when it is done.

    The way joins far-apart free places by shortest paths on a 10 cm floor plan and is smoothed where there is room;
    the walker looks ahead and into the room, sweeps 60 degrees to either side every 6 s, and up and down a little.

    Raises:
        ObservationError: if the numbers make no walk, or nobody can stand in the room.
    """
    if not (frames >= 1 and fps > 0 and speed_m_s > 0):
        raise ObservationError(
            f"a walk needs frames, a rate and a speed above 0, got {frames}, {fps} and {speed_m_s}"
        )
    way = _way(occupied, spaces, np.random.default_rng(seed))
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1))])
    t_s = np.arange(frames) / fps
    at = (t_s * speed_m_s) % max(along[-1], 1e-9)
    eye = np.stack(
        [np.interp(at, along, way[:, 0]), np.interp(at, along, way[:, 1]), np.full(frames, EYE_M)], 1
    )
    ahead = (at + 0.5) % max(along[-1], 1e-9)
    toward = (
        np.stack([np.interp(ahead, along, way[:, 0]), np.interp(ahead, along, way[:, 1])], 1) - eye[:, :2]
    )
    toward = _unit(toward) + INWARD * _inward(eye[:, :2], spaces)
    heading = np.unwrap(np.arctan2(toward[:, 1], toward[:, 0]))
    yaw = gaussian_filter1d(heading, 0.6 * fps, mode="nearest") + np.radians(60) * np.sin(
        2 * np.pi * t_s / 6.0
    )
    pitch = np.radians(-20) + np.radians(10) * np.sin(2 * np.pi * t_s / 4.3)
    forward = np.stack([np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)], axis=1)
    return look_at(eye, forward)


def _unit(vectors: Float64[np.ndarray, "n 2"]) -> Float64[np.ndarray, "n 2"]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(min=1e-9))


def _inward(eye: Float64[np.ndarray, "n 2"], spaces: Sequence[Box]) -> Float64[np.ndarray, "n 2"]:
    """Toward the middle of the room that each eye is in, 0 in the middle and 1 at the wall."""
    low, high = (np.array([getattr(space, end)[:2] for space in spaces]) for end in ("low", "high"))
    middle, half = (low + high) / 2, (high - low) / 2
    offset = (middle[None] - eye[:, None]) / half[None]
    nearest = np.abs(offset).max(axis=2).argmin(axis=1)
    return np.asarray(offset[np.arange(len(eye)), nearest].clip(-1, 1))


def _way(occupied: Occupied, spaces: Sequence[Box], rng: np.random.Generator) -> Float64[np.ndarray, "n 2"]:
    """A closed way over the floor, smooth, through the largest free area."""
    corner = np.array([min(space.low[i] for space in spaces) for i in range(2)])
    far = np.array([max(space.high[i] for space in spaces) for i in range(2)])
    shape = tuple(int(n) for n in np.ceil((far - corner) / CELL_M))
    cells = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, 2)
    centres = corner + (cells + 0.5) * CELL_M
    solid = np.zeros(len(cells), bool)
    for z in np.arange(0.1, EYE_M + 0.3, 0.03):  # a table top is 4 cm thick
        solid |= occupied(np.column_stack([centres, np.full(len(cells), z)]))
    room = np.pad(~solid.reshape(shape), 1)
    apart = distance_transform_edt(room)[1:-1, 1:-1] * CELL_M
    areas, _ = label(apart > BODY_M)
    sizes = np.bincount(areas.ravel())
    sizes[0] = 0
    if len(sizes) < 2:
        raise ObservationError("nobody can stand in this room: there is no free place of 50 cm on its floor")
    free = areas == sizes.argmax()
    roomy = free & (apart > 2 * BODY_M)
    stops = _stops(np.argwhere(roomy if roomy.sum() > STOPS else free), STOPS * len(spaces), rng)
    way = _paths(free, apart, stops)
    return _smoothed(corner + (way[:-1] + 0.5) * CELL_M, corner, free)


def _stops(cells: Int64[np.ndarray, "n 2"], count: int, rng: np.random.Generator) -> Int64[np.ndarray, "_ 2"]:
    """Cells far from each other, in the order in which each is nearest to the one before."""
    chosen = [int(rng.integers(len(cells)))]
    away = np.linalg.norm(cells - cells[chosen[0]], axis=1)
    while len(chosen) < min(count, len(cells)):
        chosen.append(int(away.argmax()))
        away = np.minimum(away, np.linalg.norm(cells - cells[chosen[-1]], axis=1))
    left, order = chosen[1:], chosen[:1]
    while left:
        nearest = int(np.linalg.norm(cells[left] - cells[order[-1]], axis=1).argmin())
        order.append(left.pop(nearest))
    return cells[order]


def _paths(
    free: Bool[np.ndarray, "a b"], apart: Float64[np.ndarray, "a b"], stops: Int64[np.ndarray, "n 2"]
) -> Float64[np.ndarray, "_ 2"]:
    """The shortest ways from stop to stop and back to the first, in cells; the middle of free space is cheaper."""
    number = np.where(free, np.cumsum(free).reshape(free.shape) - 1, -1)
    cells = np.argwhere(free)
    edges: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for di, dj in ((0, 1), (1, 0), (1, 1), (1, -1)):
        there = cells + np.array([di, dj])
        ok = np.flatnonzero((there >= 0).all(axis=1) & (there < free.shape).all(axis=1))
        ok = ok[free[tuple(there[ok].T)]]
        a, b = number[tuple(cells[ok].T)], number[tuple(there[ok].T)]
        edges.append((a, b, np.hypot(di, dj) * (1 + 0.3 / apart[tuple(cells[ok].T)])))
    a, b, cost = (np.concatenate(column) for column in zip(*edges, strict=True))
    graph = coo_array((cost, (a, b)), shape=(len(cells), len(cells))).tocsr()
    marks = number[tuple(stops.T)]
    _, before = dijkstra(graph, directed=False, indices=marks, return_predecessors=True)
    way: list[int] = []
    for i, end in enumerate(np.roll(marks, -1)):
        leg = [int(end)]
        while leg[-1] != marks[i]:
            leg.append(int(before[i, leg[-1]]))
        way += leg[:0:-1]
    return cells[[*way, int(marks[0])]].astype(np.float64)


def _smoothed(
    way: Float64[np.ndarray, "n 2"], corner: Float64[np.ndarray, " 2"], free: Bool[np.ndarray, "a b"]
) -> Float64[np.ndarray, "_ 2"]:
    """The closed way with its corners rounded, each point as far as it stays in free space."""
    for _ in range(SMOOTHING):
        rounded = 0.5 * way + 0.25 * (np.roll(way, 1, axis=0) + np.roll(way, -1, axis=0))
        cells = ((rounded - corner) / CELL_M).astype(int)
        way = np.where(free[tuple(cells.T)][:, None], rounded, way)
    return np.concatenate([way, way[:1]])

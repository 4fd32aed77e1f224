"""Whether things share space or hang in the air: against the triangles themselves, not the boxes they were placed by."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float64

from streammem.envs.apartment.scene import Thing
from streammem.envs.apartment.world import World

__all__ = ["Bodies", "afloat", "meetings", "outside_rooms", "swings"]

DEEP_M = 2e-3  # what goes deeper into another than this is in it; less is touching
TOUCH_M = 2e-3  # of feet and floors, backs and walls
FOOT_M = 5e-3  # of feet and what they stand on: cushions are not level
STANDS = 0.5  # of the foot is over what it stands on, or the thing would fall
FEET = 48  # points of a foot that are looked at
CHUNK = 400_000  # edges times triangles at once

Triangles = Float64[np.ndarray, "_ 3 3"]


class Bodies:
    """The triangles of every body in the world, as it is at this moment.

    Attributes:
        triangles: of each body.
        low, high: the corners of each body's box.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        matrices = world.matrices()
        self.triangles: list[Triangles] = []
        for body in range(len(world.owner)):
            thing = world.scene.things[int(world.owner[body])]
            mesh = thing.model.parts[body - int(world.first[int(world.owner[body])])].mesh
            matrix = matrices[body]
            corners = mesh.vertices.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
            self.triangles.append(corners[mesh.triangles])
        self.low = np.array([corners.min((0, 1)) for corners in self.triangles])
        self.high = np.array([corners.max((0, 1)) for corners in self.triangles])

    def of(self, thing: int) -> Triangles:
        """All triangles of a thing."""
        return np.concatenate([self.triangles[body] for body in self.world.bodies(thing)])

    def box(self, thing: int) -> tuple[Float64[np.ndarray, " 3"], Float64[np.ndarray, " 3"]]:
        """The corners of its box."""
        own = self.world.bodies(thing)
        return self.low[own].min(0), self.high[own].max(0)


def said(thing: Thing) -> str:
    """How a thing is listed."""
    return f"{thing.category} {thing.id}"


def loose(world: World) -> list[Thing]:
    """All that is not the shell."""
    return [thing for thing in world.scene.things if thing.relation != "shell"]


def outside_rooms(bodies: Bodies) -> Iterator[str]:
    """Things that reach into a wall, the floor or the ceiling."""
    scene = bodies.world.scene
    for thing in loose(bodies.world):
        room = scene.rooms[thing.room]
        low, high = bodies.box(thing.id)
        least = np.array([*room.low, 0.0]) - TOUCH_M
        most = np.array([*room.high, scene.height_m]) + TOUCH_M
        beyond = float(np.maximum(least - low, high - most).max())
        if beyond > 0:
            yield f"{said(thing)} by {1e3 * (beyond + TOUCH_M):.0f} mm"


def meetings(bodies: Bodies) -> Iterator[str]:
    """Pairs of things that share space, walls, windows and door leaves among them.

    Rugs lie under what stands on them. What is finer than 4 mm could slip through unseen.
    """
    chosen = np.arange(len(bodies.low))
    for one, other in _near(bodies, chosen):
        a, b = _things(bodies, one, other)
        flat = "rug" in (a.category, b.category) and "shell" not in (a.relation, b.relation)
        if not flat and _share(bodies, one, other):
            yield f"{said(a)} and {said(b)}"


def swings(world: World) -> Iterator[str]:
    """What door leaves meet as they turn from closed to open."""
    leaves = [d.leaf for d in world.scene.doorways if d.leaf is not None]
    moved = [body for leaf in leaves for body in world.bodies(leaf) if world.joint(body) is not None]
    other = world.clone()
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        for body in moved:
            joint = world.joint(body)
            if joint is not None:
                other.set_joint(body, (1 - share) * joint.low + share * joint.high)
        bodies = Bodies(other)
        for one, two in _near(bodies, np.array(moved, np.int64)):
            a, b = _things(bodies, one, two)
            if "rug" not in (a.category, b.category) and _share(bodies, one, two):
                yield f"{said(a)} at {100 * share:.0f} % and {said(b)}"


def _near(bodies: Bodies, chosen: np.ndarray) -> Iterator[tuple[int, int]]:
    """Pairs of bodies of different things, not both of the shell, whose boxes overlap."""
    world = bodies.world
    shell = np.array([thing.relation == "shell" for thing in world.scene.things])[world.owner]
    for one in chosen.tolist():
        meets = ((bodies.low < bodies.high[one] - DEEP_M) & (bodies.high > bodies.low[one] + DEEP_M)).all(1)
        meets &= (world.owner != world.owner[one]) & ~(shell & shell[one])
        for other in np.flatnonzero(meets).tolist():
            if other > one or other not in chosen:
                yield one, other


def _things(bodies: Bodies, *chosen: int) -> list[Thing]:
    things = bodies.world.scene.things
    return [things[int(bodies.world.owner[body])] for body in chosen]


def _share(bodies: Bodies, one: int, other: int) -> bool:
    low = np.maximum(bodies.low[one], bodies.low[other])
    high = np.minimum(bodies.high[one], bodies.high[other])
    a, b = (
        corners[((corners.min(1) <= high) & (corners.max(1) >= low)).all(1)]
        for corners in (bodies.triangles[one], bodies.triangles[other])
    )
    if _pierces(a, b) or _pierces(b, a):
        return True
    inner, outer = (one, other) if np.array_equal(low, bodies.low[one]) else (other, one)
    held = (bodies.low[inner] >= bodies.low[outer]).all() and (bodies.high[inner] <= bodies.high[outer]).all()
    return bool(held and _within(bodies.triangles[inner][0, 0], bodies.triangles[outer]))


def _pierces(one: Triangles, other: Triangles) -> bool:
    """Whether an edge of one goes through a triangle of the other, from 2 mm before it to 2 mm behind it."""
    if not len(one) or not len(other):
        return False
    normals = np.cross(other[:, 1] - other[:, 0], other[:, 2] - other[:, 0])
    length = np.linalg.norm(normals, axis=1)
    other, normals = other[length > 1e-10], normals[length > 1e-10] / length[length > 1e-10, None]
    starts, ends = one.reshape(-1, 3), np.roll(one, -1, 1).reshape(-1, 3)
    rows = max(1, CHUNK // max(1, len(other)))
    for first in range(0, len(starts), rows):
        p, q = starts[first : first + rows], ends[first : first + rows]
        level = (other[:, 0] * normals).sum(1)
        before, behind = p @ normals.T - level, q @ normals.T - level
        edge, face = np.nonzero((before * behind < 0) & (np.minimum(abs(before), abs(behind)) > DEEP_M))
        if not len(edge):
            continue
        share = before[edge, face] / (before[edge, face] - behind[edge, face])
        spots = p[edge] + share[:, None] * (q[edge] - p[edge])
        if _in_triangles(spots, other[face], normals[face]).any():
            return True
    return False


def _in_triangles(
    spots: Float64[np.ndarray, "n 3"], triangles: Triangles, normals: Float64[np.ndarray, "n 3"]
) -> Bool[np.ndarray, " n"]:
    """Whether places in the planes of triangles are inside them, off their edges."""
    inside = np.ones(len(spots), np.bool_)
    for k in range(3):
        side = triangles[:, (k + 1) % 3] - triangles[:, k]
        across = np.cross(normals, side)
        across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
        inside &= (across * (spots - triangles[:, k])).sum(1) > 1e-4
    return inside


def _within(spot: Float64[np.ndarray, " 3"], triangles: Triangles) -> bool:
    """Whether a place is in the flesh of a body: on nearly all sides it meets the inner face of a surface first."""
    ways = np.array([(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)], np.float64)
    ways = ways[np.abs(ways).sum(1) > 0] + np.array([0.013, 0.029, 0.041])
    one, two = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    normals, away = np.cross(one, two), spot - triangles[:, 0]
    scale = -ways @ normals.T
    scale = np.where(np.abs(scale) < 1e-12, np.nan, scale)
    t = (away * normals).sum(1) / scale
    turned = np.cross(away, ways[:, None])
    u, v = (turned * two).sum(-1) / scale, -(turned * one).sum(-1) / scale
    met = (t > 1e-6) & (u >= 0) & (v >= 0) & (u + v <= 1)
    first = np.where(met, t, np.inf).argmin(1)
    inner = met.any(1) & (scale[np.arange(len(ways)), first] < 0)
    return bool(inner.mean() > 0.9)


def afloat(bodies: Bodies) -> Iterator[str]:
    """Things that do not touch what they stand on or hang from, or stand half beside it."""
    scene = bodies.world.scene
    for thing in loose(bodies.world):
        low, high = bodies.box(thing.id)
        if thing.relation == "floor":
            wrong = f"{1e3 * low[2]:.0f} mm above the floor" if abs(low[2]) > TOUCH_M else ""
        elif thing.relation == "ceiling":
            under = scene.height_m - high[2]
            wrong = f"{1e3 * under:.0f} mm under the ceiling" if abs(under) > TOUCH_M else ""
        elif thing.relation == "wall":
            wrong = _off_wall(bodies, thing)
        else:
            wrong = _off_support(bodies, thing)
        if wrong:
            yield f"{said(thing)}: {wrong}"


def _off_wall(bodies: Bodies, thing: Thing) -> str:
    """Nine lines from the back of what hangs must meet the wall at once: not a window, not a doorway."""
    c, s = math.cos(thing.yaw), math.sin(thing.yaw)
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    own = (bodies.of(thing.id).reshape(-1, 3) - np.array(thing.at)) @ turn
    low, high = own.min(0), own.max(0)
    shares = np.array([(x, z) for x in (0.05, 0.5, 0.95) for z in (0.05, 0.5, 0.95)])
    back = np.empty((9, 3))
    back[:, [0, 2]] = low[[0, 2]] + shares * (high - low)[[0, 2]]
    back[:, 1] = high[1]
    walls = [t.id for t in bodies.world.scene.things if t.category == "wall" and t.room == thing.room]
    faces = (np.concatenate([bodies.of(wall) for wall in walls]) - np.array(thing.at)) @ turn
    gaps = _gaps(back[:, [0, 2, 1]], faces[:, :, [0, 2, 1]], below=False)
    worst = float(np.abs(gaps).max())
    if not math.isfinite(worst):
        return "no wall behind it"
    return f"{1e3 * worst:.0f} mm off the wall" if worst > TOUCH_M else ""


def _off_support(bodies: Bodies, thing: Thing) -> str:
    if thing.parent is None:
        return f"{thing.relation} nothing"
    corners = bodies.of(thing.id).reshape(-1, 3)
    foot = corners[corners[:, 2] < corners[:, 2].min() + TOUCH_M]
    foot = np.unique(foot.round(5), axis=0)
    foot = foot[np.linspace(0, len(foot) - 1, min(len(foot), FEET)).astype(int)]
    gaps = _gaps(foot, bodies.of(thing.parent), below=True)
    parent = said(bodies.world.scene.by_id[thing.parent])
    if not np.isfinite(gaps).any():
        return f"nothing of {parent} under it"
    if np.abs(gaps).min() > FOOT_M:
        return f"{1e3 * float(gaps[np.abs(gaps).argmin()]):.0f} mm above {parent}"
    share = float((np.abs(gaps) <= 2 * FOOT_M).mean())
    return f"{100 * share:.0f} % of its foot on {parent}" if share < STANDS else ""


def _gaps(spots: Float64[np.ndarray, "n 3"], faces: Triangles, *, below: bool) -> Float64[np.ndarray, " n"]:
    """How far it is down from places to the nearest face, to both sides of them; inf where there is none.

    With `below`, faces more than 2 cm above a place do not count.
    """
    one, two = faces[:, 1, :2] - faces[:, 0, :2], faces[:, 2, :2] - faces[:, 0, :2]
    area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    faces, one, two, area = (rows[np.abs(area) > 1e-10] for rows in (faces, one, two, area))
    away = spots[:, None, :2] - faces[None, :, 0, :2]
    u = (away[..., 0] * two[:, 1] - away[..., 1] * two[:, 0]) / area
    v = (away[..., 1] * one[:, 0] - away[..., 0] * one[:, 1]) / area
    over = (u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6)
    rise_one, rise_two = faces[:, 1, 2] - faces[:, 0, 2], faces[:, 2, 2] - faces[:, 0, 2]
    gaps = spots[:, None, 2] - (faces[:, 0, 2] + u * rise_one + v * rise_two)
    gaps = np.where(over & (gaps > -0.02 if below else True), gaps, np.inf)
    nearest = np.abs(gaps).argmin(1)
    return np.asarray(gaps[np.arange(len(spots)), nearest])


def listed(found: Sequence[str]) -> list[str]:
    """Each of them once, in order."""
    return list(dict.fromkeys(found))

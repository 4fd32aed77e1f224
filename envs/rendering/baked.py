"""A scene made ready to be drawn: triangles, their light, and which rooms each body can be seen from."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32, UInt8

from streammem.envs.apartment.scene import Scene
from streammem.envs.rendering.bodies import Bodies, bodies_of
from streammem.envs.rendering.charts import Charts, charts_of
from streammem.envs.rendering.light import RANGE, Lighting, RoomLight, glow_of, painted, shown
from streammem.envs.rendering.occlusion import Occlusion

__all__ = ["Baked", "LightGrid", "baked"]

KEPT = 8
GRID_M, HEIGHTS_M = 0.6, (0.3, 1.0, 1.7)
SIX = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32)
BESIDE_M = 0.3  # a body this far outside a room may still show in it: it stands in the wall


@dataclass(frozen=True, slots=True)
class LightGrid:
    """Light from six sides at places all over a scene: for what moves.

    Attributes:
        low: the first place.
        factors: of `shown`, by x, y, height, side (as in `SIX`) and colour.
    """

    low: Float32[np.ndarray, " 2"]
    factors: Float32[np.ndarray, "x y z 6 3"]

    def at(self, points: Float[np.ndarray, "n 3"]) -> Float32[np.ndarray, "n 6 3"]:
        """Between the places; the nearest height."""
        most = np.array(self.factors.shape[:2]) - 1.001
        where = np.clip((points[:, :2] - self.low) / GRID_M, 0, most)
        cell = where.astype(np.int64)
        x, y = (where - cell).astype(np.float32).T[:, :, None, None]
        z = np.abs(points[:, 2:] - np.array(HEIGHTS_M)).argmin(axis=1)
        i, j = cell.T
        near = self.factors[i, j, z] * (1 - y) + self.factors[i, j + 1, z] * y
        far = self.factors[i + 1, j, z] * (1 - y) + self.factors[i + 1, j + 1, z] * y
        return np.asarray(near * (1 - x) + far * x)


@dataclass(frozen=True, kw_only=True, slots=True)
class Baked:
    """A scene, ready to be drawn.

    Attributes:
        scene: which.
        bodies: its triangles.
        colours: sRGB under the light where they stand at first; on charts, without it.
        glow: what each body still gives of its own light.
        charts: where flat faces have their light.
        light: the light map; a texel times `RANGE` is the factor.
        grid: light for what moves.
        kinds: bodies by four: where its triangles with charts begin, those with a picture, the plain ones, the end.
        rooms: bodies by rooms: in which each stands, or in whose walls.
    """

    scene: Scene
    bodies: Bodies
    colours: UInt8[np.ndarray, "n 4"]
    glow: Float32[np.ndarray, " bodies"]
    charts: Charts
    light: UInt8[np.ndarray, "h w 4"]
    grid: LightGrid
    kinds: Int32[np.ndarray, "bodies 4"]
    rooms: Bool[np.ndarray, "bodies rooms"]


_kept: OrderedDict[tuple[int, Lighting], Baked] = OrderedDict()


def baked(scene: Scene, lighting: Lighting) -> Baked:
    """A scene made ready; the last few are kept."""
    key = (id(scene), lighting)  # the entry holds the scene, so its id is not used again
    if key not in _kept:
        _kept[key] = _baked(scene, lighting)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]


def _baked(scene: Scene, lighting: Lighting) -> Baked:
    bodies, charts = charts_of(*_fixed(scene))
    bodies, kinds = _sorted(bodies, charts)
    counted = _counted(scene)
    light = RoomLight(scene, Occlusion(bodies, counted), lighting)
    corners = ~charts.mapped
    factor = np.ones_like(bodies.vertices)
    factor[corners] = shown(light.at(bodies.vertices[corners], bodies.normals[corners], shadows=False))
    centres = np.einsum("nij,nj->ni", bodies.rest[:, :3, :3], bodies.centres) + bodies.rest[:, :3, 3]
    glow = glow_of(scene, lighting, bodies.things, centres)
    colours = np.full((len(factor), 4), 255, np.uint8)
    colours[:, :3] = np.rint(painted(bodies.colours, factor, glow[bodies.body]) * 255)
    picture = np.full((*charts.shape, 4), round(255 / RANGE), np.uint8)
    found = shown(light.at(charts.points, charts.normals)) * (255 / RANGE)
    picture[charts.rows, charts.columns, :3] = np.rint(np.clip(found, 0, 255))
    return Baked(
        scene=scene,
        bodies=bodies,
        colours=colours,
        glow=glow,
        charts=charts,
        light=picture,
        grid=_grid(scene, light),
        kinds=kinds,
        rooms=_standing(scene, bodies),
    )


def _fixed(scene: Scene) -> tuple[Bodies, Bool[np.ndarray, " bodies"]]:
    """The bodies, and which of them never move."""
    fixed = [not thing.movable and part.joint is None for thing in scene.things for part in thing.model.parts]
    return bodies_of(scene), np.array(fixed, np.bool_)


def _sorted(bodies: Bodies, charts: Charts) -> tuple[Bodies, Int32[np.ndarray, "bodies 4"]]:
    """Each body's triangles by what it takes to paint them: a light map and a picture, a picture, neither."""
    corner = bodies.triangles[:, 0]
    plain = np.array([name == "plain" for name in bodies.surfaces])[bodies.layer[corner]]
    kind = np.where(charts.mapped[corner], 0, np.where(plain, 2, 1))
    keys = 3 * np.repeat(np.arange(len(bodies.things)), np.diff(bodies.starts)) + kind
    order = np.argsort(keys, kind="stable")
    edges = np.searchsorted(keys[order], np.arange(3 * len(bodies.things) + 1)).astype(np.int32)
    starts = np.append(edges[:-1].reshape(-1, 3), edges[3::3, None], axis=1)
    return replace(bodies, triangles=bodies.triangles[order]), starts


def _counted(scene: Scene) -> Bool[np.ndarray, " bodies"]:
    """Which bodies stand in the light: furniture; no walls, people, small things, or what a lamp shines out of."""
    lamps = np.array([lamp.at for lamp in scene.lamps]).reshape(-1, 3)
    found = []
    for thing in scene.things:
        model = thing.model
        away = np.hypot(*(lamps[:, :2] - thing.at[:2]).T).min(initial=np.inf)
        stands = thing.relation == "floor" and not thing.movable and model.category != "person"
        found.append(stands and model.size[2] > 0.1 and away > max(model.size[:2]) / 2)
    return np.array(found, np.bool_)[
        np.repeat(np.arange(len(found)), [len(t.model.parts) for t in scene.things])
    ]


def _grid(scene: Scene, light: RoomLight) -> LightGrid:
    low, high = np.array(scene.extent, np.float32)
    count = np.ceil((high - low) / GRID_M).astype(int) + 1
    x, y = (np.minimum(low[i] + GRID_M * np.arange(count[i], dtype=np.float32), high[i]) for i in (0, 1))
    places = np.stack(np.meshgrid(x, y, np.array(HEIGHTS_M, np.float32), indexing="ij"), axis=-1).reshape(
        -1, 3
    )
    points = np.repeat(places, 6, axis=0)
    normals = np.tile(SIX, (len(places), 1))
    factors = shown(light.at(points, normals, shadows=False)).reshape(*count, len(HEIGHTS_M), 6, 3)
    return LightGrid(low, factors)


def _standing(scene: Scene, bodies: Bodies) -> Bool[np.ndarray, "bodies rooms"]:
    """Bodies by rooms: in which each stands."""
    rows = np.argsort(bodies.body, kind="stable")
    edge = np.searchsorted(bodies.body[rows], np.arange(len(bodies.things)))
    level = bodies.vertices[rows, :2]
    return in_rooms(scene, np.minimum.reduceat(level, edge), np.maximum.reduceat(level, edge))


def in_rooms(
    scene: Scene, low: Float[np.ndarray, "n 2"], high: Float[np.ndarray, "n 2"]
) -> Bool[np.ndarray, "n rooms"]:
    """Which rooms some rectangles reach into, or stand in the wall of."""
    start = np.array([room.low for room in scene.rooms]) - BESIDE_M
    stop = np.array([room.high for room in scene.rooms]) + BESIDE_M
    return np.asarray(((low[:, None] <= stop) & (high[:, None] >= start)).all(axis=2))

"""Light in an apartment: lamps, the sky through the windows, what walls throw back, and what stands in the way.

Worked out once for a scene, at the corners of things and on the charts of flat faces; nothing is traced while a
picture is drawn. Light is linear, 1 is what a white wall needs to look white.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Float32, Int16, Int32, UInt8

from streammem.envs.apartment.scene import Scene, Thing
from streammem.envs.rendering.occlusion import Occlusion
from streammem.errors import ObservationError

__all__ = ["Lighting", "RoomLight", "shown"]

AMBIENT, AMBIENT_LAMP, AMBIENT_DAY = 0.12, 0.13, 0.16
LAMP, LAMP_M = 1.05, 2.0  # strength, and the distance at which half of it is left
WRAP = 0.25  # a lamp is no point: it reaches a little round the corner
SKY, SKY_COLOUR = 2.2, (0.86, 0.95, 1.08)
WARM = (1.1, 1.06, 1.0)  # what walls and wooden floors throw back
LIFT = (0.06, 0.1, 0.16)  # and how it changes for what looks up
TABLE_M = 0.05
CORNER_M, CORNER = 0.4, 0.5  # how far and how strongly walls darken what is next to them
GAMMA = 2.2
SHOWN = ((1.3 * (1 - np.exp(-1.15 * np.arange(4096) / 1024))) ** (1 / GAMMA)).astype(np.float32)
RANGE = 1.15  # the brightest that a light map can hold, after `shown`


@dataclass(frozen=True, kw_only=True, slots=True)
class Lighting:
    """What shines.

    Args:
        daylight: through the windows; 0 at night, 1 by day.
        dark: the rooms whose lamps are off.
    """

    daylight: float = 1.0
    dark: frozenset[int] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not 0 <= self.daylight <= 1:
            raise ObservationError(
                f"daylight is 0 (night) to 1 (a bright day), got {self.daylight}: set it within"
            )


def shown(light: Float32[np.ndarray, " *shape"]) -> Float32[np.ndarray, " *shape"]:
    """What sRGB is multiplied with under a light: a shoulder for what is bright, then the power law of the screen."""
    return np.asarray(np.take(SHOWN, (light * 1024).astype(np.int32), mode="clip"))


@dataclass(frozen=True, slots=True)
class _Source:
    at: tuple[float, float, float]
    colour: Float32[np.ndarray, " 3"]
    facing: Float32[np.ndarray, " 3"] | None  # of a window, into the room; a lamp shines all round
    room: int


class RoomLight:
    """The light of a scene.

    Args:
        scene: its rooms, lamps and windows.
        occlusion: its furniture.
        lighting: what is on.
    """

    def __init__(self, scene: Scene, occlusion: Occlusion, lighting: Lighting) -> None:
        self._scene, self._occlusion = scene, occlusion
        self._table = self._room_table()
        lamps = [
            _Source(lamp.at, np.array(lamp.colour, np.float32) * LAMP, None, self._row(lamp.room))
            for lamp in scene.lamps
            if lamp.room not in lighting.dark
        ]
        windows = [
            self._window(thing, lighting.daylight)
            for thing in scene.things
            if thing.category == "window" and lighting.daylight > 0
        ]
        self._sources = lamps + windows
        rooms = range(len(scene.rooms))
        lit = np.array([any(s.room == row for s in lamps) for row in rooms], np.float32)
        day = np.array([min(2, sum(s.room == row for s in windows)) for row in rooms], np.float32)
        self._ambient = AMBIENT + AMBIENT_LAMP * lit + AMBIENT_DAY * lighting.daylight * np.sqrt(day / 2)

    def _row(self, room: int) -> int:
        return next(row for row, space in enumerate(self._scene.rooms) if space.id == room)

    def _window(self, thing: Thing, daylight: float) -> _Source:
        wide, _, high = thing.model.size
        facing = np.array([math.sin(thing.yaw), -math.cos(thing.yaw), 0], np.float32)
        area = max(wide * high, 0.3)
        at = (thing.at[0], thing.at[1], thing.at[2] + high / 2)
        colour = np.array(SKY_COLOUR, np.float32) * np.float32(SKY * daylight * area / math.pi)
        return _Source(at, colour, facing, self._row(thing.room))

    def at(
        self,
        points: Float32[np.ndarray, "n 3"],
        normals: Float32[np.ndarray, "n 3"],
        *,
        shadows: bool = True,
    ) -> Float32[np.ndarray, "n 3"]:
        """The light on small faces in the world; without `shadows`, furniture dims only what is next to it."""
        rooms = self._rooms(points, normals)
        order = np.argsort(rooms, kind="stable")
        edges = np.searchsorted(rooms[order], np.arange(len(self._scene.rooms) + 1))
        place, normal = np.ascontiguousarray(points[order].T), np.ascontiguousarray(normals[order].T)
        light = np.empty((3, len(points)), np.float32)
        for row, (a, b) in enumerate(pairwise(edges.tolist())):
            if b > a:
                light[:, a:b] = self._within(row, place[:, a:b], normal[:, a:b], shadows)
        found = np.empty((len(points), 3), np.float32)
        found[order] = light.T
        return found

    def _rooms(
        self, points: Float32[np.ndarray, "n 3"], normals: Float32[np.ndarray, "n 3"]
    ) -> Int16[np.ndarray, " n"]:
        """The row of the room that holds each point, or the nearest one."""
        low, table = self._table
        x, y = (
            ((points[:, i] + normals[:, i] * np.float32(0.05) - low[i]) * np.float32(1 / TABLE_M)).astype(
                np.int32
            )
            for i in (0, 1)
        )
        return np.asarray(np.take(table, x * table.shape[1] + y, mode="clip"))

    def _room_table(self) -> tuple[Float32[np.ndarray, " 2"], Int16[np.ndarray, "x y"]]:
        """The nearest room of each square of the plan."""
        low, high = np.array(self._scene.extent, np.float32)
        low = low - 0.5
        x, y = (np.arange(low[i], high[i] + 0.5, TABLE_M) + TABLE_M / 2 for i in (0, 1))
        best = np.full((len(x), len(y)), np.inf)
        table = np.zeros(best.shape, np.int16)
        for row, room in enumerate(self._scene.rooms):
            aside = [
                np.maximum(np.maximum(room.low[i] - at, at - room.high[i]), 0) for i, at in enumerate((x, y))
            ]
            off = np.add.outer(*aside)
            table[off < best] = row
            np.minimum(best, off, out=best)
        return low, table

    def _within(
        self, row: int, points: Float32[np.ndarray, "3 n"], normals: Float32[np.ndarray, "3 n"], shadows: bool
    ) -> Float32[np.ndarray, "3 n"]:
        """The light on faces in one room."""
        closed = self._corners(row, points, normals) * self._occlusion.open(points, normals)
        level = closed * np.float32(self._ambient[row])
        up = normals[2] * level
        light = np.stack([level * warm + up * lift for warm, lift in zip(WARM, LIFT, strict=True)])
        dimmed = np.sqrt(closed)
        for source in self._sources:
            if source.room == row:
                strength = self._shone(source, points, normals) * dimmed
                if shadows:
                    strength *= self._occlusion.reached(points, normals, source.at)
                light += source.colour[:, None] * strength
        return light

    def _corners(
        self, row: int, points: Float32[np.ndarray, "3 n"], normals: Float32[np.ndarray, "3 n"]
    ) -> Float32[np.ndarray, " n"]:
        """How open places are in view of floor, ceiling and the four walls; a face does not darken itself."""
        room = self._scene.rooms[row]
        shut = np.zeros(points.shape[1], np.float32)
        for axis, (low, high) in enumerate(
            zip((*room.low, 0.0), (*room.high, self._scene.height_m), strict=True)
        ):
            for edge, sign in ((low, -1), (high, 1)):
                off = (points[axis] - np.float32(edge)) * np.float32(1 / CORNER_M)
                near = 1 / (1 + off * off)
                shut += (1 + sign * normals[axis]) * near * near
        return np.asarray(1 / (1 + CORNER * shut))

    @staticmethod
    def _shone(
        source: _Source, points: Float32[np.ndarray, "3 n"], normals: Float32[np.ndarray, "3 n"]
    ) -> Float32[np.ndarray, " n"]:
        """How strongly a source shines on faces in its room, if nothing stands between."""
        x, y, z = (np.float32(source.at[i]) - points[i] for i in range(3))
        squared = x * x + y * y + z * z + np.float32(1e-4)
        away = 1 / np.sqrt(squared)
        cosine = (x * normals[0] + y * normals[1] + z * normals[2]) * away
        if source.facing is None:
            lit = np.maximum(cosine + WRAP, 0) * np.float32(1 / (1 + WRAP))
            return np.asarray(lit / (1 + squared * np.float32(1 / LAMP_M**2)))
        front = np.maximum(-(x * source.facing[0] + y * source.facing[1]) * away, 0)
        return np.asarray(np.maximum(cosine + 0.1, 0) * np.float32(1 / 1.1) * front / (squared + 0.5))


def glow_of(
    scene: Scene,
    lighting: Lighting,
    things: Int32[np.ndarray, " bodies"],
    centres: Float[np.ndarray, "bodies 3"],
) -> Float32[np.ndarray, " bodies"]:
    """How much of its own light each body still gives: windows fade with the day, lamps with their switch."""
    share = np.ones(len(things), np.float32)
    off = np.array([lamp.at for lamp in scene.lamps if lamp.room in lighting.dark]).reshape(-1, 3)
    for row, thing in enumerate(things.tolist()):
        if scene.by_id[thing].category == "window":
            share[row] = 0.06 + 0.94 * lighting.daylight
    if len(off):
        near = np.linalg.norm(centres[:, None] - off[None], axis=2).min(axis=1) < 0.6
        share[near] = 0.1
    return share


def painted(
    colours: UInt8[np.ndarray, "n 4"], factor: Float32[np.ndarray, "n 3"], glow: Float32[np.ndarray, " n"]
) -> Float32[np.ndarray, "n 3"]:
    """SRGB colours, 0 to 1, under a factor of `shown`; what shines by itself is not lit."""
    own = colours[:, :3].astype(np.float32) / 255
    shines = colours[:, 3:].astype(np.float32) / 255
    return np.asarray(np.clip(own * (factor * (1 - shines) + shines * glow[:, None]), 0, 1), np.float32)

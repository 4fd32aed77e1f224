"""Light in an apartment: lamps, the sky through the windows, what walls throw back, and what stands in the way.

Worked out once for a scene, at the corners of things and on the charts of flat faces; nothing is traced while a
picture is drawn. Light is linear, 1 is what a white wall needs to look white.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Float32, Int64, UInt8

from streammem.envs.apartment.scene import Scene, Thing
from streammem.envs.rendering.occlusion import Occlusion
from streammem.errors import ObservationError

__all__ = ["Lighting", "RoomLight", "shown"]

AMBIENT, AMBIENT_LAMP, AMBIENT_DAY = 0.16, 0.14, 0.22
LAMP, LAMP_M = 1.5, 2.0  # strength, and the distance at which half of it is left
WRAP = 0.25  # a lamp is no point: it reaches a little round the corner
SKY, SKY_COLOUR = 2.6, (0.86, 0.95, 1.08)
WARM = (1.0, 0.955, 0.88)  # what walls and wooden floors throw back
CORNER_M, CORNER = 0.22, 0.42  # how far and how strongly walls darken what is next to them
GAMMA = 2.2
RANGE = 1.3  # the brightest that a light map can hold, after `shown`


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


def shown(light: Float32[np.ndarray, "n 3"]) -> Float32[np.ndarray, "n 3"]:
    """What sRGB is multiplied with under a light: a shoulder for what is bright, then the power law of the screen."""
    pressed = 1.35 * (1 - np.exp(-1.25 * light))
    return np.asarray(pressed ** np.float32(1 / GAMMA), np.float32)


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
        self._low = np.array([room.low for room in scene.rooms], np.float32)
        self._high = np.array([room.high for room in scene.rooms], np.float32)
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
        self, points: Float32[np.ndarray, "n 3"], normals: Float32[np.ndarray, "n 3"]
    ) -> Float32[np.ndarray, "n 3"]:
        """The light on small faces in the world."""
        rooms = self._rooms(points + normals * np.float32(0.05))
        light = np.empty((len(points), 3), np.float32)
        closed = self._corners(points, normals, rooms) * self._occlusion.open(points, normals)
        sky = (0.5 + 0.5 * normals[:, 2:]) * 0.35
        level = (self._ambient[rooms] * closed).astype(np.float32)[:, None]
        light[:] = (
            level * ((1 - sky) * np.array(WARM, np.float32) + sky * np.array([1.0, 1, 1], np.float32)) * 1.3
        )
        for source in self._sources:
            rows = np.flatnonzero(rooms == source.room)
            if len(rows):
                light[rows] += self._shone(source, points[rows], normals[rows]) * closed[rows, None] ** 0.5
        return light

    def _rooms(self, points: Float32[np.ndarray, "n 3"]) -> Int64[np.ndarray, " n"]:
        """The row of the room that holds each point, or the nearest one."""
        off = np.maximum(
            np.maximum(self._low[:, None] - points[None, :, :2], points[None, :, :2] - self._high[:, None]), 0
        )
        return np.asarray((off[..., 0] + off[..., 1]).argmin(axis=0))

    def _corners(
        self,
        points: Float32[np.ndarray, "n 3"],
        normals: Float32[np.ndarray, "n 3"],
        rooms: Int64[np.ndarray, " n"],
    ) -> Float32[np.ndarray, " n"]:
        """How open places are in view of floor, ceiling and the four walls; a face does not darken itself."""
        shut = np.zeros(len(points), np.float32)
        low = np.concatenate([self._low, np.zeros((len(self._low), 1), np.float32)], axis=1)
        high = np.concatenate(
            [self._high, np.full((len(self._low), 1), self._scene.height_m, np.float32)], axis=1
        )
        for axis in range(3):
            below = np.abs(points[:, axis] - low[rooms, axis])
            above = np.abs(high[rooms, axis] - points[:, axis])
            shut += (1 - normals[:, axis]) * np.exp(-below / CORNER_M)
            shut += (1 + normals[:, axis]) * np.exp(-above / CORNER_M)
        return np.asarray(1 / (1 + CORNER * shut), np.float32)

    def _shone(
        self, source: _Source, points: Float32[np.ndarray, "n 3"], normals: Float32[np.ndarray, "n 3"]
    ) -> Float32[np.ndarray, "n 3"]:
        toward = np.array(source.at, np.float32) - points
        squared = np.maximum((toward * toward).sum(axis=1), 1e-4)
        away = np.sqrt(squared)
        cosine = (toward * normals).sum(axis=1) / away
        if source.facing is None:
            strength = np.maximum(cosine + WRAP, 0) / (1 + WRAP) / (1 + squared / LAMP_M**2)
        else:
            front = np.maximum(-(toward @ source.facing) / away, 0)
            strength = np.maximum(cosine + 0.1, 0) / 1.1 * front / (squared + 0.5)
        strength = strength * self._occlusion.reached(points, normals, source.at)
        return np.asarray(strength[:, None] * source.colour, np.float32)


def glow_of(
    scene: Scene,
    lighting: Lighting,
    things: Float[np.ndarray, " bodies"],
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

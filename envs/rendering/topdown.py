"""An apartment from above: a map with floors, walls, furniture, people, the agent, its path and what it has seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from streammem.envs.apartment.scene import Thing
from streammem.envs.apartment.world import World
from streammem.errors import ObservationError

__all__ = ["TopDown"]

Point = tuple[float, float]
MARGIN_M = 0.25
WALL, PAPER = (52, 54, 60), (238, 236, 232)
FLOORS = {
    "living room": (226, 205, 172), "kitchen": (210, 216, 220), "bedroom": (212, 205, 226), "bathroom": (190, 216, 224),
    "hall": (224, 219, 208), "study": (205, 221, 203), "dining room": (229, 211, 190),
}  # fmt: skip
PATH, GOAL, AGENT, PERSON = (226, 88, 34), (32, 150, 60), (214, 40, 57), (250, 170, 30)
LOW_M = 0.1  # what is lower has no label: others stand on it
UNSEEN = 0.42  # how bright what was not seen stays


class TopDown:
    """Draws maps of one world; x points right and y up.

    Args:
        world: what is drawn, as it is at each call.
        metres_per_pixel: the scale.
        labels: whether furniture is named, where there is room.

    Raises:
        ObservationError: if the scale is not positive.
    """

    def __init__(self, world: World, *, metres_per_pixel: float = 0.02, labels: bool = True) -> None:
        if not (math.isfinite(metres_per_pixel) and metres_per_pixel > 0):
            raise ObservationError(f"metres_per_pixel must be positive, got {metres_per_pixel}: try 0.02")
        self._world, self._scale, self._labels = world, metres_per_pixel, labels
        (x0, y0), (x1, y1) = world.scene.extent
        self._low, self._high = (x0 - MARGIN_M, y0 - MARGIN_M), (x1 + MARGIN_M, y1 + MARGIN_M)
        self.shape = (
            math.ceil((self._high[1] - self._low[1]) / metres_per_pixel),
            math.ceil((self._high[0] - self._low[0]) / metres_per_pixel),
        )
        self._ground = self._floors()

    def pixel(self, x: float, y: float) -> tuple[int, int]:
        """Column and row of a place."""
        return round((x - self._low[0]) / self._scale), round((self._high[1] - y) / self._scale)

    def draw(
        self,
        *,
        agent: tuple[float, float, float] | None = None,
        path: Sequence[Point] | Float[np.ndarray, "n 2"] = (),
        goals: Sequence[Point] | Float[np.ndarray, "g 2"] = (),
        seen: Bool[np.ndarray, "r c"] | None = None,
        seen_low: Point | None = None,
        seen_cell_m: float = 0.1,
    ) -> UInt8[np.ndarray, "h w 3"]:
        """The map as it is now.

        Args:
            agent: x, y and yaw.
            path: where it has been, in order.
            goals: places that are looked for.
            seen: by x and y, which cells have been seen; the others lie in fog. None is no fog.
            seen_low: the corner of its first cell; the corner of the scene if it is not given.
            seen_cell_m: the width of its cells.
        """
        picture = self._ground.copy()
        people = [thing for thing in self._world.scene.things if thing.category == "person"]
        for thing in self._furniture():
            self._footprint(picture, thing)
        if seen is not None:
            picture = self._fogged(picture, seen, seen_low or self._world.scene.extent[0], seen_cell_m)
        for thing in people:
            if self._there(thing):
                x, y = self._world.places[self._world.row(thing.id)][:2, 3]
                cv2.circle(picture, self.pixel(x, y), self._length(0.22), PERSON, -1, cv2.LINE_AA)
        if len(path) > 1:
            line = np.array([self.pixel(x, y) for x, y in path], np.int32)
            cv2.polylines(picture, [line], False, PATH, max(1, self._length(0.05)), cv2.LINE_AA)
        for x, y in goals:
            cv2.circle(
                picture, self.pixel(x, y), self._length(0.16), GOAL, max(2, self._length(0.06)), cv2.LINE_AA
            )
        if agent is not None:
            self._arrow(picture, *agent)
        return picture

    def _furniture(self) -> list[Thing]:
        """What stands or hangs in the rooms, the lowest first: rugs lie under beds."""
        world = self._world
        found = [
            thing
            for thing in world.scene.things
            if thing.relation not in {"shell", "ceiling", "in"} and thing.category != "person"
        ]
        tops = [world.places[world.row(thing.id)][2, 3] + thing.model.size[2] for thing in found]
        return [found[i] for i in np.argsort(tops, kind="stable") if self._there(found[i])]

    def _length(self, metres: float) -> int:
        return max(1, round(metres / self._scale))

    def _floors(self) -> UInt8[np.ndarray, "h w 3"]:
        picture = np.full((*self.shape, 3), PAPER, np.uint8)
        scene = self._world.scene
        thick = self._length(0.1)
        for room in scene.rooms:
            (x0, y0), (x1, y1) = self.pixel(room.low[0], room.high[1]), self.pixel(room.high[0], room.low[1])
            cv2.rectangle(picture, (x0 - thick, y0 - thick), (x1 + thick, y1 + thick), WALL, -1)
        for room in scene.rooms:
            corners = self.pixel(room.low[0], room.high[1]), self.pixel(room.high[0], room.low[1])
            cv2.rectangle(picture, *corners, FLOORS.get(room.kind, (222, 214, 200)), -1)
        for door in scene.doorways:
            outline = _outline(door.at, door.yaw, (door.width_m, door.depth_m + 2 * self._scale))
            cv2.fillPoly(picture, [self._pixels(outline)], (206, 190, 166))
        for thing in scene.things:
            if thing.category == "window":
                outline = _outline(thing.at[:2], thing.yaw, (thing.model.size[0], 0.12), back=True)
                cv2.fillPoly(picture, [self._pixels(outline)], (150, 200, 235))
        return picture

    def _pixels(self, outline: Float[np.ndarray, "n 2"]) -> np.ndarray:
        return np.array([self.pixel(x, y) for x, y in outline], np.int32)

    def _there(self, thing: Thing) -> bool:
        return bool(self._world.shown[self._world.first[self._world.row(thing.id)]])

    def _footprint(self, picture: UInt8[np.ndarray, "h w 3"], thing: Thing) -> None:
        place = self._world.places[self._world.row(thing.id)]
        yaw = math.atan2(place[1, 0], place[0, 0])
        size, back = thing.model.size, thing.model.mount == "wall"
        outline = self._pixels(_outline((place[0, 3], place[1, 3]), yaw, (size[0], size[1]), back=back))
        colour = _colour_of(thing)
        cv2.fillPoly(picture, [outline], colour, cv2.LINE_AA)
        cv2.polylines(picture, [outline], True, tuple(int(0.6 * c) for c in colour), 1, cv2.LINE_AA)
        if self._labels and thing.relation == "floor" and thing.model.size[2] > LOW_M:
            self._label(picture, thing.category, outline)

    @staticmethod
    def _label(picture: UInt8[np.ndarray, "h w 3"], text: str, outline: np.ndarray) -> None:
        (low, high) = outline.min(axis=0), outline.max(axis=0)
        (wide, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.34, 1)
        if wide + 4 <= high[0] - low[0] and tall + 4 <= high[1] - low[1]:
            middle = (low + high) // 2
            at = (int(middle[0]) - wide // 2, int(middle[1]) + tall // 2)
            cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.34, (40, 40, 46), 1, cv2.LINE_AA)

    def _fogged(
        self, picture: UInt8[np.ndarray, "h w 3"], seen: Bool[np.ndarray, "r c"], low: Point, cell_m: float
    ) -> UInt8[np.ndarray, "h w 3"]:
        columns = (self._low[0] + (np.arange(self.shape[1]) + 0.5) * self._scale - low[0]) / cell_m - 0.5
        rows = (self._high[1] - (np.arange(self.shape[0]) + 0.5) * self._scale - low[1]) / cell_m - 0.5
        at = np.broadcast_arrays(rows[:, None], columns[None])
        clear = cv2.remap(
            seen.astype(np.float32), at[0].astype(np.float32), at[1].astype(np.float32), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        )  # fmt: skip
        share = UNSEEN + (1 - UNSEEN) * np.asarray(clear)[..., None]
        return np.asarray(picture * share + (1 - share) * 24, np.uint8)

    def _arrow(self, picture: UInt8[np.ndarray, "h w 3"], x: float, y: float, yaw: float) -> None:
        shape = np.array([[0, 0.36], [0.23, -0.24], [0, -0.11], [-0.23, -0.24]])
        c, s = math.cos(yaw), math.sin(yaw)
        corners = self._pixels(shape @ np.array([[c, s], [-s, c]]) + (x, y))
        cv2.fillPoly(picture, [corners], AGENT, cv2.LINE_AA)
        cv2.polylines(picture, [corners], True, (255, 255, 255), 1, cv2.LINE_AA)


def _outline(
    at: Sequence[float], yaw: float, size: tuple[float, float], *, back: bool = False
) -> Float[np.ndarray, "4 2"]:
    """A footprint's corners; what hangs on a wall has its back at its origin."""
    x, y = size[0] / 2, size[1] / 2
    corners = np.array([[-x, -y], [x, -y], [x, y], [-x, y]]) - ((0, y) if back else (0, 0))
    c, s = math.cos(yaw), math.sin(yaw)
    return np.asarray(corners @ np.array([[c, s], [-s, c]]) + np.array(at[:2]))


def _colour_of(thing: Thing) -> tuple[int, int, int]:
    """The mean colour of its body, a little paler."""
    mean = thing.model.parts[0].mesh.colours[:, :3].mean(axis=0)
    red, green, blue = (round(float(c) * 0.8 + 40) for c in mean)
    return red, green, blue

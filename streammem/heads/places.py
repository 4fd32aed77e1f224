"""Where is it? Questions to a memory that draws a map: places, ways, changes, what is still unexplored.

A picture or words are looked for among the pictures first, as `find` does; their boxes have places in the world, and
whatever object of the map was there at that time is the answer: where it is now, since when, and where it was before.
Names that a sensor gave, and places asked for, are answered by the map alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float64, UInt8
from numpy.typing import ArrayLike

from streammem.errors import ObservationError, SpaceError
from streammem.heads.questions import NOW, Questions
from streammem.memory.spatial import SpatialMemory
from streammem.memory.stores import NO_MAP
from streammem.poses import check_pose
from streammem.types import (
    Box,
    Evidence,
    Frontier,
    Interval,
    MapChange,
    MapObject,
    Query,
    Route,
    Sphere,
)

__all__ = ["PlaceQuestions"]

CANDIDATES = 20  # pictures whose places are looked at
LARGER = 8.0  # an object may be so much larger than what a picture shows of it
WALL_M = 0.1
SAME_M = 0.3  # answers that are no object's and lie closer are one
Point = Sequence[float] | Float64[np.ndarray, " 3"]


class PlaceQuestions(Questions):
    """Where, which way, what changed: answered from the map and the pictures together."""

    @property
    def map(self) -> SpatialMemory:
        """The map itself: its octree, objects, views, landmarks and frontiers, to read.

        Raises:
            ObservationError: if this memory draws none.
        """
        if self._stores.spatial is None:
            raise ObservationError(NO_MAP)
        self._settle()
        return self._stores.spatial

    def where(
        self,
        *,
        image: UInt8[np.ndarray, "_ _ 3"] | None = None,
        text: str | None = None,
        near: Point | None = None,
        radius_m: float = 1.0,
        object: int | None = None,
        during: Interval | None = None,
        top_k: int = 5,
    ) -> list[Evidence]:
        """Where something is, or was last: by picture or crop, by words or its name, by place, by the map's number.

        `near` alone asks what is there; beside another question it narrows that to a ball of `radius_m` metres.
        `xyz` is the centre in metres, `extent` the box, `interval` the stay there (its end is when it was last seen),
        `occurrences` all of its stays, `gone_s` when the place was seen to be empty. Times are the map's; `t_s`,
        `frame`, `box` and `snapshot` are those of the picture that proves it.

        Raises:
            ObservationError: without a map; unless one of `image`, `text` and `object`, or `near`, is given.
            SpaceError: if this memory's encoder cannot answer such a question.
            VocabularyError: for words that neither it nor a label knows.
        """
        space = self.map
        asked = sum(part is not None for part in (image, text, object))
        if asked > 1 or not (asked or near is not None):
            raise ObservationError(
                "ask by one of image=, text=, object=, or by near=; during= narrows it down"
            )
        within = None if near is None else Sphere(centre=_point(near), radius_m=radius_m)
        query = Query(during=during, within=within, top_k=top_k)
        if object is not None:
            thing = space.objects.object(object)
            return [space.told(thing, 1.0)] if _fits(thing, query) else []
        if text is not None:
            found = self._by_name(text, query)
        elif image is not None:
            found = self._by_look(image, query)
        else:
            return space.search(dataclasses.replace(query, space="voxel"))
        return found[:top_k]

    def _by_name(self, text: str, query: Query) -> list[Evidence]:
        space = self.map
        named = space.objects.named(text)
        told = [space.told(thing, 1.0) for thing in named if _fits(thing, query)]
        try:
            seen = self._recall().by_words(text, dataclasses.replace(query, top_k=CANDIDATES))
        except SpaceError:
            if named:  # a label is a name, whether or not the encoder knows the word
                return told
            raise
        called = {thing.id for thing in named}
        likely = [hit for hit in self._on_map(seen) if hit.label is None or hit.thing in called]
        return _apart([*told, *likely])  # a sensor knows better what the rest is

    def _by_look(self, image: UInt8[np.ndarray, "_ _ 3"], query: Query) -> list[Evidence]:
        seen = self._recall().by_picture(image, dataclasses.replace(query, top_k=CANDIDATES))
        return _apart(self._on_map(seen))

    def _on_map(self, seen: Sequence[Evidence]) -> list[Evidence]:
        """Pictures' evidence as the map's: of the object that was there then, else of the place itself."""
        space, told = self.map, []
        for hit in seen:
            if hit.xyz is None:
                continue
            thing = space.thing_at(hit.xyz, hit.extent, self._stores.map_time(hit))
            if thing is None:
                told.append(hit)
                continue
            told.append(_of_thing(hit, thing))
        return told

    def things(
        self, *, near: Point | None = None, radius_m: float = 1.0, during: Interval | None = None
    ) -> list[MapObject]:
        """The objects of the map: all, or those near a point, or those that were somewhere at some time.

        Raises:
            ObservationError: without a map.
        """
        within = None if near is None else Sphere(centre=_point(near), radius_m=radius_m)
        return self.map.objects.objects(during, within)

    def changes(self, *, since_s: float = NOW.start_s, until_s: float = NOW.end_s) -> list[MapChange]:
        """What appeared, moved, vanished or was removed in this time of the map, oldest first.

        Raises:
            ObservationError: without a map.
        """
        return self.map.objects.changes(since_s, until_s)

    def unexplored(self) -> list[Frontier]:
        """Borders between what is known to be free and what nobody saw, the most promising first.

        Raises:
            ObservationError: without a map.
        """
        return self.map.borders()

    def route(self, start: Point | int, goal: Point | int | Evidence | MapObject) -> Route | None:
        """The cheapest known way from a point or landmark to a point, landmark, object or answer; None without one.

        The last place is one that has the goal in sight, if any has.

        Raises:
            ObservationError: without a map, or for evidence without a place.
            PlaceError: for a landmark that there is not.
        """
        space = self.map
        if isinstance(goal, MapObject):
            goal = goal.place.centre
        if isinstance(goal, Evidence):
            if goal.xyz is None:
                raise ObservationError("this answer has no place in the world: ask where(...) for one")
            goal = goal.xyz
        if isinstance(goal, int):
            return space.landmarks.route(start, goal)
        target = np.asarray(goal, np.float64)
        return space.landmarks.route(start, _point(goal), lambda eyes: in_sight(space, eyes, target))

    def repose(self, poses: Mapping[int, ArrayLike]) -> None:
        """A pose graph was corrected from outside: what was seen from these landmarks moves with them.

        Args:
            poses: the corrected `world_from_camera` of their keyframes, 4x4, by the landmark's id.

        Raises:
            ObservationError: without a map.
            PlaceError: for a landmark that never was.
            PoseError: if a pose is none; then nothing has changed.
            StoreError: for a memory that is open for reading.
        """
        space = self.map
        checked = {id: check_pose(pose) for id, pose in poses.items()}
        self._altering()
        space.repose(checked)


def in_sight(
    space: SpatialMemory, eyes: Float64[np.ndarray, "n 3"], target: Float64[np.ndarray, " 3"]
) -> Bool[np.ndarray, " n"]:
    """From which points a target is seen: nothing is known to stand between."""
    way = target - eyes
    far = np.linalg.norm(way, axis=1)
    slack = 4 * space.config.octree.voxel_m  # the target's own surface
    seen = far <= slack
    away = np.flatnonzero(~seen)  # a ray needs a direction, which a point at the target has not
    if len(away):
        origins, rays = torch.from_numpy(eyes[away]), torch.from_numpy(way[away])
        first = space.octree.ray_cast(origins, rays, float(far.max())).distance_m.cpu().numpy()
        seen[away] = first >= far[away] - slack
    return np.asarray(seen)


def _of_thing(hit: Evidence, thing: MapObject) -> Evidence:
    """A picture's evidence as that of the object that was there.

    Where the object is much larger than what the picture showed (a counter with all that stands on it), the place
    stays the picture's, and the object tells only since when it is there, or gone.
    """
    place = thing.place
    known = dataclasses.replace(hit, thing=thing.id, gone_s=thing.gone_s, interval=place.interval)
    if hit.extent is not None and _volume(place.extent) > LARGER * _volume(hit.extent):
        return known
    return dataclasses.replace(
        known,
        xyz=place.centre,
        extent=place.extent,
        occurrences=tuple(stay.interval for stay in thing.places),
        label=thing.label,
    )


def _volume(box: Box) -> float:
    """Cubic metres of a box with walls of a hand's breadth: what a picture shows of a thing is its near side."""
    return float(np.prod(np.subtract(box.high, box.low) + WALL_M))


def _point(point: Point) -> tuple[float, float, float]:
    try:
        x, y, z = (float(part) for part in point)
    except (TypeError, ValueError) as error:
        raise ObservationError(f"a place is three numbers in metres, got {point!r}") from error
    return x, y, z


def _fits(thing: MapObject, query: Query) -> bool:
    inside = query.within is None or thing.place.centre in query.within
    return inside and (
        query.during is None or any(stay.interval.overlaps(query.during) for stay in thing.places)
    )


def _apart(hits: Sequence[Evidence]) -> list[Evidence]:
    """Best first, each place once; two objects may share one."""
    told: list[Evidence] = []
    for hit in sorted(hits, key=lambda hit: -hit.score):
        assert hit.xyz is not None
        same = any(
            None in (hit.thing, other.thing) or hit.thing == other.thing
            for other in told
            if np.linalg.norm(np.subtract(hit.xyz, other.xyz or hit.xyz)) < SAME_M
        )
        if not same:
            told.append(hit)
    return told

"""The map as a picture from above: surface, walk, objects, borders on the unknown, answers and ways."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Float64, UInt8

from streammem.memory.spatial import SpatialMemory
from streammem.spatial.drawing import Marked, PlanConfig, top_down, write_png
from streammem.stream import StreamMemory
from streammem.types import Evidence, MapObject, Route

__all__ = ["map_picture", "save_map", "surface", "walk"]

MOST_NAMES = 32  # objects with a name on the picture, the most seen ones
MOST_BORDERS = 40
MOST_CELLS = 700  # along the longer side: a larger map is drawn from coarser cubes
LARGE_M2 = 0.5  # seen from above: a thing without a name that is larger gets a dot and no outline
STRANGE = (150, 150, 150)  # surface whose colour did not fit into the budget


def save_map(
    memory: StreamMemory, path: Path, *, marks: Sequence[Evidence] = (), route: Route | None = None
) -> Path:
    """Write the picture as PNG; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, map_picture(memory, marks=marks, route=route))
    return path


def map_picture(
    memory: StreamMemory,
    *,
    marks: Sequence[Evidence] = (),
    route: Route | None = None,
    width: int = 1100,
) -> UInt8[np.ndarray, "h w 3"]:
    """The map from above; with marks or a way, these instead of all objects and borders.

    Raises:
        ObservationError: if the memory draws no map.
    """
    space = memory.map
    solid, colours, free, voxel_m = surface(space)
    asked = bool(marks) or route is not None
    things = (
        [_answer(hit) for hit in marks if hit.xyz is not None] if asked else _things(memory, space.config.up)
    )
    borders = [] if asked else [border.centre for border in memory.unexplored()[:MOST_BORDERS]]
    return top_down(
        occupied=solid,
        voxel_m=voxel_m,
        colours=colours,
        free=free,
        up=space.config.up,
        trajectory=walk(space),
        route=None if route is None else route.points,
        objects=things,
        frontiers=np.array(borders, np.float64).reshape(-1, 3),
        title=", ".join(memory.streams),
        config=PlanConfig(width=width),
    )


def surface(
    space: SpatialMemory,
) -> tuple[Float64[np.ndarray, "n 3"], UInt8[np.ndarray, "n 3"], Float64[np.ndarray, "_ 3"], float]:
    """Occupied cubes with their colours, free ones, and their size."""
    octree, level = space.octree, 0
    solid = octree.occupied()
    if len(solid):
        centres = solid.centres
        cells = float((centres.amax(dim=0) - centres.amin(dim=0)).amax()) / solid.size_m
        while cells / 2**level > MOST_CELLS and level < 3:
            level += 1
        solid = octree.occupied(level=level) if level else solid
    rows = solid.rows.cpu()
    colours = octree.surface["rgb"].cpu()[rows.clamp_min(0)].numpy().copy()
    colours[(rows < 0).numpy()] = STRANGE
    free = octree.free(level=level).centres.cpu().numpy().astype(np.float64)
    return solid.centres.cpu().numpy().astype(np.float64), colours, free, solid.size_m


def walk(space: SpatialMemory) -> Float64[np.ndarray, "n 3"]:
    """Where the camera was, in order: landmarks at first and last visits, and snapshots, joined by walked ways."""
    graph = space.landmarks
    stops = [
        (t_s, place.id, place.world_from_camera)
        for place in graph.all()
        for t_s in (place.first_s, place.last_s)
    ]
    stops += [(view.t_s, view.place, view.world_from_camera) for view in space.views.all()]
    stops.sort(key=lambda stop: stop[:2])
    places = {place.id for place in graph.all()}
    walked = {frozenset(pair) for pair in graph.edges[0].tolist()}
    points = [pose[:3, 3][None] for _, _, pose in stops[:1]]
    for (_, one, _), (_, other, pose) in pairwise(stops):
        if one != other and frozenset((one, other)) not in walked and {one, other} <= places:
            known = graph.route(one, other)
            points += [] if known is None else [known.points[1:-1]]
        points.append(pose[:3, 3][None])
    return np.concatenate(points) if points else np.zeros((0, 3))


def _things(memory: StreamMemory, up: tuple[float, float, float]) -> list[Marked]:
    """The objects that were seen most: named ones and small ones with their outline, as long as they are there."""
    found = sorted(memory.things(), key=lambda thing: -thing.sightings)[:MOST_NAMES]
    return [
        Marked(
            label=_name(thing),
            centre=thing.place.centre,
            extent=thing.place.extent if _outlined(thing, up) else None,
            gone=thing.gone_s is not None,
        )
        for thing in found
    ]


def _outlined(thing: MapObject, up: tuple[float, float, float]) -> bool:
    if thing.gone_s is not None or thing.label is not None:
        return thing.gone_s is None
    sides = np.delete(np.subtract(thing.place.extent.high, thing.place.extent.low), np.abs(up).argmax())
    return float(sides.prod()) <= LARGE_M2


def _name(thing: MapObject) -> str:
    return thing.label or str(thing.id)


def _answer(hit: Evidence) -> Marked:
    assert hit.xyz is not None
    name = hit.label or ("here" if hit.thing is None else f"object {hit.thing}")
    return Marked(label=name, centre=hit.xyz, extent=hit.extent, gone=hit.gone_s is not None)

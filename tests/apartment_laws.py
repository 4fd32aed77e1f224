"""What must hold in every apartment: each function lists what breaks it."""

import math
from itertools import combinations

import numpy as np

from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.scene import Scene, Thing
from streammem.envs.apartment.world import World

NEAR_M = 1e-3
ARM_M = 1.0


def extent(thing: Thing) -> tuple[np.ndarray, np.ndarray]:
    """The corners of a thing's box at rest, in its own axes."""
    vertices = np.concatenate([part.mesh.vertices for part in thing.model.parts])
    return vertices.min(0).astype(float), vertices.max(0).astype(float)


def footprint(thing: Thing) -> np.ndarray:
    """The four corners of its box in the world, seen from above, in their order."""
    (a, b, _), (d, e, _) = extent(thing)
    c, s = math.cos(thing.yaw), math.sin(thing.yaw)
    corners = np.array([[a, b], [d, b], [d, e], [a, e]])
    return corners @ np.array([[c, s], [-s, c]]) + np.array(thing.at[:2])


def heights(thing: Thing) -> tuple[float, float]:
    """From where to where it reaches up."""
    low, high = extent(thing)
    return thing.at[2] + float(low[2]), thing.at[2] + float(high[2])


def furniture(scene: Scene) -> list[Thing]:
    """All that is not the shell."""
    return [thing for thing in scene.things if thing.relation != "shell"]


def overlapping(scene: Scene) -> list[str]:
    """Pairs of things whose boxes share space; rugs lie under others, and what carries a thing holds it."""
    boxes = {
        thing.id: (footprint(thing), heights(thing)) for thing in furniture(scene) if thing.category != "rug"
    }
    found = []
    for one, other in combinations(boxes, 2):
        a, b = scene.by_id[one], scene.by_id[other]
        if a.room == b.room and one != b.parent and other != a.parent and _share(boxes[one], boxes[other]):
            found.append(f"{a.category} {one} and {b.category} {other}")
    return found


def _share(
    one: tuple[np.ndarray, tuple[float, float]], other: tuple[np.ndarray, tuple[float, float]]
) -> bool:
    (a, (a0, a1)), (b, (b0, b1)) = one, other
    if a0 > b1 - NEAR_M or b0 > a1 - NEAR_M:
        return False
    for corners in (a, b):
        for edge in (corners[1] - corners[0], corners[2] - corners[1]):
            axis = edge / np.linalg.norm(edge)
            if (a @ axis).max() < (b @ axis).min() + NEAR_M or (b @ axis).max() < (a @ axis).min() + NEAR_M:
                return False
    return True


def in_walls(scene: Scene) -> list[str]:
    """Things that stick out of their room."""
    found = []
    for thing in furniture(scene):
        room = scene.rooms[thing.room]
        corners, (bottom, top) = footprint(thing), heights(thing)
        inside = (corners >= np.array(room.low) - NEAR_M).all() and (
            corners <= np.array(room.high) + NEAR_M
        ).all()
        if not inside or bottom < -NEAR_M or top > scene.height_m + NEAR_M:
            found.append(f"{thing.category} {thing.id}")
    return found


def afloat(scene: Scene) -> list[str]:
    """Things that do not touch what they stand on or hang from."""
    return [f"{thing.category} {thing.id}" for thing in furniture(scene) if not _held(scene, thing)]


def _held(scene: Scene, thing: Thing) -> bool:
    bottom, top = heights(thing)
    if thing.relation == "floor":
        return abs(bottom) <= NEAR_M
    if thing.relation == "ceiling":
        return abs(top - scene.height_m) <= NEAR_M
    if thing.relation == "wall":
        room, corners = scene.rooms[thing.room], footprint(thing)
        gaps = [corners.min(0) - np.array(room.low), np.array(room.high) - corners.max(0)]
        return bool(np.concatenate(gaps).min() <= NEAR_M)
    assert thing.parent is not None
    parent = scene.by_id[thing.parent]
    c, s = math.cos(parent.yaw), math.sin(parent.yaw)
    corners = (footprint(thing) - np.array(parent.at[:2])) @ np.array([[c, -s], [s, c]])
    low, high = corners.min(0) + NEAR_M, corners.max(0) - NEAR_M
    return any(
        support.relation == thing.relation
        and abs(parent.at[2] + support.z - bottom) <= NEAR_M
        and (low >= support.low).all()
        and (high <= support.high).all()
        and top - bottom <= support.clear_m + NEAR_M
        for support in parent.model.supports
    )


def cut_off(scene: Scene, radius_m: float = 0.18) -> list[str]:
    """Rooms that an agent cannot walk to, and small things that it cannot come near."""
    grid = NavGrid.of(World(scene), radius_m=radius_m)
    main = int(np.bincount(grid.areas[grid.free]).argmax())
    rows, columns = np.nonzero(grid.areas == main)
    places = np.array([grid.middle(int(r), int(c)) for r, c in zip(rows, columns, strict=True)])
    found = []
    for room in scene.rooms:
        inside = ((places > room.low) & (places < room.high)).all(1)
        if inside.sum() * 0.01 < 0.1 * room.area_m2:
            found.append(f"{room.kind} {room.id}")
    for thing in scene.things:
        if thing.movable and np.linalg.norm(places - np.array(thing.at[:2]), axis=1).min() > ARM_M:
            found.append(f"{thing.category} {thing.id}")
    return found

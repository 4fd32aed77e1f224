"""All the triangles of a scene in one row, as both renderers take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, UInt8

from streammem.envs.apartment.scene import Scene
from streammem.envs.apartment.world import World

__all__ = ["Bodies", "bodies_of"]

INWARD = frozenset({"floor", "wall", "ceiling"})  # sheets that nobody sees from behind
PRIMES = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F,
     0xE7037ED1A0B428DB], np.uint64,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Bodies:
    """The bodies of a scene, where they stand at first.

    Attributes:
        vertices: in the world.
        normals: in the world.
        colours: sRGB and glow.
        uv: in the picture of the vertex's surface.
        layer: of each vertex, into `surfaces`.
        body: of each vertex.
        triangles: rows of `vertices`, body after body.
        starts: the first triangle of each body, and the number of triangles.
        things: the thing's id of each body.
        rest: world-from-part of each body at first.
        centres: of the ball around each body, in its own axes.
        radii: of that ball, metres.
        closed: whether a body's faces hide their backs, so that these need not be drawn.
        surfaces: names of pictures.
        pictures: those that are not built in.
    """

    vertices: Float32[np.ndarray, "n 3"]
    normals: Float32[np.ndarray, "n 3"]
    colours: UInt8[np.ndarray, "n 4"]
    uv: Float32[np.ndarray, "n 2"]
    layer: Int32[np.ndarray, " n"]
    body: Int32[np.ndarray, " n"]
    triangles: Int32[np.ndarray, "t 3"]
    starts: Int32[np.ndarray, " _"]
    things: Int32[np.ndarray, " bodies"]
    rest: Float64[np.ndarray, "bodies 4 4"]
    centres: Float64[np.ndarray, "bodies 3"]
    radii: Float64[np.ndarray, " bodies"]
    closed: Bool[np.ndarray, " bodies"]
    surfaces: tuple[str, ...]
    pictures: dict[str, UInt8[np.ndarray, "256 256 3"]]


def bodies_of(scene: Scene) -> Bodies:
    """The bodies of a scene."""
    rest = World(scene).matrices()
    meshes = [part.mesh for thing in scene.things for part in thing.model.parts]
    things = np.repeat([t.id for t in scene.things], [len(t.model.parts) for t in scene.things])
    counts = np.array([len(mesh.vertices) for mesh in meshes])
    corners = np.array([len(mesh.triangles) for mesh in meshes])
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    body = np.repeat(np.arange(len(meshes), dtype=np.int32), counts)
    local = np.concatenate([mesh.vertices for mesh in meshes])
    vertices, normals = np.empty_like(local), np.empty_like(local)
    for mesh, start, place in zip(meshes, first.tolist(), rest.astype(np.float32), strict=True):
        stop = start + len(mesh.vertices)
        np.matmul(mesh.vertices, place[:3, :3].T, out=vertices[start:stop])
        vertices[start:stop] += place[:3, 3]
        np.matmul(mesh.normals, place[:3, :3].T, out=normals[start:stop])
    low = np.minimum.reduceat(local, first)
    high = np.maximum.reduceat(local, first)
    centres = ((low + high) / 2).astype(np.float64)
    away = np.linalg.norm(local - centres[body], axis=1)
    triangles = np.concatenate([m.triangles + np.int32(s) for m, s in zip(meshes, first, strict=True)])
    starts = np.concatenate([[0], np.cumsum(corners)]).astype(np.int32)
    facing = np.repeat(
        [t.relation == "shell" and t.category in INWARD for t in scene.things],
        [len(t.model.parts) for t in scene.things],
    )
    surfaces, layer = _layers([mesh.surfaces for mesh in meshes], [mesh.surface for mesh in meshes])
    return Bodies(
        vertices=vertices,
        normals=normals,
        colours=np.concatenate([mesh.colours for mesh in meshes]),
        uv=np.concatenate([mesh.uv for mesh in meshes]),
        layer=layer,
        body=body,
        triangles=triangles,
        starts=starts,
        things=things.astype(np.int32),
        rest=rest,
        centres=centres,
        radii=np.maximum.reduceat(away, first),
        closed=facing | _closed(local, triangles, starts),
        surfaces=surfaces,
        pictures={name: picture for mesh in meshes for name, picture in mesh.pictures.items()},
    )


def _layers(
    names: list[tuple[str, ...]], chosen: list[UInt8[np.ndarray, " _"]]
) -> tuple[tuple[str, ...], Int32[np.ndarray, " n"]]:
    """The surfaces of all meshes without repetition, and which of them each vertex has."""
    surfaces = tuple(dict.fromkeys(name for mesh in names for name in mesh))
    number = {name: i for i, name in enumerate(surfaces)}
    rows = [
        np.array([number[n] for n in own], np.int32)[pick] for own, pick in zip(names, chosen, strict=True)
    ]
    return surfaces, np.concatenate(rows)


def _closed(
    local: Float32[np.ndarray, "n 3"], triangles: Int32[np.ndarray, "t 3"], starts: Int32[np.ndarray, " _"]
) -> Bool[np.ndarray, " bodies"]:
    """Whether each edge of a body runs once in each direction.

    Each edge adds a number that its opposite takes away, made from the places of its ends; what is left is 0 for a
    closed body, and for hardly any other.
    """
    places = np.rint(local * np.float32(1e5)).astype(np.int64).view(np.uint64)
    one, two = places @ PRIMES[:3], places @ PRIMES[3:]
    one, two = (one ^ (one >> np.uint64(29))) * PRIMES[0], (two ^ (two >> np.uint64(31))) * PRIMES[4]
    left, right = one[triangles], two[triangles]
    run = (left * right[:, [1, 2, 0]] - right * left[:, [1, 2, 0]]).sum(axis=1, dtype=np.uint64)
    return np.asarray(np.add.reduceat(run, starts[:-1]) == 0)

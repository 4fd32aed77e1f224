"""What a question costs on a map of at least 20,000 occupied voxels."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float64

from benchmarks.spatial.candidates import POINTS_32
from benchmarks.spatial.clock import median_ms
from benchmarks.spatial.frames import PosedFrame, Shot, noise_features
from benchmarks.spatial.growth import rooms
from benchmarks.spatial.metrics import centres
from benchmarks.spatial.octomap import OctoMap
from benchmarks.spatial.ours import OurOctree
from benchmarks.spatial.point_map import PointMap
from benchmarks.spatial.results import Cell, Mark, Part, Table
from streammem.types import Box

__all__ = ["measure_queries"]

VOXEL_M, STRIDE, DIM = 0.05, 4, 32
TARGETS_MS = {"200 look-ups": 0.2, "box of 1 m3": 0.5, "top 20 by feature": 1.0, "save": 20.0}
RAYS, FAR_M = 200, 4.0


def measure_queries(
    frames: Sequence[PosedFrame],
    *,
    voxels: int = 20_000,
    repeats: int = 30,
    tick: Callable[[str], object] = print,
) -> Part:
    """Fill three maps with the same frames, then ask each the same; CPU ms, median."""
    tick(f"queries: filling to {voxels} voxels")
    ours, octomap, points = OurOctree(VOXEL_M, STRIDE, dim=DIM), OctoMap(VOXEL_M), PointMap(VOXEL_M, DIM)
    frames = [frame for number in range(1 + voxels // 1000) for frame in rooms(frames, number)]
    for frame in frames:
        if len(ours.occupied()) >= voxels:
            break
        shot = Shot(frame=frame, stride=STRIDE, grid_features=noise_features(frame.index, DIM))
        for one in (ours, octomap, points):
            one.integrate(shot)
    rng = np.random.default_rng(0)
    keys = octomap.occupied()
    places = centres(rng.choice(keys, 200, replace=False), VOXEL_M) + rng.uniform(-0.02, 0.02, (200, 3))
    middle = np.median(centres(keys, VOXEL_M), axis=0)
    middle = places[np.linalg.norm(places - middle, axis=1).argmin()]
    eye = frames[0].world_from_camera[:3, 3].copy()
    tick("queries: asking")
    mine = _ours(ours, places, middle, eye, repeats)
    theirs = _octomap(octomap, places, middle, eye, max(3, repeats // 10))
    theirs["top 20 by feature"] = None
    feature = noise_features(0, DIM)[0]
    found = {"top 20 by feature": median_ms(lambda: points.find(feature, 20), repeats)}
    rows: list[list[Cell]] = [
        [what, ms, theirs.get(what), found.get(what), TARGETS_MS.get(what)] for what, ms in mine.items()
    ]
    sizes = _sizes(ours, octomap)
    title = f"CPU ms a question; {len(ours.occupied()):,} occupied voxels of ours, {len(keys):,} of OctoMap's"
    columns = ["question", "streammem", "pyoctomap", POINTS_32.name, "target"]
    marks = [
        Mark(name=what, figure=f"{mine[what]:.3f} ms", target=f"<= {most:g} ms", passed=mine[what] <= most)
        for what, most in TARGETS_MS.items()
    ]
    return Part(
        name="queries",
        tables=[
            Table(title=title, columns=columns, rows=rows),
            Table(title="Bytes when saved", columns=["form", "kB"], rows=sizes),
        ],
        marks=marks,
        series={"streammem": mine, "pyoctomap": theirs, "point map": found},
        notes=[
            "pyoctomap's box and 'all occupied' go through its Python iterators; 'save' is every array of the state "
            "as an uncompressed .npz in memory for ours, the .bt and .ot stream for OctoMap",
            f"{RAYS} rays of {FAR_M:g} m go from the first camera towards the looked-up places",
        ],
    )


def _ours(made: OurOctree, places: Float64[np.ndarray, "n 3"], middle, eye, repeats: int) -> dict[str, float]:
    tree = made.octree
    points = torch.from_numpy(places.astype(np.float32))
    box = Box(low=tuple((middle - 0.5).tolist()), high=tuple((middle + 0.5).tolist()))
    everywhere = Box(low=(-1e3,) * 3, high=(1e3,) * 3)  # with a region, the search tree is made anew
    feature = torch.from_numpy(noise_features(0, DIM)[:1])
    origins = torch.from_numpy(np.repeat(eye[None], len(places), axis=0).astype(np.float32))
    ways = points - origins
    ways = ways / ways.norm(dim=1, keepdim=True)
    asked: dict[str, Callable[[], object]] = {
        "200 look-ups": lambda: tree.state_at(points),
        "box of 1 m3": lambda: tree.occupied(within=box),
        "top 20 by feature": lambda: tree.top_k(feature, 20),
        "all occupied": tree.occupied,
        "nearest of 200": lambda: tree.nearest(points),
        "nearest of 200, first after a frame": lambda: tree.nearest(points, within=everywhere),
        f"{RAYS} rays": lambda: tree.ray_cast(origins, ways, FAR_M),
        "save": lambda: _saved(made),
    }
    return {what: median_ms(call, repeats) for what, call in asked.items()}


def _saved(made: OurOctree) -> bytes:
    into = io.BytesIO()
    np.savez(into, **made.octree.state())
    return into.getvalue()


def _octomap(
    made: OctoMap, places: Float64[np.ndarray, "n 3"], middle, eye, repeats: int
) -> dict[str, float | None]:
    tree = made.tree

    def box() -> list:
        leaves = tree.begin_leafs_bbx(middle - 0.5, middle + 0.5)
        return [leaf.getCoordinate() for leaf in leaves if tree.isNodeOccupied(leaf)]

    def everything() -> list:
        return [leaf.getCoordinate() for leaf in tree.begin_leafs() if tree.isNodeOccupied(leaf)]

    def rays() -> None:
        for place in places:
            tree.castRay(eye, place - eye, np.zeros(3), ignoreUnknownCells=True, maxRange=FAR_M)

    asked: dict[str, Callable[[], object]] = {
        "200 look-ups": lambda: tree.getLabels(places),
        "box of 1 m3": box,
        "all occupied": everything,
        f"{RAYS} rays": rays,
        "save": lambda: (tree.write(), tree.writeBinary()),
    }
    return {what: median_ms(call, repeats) for what, call in asked.items()}


def _sizes(ours: OurOctree, octomap: OctoMap) -> list[list[Cell]]:
    into = io.BytesIO()
    np.savez_compressed(into, **ours.octree.state())
    return [
        ["streammem, .npz of the whole state", len(_saved(ours)) / 1e3],
        ["streammem, the same compressed", len(into.getvalue()) / 1e3],
        ["OctoMap .ot", len(octomap.tree.write()) / 1e3],
        ["OctoMap .bt", len(octomap.tree.writeBinary()) / 1e3],
    ]

"""`streammem map`: a walk with depth and poses becomes a map, by way of `watch`; then what is in it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from streammem.app.exits import Exit
from streammem.app.map_options import MapOptions, written
from streammem.app.map_picture import save_map
from streammem.app.map_start import MapStart, map_start, opened
from streammem.app.records import Record, map_record
from streammem.app.terminal import complain, megabytes, messages, plural, say, visible
from streammem.app.watch import run_watch
from streammem.errors import ObservationError
from streammem.spatial.landmarks import LandmarksConfig
from streammem.spatial.mesh import TsdfConfig, TsdfMesh
from streammem.spatial.mesh_files import write_mesh
from streammem.stream import StreamMemory
from streammem.types import MapInfo, MapObject, Observation

__all__ = ["run_map"]

FINER = 0.4  # a mesh's voxel, in the map's: 2 cm where these are 5
JUMP = LandmarksConfig()  # what is no step but a jump


def run_map(source: str, options: MapOptions) -> int:
    """Look at the log, draw, write mesh and picture, say what is there."""
    start = map_start(source, options)
    if not (options.quiet or options.json):
        _greet(start)
    with _mesh(options, start) as mesh:
        walk = _Walk(mesh)
        code = run_watch(
            source,
            options.watching(budget=start.budget),
            config=start.config,
            opened=opened(options),
            tap=walk.take,
            after=lambda memory, silent: _finish(memory, options, walk, silent=silent),
        )
    if code == Exit.OK and walk.frames and not walk.drawn:
        complain(f"nothing is on the map of {options.store}: no frame could draw")
        return Exit.SOURCE
    return code


class _Walk:
    """How far the camera went in this run; on the way, its frames go into the mesh."""

    def __init__(self, mesh: TsdfMesh | None) -> None:
        self.mesh, self.length_m, self.frames, self.drawn, self.left_out = mesh, 0.0, 0, 0, 0
        self._last: tuple[float, Float64[np.ndarray, " 3"]] | None = None

    def take(self, frame: Observation) -> None:
        """One frame, before the memory sees it."""
        self.frames += 1
        pose = frame.world_from_camera
        if pose is None or not np.isfinite(pose).all():
            return
        here = np.array(pose[:3, 3], np.float64)
        if self._last is not None:
            step_m, step_s = float(np.linalg.norm(here - self._last[1])), frame.t_s - self._last[0]
            if step_m <= JUMP.slack_m + JUMP.fastest_m_s * step_s:
                self.length_m += step_m
        self._last = frame.t_s, here
        if self.mesh is None or frame.depth_m is None or frame.intrinsics is None:
            return
        try:
            self.mesh.integrate(
                depth_m=frame.depth_m, rgb=frame.rgb, intrinsics=frame.intrinsics, world_from_camera=pose
            )
        except ObservationError:  # the map will refuse the frame as well, and say why
            self.left_out += 1


@contextlib.contextmanager
def _mesh(options: MapOptions, start: MapStart) -> Iterator[TsdfMesh | None]:
    if options.mesh is None:
        yield None
        return
    octree = start.spatial.octree
    config = TsdfConfig(voxel_m=FINER * octree.voxel_m, depth=octree.depth)
    with (
        tempfile.TemporaryDirectory(prefix="streammem-") as folder,
        TsdfMesh(config, spill=Path(folder)) as mesh,
    ):
        yield mesh


def _greet(start: MapStart) -> None:
    up = ", ".join(f"{part:.2f}".rstrip("0").rstrip(".") for part in start.spatial.up)
    if start.found is not None:
        messages().print(visible(start.found), soft_wrap=True)
    messages().print(f"up in its world is ({up}); --up says otherwise", soft_wrap=True)


def _finish(memory: StreamMemory, options: MapOptions, walk: _Walk, *, silent: bool) -> Record:
    """Write what is to be written; say what the map holds; its part of the summary."""
    info, space = memory.info().map, memory.map
    assert info is not None  # the start saw to it
    walk.drawn = info.frames
    mesh = _write_mesh(options, walk, space.config.up, silent=silent)
    if options.picture is not None:
        save_map(memory, options.picture)
    if not silent:
        _sum_up(memory, options, info, walk)
    return {
        "map": {
            **map_record(info),
            "up": list(space.config.up),
            "walk_m": round(walk.length_m, 3),
            "nbytes": space.nbytes(),
            "budget": space.budget_bytes,
            "mesh": None if mesh is None else str(mesh),
            "picture": None if options.picture is None else str(options.picture),
        }
    }


def _write_mesh(
    options: MapOptions, walk: _Walk, up: tuple[float, float, float], *, silent: bool
) -> Path | None:
    if options.mesh is None or walk.mesh is None:
        return None
    surface = walk.mesh.mesh(least_weight=1.0)
    if not len(surface.points):
        complain(f"{options.mesh} was not written: this run saw no surface")
        return None
    options.mesh.parent.mkdir(parents=True, exist_ok=True)
    write_mesh(options.mesh, surface, up=up)
    if not silent:
        lost = f"; {plural(walk.mesh.dropped, 'block')} found no room" if walk.mesh.dropped else ""
        say(f"Wrote {options.mesh}: {plural(len(surface.triangles), 'triangle')} of what this run saw{lost}.")
    return options.mesh


def _sum_up(memory: StreamMemory, options: MapOptions, info: MapInfo, walk: _Walk) -> None:
    space, store = memory.map, options.store
    if options.picture is not None:
        say(f"Wrote {options.picture}: the map from above.")
    say(
        f"The map was drawn by {plural(info.frames, 'frame')}; this run walked {walk.length_m:.1f} m. It has "
        f"{plural(info.surface, 'surface voxel')} of {100 * info.voxel_m:g} cm, {plural(info.objects, 'object')}, "
        f"{plural(info.snapshots, 'snapshot')}, {plural(info.landmarks, 'landmark')} and "
        f"{plural(info.frontiers, 'frontier')} to what nobody saw, in {megabytes(space.nbytes())} of "
        f"{megabytes(space.budget_bytes)}; {plural(info.removed, 'voxel')} were seen to be gone and went."
    )
    if info.skipped:
        reasons = ", ".join(f"{count} with {_reason(reason)}" for reason, count in info.skipped.items())
        say(f"Frames that stayed off the map: {reasons}.", style="yellow")
    if info.frames:
        _next(store, memory.things())


def _reason(reason: str) -> str:
    """`no depth`, `bad pose`: as the end of a sentence.

    >>> _reason("bad pose"), _reason("no depth")
    ('a bad pose', 'no depth')
    """
    return f"a {reason}" if reason.startswith("bad") and not reason.endswith("s") else reason


def _next(store: Path, things: list[MapObject]) -> None:
    """What to type now, with something that there is."""
    there = sorted((thing for thing in things if thing.gone_s is None), key=lambda thing: -thing.sightings)
    named = next((thing for thing in there if thing.label and thing.label.isprintable()), None)
    if named is not None:
        ask = f"--text '{named.label}'" if " " in str(named.label) else f"--text {named.label}"
    elif there:
        ask = f"--near {written(there[0].place.centre)}"
    else:
        ask = "--image crop.png"
    say(f"Ask it:     streammem where {store} {ask}", style="bold")
    if there:
        say(f"Go there:   streammem route {store} --to-object {(named or there[0]).id}", style="bold")
    say(f"Look at it: streammem report {store}", style="bold")

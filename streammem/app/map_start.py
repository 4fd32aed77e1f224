"""How a map begins: a look at the log before a store is made, and what a store that is there was drawn with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64

from streammem.app.exits import UsageError
from streammem.app.map_options import MapOptions
from streammem.app.resuming import is_new
from streammem.budget import parse_bytes
from streammem.config import MemoryConfig
from streammem.errors import ObservationError, UnsupportedSourceError
from streammem.memory.spatial_config import SpatialConfig
from streammem.perception.sources import open_source
from streammem.perception.sources.source import StreamSource
from streammem.poses import check_pose
from streammem.spatial.depth import suspicious_depth
from streammem.stream import StreamMemory
from streammem.types import Intrinsics, Observation

__all__ = ["MapStart", "map_start", "spatial_of"]

BUDGET = "256MB"  # of a new store
NEAR_AXIS = np.cos(
    np.radians(40.0)
)  # a camera's up that is nearer to an axis means the axis: people look down a little
_OPTIONS = {
    "depth_scale=": "--depth-scale 1000",
    "intrinsics=": "--intrinsics fx,fy,cx,cy,width,height",
    "format=": "--format",
}
LOOKED_AT = 60  # frames with a pose of which none has a depth that can be one


@dataclass(frozen=True, kw_only=True, slots=True)
class MapStart:
    """What the memory is opened with, how it draws or drew, and what the log says that it is."""

    config: MemoryConfig | None
    budget: str | None
    spatial: SpatialConfig
    found: str | None = None


def map_start(source: str, options: MapOptions) -> MapStart:
    """Look before anything is made: into the store, where there is one, else at the log's first good frame.

    Raises:
        UsageError: if the store draws no map, or was drawn otherwise than the options want.
        BudgetError: if the budget is no number of bytes.
        UnsupportedSourceError: if no frame of the log could draw.
        SourceError, StoreError: if the one or the other cannot be read.
    """
    if options.budget is not None:
        parse_bytes(options.budget)  # before minutes are spent on looking
    if not is_new(options.store):
        return _as_before(options)
    with _log(source, options) as log:
        frame = _first_good(source, log)
        promised = getattr(log, "up", None)
        found = getattr(log, "found", None)
    up = promised if options.up is None else options.up
    if up is None or up == "camera":
        up = _up_of(frame, snapped=options.up is None)
    asked = {"voxel_m": options.voxel, "far_m": options.far}
    try:
        spatial = SpatialConfig.drawn(
            up=up, **{name: each for name, each in asked.items() if each is not None}
        )
    except ObservationError as error:
        raise UsageError(f"--voxel and --far make no map: {error}") from error
    return MapStart(
        config=MemoryConfig(spatial=spatial), budget=options.budget or BUDGET, spatial=spatial, found=found
    )


def opened(options: MapOptions) -> Mapping[str, Any]:
    """What `open_source` is told about the log beyond what `watch` tells it."""
    told: dict[str, Any] = {"depth_scale": options.depth_scale, "format": options.format}
    if options.intrinsics is not None:
        fx, fy, cx, cy, width, height = options.intrinsics
        told["intrinsics"] = Intrinsics(fx=fx, fy=fy, cx=cx, cy=cy, width=int(width), height=int(height))
    return {name: each for name, each in told.items() if each is not None}


def _log(source: str, options: MapOptions) -> StreamSource:
    """The log; an error that asks for an argument says which option that is."""
    uri: str | int = int(source) if source.isdigit() else source
    try:
        return open_source(uri, start_s=options.start, **opened(options))
    except UnsupportedSourceError as error:
        wanted = [option for name, option in _OPTIONS.items() if name in str(error)]
        if not wanted:
            raise
        raise UnsupportedSourceError(f"{error}; here that is {', '.join(wanted)}") from error


def spatial_of(memory: StreamMemory, store: object) -> SpatialConfig:
    """How a memory draws its map.

    Raises:
        UsageError: if it draws none.
    """
    if memory.config.spatial is None:
        raise UsageError(
            f"{store} has no map, it was made without: streammem map FOLDER --store NEW makes one that has"
        )
    return memory.config.spatial


def _as_before(options: MapOptions) -> MapStart:
    with StreamMemory.open(options.store, mode="r") as memory:
        spatial = spatial_of(memory, options.store)
    for name, asked, mine in (
        ("voxel", options.voxel, spatial.octree.voxel_m),
        ("far", options.far, spatial.octree.depth.far_m),
    ):
        if asked is not None and asked != mine:
            raise UsageError(
                f"{options.store} was drawn with --{name} {mine:g}, not {asked:g}: leave --{name} out, or give a new "
                "--store"
            )
    if (
        options.up is not None
        and options.up != "camera"
        and SpatialConfig.drawn(up=options.up).up != spatial.up
    ):
        raise UsageError(
            f"{options.store} was drawn with --up {','.join(f'{part:g}' for part in spatial.up)}: leave --up out, or "
            "give a new --store"
        )
    return MapStart(config=None, budget=options.budget, spatial=spatial)


def _first_good(source: str, log: Iterable[Observation]) -> Observation:
    """The first frame that could draw.

    Raises:
        UnsupportedSourceError: if there is none, or the source is no log at all.
    """
    said, odd, lacking = "", 0, ""
    for frame in log:
        if frame.depth_m is None and frame.intrinsics is None:
            raise UnsupportedSourceError(
                f"{source} comes without depth and poses, and a map needs both: give the folder of an RGB-D log "
                "(docs/sources.md lists the formats); streammem watch remembers what it shows, without a map"
            )
        lacking = lacking or _lack(frame)
        if _lack(frame):
            continue
        said = suspicious_depth(torch.from_numpy(np.ascontiguousarray(frame.depth_m, np.float32))) or ""
        if not said:
            return frame
        odd += 1
        if odd == LOOKED_AT:
            break
    if said:
        raise UnsupportedSourceError(
            f"no frame of {source} could draw: {said}; --depth-scale says how many units of its depth pictures make a "
            "metre (1000 for millimetres, 5000 for TUM's)"
        )
    raise UnsupportedSourceError(
        f"no frame of {source} could draw: {lacking or 'it has none from there on'}; a map needs depth and a pose"
    )


def _lack(frame: Observation) -> str:
    if frame.depth_m is None or not (frame.depth_m > 0).any():
        return f"frame {frame.index} has no depth"
    if frame.intrinsics is None:
        return f"frame {frame.index} has no camera: give --intrinsics"
    try:
        check_pose(frame.world_from_camera) if frame.world_from_camera is not None else None
    except ObservationError as error:
        return f"frame {frame.index}: {error}"
    return "" if frame.world_from_camera is not None else f"frame {frame.index} has no pose"


def _up_of(frame: Observation, *, snapped: bool) -> tuple[float, float, float]:
    """What a frame holds up; the nearest axis where the camera was held about upright."""
    pose = check_pose(frame.world_from_camera)
    up: Float64[np.ndarray, " 3"] = -pose[:3, 1]
    axis = int(np.abs(up).argmax())
    if snapped and abs(up[axis]) >= NEAR_AXIS:
        up = np.eye(3)[axis] * np.sign(up[axis])
    x, y, z = (up + 0.0).tolist()  # no -0
    return x, y, z

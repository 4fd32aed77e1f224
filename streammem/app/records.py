"""Answers as plain dictionaries, for JSON. The keys are promised: docs/cli.md lists them, a test holds them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streammem.types import (
    BoundingBox,
    Box,
    Event,
    Evidence,
    Info,
    Interval,
    MapChange,
    MapInfo,
    MapObject,
    Place,
    Route,
    StreamInfo,
)

if TYPE_CHECKING:
    from streammem.spatial.landmarks import Landmark  # the map's parts take seconds to load

__all__ = [
    "Record",
    "change_record",
    "dump",
    "event_record",
    "evidence_record",
    "info_record",
    "landmark_record",
    "map_record",
    "print_json",
    "route_record",
    "sighting_record",
    "thing_record",
]

Record = dict[str, Any]


def dump(record: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON that every reader understands: UTF-8, no NaN, no infinity."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2)


def print_json(record: Mapping[str, Any] | Sequence[Any]) -> None:
    """What `--json` asked for, on standard output and untouched by the terminal's width and colours."""
    print(dump(record))  # noqa: T201 - printing is what it is for


def evidence_record(hit: Evidence, picture: Path | None = None) -> Record:
    """One answer: when, how often, where in the picture, how sure, and which picture proves it."""
    return {
        "t_s": _number(hit.t_s),
        "score": round(float(hit.score), 4),
        "stream": hit.stream,
        "interval": _span(hit.interval),
        "times": len(hit.occurrences),
        "occurrences": [_span(span) for span in hit.occurrences],
        "box": _box(hit.box),
        "space": hit.space,
        "store": hit.store,
        "exemplar": hit.exemplar,
        "object": hit.object,
        "event": hit.event,
        "frame": hit.frame,
        "snapshot": hit.snapshot,
        "xyz": _point(hit.xyz),
        "extent": _extent(hit.extent),
        "label": hit.label,
        "thing": hit.thing,
        "gone_s": _number(hit.gone_s),
        "picture": None if picture is None else str(picture),
    }


def sighting_record(hit: Evidence) -> Record:
    """When and where a followed object was last, and how often it was seen."""
    return {
        "object": hit.object,
        "stream": hit.stream,
        "t_s": _number(hit.t_s),
        "frame": hit.frame,
        "box": _box(hit.box),
        "times": len(hit.occurrences),
    }


def event_record(event: Event) -> Record:
    """One event: a stretch of a stream in which nothing surprising happened."""
    return {
        "id": event.id,
        "stream": event.stream,
        "start_s": _number(event.interval.start_s),
        "end_s": _number(event.interval.end_s),
        "open": event.open,
        "surprise": _number(event.surprise),
        "exemplars": list(event.exemplars),
    }


def info_record(info: Info) -> Record:
    """What a memory holds and what it takes, bytes as plain numbers."""
    return {
        "path": None if info.path is None else str(info.path),
        "version": info.version,
        "encoder": info.encoder,
        "spaces": dict(info.spaces),
        "streams": [_stream(stream) for stream in info.streams],
        "budget": info.budget,
        "nbytes": info.nbytes,
        "parts": dict(info.parts),
        "disk_bytes": info.disk_bytes,
        "events": info.events,
        "exemplars": info.exemplars,
        "snapshots": info.snapshots,
        "occurrences": info.occurrences,
        "objects": info.objects,
        "map": None if info.map is None else map_record(info.map),
        "dropped": dict(info.dropped),
        "commits": info.commits,
        "held": info.held,
        "history": [[_number(t_s), nbytes] for t_s, nbytes in info.history],
    }


def map_record(info: MapInfo) -> Record:
    """What a map holds, and how many frames did not draw, by reason."""
    return {
        "voxel_m": info.voxel_m,
        "frames": info.frames,
        "blocks": info.blocks,
        "surface": info.surface,
        "removed": info.removed,
        "objects": info.objects,
        "snapshots": info.snapshots,
        "frontiers": info.frontiers,
        "landmarks": info.landmarks,
        "edges": info.edges,
        "jumps": info.jumps,
        "skipped": dict(info.skipped),
    }


def thing_record(thing: MapObject) -> Record:
    """One object of the map, with all its places, oldest first."""
    return {
        "id": thing.id,
        "label": thing.label,
        "places": [_place(place) for place in thing.places],
        "voxels": thing.voxels,
        "sightings": thing.sightings,
        "snapshots": list(thing.snapshots),
        "gone_s": _number(thing.gone_s),
    }


def change_record(change: MapChange) -> Record:
    """What came, went or moved, where and when."""
    return {
        "t_s": _number(change.t_s),
        "kind": change.kind,
        "object": change.object,
        "xyz": _point(change.centre),
        "extent": _extent(change.extent),
        "came_from": _point(change.came_from),
        "voxels": change.voxels,
    }


def landmark_record(landmark: Landmark) -> Record:
    """A place of the walk: where the camera was, first, last and how often."""
    return {
        "id": landmark.id,
        "xyz": _point(landmark.world_from_camera[:3, 3].tolist()),
        "first_s": _number(landmark.first_s),
        "last_s": _number(landmark.last_s),
        "visits": landmark.visits,
    }


def route_record(route: Route) -> Record:
    """A way: its points, and the ids of the landmarks that it passes."""
    return {
        "length_m": _number(route.length_m),
        "cost": _number(route.cost),
        "landmarks": list(route.places),
        "points": [_point(point) for point in route.points.tolist()],
    }


def _place(place: Place) -> Record:
    return {
        "interval": _span(place.interval),
        "xyz": _point(place.centre),
        "extent": _extent(place.extent),
    }


def _stream(stream: StreamInfo) -> Record:
    return {
        "name": stream.name,
        "frames": stream.frames,
        "first_s": _number(stream.first_s),
        "last_s": _number(stream.last_s),
        "missed": stream.missed,
        "skipped": stream.skipped,
        "gaps": stream.gaps,
        "gap_s": _number(stream.gap_s),
    }


def _span(interval: Interval) -> list[float | None]:
    return [_number(interval.start_s), _number(interval.end_s)]


def _box(box: BoundingBox | None) -> Record | None:
    if box is None:
        return None
    sides = {"left": box.left, "top": box.top, "right": box.right, "bottom": box.bottom}
    return {side: round(float(share), 4) for side, share in sides.items()}


def _point(point: Sequence[float] | None) -> list[float] | None:
    """Metres to a tenth of a millimetre."""
    return None if point is None else [round(float(part), 4) for part in point]


def _extent(box: Box | None) -> Record | None:
    return None if box is None else {"low": _point(box.low), "high": _point(box.high)}


def _number(value: float | None) -> float | None:
    return round(float(value), 6) if value is not None and math.isfinite(value) else None

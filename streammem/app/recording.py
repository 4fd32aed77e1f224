"""A memory as a rerun recording: pictures at their times, boxes in them, when things were in sight, and the map."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from streammem.app.map_picture import surface, walk
from streammem.app.seen import everything_seen
from streammem.app.terminal import plural
from streammem.app.words import Sighting, words_seen
from streammem.heads.recall import merge
from streammem.memory.spatial import SpatialMemory
from streammem.stream import StreamMemory
from streammem.types import Event, Evidence, MapObject

__all__ = ["TIMELINE", "blueprint", "record"]

TIMELINE = "stream_time"
MOST_VOXELS = 500_000
EDGE_S = 0.001  # how steeply a thing comes into sight in the plot
AXES = ("X", "Y", "Z")

Marks = dict[int, list[tuple[Evidence, str]]]  # by snapshot


def record(rr: ModuleType, to: Any, memory: StreamMemory, words: Sequence[str] | None = None) -> None:
    """Log everything that can be looked at to a `RecordingStream`. Each stream has its own times, from its own zero.

    Entities: `streams/NAME/picture` (with `/seen`, the boxes of words and of followed objects), `/events`,
    `/in sight/WHAT`, `/surprise`; `map/surface`, `/objects/ID`, `/path`, `/changes`; `memory`.

    Raises:
        VocabularyError: for a word of `words` that the encoder does not know.
        SpaceError: for words where the encoder has none at all.
    """
    events = memory.timeline()
    sightings = words_seen(memory, words)
    followed = {id: memory.find(object=id, top_k=100) for id in memory.followed}
    marks = _marks(sightings, followed)
    pictures = _Pictures(rr, to, memory, marks)
    pictures.log(everything_seen(memory, events), events)
    for event in events:
        _log_event(rr, to, event)
    for sighting in sightings:
        _log_sight(rr, to, sighting.word, sighting.hits)
    for id, looks in followed.items():
        _log_sight(rr, to, f"object {id}", looks)
    info = memory.info()
    about = (
        f"{plural(info.events, 'event')}, {plural(info.snapshots, 'picture')}, {info.nbytes:,} of {info.budget:,} bytes, "
        f"encoder {info.encoder}"
    )
    to.log("memory", rr.TextDocument(about), static=True)
    if info.map is not None and info.map.frames:
        _log_map(rr, to, memory)


def blueprint(rr: ModuleType, memory: StreamMemory) -> Any:
    """How the viewer lays it out: pictures, what was in sight below, the map beside them where there is one."""
    rrb = rr.blueprint
    streams = memory.streams
    pictures = [
        rrb.Spatial2DView(origin=rr.new_entity_path(["streams", name, "picture"]), name=name)
        for name in streams
    ]
    below = rrb.Tabs(
        rrb.TimeSeriesView(origin="/streams", name="in sight"),
        rrb.TextLogView(origin="/", name="events"),
        rrb.TextDocumentView(origin="/memory", name="memory"),
    )
    info = memory.info()
    views = (
        [*pictures, rrb.Spatial3DView(origin="/map", name="map")]
        if info.map and info.map.frames
        else pictures
    )
    if not views:
        return rrb.Blueprint(below)
    return rrb.Blueprint(rrb.Vertical(rrb.Grid(*views), below, row_shares=[3, 1]))


def _marks(sightings: Iterable[Sighting], followed: dict[int, list[Evidence]]) -> Marks:
    """Boxes that belong to the very frame of a kept picture."""
    found = [(hit, sighting.word) for sighting in sightings for hit in sighting.hits]
    found += [(look, f"object {id}") for id, looks in followed.items() for look in looks]
    marks: Marks = {}
    for hit, label in found:
        if hit.snapshot is not None and hit.box is not None:
            marks.setdefault(hit.snapshot, []).append((hit, label))
    return marks


class _Pictures:
    """Logs each kept picture once at its own time, with the boxes in it."""

    def __init__(self, rr: ModuleType, to: Any, memory: StreamMemory, marks: Marks) -> None:
        self._rr, self._to, self._memory, self._marks = rr, to, memory, marks

    def log(self, seen: Iterable[Evidence], events: Iterable[Event]) -> None:
        """Of everything seen, of what boxes are in, and at an event's begin the picture that stands for it."""
        shown = {hit.exemplar: hit for hit in seen}
        for id in self._marks.keys() - shown.keys():
            if (hit := self._memory.exemplar(id)) is not None:
                shown[id] = hit
        for hit in sorted(shown.values(), key=lambda hit: (hit.stream, hit.t_s)):
            self._show(hit, hit.t_s)
        for event in events:
            first = next((shown[id] for id in event.exemplars if id in shown), None)
            if first is not None and first.t_s not in event.interval:
                self._show(first, event.interval.start_s)  # a known sight again

    def _show(self, hit: Evidence, t_s: float) -> None:
        jpeg = self._memory.jpeg(hit)
        if jpeg is None:
            return
        rr, place = self._rr, ["streams", hit.stream, "picture"]
        self._to.set_time(TIMELINE, duration=t_s)
        self._to.log(place, rr.EncodedImage(contents=jpeg, media_type="image/jpeg"))
        marks = self._marks.get(hit.exemplar, ())
        with Image.open(io.BytesIO(jpeg)) as opened:
            width, height = opened.size
        corners = np.array([_corners(mark) for mark, _ in marks], np.float64).reshape(-1, 4)
        corners *= (width, height, width, height)
        boxes = rr.Boxes2D(
            mins=corners[:, :2], sizes=corners[:, 2:] - corners[:, :2], labels=[name for _, name in marks]
        )
        self._to.log([*place, "seen"], boxes)  # none takes those of the picture before away


def _corners(hit: Evidence) -> tuple[float, float, float, float]:
    assert hit.box is not None
    return hit.box.left, hit.box.top, hit.box.right, hit.box.bottom


def _log_event(rr: ModuleType, to: Any, event: Event) -> None:
    span = event.interval
    going = ", still on" if event.open else ""
    text = f"{event.stream}: event {event.id}, {span.duration_s:.1f} s, surprise {event.surprise:.2f}{going}"
    to.set_time(TIMELINE, duration=span.start_s)
    to.log(["streams", event.stream, "events"], rr.TextLog(text, level="INFO"))
    to.log(["streams", event.stream, "surprise"], rr.Scalars(event.surprise))


def _log_sight(rr: ModuleType, to: Any, what: str, hits: Iterable[Evidence]) -> None:
    """1 while it was in sight, 0 otherwise."""
    for stream in dict.fromkeys(hit.stream for hit in hits):
        spans = sorted(
            {span for hit in hits if hit.stream == stream for span in hit.occurrences},
            key=lambda s: s.start_s,
        )
        for span in merge(spans, EDGE_S):
            edges = ((span.start_s - EDGE_S, 0), (span.start_s, 1), (span.end_s, 1), (span.end_s + EDGE_S, 0))
            for t_s, value in edges:
                to.set_time(TIMELINE, duration=t_s)
                to.log(["streams", stream, "in sight", what], rr.Scalars(value))


def _log_map(rr: ModuleType, to: Any, memory: StreamMemory) -> None:
    space = memory.map
    to.log("map", _axes(rr, space), static=True)
    solid, colours, _, voxel_m = surface(space)
    every = -(-len(solid) // MOST_VOXELS) or 1
    points = rr.Points3D(solid[::every], colors=colours[::every], radii=voxel_m / 2)
    to.log("map/surface", points, static=True)
    to.log("map/path", rr.LineStrips3D([walk(space)], colors=[255, 176, 0]), static=True)
    for thing in memory.things():
        _log_thing(rr, to, thing)
    for change in memory.changes():
        if change.kind != "removed":
            to.set_time(TIMELINE, duration=change.t_s)
            to.log("map/changes", rr.TextLog(f"map: object {change.object} {change.kind}", level="INFO"))


def _log_thing(rr: ModuleType, to: Any, thing: MapObject) -> None:
    """Its box at each of its places in turn; none once its place was seen to be empty."""
    where = ["map", "objects", str(thing.id)]
    for place in thing.places:
        low, high = np.array(place.extent.low), np.array(place.extent.high)
        to.set_time(TIMELINE, duration=place.interval.start_s)
        to.log(
            where,
            rr.Boxes3D(centers=[(low + high) / 2], sizes=[high - low], labels=[thing.label or str(thing.id)]),
        )
    if thing.gone_s is not None:
        to.set_time(TIMELINE, duration=thing.gone_s)
        to.log(where, rr.Clear(recursive=False))


def _axes(rr: ModuleType, space: SpatialMemory) -> Any:
    """Which axis of the world points up."""
    up = np.asarray(space.config.up)
    axis = int(np.abs(up).argmax())
    return getattr(rr.ViewCoordinates, f"RIGHT_HAND_{AXES[axis]}_{'UP' if up[axis] > 0 else 'DOWN'}")

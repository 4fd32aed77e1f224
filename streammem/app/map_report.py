"""The map's part of the page: the picture from above, the things with their picture and place, what changed."""

from __future__ import annotations

import io

from PIL import Image

from streammem.app.album import Album
from streammem.app.map_picture import map_picture
from streammem.app.records import Record, change_record, evidence_record, map_record
from streammem.stream import StreamMemory
from streammem.types import MapObject

__all__ = ["map_content"]

MOST_THINGS = 60
MOST_CHANGES = 100  # the latest ones


def map_content(memory: StreamMemory, album: Album) -> Record | None:
    """What the page shows of the map; None where there is none or no frame has drawn it.

    The picture takes its bytes first, then the things that were seen most.
    """
    info = memory.info().map
    if info is None or not info.frames:
        return None
    things = sorted(memory.things(), key=lambda thing: (thing.gone_s is not None, -thing.sightings, thing.id))
    changes = memory.changes()
    labels = {thing.id: thing.label for thing in things}
    told = [change for change in changes if change.kind != "removed"]
    rest = [change.voxels for change in changes if change.kind == "removed"]
    picture = album.add_drawing(_png(memory))
    return {
        **map_record(info),
        "picture": picture,
        "things": [_thing(memory, album, thing) for thing in things[:MOST_THINGS]],
        "more_things": max(len(things) - MOST_THINGS, 0),
        "changes": [
            {**change_record(change), "label": None if change.object is None else labels.get(change.object)}
            for change in told[-MOST_CHANGES:]
        ],
        "more_changes": max(len(told) - MOST_CHANGES, 0),
        "surface_gone": {"voxels": sum(rest), "steps": len(rest)},
    }


def _png(memory: StreamMemory) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(map_picture(memory)).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def _thing(memory: StreamMemory, album: Album, thing: MapObject) -> Record:
    hit = memory.map.told(thing, 1.0)
    record = evidence_record(hit)
    return {
        **{name: record[name] for name in ("xyz", "extent", "label", "thing", "gone_s", "box", "interval")},
        "first_s": thing.places[0].interval.start_s,
        "places": len(thing.places),
        "sightings": thing.sightings,
        "picture": album.add(memory.jpeg(thing) if hit.snapshot is None else memory.jpeg(hit)),
    }

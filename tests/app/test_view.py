"""`streammem view`: what is in a recording, read back; and what is said where there can be none."""

import sys
from pathlib import Path

import numpy as np
import pytest
from app.mapped import write_store
from memory.things import passing

import streammem as sm
from streammem.app.cli import run

pytest.importorskip("rerun", reason='no rerun: pip install "streammem[rerun]"')
from rerun.chunk import RrdReader


def columns(file: Path) -> dict[str, dict[str, list]]:
    """All rows of a recording: entity -> column -> values."""
    found: dict[str, dict[str, list]] = {}
    for chunk in RrdReader(file).stream():
        assert set(chunk.timeline_names) <= {"stream_time"}
        batch = chunk.to_record_batch()
        for name in batch.schema.names:
            found.setdefault(chunk.entity_path, {}).setdefault(name, []).extend(
                batch.column(name).to_pylist()
            )
    return found


def viewed(store: Path, file: Path, *more: str) -> dict[str, dict[str, list]]:
    assert run(["view", str(store), "-o", str(file), *more]) == 0
    return columns(file)


def seconds(rows: dict[str, list]) -> list[float]:
    return [time.total_seconds() for time in rows["stream_time"]]


def test_pictures_boxes_and_sights_along_time(street, tmp_path, capsys):
    entities = viewed(street, tmp_path / "street.rrd", "--word", "bicycle")
    with sm.StreamMemory.open(street, mode="r") as memory:
        (name,) = memory.streams
        events = memory.timeline()
        seen = {memory.exemplar(id) for event in events for id in event.exemplars}
        hits = [hit for hit in memory.find(text="bicycle", top_k=50) if hit.score >= 0.5]
        jpegs = {round(hit.t_s, 3): memory.jpeg(hit) for hit in seen}
    pictures = entities[f"/streams/{name}/picture"]
    logged = {
        round(t_s, 3): bytes(blob[0])
        for t_s, blob in zip(seconds(pictures), pictures["EncodedImage:blob"], strict=True)
    }
    assert jpegs.items() <= logged.items()
    boxes = entities[f"/streams/{name}/picture/seen"]
    marked = {
        round(t_s, 3) for t_s, labels in zip(seconds(boxes), boxes["Boxes2D:labels"], strict=True) if labels
    }
    assert hits and marked >= {round(hit.t_s, 3) for hit in hits}
    sight = entities[rf"/streams/{name}/in\ sight/bicycle"]
    rows = dict(zip(seconds(sight), [value for (value,) in sight["Scalars:scalars"]], strict=True))
    assert set(rows.values()) == {0.0, 1.0}
    best = hits[0].occurrences[0].start_s
    assert rows[max(t_s for t_s in rows if t_s <= best + 1e-6)] == 1
    assert len(entities[f"/streams/{name}/events"]["TextLog:text"]) == len(events)
    assert "street.rrd" in capsys.readouterr().out


def test_the_map_and_its_objects(tmp_path):
    store = write_store(tmp_path / "room.zarr")
    entities = viewed(store, tmp_path / "room.rrd")
    with sm.StreamMemory.open(store, mode="r") as memory:
        things, solid = memory.things(), memory.map.octree.occupied()
    (points,) = entities["/map/surface"]["Points3D:positions"]
    assert len(points) == len(solid)
    for thing in things:
        rows = entities[f"/map/objects/{thing.id}"]
        assert [label for labels in rows["Boxes3D:labels"] for label in labels] == [
            thing.label or str(thing.id)
        ] * len(thing.places)
        centre = np.add(thing.place.extent.low, thing.place.extent.high) / 2
        assert np.allclose(rows["Boxes3D:centers"][-1], centre, atol=1e-4)
        assert ("Clear:is_recursive" in rows) == (thing.gone_s is not None)
    (path,) = entities["/map/path"]["LineStrips3D:strips"]
    assert len(path[0]) > 2
    assert entities["/map"]["ViewCoordinates:xyz"]


def test_names_cannot_leave_their_place(tmp_path):
    store = tmp_path / "s.zarr"
    with sm.StreamMemory.open(
        store, encoder="classic", config=sm.MemoryConfig(max_streams=2), budget="1 MB"
    ) as memory:
        list(memory.watch(passing([None, 1], stream="../map/<b> x")))
    entities = viewed(store, tmp_path / "s.rrd")
    assert r"/streams/..\/map\/\<b\>\ x/picture" in entities and not any(
        name.startswith("/map") for name in entities
    )


def test_an_empty_memory_is_an_empty_recording(tmp_path):
    store = tmp_path / "s.zarr"
    sm.StreamMemory.open(store, encoder="classic").close()
    assert "0 events" in viewed(store, tmp_path / "s.rrd")["/memory"]["TextDocument:text"][0][0]


def test_the_viewer_is_bounded(street, monkeypatch):
    import rerun as rr

    asked = {}
    monkeypatch.setattr(rr.RecordingStream, "spawn", lambda self, **options: asked.update(options))
    assert run(["view", str(street), "--word", "car"]) == 0
    assert asked["memory_limit"] == "2GB"


def test_what_is_said_without_rerun(street, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "rerun", None)
    assert run(["view", str(street)]) == 2
    assert "pip install 'streammem[rerun]'" in capsys.readouterr().err


def test_what_cannot_be_written_or_found(street, tmp_path, capsys):
    assert run(["view", str(street), "-o", str(tmp_path / "no" / "x.rrd")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert run(["view", str(tmp_path / "none.zarr"), "-o", str(tmp_path / "x.rrd")]) == 4
    assert run(["view", str(street), "--word", "xyzzy", "-o", str(tmp_path / "x.rrd")]) == 2

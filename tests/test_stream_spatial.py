"""A memory that draws a map: asked where, resumed from disk, refused where it cannot be."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from memory.rooms import CAMERA, CONFIG, room, walk

import streammem as sm
from streammem.config import MemoryConfig
from streammem.envs.room_source import Happening, RoomSource
from streammem.errors import BudgetError, ObservationError, StoreError, VocabularyError
from streammem.heads.places import in_sight
from streammem.poses import transform
from streammem.spatial.camera import back_project
from streammem.types import Interval, Observation, Query, Sphere

BUDGET = "8 MB"
SPATIAL = MemoryConfig(spatial=CONFIG)
SOFA = next(label for label, name in room().names.items() if name == "sofa")


def middle(label: int) -> np.ndarray:
    box = room().boxes[label]
    return (np.array(box.low) + box.high) / 2


def watched(
    path: Path | None = None, frames: tuple[Observation, ...] = walk(), encoder: str = "classic"
) -> sm.StreamMemory:
    memory = sm.StreamMemory.open(path, budget=BUDGET, encoder=encoder, config=SPATIAL)
    memory.names = room().names
    for frame in frames:
        memory.observe(frame)
    return memory


@pytest.fixture(scope="module")
def memory() -> sm.StreamMemory:
    return watched()


@pytest.fixture(scope="module")
def deep() -> sm.StreamMemory:
    return watched(frames=walk()[:8], encoder="lite")


def test_where_is_the_sofa(memory: sm.StreamMemory) -> None:
    best = memory.where(text="sofa")[0]
    assert best.label == "sofa" and best.score == 1.0 and best.gone_s is None
    assert best.xyz is not None and np.linalg.norm(np.subtract(best.xyz, middle(SOFA))) < 0.4
    assert memory.picture(best) is not None and best.interval.end_s <= walk()[-1].t_s
    x, y, z = best.xyz
    assert memory.where(near=(x, y, z), radius_m=0.5)[0].thing == best.thing
    assert memory.where(object=best.thing)[0].xyz == best.xyz
    assert memory.where(object=best.thing, near=(x, y, z + 50)) == []
    assert memory.where(text="sofa", near=(x, y, z + 50)) == []


def test_a_crop_is_found_at_its_place(memory: sm.StreamMemory) -> None:
    frame = max(walk(), key=lambda frame: int((frame.labels == SOFA).sum()))
    rows, columns = np.nonzero(frame.labels == SOFA)
    crop = frame.rgb[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    found = memory.where(image=np.ascontiguousarray(crop), top_k=20)
    assert found and all(hit.xyz is not None for hit in found)
    assert any(hit.label == "sofa" for hit in found)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_pictures_know_where_they_were(memory: sm.StreamMemory) -> None:
    hit = memory.find(image=walk()[4].rgb, top_k=1)[0]
    assert hit.xyz is not None and hit.extent is not None
    region = Sphere(centre=hit.xyz, radius_m=0.3)
    what = memory._encoders["classic"].encode([walk()[4].rgb])[0].spaces["pixel"]
    there = memory._stores.search(Query(what=what, space="pixel", within=region))
    assert hit.exemplar in [other.exemplar for other in there]
    nowhere = Sphere(centre=(99.0, 0.0, 0.0), radius_m=1.0)
    assert memory._stores.search(Query(what=what, space="pixel", within=nowhere)) == []
    assert memory.read(Query(what=what, space="pixel", within=region)).weight.sum() > 0.99


def test_surface_is_read_like_any_other_space(deep: sm.StreamMemory) -> None:
    assert deep.info().spaces["voxel"] == 1280
    crop = deep._encoders["lite"].encode_crop(walk()[0].rgb)  # type: ignore[attr-defined]  # lite's own
    readout = deep.read(Query(what=crop, space="voxel", top_k=4))
    assert readout.value.shape == (1, 1280) and readout.evidence[0].store == "spatial"


def test_words_that_nobody_knows_are_an_error_but_labels_are_words(deep: sm.StreamMemory) -> None:
    with pytest.raises(VocabularyError):
        deep.where(text="qwertyuiop")
    deep.map.objects._tables.note_names({})
    assert all(hit.xyz is not None for hit in deep.where(text="sofa"))


def test_ways_lead_from_place_to_place(memory: sm.StreamMemory) -> None:
    landmarks = memory.map.landmarks.all()
    assert len(landmarks) >= 3
    route = memory.route(landmarks[0].id, landmarks[-1].id)
    assert route is not None and route.places[0] == landmarks[0].id and route.length_m > 0
    to_sofa = memory.route(landmarks[0].world_from_camera[:3, 3], memory.where(text="sofa")[0])
    assert to_sofa is not None and np.allclose(to_sofa.points[-1], memory.where(text="sofa")[0].xyz)


def test_a_way_may_end_where_a_keyframe_was_taken(memory: sm.StreamMemory) -> None:
    first, *_, last = memory.map.landmarks.all()
    eye = last.world_from_camera[:3, 3]
    route = memory.route(first.id, eye)
    assert route is not None and route.places[-1] == last.id
    assert in_sight(memory.map, eye[None], eye).all() and in_sight(memory.map, eye[None][:0], eye).shape == (
        0,
    )


def test_borders_and_changes_are_listed(memory: sm.StreamMemory) -> None:
    borders = memory.unexplored()
    gains = [border.gain_m3 for border in borders]
    assert borders and gains == sorted(gains, reverse=True)
    changes = memory.changes()
    assert {change.kind for change in changes} >= {"appeared"}
    late = memory.changes(since_s=5.0)
    assert late == [change for change in changes if change.t_s >= 5.0]


def floor_in_sight(frame: Observation, away_from: np.ndarray) -> tuple[float, float, float]:
    """A free place on the floor, near the middle of a picture and at least 70 cm away from something."""
    camera = torch.from_numpy(frame.depth_m)
    points = back_project(camera, CAMERA).numpy().reshape(-1, 3)
    world = transform(frame.world_from_camera, points.astype(np.float64))
    free = (world[:, 2] < 0.02) & (np.linalg.norm(world[:, :2] - away_from[:2], axis=1) > 0.7)
    pixels = np.stack(np.unravel_index(np.arange(len(points)), camera.shape), axis=1)
    centred = np.linalg.norm(pixels - (36, 48), axis=1) + np.where(free, 0, np.inf)
    x, y, _ = world[int(centred.argmin())].tolist()
    return x, y, 0.0


def test_what_moves_is_followed_and_what_goes_is_said() -> None:
    start = room()
    plant = next(label for label, name in start.names.items() if name == "plant")
    look = max(walk(), key=lambda frame: int((frame.labels == plant).sum()))
    poses = np.repeat(look.world_from_camera[None], 24, axis=0)
    to = floor_in_sight(look, middle(plant))
    script = (Happening(at_s=5.0, change=lambda room: room.moved(plant, to)),)
    source = RoomSource(room=start, frames=24, fps=2.0, intrinsics=CAMERA, poses=poses, script=script)
    memory = watched(frames=tuple(source))
    found = memory.where(text="plant")[0]
    assert found.xyz is not None and len(found.occurrences) >= 2
    assert np.linalg.norm(np.subtract(found.xyz[:2], to[:2])) < 0.5  # half of it is out of the picture
    moved = [change for change in memory.changes() if change.kind == "moved"]
    assert moved and 5.0 <= moved[0].t_s <= 6.5 and moved[0].object == found.thing
    assert memory.things(during=Interval(0, 4))[0].places


def test_a_map_survives_on_disk(tmp_path: Path) -> None:
    whole = watched()
    with watched(tmp_path / "a.zarr", walk()[:10]) as first:
        before = first.where(text="sofa")
    with sm.StreamMemory.open(tmp_path / "a.zarr") as second:
        assert second.config.spatial == CONFIG and second.where(text="sofa") == before
        second.names = room().names
        for frame in walk()[10:]:
            second.observe(frame)
        mine, theirs = second.map.state(), whole.map.state()
        assert all(
            np.array_equal(mine[name], theirs[name], equal_nan=mine[name].dtype.kind == "f")
            for name in theirs
        )
    with sm.StreamMemory.open(tmp_path / "a.zarr", mode="r") as reader:
        assert reader.where(text="sofa") == whole.where(text="sofa")
        with pytest.raises(StoreError, match="reading"):
            reader.repose({1: np.eye(4)})


def test_a_corrected_map_is_committed(tmp_path: Path) -> None:
    with watched(tmp_path / "a.zarr", walk()[:6]) as memory:
        first = memory.map.landmarks.all()[0]
        pose = first.world_from_camera.copy()
        pose[2, 3] += 0.4
        memory.repose({first.id: pose})
    with sm.StreamMemory.open(tmp_path / "a.zarr", mode="r") as reader:
        assert np.allclose(reader.map.landmarks.place(first.id).world_from_camera, pose)


def test_everything_is_counted(memory: sm.StreamMemory) -> None:
    facts = memory.info()
    assert facts.map is not None and facts.map.frames == len(walk()) and facts.map.surface > 500
    assert sum(facts.parts.values()) == facts.nbytes <= facts.budget
    assert "map_surface_rows" in facts.dropped


def test_frames_without_depth_still_reach_the_other_memories() -> None:
    plain = [Observation(index=i, t_s=frame.t_s, rgb=frame.rgb) for i, frame in enumerate(walk()[:4])]
    memory = watched(frames=tuple(plain))
    facts = memory.info()
    assert facts.map is not None and facts.map.skipped == {"no depth": 4} and facts.exemplars > 0
    assert memory.find(image=plain[0].rgb)[0].xyz is None


def test_without_a_map_questions_of_place_say_how_to_get_one() -> None:
    memory = sm.StreamMemory.open(None, budget=BUDGET, encoder="classic")
    assert memory.info().map is None
    for ask in (
        lambda: memory.where(text="cup"),
        memory.changes,
        memory.unexplored,
        lambda: memory.route(1, 2),
    ):
        with pytest.raises(ObservationError, match="spatial=SpatialConfig"):
            ask()
    memory.observe(walk()[0])
    with pytest.raises(ObservationError, match="spatial=SpatialConfig"):
        memory.read(Query(space="pixel", within=Sphere(centre=(0, 0, 0), radius_m=1.0)))


@pytest.mark.parametrize("question", [{}, {"text": "a", "object": 1}, {"near": (1, 2)}])
def test_questions_that_make_no_sense(memory: sm.StreamMemory, question: dict[str, object]) -> None:
    with pytest.raises(ObservationError):
        memory.where(**question)  # type: ignore[arg-type]  # by name


def test_a_budget_too_small_for_a_map_says_so() -> None:
    with pytest.raises(BudgetError, match="map"):
        sm.StreamMemory.open(None, budget="150 kB", encoder="classic", config=SPATIAL)
    with pytest.raises(ObservationError, match="leave something"):
        MemoryConfig(spatial=CONFIG, tracking=sm.TrackingConfig())
    odd = dataclasses.replace(CONFIG, landmarks=dataclasses.replace(CONFIG.landmarks, dim=7))
    with pytest.raises(ObservationError, match="384"):
        sm.StreamMemory.open(None, budget=BUDGET, encoder="classic", config=MemoryConfig(spatial=odd))

"""A map inside a memory: bounded, resumable, never corrupted, and right about where things are."""

import copy
import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from memory.rooms import CAMERA, CONFIG, PATCH, at, drawn, room, walk, write

from streammem.errors import BudgetError, ObservationError, PlaceError, SpaceError, StoreDamagedError
from streammem.memory.spatial import SpatialMemory
from streammem.memory.spatial_config import PARTS, SpatialConfig
from streammem.poses import inverse, pose_of
from streammem.types import Box, Features, Interval, MapObject, Observation, Query, Sphere

GOOD = walk()


@pytest.fixture(scope="module")
def seen() -> SpatialMemory:
    return drawn(GOOD)


def thing(memory: SpatialMemory, label: int) -> MapObject:
    name = room().names[label]
    centre = middle(label)
    found = [each for each in memory.objects.objects() if each.label == name]
    return min(found, key=lambda each: float(np.linalg.norm(np.subtract(each.place.centre, centre))))


def middle(label: int) -> np.ndarray:
    box = room().boxes[label]
    return (np.array(box.low) + box.high) / 2


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f") for name in one
    )


# -- laws ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("budget", [420_000, 800_000])
def test_bytes_are_those_of_the_state_and_never_above_the_budget(budget: int) -> None:
    memory = drawn(budget=budget)
    for frame in GOOD:
        write(memory, frame)
        assert memory.nbytes() == sum(a.nbytes for a in memory.state().values()) <= budget
    assert sum(memory.parts().values()) == memory.nbytes() and set(PARTS) < set(memory.parts())


def test_what_a_small_budget_drops_is_counted() -> None:
    dropped = drawn(GOOD, budget=420_000).dropped
    assert dropped["map_surface_rows"] > 0 and dropped["map_snapshots"] > 0


def test_a_resumed_map_goes_on_bit_for_bit() -> None:
    whole, half = drawn(GOOD, budget=600_000), drawn(GOOD[:11], budget=600_000)
    resumed = drawn(budget=600_000)
    resumed.restore(half.state())
    assert same(half.state(), resumed.state())
    for frame in GOOD[11:]:
        write(resumed, frame)
    assert same(whole.state(), resumed.state())
    assert [whole.jpeg(view.id) for view in whole.views.all()] == [
        resumed.jpeg(view.id) for view in resumed.views.all()
    ]


def test_a_state_of_another_map_is_refused(seen: SpatialMemory) -> None:
    with pytest.raises(StoreDamagedError):
        drawn(streams=3).restore(seen.state())
    state = dict(seen.state())
    del state["looked_s"]
    with pytest.raises(StoreDamagedError, match="looked_s"):
        drawn().restore(state)


def test_a_budget_too_small_says_so() -> None:
    with pytest.raises(BudgetError, match="too few for a map"):
        drawn(budget=100_000)


# -- bad frames ----------------------------------------------------------------------------------------------


def with_(**changes: object) -> Observation:
    return dataclasses.replace(GOOD[0], **changes)  # type: ignore[arg-type]  # by name


def forced(**changes: object) -> Observation:
    """What the type checker of these tests would not let through."""
    frame = copy.copy(GOOD[0])
    for name, value in changes.items():
        object.__setattr__(frame, name, value)
    return frame


DEPTH = GOOD[0].depth_m
assert DEPTH is not None
BAD = {
    "no depth": with_(depth_m=None),
    "no pose": with_(world_from_camera=None),
    "no camera": with_(intrinsics=None),
    "bad pose": with_(world_from_camera=np.diag([2.0, 1, 1, 1])),
    "bad camera": with_(intrinsics=dataclasses.replace(CAMERA, width=70)),
    "bad depth": with_(depth_m=DEPTH * 1000),
}
MORE_BAD = (
    with_(world_from_camera=np.full((4, 4), np.nan)),
    with_(depth_m=DEPTH / 1000),
    forced(depth_m=DEPTH[None]),
    forced(depth_m=DEPTH[:0]),
    forced(depth_m=(DEPTH * 1000).astype(np.uint16)),
)
EMPTY = (
    with_(depth_m=np.full_like(DEPTH, np.nan)),
    with_(depth_m=-DEPTH),
    with_(depth_m=np.full_like(DEPTH, 65.535)),
    with_(world_from_camera=pose_of(np.eye(3), np.array([1e9, 0, 0]))),
)


@pytest.mark.parametrize("reason", BAD)
def test_a_frame_that_cannot_draw_is_counted_and_changes_nothing(reason: str) -> None:
    memory = drawn(GOOD[:2])
    before = memory.state()
    assert memory.write(at(BAD[reason], 9.0), NONE) is None
    assert memory.skipped == {reason: 1}
    assert same({**before, "skipped": memory.state()["skipped"]}, memory.state())


NONE = Features(spaces={})


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from([*GOOD[:6], *BAD.values(), *MORE_BAD, *EMPTY]), min_size=1, max_size=8))
def test_no_sequence_of_frames_corrupts_a_map(frames: list[Observation]) -> None:
    memory = drawn(budget=500_000)
    for second, frame in enumerate(frames):
        write(memory, at(frame, float(second)))
        assert memory.nbytes() <= 500_000
    again = drawn(budget=500_000)
    again.restore(memory.state())
    assert same(memory.state(), again.state())
    surface = memory.octree.surface
    rows = surface.rows
    found = memory.octree.rows_at(memory.octree.centres(rows))
    assert torch.equal(found, rows) and surface["id"][rows].unique().numel() == len(rows)
    assert (memory.octree.state_at(memory.octree.centres(rows)) == 1).all()


def test_metres_taken_for_millimetres_are_said(caplog: pytest.LogCaptureFixture) -> None:
    drawn((BAD["bad depth"],))
    assert "millimetres" in caplog.text


@pytest.mark.parametrize(
    "labels", [np.ones((5, 5)), np.full(DEPTH.shape, -1), np.arange(DEPTH.size).reshape(DEPTH.shape)]
)
def test_labels_that_make_no_sense_are_left_out_and_the_frame_is_not(labels: np.ndarray) -> None:
    memory = drawn((with_(labels=labels.astype(np.int32)),))
    assert memory.skipped == {"bad labels": 1} and memory.info().frames == 1


def test_colours_of_another_size_than_the_depth_are_fitted() -> None:
    tall = np.repeat(np.repeat(GOOD[0].rgb, 2, axis=0), 2, axis=1)
    memory, plain = drawn((with_(rgb=tall),)), drawn((GOOD[0],))
    high = plain.octree.surface.high
    assert torch.equal(memory.octree.surface["rgb"][:high], plain.octree.surface["rgb"][:high])


def test_an_empty_map_answers_with_nothing() -> None:
    memory = drawn()
    everywhere = Sphere(centre=(0, 0, 0), radius_m=100)
    what = torch.ones(1, PATCH.dim)
    assert memory.search(Query(space="voxel", within=everywhere)) == []
    assert memory.search(Query(space="voxel", what=what)) == []
    assert memory.read(Query(space="voxel", what=what)).weight.sum() == 0
    assert memory.borders() == [] and memory.thing_at((0, 0, 0), None) is None and memory.jpeg(1) is None


# -- answers -------------------------------------------------------------------------------------------------


def test_labelled_things_are_where_they_are(seen: SpatialMemory) -> None:
    told = {each.label for each in seen.objects.objects()}
    single = [label for label, name in room().names.items() if name in told and len(room().find(name)) == 1]
    away = [np.linalg.norm(np.subtract(thing(seen, label).place.centre, middle(label))) for label in single]
    assert len(single) >= 3 and max(away) < 0.35  # of what was seen: a cabinet at the wall shows its front


def test_what_is_near_comes_nearest_first(seen: SpatialMemory) -> None:
    label = next(label for label, name in room().names.items() if name == "sofa")
    x, y, z = middle(label).tolist()
    found = seen.search(Query(space="voxel", within=Sphere(centre=(x, y, z), radius_m=1.0)))
    assert found[0].label == "sofa" and found[0].thing == thing(seen, label).id
    assert found[0].store == "spatial" and found[0].xyz in Box(
        low=(x - 1, y - 1, z - 1), high=(x + 1, y + 1, z + 1)
    )
    away = [np.linalg.norm(np.subtract(hit.xyz or (0, 0, 0), (x, y, z))) for hit in found]
    assert away == sorted(away)


def test_a_thing_s_snapshot_shows_it(seen: SpatialMemory) -> None:
    told = [seen.told(each, 1.0) for each in seen.objects.objects() if each.snapshots]
    shown = [hit for hit in told if hit.box is not None and hit.snapshot is not None]
    assert len(shown) >= 3
    right = 0
    for hit in shown:
        frame = next(frame for frame in GOOD if frame.index == hit.frame)
        left, top, wide, low = hit.box.pixels(CAMERA.width, CAMERA.height)
        labels = frame.labels[top:low, left:wide]
        right += hit.label in {room().names[label] for label in np.unique(labels) if label}
        assert seen.jpeg(hit.snapshot)
    assert right >= 0.9 * len(shown)


def test_surface_is_found_by_what_it_looks_like(seen: SpatialMemory) -> None:
    rows = seen.octree.surface.rows
    known = seen.octree.surface["feature"][rows].float()
    row = int(rows[known.norm(dim=1).argmax()])
    what = seen.octree.surface["feature"][row].float()[None] @ torch.from_numpy(seen.directions).T
    found = seen.search(Query(space="voxel", what=what, top_k=3))
    assert (
        found
        and found[0].score > 0.98
        and [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    )
    x, y, z = seen.octree.centres(torch.tensor([row]))[0].tolist()
    here = Sphere(centre=(x, y, z), radius_m=0.05)
    assert seen.search(Query(space="voxel", what=what, within=here))[0].score > 0.98
    assert seen.search(Query(space="voxel", what=what, during=Interval(-5, -1))) == []


def test_reading_is_attention_with_gradients(seen: SpatialMemory) -> None:
    what = torch.randn(2, PATCH.dim, generator=torch.Generator().manual_seed(0)).requires_grad_()
    readout = seen.read(Query(space="voxel", what=what, top_k=5))
    assert readout.value.shape == (2, PATCH.dim) and torch.allclose(readout.weight.sum(1), torch.ones(2))
    readout.value.sum().backward()
    assert what.grad is not None and what.grad.abs().sum() > 0
    assert len(readout.evidence) == 10 and readout.evidence[0].xyz is not None


@pytest.mark.parametrize(
    ("query", "error", "says"),
    [
        (Query(space="frame"), SpaceError, "voxel"),
        (Query(space="voxel"), ObservationError, "within"),
        (Query(space="voxel", what=torch.ones(1, 3)), ObservationError, "24 numbers"),
        (Query(space="voxel", what=torch.full((1, 24), torch.nan)), ObservationError, "NaN"),
    ],
)
def test_questions_that_make_no_sense(
    seen: SpatialMemory, query: Query, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        seen.search(query)


def test_a_map_without_features_is_asked_by_place_alone() -> None:
    memory = SpatialMemory(
        CONFIG, 2_000_000, patch=None, directions=lambda: np.zeros((1, 1), np.float32), streams=1
    )
    write(memory, GOOD[0])
    with pytest.raises(SpaceError, match="no features"):
        memory.search(Query(space="voxel", what=torch.ones(1, 24)))


# -- loop closure --------------------------------------------------------------------------------------------


def test_a_corrected_keyframe_takes_along_what_was_seen_from_it() -> None:
    memory = drawn(GOOD[:3])
    before = memory.octree.occupied().centres.numpy()
    lifted = pose_of(np.eye(3), np.array([0.0, 0.0, 0.5]))
    memory.repose({place.id: lifted @ place.world_from_camera for place in memory.landmarks.all()})
    after = memory.octree.occupied().centres.numpy()
    assert np.allclose(sorted(after[:, 2]), sorted(before[:, 2] + 0.5), atol=1e-4)
    (glimpse,) = (pose for pose in memory.glimpses.table["pose"][:1])
    assert np.allclose(glimpse @ inverse(GOOD[0].world_from_camera), lifted)
    views = memory.views.all()
    assert views and np.allclose(views[0].world_from_camera[2, 3], GOOD[0].world_from_camera[2, 3] + 0.5)
    with pytest.raises(PlaceError):
        memory.repose({99: np.eye(4)})


def test_a_later_walk_through_the_same_room_goes_on_in_the_map_s_time() -> None:
    memory = drawn(GOOD)
    count, until = len(memory.objects), memory.objects.objects()[0].place.interval.end_s
    for frame in GOOD:
        memory.write(dataclasses.replace(frame, stream="again"), NONE, stream=1, names=room().names)
    assert memory.time_of(1, 0.0) == GOOD[-1].t_s + 1.0 and memory.time_of(0, 3.0) == 3.0
    assert len(memory.objects) <= count + 1
    assert memory.objects.objects()[0].place.interval.end_s > until + 1.0


def test_a_picture_without_content_is_at_its_place_all_the_same() -> None:
    config = dataclasses.replace(CONFIG, landmarks=dataclasses.replace(CONFIG.landmarks, dim=4))
    memory = drawn(config=config)
    for frame, look in zip(GOOD[:2], (torch.zeros(1, 4), torch.ones(1, 4)), strict=True):
        assert memory.write(frame, Features(spaces={"pixel": look})) is not None
    assert memory.landmarks.recall(np.ones(4, np.float32))[0][1] == pytest.approx(1.0)


def test_no_way_leads_from_where_a_stream_ends_to_where_another_begins() -> None:
    memory = drawn((GOOD[0],))
    aside = pose_of(np.eye(3), np.array([2.0, 0.0, 0.0])) @ GOOD[0].world_from_camera
    memory.write(dataclasses.replace(GOOD[0], world_from_camera=aside, stream="again"), NONE, stream=1)
    assert len(memory.landmarks) == 2 and len(memory.landmarks.edges[1]) == 0


# -- configuration -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "knobs",
    [
        {"share": 1.0},
        {"look_s": -1.0},
        {"shares": {"octree": 1.0}},
        {"frontiers": dataclasses.replace(CONFIG.frontiers, cell_m=0.13)},
    ],
)
def test_a_configuration_is_checked_at_birth(knobs: dict[str, object]) -> None:
    with pytest.raises(ObservationError):
        SpatialConfig(**knobs)  # type: ignore[arg-type]  # by name


def test_a_map_is_drawn_to_any_measure() -> None:
    config = SpatialConfig.drawn(voxel_m=0.02, far_m=3.0, up=(0.0, -2.0, 0.0))
    assert config.up == (0.0, -1.0, 0.0) and config.octree.voxel_m == 0.02
    with pytest.raises(ObservationError, match="direction"):
        SpatialConfig.drawn(up=(0.0, 0.0, 0.0))

"""A world that changes: what is carried goes along, what is opened swings, what happens is written down."""

import math
import pickle

import numpy as np
import pytest
from apartment_scenes import BALL, CABINET, CUP, LEAF, TABLE, WALLS, tiny_scene

from streammem.envs.apartment.motions import joint_motion, placed
from streammem.envs.apartment.world import World, memo
from streammem.errors import ObservationError


@pytest.fixture
def world() -> World:
    return World(tiny_scene())


def corners(world: World, thing: int) -> np.ndarray:
    """All vertices of a thing in the world, part by part."""
    found = []
    for body in world.bodies(thing):
        part = world.scene.by_id[thing].model.parts[body - world.bodies(thing)[0]]
        motion = np.eye(4) if part.joint is None else joint_motion(part.joint, world.amounts[body])
        matrix = world.places[world.row(thing)] @ motion
        np.testing.assert_allclose(world.matrices()[body], matrix, atol=1e-12)
        found.append(part.mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(found)


@pytest.mark.parametrize("amount", [0.0, 0.4, 1.5])
def test_matrices_and_boxes_hold_every_vertex(world: World, amount: float) -> None:
    world.set_joint(world.bodies(CABINET)[1], amount)
    world.move(BALL, (2.0, 0.5, 0.0), 0.7)
    for thing in (CABINET, BALL, CUP, LEAF):
        spots, (low, high) = corners(world, thing), world.box(thing)
        np.testing.assert_allclose((spots.min(0), spots.max(0)), (low, high), atol=1e-6)


def test_a_hinge_turns_about_its_axis_and_a_slide_goes_along_it(world: World) -> None:
    joint = world.joint(world.bodies(CABINET)[1])
    assert joint is not None and world.joint(world.bodies(CUP)[0]) is None
    motion = joint_motion(joint, 0.5)
    np.testing.assert_allclose(motion @ [*joint.origin, 1], [*joint.origin, 1], atol=1e-12)
    np.testing.assert_allclose(motion[:3, :3] @ motion[:3, :3].T, np.eye(3), atol=1e-12)
    assert np.trace(motion[:3, :3]) == pytest.approx(1 + 2 * math.cos(0.5))


def test_what_stands_on_a_thing_goes_along(world: World) -> None:
    before = np.linalg.inv(world.places[world.row(TABLE)]) @ world.places[world.row(CUP)]
    event = world.move(TABLE, (5.0, 1.0, 0.0), 1.2, who="agent")
    after = np.linalg.inv(world.places[world.row(TABLE)]) @ world.places[world.row(CUP)]
    np.testing.assert_allclose(before, after, atol=1e-12)
    assert world.room_of(CUP) == 1 and world.where(CUP) == (1, TABLE, "on")
    assert (event.kind, event.who, event.start, event.end) == (
        "moved", "agent", (1.2, 2.2, 0.0), (5.0, 1.0, 0.0),
    )  # fmt: skip
    world.move(CUP, (2.0, 0.5, 0.0))
    assert world.children(TABLE) == [] and world.where(CUP) == (0, None, "floor")
    assert world.yaw(CUP) == pytest.approx(1.5)


def test_in_a_doorway_a_thing_is_in_the_first_room(world: World) -> None:
    assert world.move(BALL, (4.05, 1.5, 0.0)).room == 0


@pytest.mark.parametrize(
    ("thing", "at", "yaw", "parent"),
    [
        (WALLS, (1, 1, 0), 0.0, None),
        (CUP, (math.nan, 1, 0), 0.0, None),
        (CUP, (1, 1, 0), math.inf, None),
        (CUP, (-3, 1, 0), 0.0, None),
        (CUP, (4.05, 0.5, 0), 0.0, None),
        (TABLE, (1, 1, 0), 0.0, CUP),
        (TABLE, (1, 1, 0), 0.0, TABLE),
        (999, (1, 1, 0), 0.0, None),
    ],
)
def test_moves_that_make_no_sense_are_refused(
    world: World, thing: int, at: tuple, yaw: float, parent: int
) -> None:
    before = world.save()
    with pytest.raises(ObservationError):
        world.move(thing, at, yaw, parent=parent)
    np.testing.assert_array_equal(world.places, before.places)
    assert world.events == [] and world.version == 0


def test_doors_open_once_and_close_once(world: World) -> None:
    assert not world.is_open(LEAF) and world.can_open(LEAF) and not world.can_open(TABLE)
    event = world.open(LEAF, who="bob")
    assert event is not None and event.kind == "opened" and world.is_open(LEAF)
    assert world.open(LEAF) is None
    assert world.close(LEAF) is not None and not world.is_open(LEAF)
    assert [event.kind for event in world.events] == ["opened", "closed"]


def test_only_what_has_a_door_opens_and_joints_have_ends(world: World) -> None:
    body = world.bodies(CABINET)[1]
    world.set_joint(body, 99.0)
    assert world.amounts[body] == 1.9
    for act in (lambda: world.open(TABLE), lambda: world.set_joint(0, 1.0)):
        with pytest.raises(ObservationError):
            act()
    with pytest.raises(ObservationError, match="finite"):
        world.set_joint(body, math.nan)


def test_taken_things_are_gone_until_they_are_moved(world: World) -> None:
    world.take(TABLE)
    assert not world.there(CUP) and np.isnan(world.box(CUP)).all() and world.count("cup") == 0
    with pytest.raises(ObservationError, match="taken"):
        world.where(CUP)
    world.move(CUP, (1, 1, 0))
    assert world.there(CUP) and world.count("cup") == 1 and world.count("cup", room=1) == 0


def test_events_say_whether_they_were_seen(world: World) -> None:
    world.sees = lambda thing: thing == CUP
    assert world.move(CUP, (1, 1, 0)).seen and not world.move(BALL, (1, 2, 0)).seen


def test_a_state_comes_back_and_a_clone_is_apart(world: World) -> None:
    state = world.save()
    twin = world.clone()
    world.move(TABLE, (2, 1, 0))
    world.open(CABINET)
    world.step(2.0)
    version = world.version
    assert twin.at(TABLE) == (1.2, 2.2, 0.0) and not twin.is_open(CABINET)
    for state_or_none in (state, None):
        world.restore(state_or_none)
        assert world.t_s == 0 and world.events == [] and world.where(CUP) == (0, TABLE, "on")
        np.testing.assert_array_equal(world.matrices(), twin.matrices())
    assert world.version > version


def test_a_foreign_state_is_refused(world: World) -> None:
    other = World(tiny_scene()).save()
    with pytest.raises(ObservationError, match="not one of"):
        world.restore(type(other)(**{name: getattr(other, name)[:1] if name == "places" else getattr(other, name)
                                     for name in type(other).__slots__}))  # fmt: skip


def test_time_goes_forward_and_movers_go_with_it(world: World) -> None:
    class Clock:
        total = 0.0

        def step(self, dt_s: float) -> None:
            self.total += dt_s

    world.movers.append(clock := Clock())
    world.step(0.5)
    world.step(0.25)
    assert world.t_s == clock.total == 0.75
    with pytest.raises(ObservationError, match="cannot go by"):
        world.step(-1.0)


def test_what_is_at_a_place(world: World) -> None:
    assert world.thing_at((1.0, 2.1, 0.75)) == CUP
    assert world.thing_at((1.2, 2.2, 0.7)) == TABLE
    assert world.thing_at((3.0, 0.5, 1.0)) is None


def test_what_is_remembered_of_a_scene_is_not_pickled(world: World) -> None:
    world.boxes()
    scene = pickle.loads(pickle.dumps(world.scene))
    assert memo(world.scene) and not memo(scene)
    np.testing.assert_array_equal(World(scene).boxes(), world.boxes())


def test_placed_turns_left() -> None:
    np.testing.assert_allclose(placed((1, 2, 3), math.pi / 2) @ [1, 0, 0, 1], [1, 3, 3, 1], atol=1e-12)

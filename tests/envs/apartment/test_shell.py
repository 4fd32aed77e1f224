"""What encloses rooms: closed but for the doorways, with doors that turn into the right room."""

import math

import numpy as np
import pytest

from streammem.envs.apartment.motions import joint_motion, placed
from streammem.envs.apartment.openings import Entrance, Leaf, Opening, Window
from streammem.envs.apartment.scene import Doorway, RoomSpace, Thing
from streammem.envs.apartment.shell import Shell, shell_things
from streammem.envs.apartment.styles import STYLES

ROOMS = [
    RoomSpace(id=0, kind="hall", low=(0.0, 0.0), high=(3.0, 3.0)),
    RoomSpace(id=1, kind="bathroom", low=(3.1, 0.0), high=(6.0, 3.0)),
]
HEIGHT_M = 2.5


def doorway(**more: object) -> Doorway:
    given = {
        "rooms": (0, 1),
        "at": (3.05, 1.0),
        "yaw": math.pi / 2,
        "width_m": 0.9,
        "height_m": 2.05,
        "depth_m": 0.1,
    }
    return Doorway(**{**given, **more})  # type: ignore[arg-type]  # a stand-in


def shell(*openings: Opening, windows: list[Window] = [], entrances: list[Entrance] = []) -> Shell:  # noqa: B006  # never changed
    rng = np.random.default_rng(0)
    return shell_things(
        ROOMS, openings, windows, entrances, height_m=HEIGHT_M, style=STYLES[0], rng=rng, first_id=5
    )


def of(found: Shell, category: str) -> list[Thing]:
    return [thing for thing in found.things if thing.category == category]


def area_m2(thing: Thing) -> float:
    mesh = thing.model.parts[0].mesh
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
    flat = (mesh.vertices[:, 2] != 0.08).all()  # without boards
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2) if flat else math.nan


def test_ids_follow_each_other_and_walls_face_their_room() -> None:
    found = shell(Opening(doorway=doorway()))
    assert [thing.id for thing in found.things] == list(range(5, 5 + len(found.things)))
    for wall in of(found, "wall"):
        mesh, centre = wall.model.parts[0].mesh, np.array([*ROOMS[wall.room].centre, 1.25])
        assert (((centre - mesh.vertices) * mesh.normals).sum(1) > 0).all()


def test_walls_lack_their_openings_and_nothing_else() -> None:
    window = Window(room=1, at=(6.0, 1.5), yaw=-math.pi / 2, width_m=1.0, sill_m=0.9, height_m=1.2)
    whole, open_ = (of(s, "wall")[1] for s in (shell(), shell(Opening(doorway=doorway()), windows=[window])))
    assert area_m2(whole) == pytest.approx(HEIGHT_M * 2 * (2.9 + 3.0))
    assert area_m2(whole) - area_m2(open_) == pytest.approx(0.9 * 2.05 + 1.0 * 1.2)


@pytest.mark.parametrize("into", [0, 1])
@pytest.mark.parametrize("hinge", [-1, 1])
@pytest.mark.parametrize("turned", [False, True])
def test_a_leaf_fills_its_doorway_and_opens_into_its_room(into: int, hinge: int, turned: bool) -> None:
    door = doorway(rooms=(1, 0) if turned else (0, 1))
    found = shell(Opening(doorway=door, leaf=Leaf(into=into, hinge=hinge, open=0.9)))
    (thing,) = of(found, "door")
    assert found.doorways[0].leaf == thing.id and thing.room == into and thing.open == 0.9
    leaf = thing.model.parts[1]
    closed, opened = (leaf_at(thing, share) for share in (0.0, 1.0))
    assert abs(closed[:, 0] - 3.05).max() < 0.11 and np.ptp(closed[:, 1]) == pytest.approx(0.842, abs=0.01)
    tip = opened[np.argmax(abs(opened[:, 0] - 3.05))]
    assert (tip[0] > 3.05) == (into == 1) and abs(tip[0] - 3.05) > 0.8
    assert np.sign(opened[:, 1].mean() - 1.0) == hinge
    assert leaf.joint is not None and leaf.joint.high == pytest.approx(math.pi / 2)


def leaf_at(thing: Thing, share: float) -> np.ndarray:
    leaf = thing.model.parts[1]
    assert leaf.joint is not None
    motion = placed(thing.at, thing.yaw) @ joint_motion(leaf.joint, share * leaf.joint.high)
    return leaf.mesh.vertices @ motion[:3, :3].T + motion[:3, 3]


def test_rooms_that_touch_and_full_openings_have_no_frame() -> None:
    rooms = [ROOMS[0], RoomSpace(id=1, kind="hall", low=(3.0, 0.0), high=(6.0, 3.0))]
    wide = Opening(doorway=doorway(at=(3.0, 1.5), width_m=3.0, height_m=HEIGHT_M, depth_m=0.0))
    rng = np.random.default_rng(0)
    found = shell_things(rooms, [wide], height_m=HEIGHT_M, style=STYLES[0], rng=rng)
    assert {thing.category for thing in found.things} == {"floor", "wall", "ceiling"}
    for wall in of(found, "wall"):
        assert (abs(wall.model.parts[0].mesh.vertices[:, 0] - 3.0) > 1e-6).any()
        assert np.ptp(wall.model.parts[0].mesh.normals[:, 0]) == 1  # three sides only


def test_an_entrance_and_a_window_have_their_backs_to_the_wall() -> None:
    window = Window(room=0, at=(1.0, 3.0), yaw=0.0, width_m=1.0, sill_m=0.9, height_m=1.2)
    entrance = Entrance(room=0, at=(0.0, 1.5), yaw=math.pi / 2)
    found = shell(windows=[window], entrances=[entrance])
    pane, door = of(found, "window")[0], of(found, "door")[0]
    assert pane.at == (1.0, 3.0, 0.9) and door.at == (0.0, 1.5, 0.0)
    assert door.model.parts[0].mesh.vertices[:, 1].max() == 0 and len(door.model.parts) == 1
    glow = pane.model.parts[0].mesh
    assert glow.vertices[glow.colours[:, 3] == 255][:, 1].min() > 0.1

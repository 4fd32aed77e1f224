"""Two small rooms with a door between, written down by hand: what tests of the apartment stand on."""

import math

from streammem.envs.apartment.mesh import joined
from streammem.envs.apartment.model import Joint, Model, Part, Support
from streammem.envs.apartment.scene import Doorway, Lamp, RoomSpace, Scene, Thing
from streammem.envs.apartment.solids import box

HEIGHT_M = 2.5
FLOORS, CEILINGS, WALLS, LEAF, TABLE, CUP, CABINET, BALL = (1, 2), (3, 4), 5, 6, 7, 8, 9, 10


def solid(category: str, *boxes: tuple, **more: object) -> Model:
    """A model of boxes (low, high, colour)."""
    mesh = joined([box(*b) for b in boxes])
    size = tuple(float(s) for s in mesh.vertices.max(0) - mesh.vertices.min(0))
    return Model(category=category, variant=0, name=category, size=size, parts=(Part(mesh=mesh),), **more)


def shell(id: int, category: str, room: int, *boxes: tuple) -> Thing:
    """A fixed thing in world coordinates."""
    return Thing(id=id, model=solid(category, *boxes), at=(0, 0, 0), yaw=0.0, room=room, relation="shell")


def tiny_scene() -> Scene:
    """Rooms 0 (x 0..4) and 1 (x 4.1..7), both y 0..3, a door in the wall between at y 1.5; a table with a cup on it
    in room 0, a cabinet with a hinged door and a ball in room 1."""
    rooms = (
        RoomSpace(id=0, kind="living room", low=(0, 0), high=(4, 3)),
        RoomSpace(id=1, kind="bedroom", low=(4.1, 0), high=(7, 3)),
    )
    white, brown = (225, 222, 215), (140, 95, 60)
    wall = [
        ((-0.1, -0.1, 0), (7.1, 0, HEIGHT_M), white),
        ((-0.1, 3, 0), (7.1, 3.1, HEIGHT_M), white),
        ((-0.1, 0, 0), (0, 3, HEIGHT_M), white),
        ((7, 0, 0), (7.1, 3, HEIGHT_M), white),
        ((4, 0, 0), (4.1, 1.05, HEIGHT_M), white),
        ((4, 1.95, 0), (4.1, 3, HEIGHT_M), white),
        ((4, 1.05, 2.05), (4.1, 1.95, HEIGHT_M), white),
    ]
    leaf = Part(
        mesh=box((-0.45, -0.02, 0), (0.45, 0.02, 2.05), brown),
        joint=Joint(kind="hinge", origin=(-0.45, 0, 0), axis=(0, 0, 1), low=0, high=math.pi / 2),
    )
    door = Model(
        category="door", variant=0, name="door", size=(0.9, 0.04, 2.05),
        parts=(Part(mesh=box((-0.47, -0.05, 2.03), (0.47, 0.05, 2.05), brown)), leaf),
    )  # fmt: skip
    table = solid(
        "table", ((-0.6, -0.4, 0.68), (0.6, 0.4, 0.72), brown), ((-0.05, -0.05, 0), (0.05, 0.05, 0.68), brown),
        supports=(Support(low=(-0.6, -0.4), high=(0.6, 0.4), z=0.72, clear_m=1.0),),
    )  # fmt: skip
    front = Part(
        mesh=box((-0.4, -0.24, 0.02), (0.4, -0.22, 0.78), brown),
        joint=Joint(kind="hinge", origin=(-0.4, -0.23, 0), axis=(0, 0, -1), low=0, high=1.9),
    )
    cabinet = Model(
        category="cabinet", variant=0, name="cabinet", size=(0.8, 0.47, 0.8),
        parts=(
            Part(mesh=joined([
                box((-0.4, -0.22, 0), (0.4, 0.22, 0.02), brown), box((-0.4, -0.22, 0.78), (0.4, 0.22, 0.8), brown),
                box((-0.4, -0.22, 0.02), (-0.38, 0.22, 0.78), brown), box((0.38, -0.22, 0.02), (0.4, 0.22, 0.78), brown),
                box((-0.38, 0.2, 0.02), (0.38, 0.22, 0.78), brown),
            ])),
            front,
        ),
        supports=(
            Support(low=(-0.4, -0.22), high=(0.4, 0.22), z=0.8, clear_m=1.0),
            Support(low=(-0.36, -0.2), high=(0.36, 0.18), z=0.02, clear_m=0.7, relation="in", door=1),
        ),
    )  # fmt: skip
    cup = solid("cup", ((-0.04, -0.04, 0), (0.04, 0.04, 0.1), (200, 40, 30)), mount="surface")
    ball = solid("ball", ((-0.1, -0.1, 0), (0.1, 0.1, 0.2), (40, 90, 200)), mount="surface")
    things = (
        shell(1, "floor", 0, ((0, 0, -0.05), (4.05, 3, 0), (160, 120, 80))),
        shell(2, "floor", 1, ((4.05, 0, -0.05), (7, 3, 0), (120, 120, 125))),
        shell(3, "ceiling", 0, ((0, 0, HEIGHT_M), (4.05, 3, HEIGHT_M + 0.05), white)),
        shell(4, "ceiling", 1, ((4.05, 0, HEIGHT_M), (7, 3, HEIGHT_M + 0.05), white)),
        shell(WALLS, "wall", 0, *wall),
        Thing(id=LEAF, model=door, at=(4.05, 1.5, 0), yaw=math.pi / 2, room=0, relation="shell"),
        Thing(id=TABLE, model=table, at=(1.2, 2.2, 0), yaw=0, room=0, relation="floor"),
        Thing(
            id=CUP, model=cup, at=(1.0, 2.1, 0.72), yaw=0.3, room=0, relation="on", parent=TABLE, movable=True
        ),
        Thing(id=CABINET, model=cabinet, at=(5.5, 2.75, 0), yaw=0, room=1, relation="floor"),
        Thing(id=BALL, model=ball, at=(6.5, 0.5, 0), yaw=0, room=1, relation="floor", movable=True),
    )
    return Scene(
        name="tiny/1/0", seed=0, version=1, style="plain", height_m=HEIGHT_M, rooms=rooms,
        doorways=(Doorway(rooms=(0, 1), at=(4.05, 1.5), yaw=math.pi / 2, width_m=0.9, height_m=2.05, depth_m=0.1, leaf=LEAF),),
        things=things, lamps=(Lamp(at=(2, 1.5, 2.3), room=0), Lamp(at=(5.5, 1.5, 2.3), room=1)),
        sees=(frozenset({0, 1}), frozenset({0, 1})),
    )  # fmt: skip

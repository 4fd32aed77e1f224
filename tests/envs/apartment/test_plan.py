"""Floor plans: rectangles without gaps or overlaps, rooms of usual sizes, usual doors; doorways and windows in walls."""

import numpy as np
import pytest

from streammem.envs.apartment.doorways import doorways_between
from streammem.envs.apartment.layout import openings_of, rooms_of
from streammem.envs.apartment.openings import Openings
from streammem.envs.apartment.plan import Cell, floor_plan, may_open, shared
from streammem.envs.apartment.scene import Doorway, RoomSpace
from streammem.envs.apartment.sight import rooms_in_sight

SEEDS = range(16)


@pytest.fixture(scope="module", params=SEEDS)
def plan(request: pytest.FixtureRequest) -> tuple[list[Cell], Openings]:
    rng = np.random.default_rng(request.param)
    cells = floor_plan(rng)
    return cells, openings_of(cells, rng)


def test_cells_fill_a_rectangle(plan: tuple[list[Cell], Openings]) -> None:
    cells, _ = plan
    width, height = max(c.x1 for c in cells), max(c.y1 for c in cells)
    assert min(c.x0 for c in cells) == min(c.y0 for c in cells) == 0
    assert sum(c.area for c in cells) == pytest.approx(width * height)
    x, y = np.random.default_rng(0).uniform(0, 1, (2, 500)) * [[width], [height]]
    inside = [(c.x0 < x) & (x < c.x1) & (c.y0 < y) & (y < c.y1) for c in cells]
    assert (np.sum(inside, 0) == 1).all()


def test_rooms_are_of_usual_kinds_and_sizes(plan: tuple[list[Cell], Openings]) -> None:
    cells, _ = plan
    kinds = [cell.kind for cell in cells]
    assert 4 <= len(cells) <= 8 and 70 <= sum(c.area for c in cells) <= 130
    assert kinds[0] == "hall" and {"living room", "kitchen", "bedroom", "bathroom"} < set(kinds)
    assert min(min(r.high[0] - r.low[0], r.high[1] - r.low[1]) for r in rooms_of(cells)) >= 1.8


def test_doorways_join_all_rooms_in_usual_ways(plan: tuple[list[Cell], Openings]) -> None:
    cells, openings = plan
    joined = {0}
    for _ in cells:
        joined |= {r for o in openings.doorways if joined & set(o.doorway.rooms) for r in o.doorway.rooms}
    assert joined == set(range(len(cells)))
    for opening in openings.doorways:
        one, other = (cells[room] for room in opening.doorway.rooms)
        assert may_open(one.kind, other.kind) and shared(one, other) > opening.doorway.width_m
        baths = sum("bathroom" in cells[r].kind for o in openings.doorways for r in o.doorway.rooms)
        assert baths == sum(cell.kind == "bathroom" for cell in cells)  # nobody goes through one
        assert "kitchen" not in {one.kind, other.kind} or "bathroom" not in {one.kind, other.kind}


def ends(door: Doorway) -> np.ndarray:
    along = np.array([np.cos(door.yaw), np.sin(door.yaw)]) * door.width_m / 2
    return np.array([door.at - along, door.at + along])


def test_doorways_lie_in_the_wall_between_their_rooms(plan: tuple[list[Cell], Openings]) -> None:
    cells, openings = plan
    rooms = rooms_of(cells)
    for opening in openings.doorways:
        for room in opening.doorway.rooms:
            low, high = np.array(rooms[room].low), np.array(rooms[room].high)
            outside = np.maximum(low - ends(opening.doorway), ends(opening.doorway) - high)
            assert outside.max() == pytest.approx(0.05)  # half the wall
            assert (np.sort(outside, 1)[:, 0] < -0.05).all()


def test_windows_lie_in_outer_walls_apart_from_the_entrance(plan: tuple[list[Cell], Openings]) -> None:
    cells, openings = plan
    rooms = rooms_of(cells)
    size = np.max([room.high for room in rooms], 0)
    (entrance,) = openings.entrances
    for hole in (*openings.windows, entrance):
        at, outward = np.array(hole.at), np.array([-np.sin(hole.yaw), np.cos(hole.yaw)]).round()
        assert (at + outward < 0).any() or (at + outward > size).any()
        assert rooms[hole.room].low <= hole.at and (at <= rooms[hole.room].high).all()
    assert not [w for w in openings.windows if (w.room, w.yaw) == (entrance.room, entrance.yaw)]


def room(id: int, *low_high: tuple[float, float]) -> RoomSpace:
    return RoomSpace(id=id, kind="hall", low=low_high[0], high=low_high[1])


def test_rooms_in_sight_need_a_straight_line() -> None:
    rooms = [room(i, (3.0 * i, 0.0), (3.0 * i + 2.9, 3.0)) for i in range(3)]
    around = room(3, (6.0, 3.1), (8.9, 6.0))

    def door(one: int, other: int, x: float, y: float, yaw: float = np.pi / 2) -> Doorway:
        return Doorway(rooms=(one, other), at=(x, y), yaw=yaw, width_m=0.9, height_m=2.0, depth_m=0.1)

    straight = [door(0, 1, 2.95, 1.5), door(1, 2, 5.95, 1.5), door(2, 3, 8.4, 3.05, 0.0)]
    assert rooms_in_sight([*rooms, around], straight)[0] == {0, 1, 2}
    assert rooms_in_sight([*rooms, around], straight)[1] == {0, 1, 2, 3}
    bent = [door(0, 1, 2.95, 0.5), door(1, 2, 5.95, 2.5)]
    assert rooms_in_sight(rooms, bent)[0] == {0, 1, 2}  # any two openings of a room see each other


def test_a_room_without_a_wall_to_share_gets_no_door() -> None:
    apart = [Cell("hall", 0, 0, 3, 3), Cell("kitchen", 4, 0, 7, 3)]
    assert doorways_between(apart, np.random.default_rng(0)) == []


def test_nothing_is_seen_that_is_not_in_sight(plan: tuple[list[Cell], Openings]) -> None:
    cells, openings = plan
    rooms, doors = rooms_of(cells), [opening.doorway for opening in openings.doorways]
    free = [(*room.low, *room.high) for room in rooms]
    for door in doors:
        half = np.abs(np.array([[np.cos(door.yaw), np.sin(door.yaw)], [-np.sin(door.yaw), np.cos(door.yaw)]]))
        x, y = np.array([door.width_m / 2, 0.06]) @ half
        free.append((door.at[0] - x, door.at[1] - y, door.at[0] + x, door.at[1] + y))
    rng = np.random.default_rng(0)
    size = np.max([room.high for room in rooms], 0)
    start, end = rng.uniform(0, 1, (2, 4000, 2)) * size
    share = np.linspace(0, 1, 300)[:, None, None]
    x, y = np.moveaxis(start + share * (end - start), -1, 0)
    within = np.any([(a <= x) & (x <= c) & (b <= y) & (y <= d) for a, b, c, d in free], 0).all(0)
    seen = rooms_in_sight(rooms, doors)
    inside = [[(p >= r.low).all(1) & (p <= r.high).all(1) for r in rooms] for p in (start, end)]
    within &= np.any(inside[0], 0) & np.any(inside[1], 0)
    room_of = np.argmax(inside, 1)
    assert within.sum() > 200
    assert all(b in seen[a] for a, b in zip(room_of[0][within], room_of[1][within], strict=True))

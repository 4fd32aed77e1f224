"""Furniture: boxes in rooms, groups that belong together, and what is left out where it blocks the way."""

import math

import numpy as np
import pytest

from streammem.envs.apartment.clutter import scatter
from streammem.envs.apartment.designs import PROCEDURAL, Designs
from streammem.envs.apartment.furnisher import Furnisher, facing
from streammem.envs.apartment.groups import (
    bed_and_nightstands,
    dining_table,
    kitchen_row,
    sofa_and_tv,
    work_place,
)
from streammem.envs.apartment.openings import Leaf, Opening
from streammem.envs.apartment.placing import SIDES, Boxes, Draft, Ground
from streammem.envs.apartment.reach import FreeFloor, leaf_rect, within_reach
from streammem.envs.apartment.recipes import RECIPES
from streammem.envs.apartment.scene import Doorway, RoomSpace
from streammem.envs.apartment.stock import Item, Stock

LEFT = RoomSpace(id=0, kind="living room", low=(0.0, 0.0), high=(6.0, 5.0))
RIGHT = RoomSpace(id=1, kind="bedroom", low=(6.1, 0.0), high=(10.0, 5.0))
DOOR = Opening(
    doorway=Doorway(rooms=(0, 1), at=(6.05, 1.0), yaw=math.pi / 2, width_m=0.9, height_m=2.05, depth_m=0.1),
    leaf=Leaf(into=1, hinge=-1),
)


@pytest.fixture
def f() -> Furnisher:
    return Furnisher(Ground(LEFT, 2.6), Stock(PROCEDURAL), np.random.default_rng(3))


def front(draft: Draft) -> np.ndarray:
    return np.array([math.sin(draft.yaw), -math.cos(draft.yaw)])


def toward(one: Draft, other: Draft) -> float:
    """The cosine between a thing's front and the way to another."""
    way = np.array(other.at[:2]) - np.array(one.at[:2])
    return float(front(one) @ way / np.linalg.norm(way))


def test_boxes_meet_as_a_loop_says() -> None:
    rng = np.random.default_rng(0)
    boxes = Boxes()
    for low in rng.uniform(0, 4, (20, 3)):
        boxes.add((*low, *(low + rng.uniform(0.1, 1, 3))))  # type: ignore[arg-type]  # a stand-in
    rects = np.concatenate([corners := rng.uniform(0, 4, (50, 2)), corners + 0.4], 1)
    found = boxes.meet(rects, 1.0, 2.0, 0.1)
    assert 0 < found.sum() < 50
    for rect, meets in zip(rects, found, strict=True):
        assert boxes.meets((rect[0], rect[1], 1.0, rect[2], rect[3], 2.0), 0.1) == meets


@pytest.mark.parametrize("yaw", [0.0, math.pi / 2, -math.pi / 2, math.pi, 3 * math.pi / 2, 0.4])
def test_turned_boxes_hold_their_corners(f: Furnisher, yaw: float) -> None:
    item = f.pick("sofa")
    corners = np.array([(x, y) for x in (item.low[0], item.high[0]) for y in (item.low[1], item.high[1])])
    world = corners @ np.array([[math.cos(yaw), math.sin(yaw)], [-math.sin(yaw), math.cos(yaw)]])
    np.testing.assert_allclose(item.turned(yaw), [*world.min(0), *world.max(0)], atol=1e-9)


@pytest.mark.parametrize("side", SIDES)
def test_against_a_wall_means_back_to_it(f: Furnisher, side: object) -> None:
    item = f.pick("wardrobe")
    places = f.ground.against(item, side)  # type: ignore[arg-type]  # a stand-in
    draft = f.add(item, places.at(0), places.yaw(0))
    x0, y0, _, x1, y1, _ = draft.box()
    behind = -front(draft)
    gap = {(-1, 0): x0, (1, 0): 6.0 - x1, (0, -1): y0, (0, 1): 5.0 - y1}[tuple(behind.round().astype(int))]
    assert gap == pytest.approx(0.02, abs=1e-4)  # places are rounded


def test_seats_and_desks_face_what_they_are_for(f: Furnisher) -> None:
    sofa = sofa_and_tv(f)
    kinds = {draft.model.category: draft for draft in f.drafts}
    assert sofa is not None and toward(sofa, kinds["tv"]) > 0.9 and toward(kinds["tv"], sofa) > 0.9
    assert toward(sofa, kinds["coffee table"]) > 0.9
    g = Furnisher(Ground(RIGHT, 2.6), f.stock, f.rng)
    desk = work_place(g)
    assert desk is not None and toward(desk, g.drafts[-1]) > 0.9 and toward(g.drafts[-1], desk) > 0.9


def test_chairs_face_their_table_and_nightstands_stand_beside_the_bed(f: Furnisher) -> None:
    table = dining_table(f, most=4)
    chairs = [draft for draft in f.drafts if draft.model.category == "chair"]
    assert table is not None and len(chairs) >= 2 and all(chair.partner is table for chair in chairs)
    middle = [np.array(chair.at[:2]) + front(chair) * 0.5 for chair in chairs]
    x0, y0, _, x1, y1, _ = table.box()
    assert all(x0 < x < x1 and y0 < y < y1 for x, y in middle)
    g = Furnisher(Ground(RIGHT, 2.6), f.stock, f.rng)
    bed = bed_and_nightstands(g)
    assert bed is not None and [d.yaw for d in g.drafts] == [bed.yaw] * 3


def test_a_kitchen_has_its_row_against_one_wall() -> None:
    f = Furnisher(Ground(LEFT, 2.6), Stock(PROCEDURAL), np.random.default_rng(0))
    kitchen_row(f)
    kinds = [draft.model.category for draft in f.drafts]
    assert kinds.count("counter") >= 3 and {"kitchen sink", "stove", "fridge"} < set(kinds)
    assert len({draft.yaw for draft in f.drafts[:5]}) == 1


@pytest.mark.parametrize("kind", RECIPES)
def test_recipes_do_with_any_room(kind: str) -> None:
    for size in (1.9, 3.0, 5.0):
        room = RoomSpace(id=0, kind=kind, low=(0.0, 0.0), high=(size, 2.5))
        f = Furnisher(Ground(room, 2.5), Stock(PROCEDURAL), np.random.default_rng(1))
        RECIPES[kind](f)
        scatter(f)
        assert all(d.box()[0] + 1e-9 >= 0 and d.box()[3] <= size + 1e-9 for d in f.drafts)


def wall_of(f: Furnisher, x: float, y0: float, y1: float) -> list[Draft]:
    shelf = f.pick("bookshelf")
    count = int((y1 - y0) / shelf.width)
    return [f.add(shelf, (x, y0 + (i + 0.5) * shelf.width), math.pi / 2) for i in range(count + 1)]


def test_what_cuts_a_room_in_two_goes_and_takes_along_what_is_its_own(f: Furnisher) -> None:
    barrier = wall_of(f, 3.0, 0.0, 4.4)
    book = Draft(f.pick("book"), (*barrier[-1].at[:2], 1.0), 0.0, 0, "on", parent=barrier[-1], movable=True)
    drafts = [*barrier, book]
    assert FreeFloor([LEFT, RIGHT], [DOOR], drafts).areas.max() == 2
    kept = within_reach([LEFT, RIGHT], [DOOR], drafts)
    assert FreeFloor([LEFT, RIGHT], [DOOR], kept).areas.max() == 1
    assert 0 < len(kept) < len(drafts) and (book in kept) == (barrier[-1] in kept)


def test_what_nobody_can_come_near_goes(f: Furnisher) -> None:
    far = Draft(Item(f.pick("table").model, (-2, -2, 0), (2, 2, 0.7)), (2.0, 2.0, 0.0), 0.0, 0, "floor")
    cups = [Draft(f.pick("cup"), (x, 2.0, 0.7), 0.0, 0, "on", parent=far, movable=True) for x in (0.3, 3.8)]
    assert within_reach([LEFT, RIGHT], [DOOR], [far, *cups]) == [far, cups[1]]


@pytest.mark.parametrize("hinge", [-1, 1])
def test_an_open_leaf_is_where_it_turns_to(hinge: int) -> None:
    opening = Opening(doorway=DOOR.doorway, leaf=Leaf(into=1, hinge=hinge))
    rect = leaf_rect(opening, RIGHT)
    assert rect is not None and leaf_rect(opening, LEFT) is None
    assert rect[0] == pytest.approx(6.1) and rect[2] == pytest.approx(7.0)
    assert np.mean([rect[1], rect[3]]) == pytest.approx(1.0 + hinge * 0.41, abs=0.03)


def test_facing_turns_the_front() -> None:
    assert facing((0, 0), (0, -1)) == 0 and facing((0, 0), (1, 0)) == pytest.approx(math.pi / 2)


def test_stock_falls_back_and_matches() -> None:
    class OnlyCups:
        name = "cups"

        def has(self, category: str) -> bool:
            return category == "cup"

        def design(self, category: str, rng: np.random.Generator) -> object:
            return PROCEDURAL.design("bowl", rng)

    cups = OnlyCups()
    assert isinstance(cups, Designs)
    stock, rng = Stock(cups), np.random.default_rng(0)
    assert (
        stock.pick("cup", rng).model.category == "bowl" and stock.pick("sofa", rng).model.category == "sofa"
    )
    counter = stock.pick("counter", rng)
    shared = set(stock.matching("kitchen sink", counter, rng).model.name.split())
    assert shared & set(counter.model.name.split())

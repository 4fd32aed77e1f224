"""The audit of apartments: it finds what is wrong, and nothing in two generated ones."""

import dataclasses

import pytest
from apartment_scenes import BALL, CABINET, CUP, LEAF, TABLE, tiny_scene

from benchmarks.envs.scenes import Audit, audit, digest, report, seeds_of
from benchmarks.envs.solid_checks import Bodies, afloat, meetings, outside_rooms, swings
from benchmarks.envs.view_checks import AGENTS, cut_off, small_views
from streammem.envs.apartment.generate import SPLITS, generate
from streammem.envs.apartment.world import World


@pytest.fixture
def world() -> World:
    return World(tiny_scene())


def of(found: object, category: str) -> list[str]:
    return [text for text in found if text.startswith(category)]  # type: ignore[attr-defined]  # texts


def test_a_table_that_stands_and_a_cup_on_it_are_let_pass(world: World) -> None:
    bodies = Bodies(world)
    assert not list(outside_rooms(bodies)) and not list(meetings(bodies)) and not list(afloat(bodies))


def test_what_reaches_into_a_wall_is_found(world: World) -> None:
    x, _, z = world.at(TABLE)
    world.move(TABLE, (x, 0.35, z))
    assert of(outside_rooms(Bodies(world)), "table") == ["table 7 by 50 mm"]
    assert any("table 7" in text for text in meetings(Bodies(world)))


@pytest.mark.parametrize("yaw", [0.0, 0.4])
def test_what_shares_space_is_found_and_what_touches_is_not(world: World, yaw: float) -> None:
    x, y, _ = world.at(CABINET)
    world.move(BALL, (x, y, 0.75), yaw)
    assert list(meetings(Bodies(world))) == ["cabinet 9 and ball 10"]
    world.move(BALL, (x, y, 0.8), yaw)
    assert not list(meetings(Bodies(world)))


def test_what_is_in_the_flesh_of_another_is_found(world: World) -> None:
    x, y, _ = world.at(BALL)
    world.move(CUP, (x, y, 0.05))
    assert list(meetings(Bodies(world))) == ["cup 8 and ball 10"]


@pytest.mark.parametrize(
    ("up_m", "along_m", "said"),
    [(0.02, 0, "20 mm above"), (0, 0.635, "25 % of its foot on"), (0, 0.9, "nothing of")],
)
def test_what_hangs_in_the_air_is_found(world: World, up_m: float, along_m: float, said: str) -> None:
    (x, y, _), (_, _, z) = world.at(TABLE), world.at(CUP)
    world.move(CUP, (x + along_m, y, z + up_m), parent=TABLE)
    assert said in of(afloat(Bodies(world)), "cup 8")[0]


def test_what_a_door_would_hit_is_found(world: World) -> None:
    assert not list(swings(world))
    door = world.scene.doorways[0]
    for side in (-0.4, 0.4):
        world.move(BALL, (door.at[0] + side, door.at[1], 0.0))
        if list(swings(world)):
            return
    raise AssertionError("neither side")


def test_rooms_behind_a_shut_door_are_cut_off(world: World) -> None:
    shut = list(cut_off(world, AGENTS["ObjectNav's agent"]))
    assert len(shut) == 1 and shut[0].startswith("bedroom 1: 0.0")


def test_what_is_inside_is_looked_for_with_that_open(world: World) -> None:
    world.open(LEAF)
    x, y, _ = world.at(CABINET)
    placed = dataclasses.replace(
        world.scene.by_id[BALL], at=(x, y - 0.1, 0.02), room=1, relation="in", parent=CABINET
    )
    things = [placed if thing.id == BALL else thing for thing in world.scene.things]
    things = [dataclasses.replace(thing, open=1.0) if thing.id == LEAF else thing for thing in things]
    scene = dataclasses.replace(world.scene, things=tuple(things))
    found = {thing.id: (other, views) for other, thing, views in small_views(World(scene))}
    assert found[BALL][1] and found[BALL][0].is_open(CABINET) and not found[CUP][0].is_open(CABINET)


def test_seeds_come_from_all_splits_once() -> None:
    seeds = seeds_of(10)
    assert len(set(seeds)) == 10
    assert [sum(seed in split for seed in seeds) for split in SPLITS.values()] == [4, 3, 3]


def test_digests_tell_scenes_apart(world: World) -> None:
    assert digest(tiny_scene()) == digest(tiny_scene()) != digest(generate(0))


def test_an_apartment_keeps_the_laws_and_one_that_does_not_is_listed() -> None:
    good, bad = audit(generate(0), drawn=False), audit(tiny_scene(), drawn=False)
    assert not any(good.broken.values()), good.broken
    same = Audit(seed=-1)
    same.note("scenes alike", 2, ["seed 7"])
    part = report([good, bad], same, {"scenes": 2})
    marks = {mark.name: mark.passed for mark in part.marks}
    assert not marks["scenes alike"] and not marks["rooms within reach of ObjectNav's agent"]
    assert marks["things that share no space with others"]
    assert any(note.startswith("seed 0, rooms within reach") for note in part.notes)
    assert "scenes alike: not seed 7" in part.notes
    assert [row[-1] for row in part.tables[1].rows][:1] == [max(len(generate(0).rooms), 2)]

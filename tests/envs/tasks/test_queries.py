"""Questions about tours that are written down by hand, one letter a picture's content."""

import itertools

import numpy as np
import pytest
from apartment_scenes import BALL, CABINET, CUP, TABLE, tiny_scene

from streammem.envs.apartment.categories import CATEGORIES
from streammem.envs.apartment.world import World
from streammem.envs.tasks.queries import (
    MARGIN,
    QUERY_SIZES,
    Question,
    askable,
    counts,
    encoded,
    orders,
    places,
    plural,
)
from streammem.envs.tasks.sightings import Sightings

CHAIRS, SOFA, BED = [1, 2, 3], [4], [5]
GROUPS = {"chair": CHAIRS, "sofa": SOFA, "bed": BED, "desk": [6]}
ROOMS = {1: 0, 2: 1, 3: 1, 4: 0, 5: 1, 6: 1}
NAMES = {0: "kitchen", 1: "bedroom"}


def tour(*frames: str) -> Sightings:
    """Each frame's digits are the things in it, plain to see; "." is nothing."""
    found = Sightings(6)
    for frame in frames:
        picture = np.zeros((20, 20), np.int32)
        for row, letter in enumerate(frame.replace(".", "")):
            picture[row] = int(letter)
        found.add(picture)
    return found


FAIR = tour("1", ".", ".", "4", ".", ".", "2", ".", ".", "5", ".", ".", "3", ".", ".", "1")


def test_first_and_last() -> None:
    found = places(FAIR, GROUPS, ROOMS, ("first", "last"))
    assert [(q.category, q.answers) for q in found["first"]] == [("chair", (1,))]
    assert [(q.category, q.answers) for q in found["last"]] == [("chair", (1,))]
    assert found["first"][0].candidates == (1, 2, 3)


def test_before_and_after() -> None:
    found = places(FAIR, GROUPS, ROOMS, ("before", "after"))
    assert {(q.other, q.answers) for q in found["before"]} == {("sofa", (1,)), ("bed", (2,))}
    assert {(q.other, q.answers) for q in found["after"]} == {("sofa", (2,)), ("bed", (3,))}


def test_rooms() -> None:
    found = places(FAIR, GROUPS, ROOMS, ("room",))["room"]
    assert {(q.category, q.answers) for q in found} == {("sofa", (0,)), ("bed", (1,))}


@pytest.mark.parametrize("frames", [("12",), ("1", "2"), ("1", ".", "2")])
def test_what_lies_close_together_is_not_asked(frames: tuple[str, ...]) -> None:
    found = places(tour(*frames), GROUPS, ROOMS, ("first", "last"))
    assert found == {"first": [], "last": []}


def test_a_glimpse_of_another_one_spoils_the_question() -> None:
    sightings = tour(".", ".", ".", "1", ".", ".", ".", "2")
    assert places(sightings, GROUPS, ROOMS, ("first",))["first"]
    sightings.first_glimpsed[2] = 1
    assert not places(sightings, GROUPS, ROOMS, ("first",))["first"]


@pytest.mark.parametrize("seed", range(20))
def test_orders_against_all_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frames = ["".join(map(str, rng.choice(7, 2))).replace("0", ".") for _ in range(25)]
    sightings = tour(*frames)
    first = {
        name: min((i for i, frame in enumerate(frames) if set(frame) & set(map(str, things))), default=None)
        for name, things in GROUPS.items()
    }
    expected = {
        (a, b): int(first[a] > first[b])
        for a, b in itertools.permutations(GROUPS, 2)
        if first[a] is not None and first[b] is not None and abs(first[a] - first[b]) >= MARGIN
    }
    assert {(q.category, q.other): q.number for q in orders(sightings, GROUPS)} == expected


def test_counts_against_a_recount() -> None:
    found = {(q.category, q.room): q.number for q in counts(FAIR, GROUPS, ROOMS, NAMES, most=10)}
    assert found[("chair", None)] == 3 and found[("chair", 0)] == 1 and found[("chair", 1)] == 2
    assert found[("desk", None)] == 0
    assert ("chair", None) not in {(q.category, q.room) for q in counts(FAIR, GROUPS, ROOMS, NAMES, most=2)}


def test_rooms_of_one_name_and_glimpses_are_not_counted() -> None:
    twins = {0: "bedroom", 1: "bedroom"}
    assert {q.room for q in counts(FAIR, GROUPS, ROOMS, twins, most=10)} == {None}
    FAIR_TOO = tour("1")
    FAIR_TOO.last_glimpsed[2] = 0
    assert "chair" not in {q.category for q in counts(FAIR_TOO, GROUPS, ROOMS, NAMES, most=10)}


def test_askable_leaves_out_the_shell_and_what_is_gone() -> None:
    world = World(tiny_scene())
    world.take(BALL)
    groups, rooms = askable(world)
    assert {name: things for name, things in groups.items() if things} == {
        "table": [TABLE], "cabinet": [CABINET], "cup": [CUP],
    }  # fmt: skip
    assert rooms == {TABLE: 0, CUP: 0, CABINET: 1}


def test_encoded_questions_stay_within_their_sizes() -> None:
    scene = tiny_scene()
    assert encoded(None, scene).tolist() == [0, 0, 0, 0]
    code = encoded(Question(kind="count", text="", category="cup", other="person", room=0), scene)
    assert (code < QUERY_SIZES).all() and list(CATEGORIES)[code[1] - 1] == "cup" and code[3] == 1


def test_plurals() -> None:
    assert [plural(name) for name in ("cup", "box", "bookshelf")] == ["cups", "boxes", "bookshelves"]

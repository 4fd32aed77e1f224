"""Key points that are kept: the same as anew, bounded, newest asked for last."""

import numpy as np
import pytest

from streammem.heads.sketches import Sketches
from streammem.memory.geometry import Sketch, sketch
from streammem.types import BoundingBox

PICTURES = {id: np.random.default_rng(id).integers(0, 255, (90, 160, 3), dtype=np.uint8) for id in range(12)}
BOX = BoundingBox(0.1, 0.1, 0.6, 0.9)


def same(one: Sketch | None, other: Sketch | None) -> bool:
    assert one is not None and other is not None
    return np.array_equal(one.points, other.points) and np.array_equal(one.descriptors, other.descriptors)


@pytest.fixture
def asked() -> list[int]:
    return []


@pytest.fixture
def sketches(asked: list[int]) -> Sketches:
    most = 4 * sketch(PICTURES[0]).nbytes
    return Sketches(lambda id: asked.append(id) or PICTURES.get(id), most_bytes=most)  # type: ignore[func-returns-value]  # append and ask


def test_knows_what_it_looked_at(sketches: Sketches, asked: list[int]) -> None:
    for _ in range(3):
        assert same(sketches.of(1), sketch(PICTURES[1]))
        assert same(sketches.of(1, BOX), sketch(PICTURES[1][9:81, 16:96]))
    assert asked == [1, 1] and len(sketches) == 2
    assert sketches.of(99) is None


def test_keeps_what_was_asked_for_last_within_its_bytes(sketches: Sketches, asked: list[int]) -> None:
    for id in range(12):
        sketches.of(id)
        sketches.of(0)
        assert sketches.nbytes() <= sketches._most
    assert asked.count(0) == 1 and 1 <= len(sketches) < 12
    sketches.clear()
    assert sketches.nbytes() == len(sketches) == 0


def test_prepares_one_at_a_time_and_drops_nothing_for_it(sketches: Sketches, asked: list[int]) -> None:
    steps = 0
    while sketches.prepare(range(12)):
        steps += 1
    assert asked == list(range(steps)) and 1 < steps < 12
    assert len(sketches) == steps and not Sketches(PICTURES.get).prepare([99])


def test_pictures_that_were_let_go_make_room(sketches: Sketches, asked: list[int]) -> None:
    while sketches.prepare(range(6)):
        pass
    held = len(sketches)
    while sketches.prepare(range(6, 12)):  # the memory has turned over
        pass
    assert len(sketches) == held and {id for id in asked if id >= 6} == set(range(6, 6 + held))
    assert sketches.nbytes() == sum(kept.nbytes for kept in sketches._kept.values())

"""Voxel sets: keys there and back, IoU, F1 with a tolerance and agreement against plain Python sets."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.spatial.budget import least, slope
from benchmarks.spatial.dynamics import steps_until
from benchmarks.spatial.metrics import (
    agreement,
    centres,
    f1,
    grown,
    iou,
    keys_of,
    near,
    pack,
    unpack,
    voxel_set,
)

CELL = st.tuples(*[st.integers(-3, 3)] * 3)
SETS = st.sets(CELL, max_size=12)
AROUND = list(itertools.product((-1, 0, 1), repeat=3))


def keys(cells: set) -> np.ndarray:
    return np.sort(pack(np.array(sorted(cells), np.int64).reshape(-1, 3)))


def slow_grown(cells: set) -> set:
    return {tuple(a + b for a, b in zip(cell, step, strict=True)) for cell in cells for step in AROUND}


def slow_f1(truth: set, found: set) -> float:
    if not truth or not found:
        return float(truth == found)
    precision = len(found & slow_grown(truth)) / len(found)
    recall = len(truth & slow_grown(found)) / len(truth)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@given(st.lists(st.tuples(*[st.integers(-(2**20), 2**20 - 1)] * 3), min_size=1, max_size=9))
def test_keys_there_and_back(cells):
    cells = np.array(cells, np.int64)
    assert (unpack(pack(cells)) == cells).all()
    assert (pack(cells) >= 0).all()


@given(SETS, SETS)
def test_sets_as_plain_python_has_them(one, other):
    a, b = keys(one), keys(other)
    assert iou(a, b) == pytest.approx(len(one & other) / len(one | other) if one | other else 1.0)
    assert f1(a, b) == pytest.approx(slow_f1(one, other))
    assert set(map(tuple, unpack(grown(a)).tolist())) == slow_grown(one)
    assert near(a, b).tolist() == [tuple(cell) in slow_grown(other) for cell in unpack(a).tolist()]


@given(SETS, SETS, SETS, SETS)
@settings(max_examples=20)
def test_agreement_counts_what_both_know(occupied, free, other_occupied, other_free):
    free, other_free = free - occupied, other_free - other_occupied
    both = (occupied | free) & (other_occupied | other_free)
    same = [(cell in occupied) == (cell in other_occupied) for cell in both]
    said = agreement(*map(keys, (occupied, free, other_occupied, other_free)))
    assert said == pytest.approx(np.mean(same) if same else 1.0)


def test_a_point_lies_in_its_voxel():
    points = np.random.default_rng(0).uniform(-2, 2, (200, 3))
    found = keys_of(points, 0.05)
    assert (abs(centres(found, 0.05) - points) <= 0.025 + 1e-12).all()
    assert (voxel_set(points, 0.05) == np.unique(found)).all()


def test_the_first_step_is_number_one():
    curve = np.array([0.9, 0.5, 0.6, 0.1])
    assert [steps_until(curve, share) for share in (1.0, 0.5, 0.1, 0.0)] == [1, 2, 4, None]


def test_a_slope_is_a_share_of_the_mean():
    assert slope([5.0] * 9) == pytest.approx(0)
    assert slope([95.0 + i for i in range(11)]) == pytest.approx(0.1)


def test_the_least_cost_takes_each_frame_from_its_cheapest_room():
    assert least([[1.0, 9.0], [5.0, 2.0]]) == 3.0

"""The pieces: neighbours, planes, ballots, the log."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from object_world import GROUND, World, cube

from streammem.errors import ObservationError
from streammem.spatial.components import components
from streammem.spatial.objects.ballots import check_labels, count_ballots
from streammem.spatial.objects.grid import neighbours
from streammem.spatial.objects.log import ChangeLog
from streammem.spatial.objects.look import Look
from streammem.spatial.objects.structure import _normals, planes
from streammem.spatial.objects.surface import Surface

SPOTS = st.sets(st.tuples(*[st.integers(-3, 3)] * 3), min_size=1, max_size=40)


@settings(max_examples=20)
@given(SPOTS, st.sampled_from([1, 1000]))
def test_neighbours_are_all_pairs_that_touch(spots: set[tuple[int, int, int]], apart: int) -> None:
    cells = np.array(sorted(spots), np.int64)
    cells = np.concatenate([cells, cells + 1000 * apart]) if apart > 1 else cells  # too wide for a dense grid
    found = {tuple(sorted(pair)) for pair in zip(*(side.tolist() for side in neighbours(cells)), strict=True)}
    near = np.abs(cells[:, None] - cells[None]).max(-1) == 1
    assert found == {(a, b) for a, b in np.argwhere(near).tolist() if a < b}
    part = components(len(cells), *neighbours(cells))
    assert (part[:, None] == part[None])[near].all() and set(part.tolist()) == set(range(part.max() + 1))


def test_a_plane_is_found_however_it_lies_and_a_ball_is_none() -> None:
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    sheet = rng.uniform(-12, 12, (6000, 3)) * (1, 0.6, 0.01)
    ball = rng.normal(size=(1500, 3))
    ball = 5 * ball / np.linalg.norm(ball, axis=1, keepdims=True) + (0, 0, 14)
    cells = np.unique(np.floor(np.concatenate([sheet, ball]) @ turn.T).astype(np.int64), axis=0)
    (plane,) = planes(cells, 10)
    height = (cells + 0.5) @ turn[:, 2]
    assert abs(plane.normal @ turn[:, 2]) > 0.99 and plane.size[0] > 18
    assert plane.of[np.abs(height) < 0.7].mean() > 0.97 and not plane.of[height > 4].any()
    assert planes(cells[:3], 10) == []


def test_closed_form_normals_are_those_of_a_solver() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(size=(50, 30, 3)) * (1, 3, 6) @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    x, y, z = np.moveaxis(points, -1, 0)
    columns = (np.ones_like(x), x, y, z, x * x, x * y, x * z, y * y, y * z, z * z)
    moments = np.stack([column.sum(1) for column in columns], 1)
    _, normal, thin, wide = _normals(moments)
    for place, cloud in enumerate(points):
        spread, axes = np.linalg.eigh(np.cov(cloud.T, bias=True))
        assert abs(normal[place] @ axes[:, 0]) > 1 - 1e-6
        assert (thin[place], wide[place]) == pytest.approx((spread[0], spread[1]), rel=1e-6)


@pytest.mark.parametrize("scale", [1, 100_000])
def test_each_voxel_goes_with_most_of_its_pixels(scale: int) -> None:
    world = World()
    sight, labels = world.see([GROUND, cube(-0.2, 0.2, 2), cube(0.3, 0.2, 3)])
    labels = labels * scale
    surface = Surface()
    surface.attend(world)
    look = Look(sight, surface, np.zeros(len(world.missed), np.int32))
    winner = count_ballots(look, labels, (3 * scale,))
    rows = sight.rows.numpy()
    for place in range(0, len(look.seen), 37):
        kinds, count = np.unique(labels[rows == look.seen[place]], return_counts=True)
        best = int(kinds[count.argmax()])
        assert winner[place] == (0 if best == 3 * scale else best)
    assert set(look.places(look.seen).tolist()) == set(range(len(look.seen)))
    assert look.places(np.array([len(world.missed) - 1])) == [-1]


def test_noise_is_not_taken_for_labels() -> None:
    world = World()
    sight, labels = world.see([GROUND])
    with pytest.raises(ObservationError, match="are these labels"):
        check_labels(
            np.arange(labels.size, dtype=np.int32).reshape(labels.shape), sight.intrinsics, sight.stride
        )


def test_the_log_keeps_the_newest_and_counts_the_others() -> None:
    log, spot = ChangeLog(3), np.zeros(3, np.float32)
    serials = [
        log.add(t, "appeared", (spot, spot, spot), 5, object=int(t)) for t in (1.0, 2.0, 3.0, 4.0, 5.0)
    ]
    assert [one.t_s for one in log.changes(0, 9)] == [3, 4, 5] and log.lost == 2
    assert log.amend(serials[-1], {"kind": 2}) and not log.amend(serials[0], {"kind": 2})
    log.strike(4, "appeared", 0)
    log.regroup(6.0, "merged", 5, 3)
    assert [(one.kind, one.object) for one in log.changes(0, 9)] == [("appeared", 3), ("vanished", 5)]
    assert [(one.kind, one.object, one.other) for one in log.regroupings(0, 9)] == [("merged", 5, 3)]
    assert len(log.written(serials[-1])) == 0
    again = ChangeLog(3)
    again.restore(log.state())
    assert again.changes(0, 9) == log.changes(0, 9) and again.serial == log.serial
    assert log.nbytes() == sum(array.nbytes for array in log.state().values())

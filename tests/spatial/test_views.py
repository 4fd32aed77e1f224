"""Memory snapshots: everything seen is shown by a view, few views do, bytes stay within the budget."""

import math
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import BudgetError, ObservationError, PoseError, StoreDamagedError
from streammem.poses import transform
from streammem.spatial.cells import STEP, cell_indices, cells_at, centres_of, pack, unpack
from streammem.spatial.sight import Removed, Sight
from streammem.spatial.views import Offer, Views, ViewsConfig, shown_cells
from streammem.spatial.views.cover import cover
from streammem.types import Intrinsics

CAMERA = Intrinsics(fx=500.0, fy=500.0, cx=320.0, cy=240.0, width=640, height=480)
EXACT = ViewsConfig(
    spare=0.0, least_gain=0.0, least_share=0.0, most_views=60, cells_per_view=64, objects_per_view=8
)
ROOMY = 1 << 20

subsets = st.sets(st.integers(0, 11), min_size=1, max_size=6)
cases = st.lists(subsets, min_size=1, max_size=7)


def matrix(sets: list[set[int]]) -> np.ndarray:
    return np.array([[element in members for element in range(12)] for members in sets])


def offer(
    views: Views, cells: list[int], quality: float = 1.0, objects: list[int] | None = None, **more: object
) -> Offer:
    numbers = np.array(sorted(cells), np.int64)
    given = {"frame": 0, "t_s": 0.0, "world_from_camera": np.eye(4), "intrinsics": CAMERA} | more
    return views.offer(
        cells=numbers,
        quality=np.full(len(numbers), quality, np.float32),
        objects=np.array(objects or [], np.int64),
        **given,
    )


def test_cells_there_and_back() -> None:
    points = np.random.default_rng(0).uniform(-50, 50, (200, 3))
    cells = cells_at(points, 0.2)
    assert np.abs(centres_of(cells, 0.2) - points).max() <= 0.1 + 1e-9
    assert (unpack(cells) == cell_indices(points, 0.2)).all() and (cells >= 0).all()
    assert (pack(cell_indices(points, 0.2) + np.array([0, 1, 0])) - cells == STEP[1]).all()
    for bad in (np.nan, 1e9):
        with pytest.raises(ObservationError, match="finite and within"):
            cells_at(np.array([[0, bad, 0]]), 0.2)
    with pytest.raises(ObservationError, match="cells run from"):
        pack(np.array([[1 << 21, 0, 0]]))


@given(cases)
def test_cover_holds_all_and_is_near_the_smallest(sets: list[set[int]]) -> None:
    shows = matrix(sets)
    chosen = cover(shows, np.ones(12))
    assert (shows[chosen].any(0) == shows.any(0)).all()
    elements = int(shows.any(0).sum())
    optimum = next(
        size
        for size in range(1, len(sets) + 1)
        if any(shows[list(few)].any(0).sum() == elements for few in combinations(range(len(sets)), size))
    )
    assert len(chosen) <= (1 + math.log(elements)) * optimum
    assert all(shows[np.delete(chosen, at)].any(0).sum() < elements for at in range(len(chosen)))


@settings(max_examples=20)
@given(st.lists(subsets, min_size=1, max_size=25))
def test_views_show_all_that_was_ever_shown_and_none_is_superfluous(sets: list[set[int]]) -> None:
    views, seen = Views(EXACT, ROOMY), set()
    for members in sets:
        offer(views, list(members), objects=[max(members) + 1])
        seen |= members | {-max(members) - 1}
        kept = [
            set(np.r_[cells, -objects].tolist())
            for cells, objects in map(views.shown_by, (v.id for v in views.all()))
        ]
        assert set().union(*kept) == seen
        assert all(set().union(*kept[:at], *kept[at + 1 :]) < seen for at in range(len(kept)))


def test_incremental_choice_stays_near_the_one_from_all_frames_at_once() -> None:
    config = ViewsConfig(cells_per_view=256, most_views=300)
    rng, views, frames, at = np.random.default_rng(3), Views(config, 8 << 20), [], 0.0
    for number in range(150):
        at += rng.normal(0, 6)
        frames.append(np.arange(int(at), int(at) + 80) + 5000)
        views.offer(
            frame=number,
            t_s=float(number),
            world_from_camera=np.eye(4),
            intrinsics=CAMERA,
            cells=frames[-1],
            quality=np.ones(80, np.float32),
        )
    elements = np.unique(np.concatenate(frames))
    at_once = cover(np.array([np.isin(elements, frame) for frame in frames]), np.ones(len(elements)))
    assert views.covered(elements).mean() > 0.95
    assert len(views) <= 1.3 * len(at_once)
    assert views.dropped["redundant"] > 0
    before = views.state()
    for number, cells in enumerate(frames):
        assert offer(views, cells.tolist(), frame=number).reason == "known"
    assert all((array == before[name]).all() for name, array in views.state().items())


def test_a_view_left_with_little_to_show_goes() -> None:
    views = Views(ViewsConfig(spare=8.0), ROOMY)
    offer(views, list(range(20)))
    second = offer(views, list(range(10, 35)), objects=[1])
    assert offer(views, list(range(28, 60))).dropped == ()
    assert offer(views, [*range(15, 27), *range(100, 120)], objects=[1]).dropped == (second.view,)
    assert views.covered(np.arange(60)).sum() == 60 - 1


def test_a_frame_that_stands_for_two_replaces_them() -> None:
    views = Views(EXACT, ROOMY)
    first, second = offer(views, [1, 2, 3]), offer(views, [4, 5, 6])
    both = offer(views, [1, 2, 3, 4, 5, 6], frame=7)
    assert both.dropped == (first.view, second.view) and [v.frame for v in views.all()] == [7]
    assert offer(views, [1, 2, 3, 4]).reason == "known"


def test_a_much_better_view_replaces_a_worse_one_and_never_the_other_way_round() -> None:
    views = Views(EXACT, ROOMY)
    far = offer(views, [1, 2, 3], quality=0.2)
    assert offer(views, [1, 2, 3], quality=0.3).view is None
    assert offer(views, [1, 2, 3], quality=0.8).dropped == (far.view,)
    assert offer(views, [1, 2, 3], quality=0.35).view is None
    assert views.best_for(cells=np.array([1, 2, 9])) == [(2, pytest.approx(0.8 * 2 / 3, abs=0.01))]


def test_little_news_is_no_reason_but_a_new_object_is() -> None:
    views = Views(ViewsConfig(), ROOMY)
    offer(views, list(range(100)))
    assert offer(views, list(range(5, 105))).reason == "known"
    assert offer(views, list(range(5, 105)), objects=[4]).view == 2
    assert views.best_for(object=4) == [(2, 1.0)] and views.best_for(object=5) == []


def test_what_is_gone_makes_views_stale_and_they_go_first() -> None:
    views = Views(ViewsConfig(spare=0.0, least_gain=0, most_views=3), ROOMY)
    for start in (0, 100, 200):
        offer(views, list(range(start, start + 10)), objects=[start + 1])
    assert views.gone(np.arange(104, dtype=np.int64)[100:]) == ()
    assert views.gone(np.arange(104, 110), np.array([101])) == (2,)
    assert views.view(2).stale and views.weakest() == 2
    assert not views.covered(np.array([105]))[0]
    assert offer(views, list(range(300, 310))).dropped == (2,)
    assert views.dropped["stale"] == 1 and views.view(2) is None


def test_objects_that_nobody_knows_any_more_hold_no_view_in_place() -> None:
    views = Views(ViewsConfig(spare=0.0, least_gain=0, most_views=3), ROOMY)
    for start in (0, 100):
        offer(views, list(range(start, start + 10)), objects=[start + 1])
    views.keep_objects(np.array([1]))
    cells, objects = views.shown_by(2)
    assert len(cells) == 10 and len(objects) == 0 and views.shown_by(1)[1].tolist() == [1]
    assert not views.view(2).stale and views.weakest() == 2


def test_full_house_keeps_what_is_worth_most() -> None:
    views = Views(ViewsConfig(spare=0.0, least_gain=0, most_views=2), ROOMY)
    offer(views, list(range(0, 10)))
    offer(views, list(range(20, 50)))
    assert offer(views, list(range(60, 65))).reason == "full" and views.dropped["refused"] == 1
    assert offer(views, list(range(60, 75))).dropped == (1,) and views.dropped["full"] == 1


def test_objects_that_merge_are_one_and_views_can_be_dropped() -> None:
    views = Views(EXACT, ROOMY)
    offer(views, [1], objects=[3, 5])
    offer(views, [2], objects=[7])
    views.rename({5: 3, 7: 3})
    assert [id for id, _ in views.best_for(object=3)] == [1, 2]
    assert views.shown_by(1)[1].tolist() == [3]
    views.drop([1, 99])
    assert views.dropped["asked"] == 1 and [v.id for v in views.all()] == [2]


def test_corrected_keyframes_take_their_views_along() -> None:
    views, delta = Views(EXACT, ROOMY), np.eye(4)
    delta[:3, 3] = 2.0, 0.0, -0.4
    cells = cells_at(np.array([[0.1, 0.1, 0.1], [1.1, 0.1, 0.1]]), EXACT.cell_m)
    offer(views, cells.tolist(), place=4)
    offer(views, [1, 2], place=5)
    views.repose({4: delta})
    moved = cells_at(transform(delta, centres_of(cells, EXACT.cell_m)), EXACT.cell_m)
    assert views.shown_by(1)[0].tolist() == sorted(moved.tolist()) and views.shown_by(2)[0].tolist() == [1, 2]
    assert (views.view(1).world_from_camera == delta).all()
    views.rename_places({4: 5, 5: 4})
    assert [view.place for view in views.all()] == [5, 4]


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from("oooogdrp"), subsets, st.floats(0.1, 1)), max_size=30),
    st.integers(2, 8),
)
def test_bytes_stay_within_the_budget_and_a_restored_choice_goes_on_alike(
    steps: list[tuple[str, set[int], float]], most: int
) -> None:
    config = ViewsConfig(
        spare=0.0, least_gain=0, least_share=0, most_views=most, cells_per_view=12, objects_per_view=2
    )
    budget = 2400
    views, twin = Views(config, budget), Views(config, budget)
    shift = np.eye(4)
    shift[0, 3] = 0.4
    for kind, members, quality in steps:
        numbers = np.array(sorted(members), np.int64)
        for each in (views, twin):
            if kind == "o":
                offer(each, list(members), quality, objects=[len(members)], place=len(members))
            elif kind == "g":
                each.gone(numbers)
            elif kind == "d":
                each.drop([v.id for v in each.all()][:1])
            elif kind == "r":
                each.rename({len(members): 1})
            else:
                each.repose({len(members): shift})
        state = views.state()
        assert views.nbytes() == sum(a.nbytes for a in state.values()) <= budget
        assert len(views) <= most
        twin.restore(state)
        assert all(a.tobytes() == twin.state()[name].tobytes() for name, a in state.items())
        assert views.weakest() == twin.weakest()


def test_quality_prefers_near_and_central() -> None:
    rows = torch.full((30, 40), -1, dtype=torch.int64)
    rows[13:17, 18:22], rows[0:2, 0:2] = 5, 9
    empty = torch.zeros(0)
    removed = Removed(
        id=empty.long(),
        object=empty.long(),
        xyz=empty.reshape(0, 3),
        first_s=empty.double(),
        last_s=empty.double(),
    )
    sight = Sight(
        frame=0, t_s=0.0, intrinsics=CAMERA, world_from_camera=np.eye(4), stride=16, rows=rows,
        seen=torch.tensor([5, 9]), new=torch.zeros(0, dtype=torch.int64), removed=removed,
    )  # fmt: skip
    centres = np.array([[0, 0, 1.0], [2.0, 2, 4]], np.float32)
    cells, quality = shown_cells(sight, centres, EXACT)
    near, far = np.searchsorted(cells, cells_at(centres, EXACT.cell_m))
    assert quality[near] == pytest.approx(0.64, abs=0.01) and 0.1 < quality[far] < 0.2


def test_what_is_wrong_is_said() -> None:
    views = Views(EXACT, ROOMY)
    with pytest.raises(ObservationError, match="unique numbers"):
        offer(views, [1, 1])
    with pytest.raises(ObservationError, match="quality above 0"):
        offer(views, [1], quality=1.5)
    with pytest.raises(PoseError):
        offer(views, [1], world_from_camera=np.zeros((4, 4)))
    for wrong in ({"as_good": 0.0}, {"cell_m": 0.0}, {"least_gain": -1.0}, {"spare": 9.0}):
        with pytest.raises(ObservationError):
            ViewsConfig(**wrong)
    for wrong in ({"most_views": 0}, {"neighbours": 0}):
        with pytest.raises(BudgetError):
            ViewsConfig(**wrong)
    with pytest.raises(BudgetError, match="too few"):
        Views(EXACT, 500)


def test_damaged_state_is_refused() -> None:
    views = Views(EXACT, ROOMY)
    offer(views, [1, 2])
    state = dict(views.state())
    for name, wrong in (
        ("counts", np.zeros(2, np.int64)),
        ("shown.element", state["shown.element"][::-1].copy()),
        ("shown.best", state["shown.best"][:1]),
        ("shown.view", state["shown.view"] + np.int16(9)),
    ):
        with pytest.raises(StoreDamagedError):
            Views(EXACT, ROOMY).restore(state | {name: wrong})

"""J and F: by hand, against a slow reference from scipy's parts, and laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from benchmarks.vos.metrics import boundary, contour, disk, region, tolerance_px
from benchmarks.vos.scoring import Marks, mean_marks, objects_of, score_frame

TWO_MASKS = st.tuples(st.integers(2, 14), st.integers(2, 14)).flatmap(
    lambda size: st.tuples(arrays(bool, (1, *size)), arrays(bool, (1, *size)))
)


def square(top: int, left: int, side: int, size: tuple[int, int] = (40, 40)) -> np.ndarray:
    mask = np.zeros((1, *size), bool)
    mask[:, top : top + side, left : left + side] = True
    return mask


def slow_contour(mask: np.ndarray) -> np.ndarray:
    """The rule of davis2017-evaluation pixel by pixel."""
    height, width = mask.shape
    edge = np.zeros((height, width), bool)
    for y in range(height):
        for x in range(width):
            east, south = x + 1 < width, y + 1 < height
            edge[y, x] = (
                (east and mask[y, x] != mask[y, x + 1])
                or (south and mask[y, x] != mask[y + 1, x])
                or (east and south and mask[y, x] != mask[y + 1, x + 1])
            )
    return edge


def slow_boundary(truth: np.ndarray, predicted: np.ndarray, tolerance: float) -> float:
    radius = int(np.ceil(tolerance * np.linalg.norm(truth.shape)))
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    round_ = x * x + y * y <= radius * radius
    known, found = slow_contour(truth), slow_contour(predicted)
    if not known.any() and not found.any():
        return 1.0
    if not known.any() or not found.any():
        return 0.0
    precision = (found & ndimage.binary_dilation(known, round_)).sum() / found.sum()
    recall = (known & ndimage.binary_dilation(found, round_)).sum() / known.sum()
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def test_region_by_hand() -> None:
    # 10x10 against 10x10 moved by 5: 50 shared, 150 in all.
    assert region(square(10, 10, 10), square(10, 15, 10)) == pytest.approx([1 / 3])


def test_region_leaves_void_out() -> None:
    void = np.zeros((40, 40), bool)
    void[:, 15:] = True
    # Left of the void: 50 known, none found.
    assert region(square(10, 10, 10), square(10, 15, 10), void).tolist() == [0.0]
    assert region(square(10, 15, 10), square(10, 16, 10), void).tolist() == [1.0]


def test_contour_by_hand() -> None:
    mask = np.zeros((1, 4, 5), bool)
    mask[0, 1:3, 1:3] = True
    # North-western pixels see it to the south-east; the mask's last row and column see the ground.
    assert contour(mask)[0].tolist() == [[1, 1, 1, 0, 0], [1, 0, 1, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0]]


def test_contour_looks_east_only_in_the_last_row_and_nowhere_in_the_corner() -> None:
    mask = np.zeros((1, 3, 3), bool)
    mask[0, 2, 2] = True
    assert contour(mask)[0].tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 0]]
    assert not contour(np.ones((1, 3, 3), bool)).any()


@pytest.mark.parametrize(("size", "px"), [((480, 854), 8), ((240, 432), 4), ((480, 864), 8), ((1, 1), 1)])
def test_tolerance(size: tuple[int, int], px: int) -> None:
    assert tolerance_px(*size) == px


def test_disk_holds_what_lies_within_its_radius() -> None:
    assert disk(0).tolist() == [[1]]
    assert disk(1).tolist() == [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    assert disk(8).sum() == 197  # Gauss's circle problem: lattice points within 8


def test_boundary_by_hand() -> None:
    # At 40x40 the tolerance is 1 pixel. Squares moved by one: each contour lies within reach of the other.
    assert boundary(square(10, 10, 12), square(10, 11, 12)).tolist() == [1.0]
    # Each contour is a ring of 13x13, 48 pixels. Moved by 3: of the upper and of the lower side 11 of 13 pixels are
    # reached, of one upright side the 2 next to the other's corners' rows, of the other none: 24 of 48, both ways.
    assert boundary(square(10, 10, 12), square(10, 13, 12)).tolist() == [0.5]
    # A single pixel within the square: its ring of 4 is far from everything.
    assert boundary(square(10, 10, 12), square(15, 15, 1)).tolist() == [0.0]


def test_void_is_cleared_before_the_boundary_is_traced() -> None:
    truth, void = square(10, 10, 20), np.zeros((40, 40), bool)
    void[:, 20:] = True
    # The prediction stops at column 20, the truth goes on below the void: cleared, they are one.
    assert boundary(truth, truth & ~void, void).tolist() == [1.0]
    assert boundary(truth, truth & ~void)[0] < 0.9


def test_nothing_in_both_is_one_and_in_one_alone_nought() -> None:
    empty, full = np.zeros((1, 20, 20), bool), square(3, 3, 5, (20, 20))
    for metric in (region, boundary):
        assert metric(empty, empty).tolist() == [1.0]
        assert metric(empty, full).tolist() == metric(full, empty).tolist() == [0.0]


@settings(max_examples=150)
@given(TWO_MASKS, st.sampled_from([0.008, 0.05, 0.15]))
def test_boundary_is_that_of_the_slow_reference(
    pair: tuple[np.ndarray, np.ndarray], tolerance: float
) -> None:
    found = boundary(*pair, tolerance=tolerance)[0]
    assert found == pytest.approx(slow_boundary(pair[0][0], pair[1][0], tolerance), abs=1e-12)


@given(TWO_MASKS)
def test_contour_is_that_of_the_slow_reference(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert np.array_equal(contour(pair[0])[0], slow_contour(pair[0][0]))


@given(TWO_MASKS)
def test_swapping_truth_and_prediction_changes_nothing(pair: tuple[np.ndarray, np.ndarray]) -> None:
    for metric in (region, boundary):
        assert metric(*pair) == pytest.approx(metric(*pair[::-1]))


@given(TWO_MASKS)
def test_a_perfect_match_is_one_and_all_marks_are_shares(pair: tuple[np.ndarray, np.ndarray]) -> None:
    for metric in (region, boundary):
        assert metric(pair[0], pair[0]).tolist() == [1.0]
        assert 0 <= metric(*pair)[0] <= 1


@given(TWO_MASKS, st.sampled_from([0.05, 0.1, 0.3]))
def test_more_tolerance_never_marks_lower(pair: tuple[np.ndarray, np.ndarray], wide: float) -> None:
    assert boundary(*pair, tolerance=wide)[0] >= boundary(*pair, tolerance=0.001)[0]


def test_objects_are_marked_each_by_itself() -> None:
    rng = np.random.default_rng(0)
    truth, predicted = (np.kron(rng.random((7, 6, 8)) < 0.4, np.ones((5, 5), bool)) for _ in range(2))
    for metric in (region, boundary):
        alone = [metric(truth[i : i + 1], predicted[i : i + 1])[0] for i in range(7)]
        assert metric(truth, predicted).tolist() == alone


def test_masks_of_two_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="resize first"):
        region(square(1, 1, 2), square(1, 1, 2, (20, 20)))


def test_frame_scores_follow_labels() -> None:
    truth, predicted = np.zeros((2, 20, 20), np.int32)
    truth[2:8, 2:8], truth[12:18, 12:18] = 1, 4
    predicted[2:8, 2:8] = 4
    assert objects_of(truth) == (1, 4)
    j, f = score_frame(truth, predicted, (1, 4))
    assert j.tolist() == [0.0, 0.0] and f.tolist() == [0.0, 0.0]
    assert score_frame(truth, truth, (1, 4)).tolist() == [[1, 1], [1, 1]]


def test_labels_nobody_asked_for_and_other_sizes_stop_the_evaluation() -> None:
    truth = np.ones((4, 4), np.int32)
    with pytest.raises(ValueError, match=r"labels \[2\]"):
        score_frame(truth, truth * 2, (1,))
    with pytest.raises(ValueError, match="resize probabilities"):
        score_frame(truth, np.ones((2, 2), np.int32), (1,))


def test_each_object_counts_once_however_many_a_sequence_has() -> None:
    def mark(sequence: str, label: int, j: float, f: float) -> Marks:
        return Marks(sequence=sequence, object_id=label, j=j, f=f, frames=5)

    marks = [mark("a", 1, 0.0, 0.2), mark("b", 1, 1.0, 1.0), mark("b", 2, 0.8, 0.6)]
    assert mean_marks(marks) == pytest.approx((0.6, 0.6, 0.6))
    assert marks[0].j_and_f == pytest.approx(0.1)
    with pytest.raises(ValueError, match="no object"):
        mean_marks([])

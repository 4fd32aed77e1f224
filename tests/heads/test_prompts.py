"""Polygons, boxes and points become masks; each says how."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.path import Path as Outline

from streammem.errors import ObservationError
from streammem.heads.polygon import fill
from streammem.heads.prompts import from_box, from_points, from_polygon

CORNERS = st.lists(
    st.tuples(
        st.integers(-20, 40).map(lambda n: n / 2 + 0.26), st.integers(-20, 40).map(lambda n: n / 2 + 0.27)
    ),
    min_size=3,
    max_size=3,
)


def scene(noise: float = 6.0, size: tuple[int, int] = (120, 160)) -> tuple[np.ndarray, np.ndarray]:
    """A red ellipse on green grass."""
    mask = np.zeros(size, np.uint8)
    cv2.ellipse(mask, (size[1] // 2, size[0] // 2), (size[1] // 5, size[0] // 4), 20, 0, 360, 1, -1)
    rgb = np.where(mask[..., None] > 0, (190, 50, 40), (60, 130, 50)).astype(np.float64)
    rgb += np.random.default_rng(0).normal(0, noise, rgb.shape)
    return np.clip(rgb, 0, 255).astype(np.uint8), mask > 0


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)


@given(CORNERS)
def test_triangles_are_those_of_matplotlib(corners: list[tuple[float, float]]) -> None:
    y, x = np.mgrid[:12, :15] + 0.5
    inside = Outline([*corners, corners[0]]).contains_points(np.column_stack([x.ravel(), y.ravel()]))
    assert np.array_equal(fill((12, 15), corners), inside.reshape(12, 15))


@given(CORNERS)
def test_direction_and_start_do_not_matter(corners: list[tuple[float, float]]) -> None:
    mask = fill((12, 15), corners)
    assert np.array_equal(mask, fill((12, 15), corners[::-1]))
    assert np.array_equal(mask, fill((12, 15), [*corners[1:], corners[0]]))


@given(st.floats(0, 12), st.floats(0, 15))
def test_four_triangles_around_a_point_tile_a_rectangle(y: float, x: float) -> None:
    rectangle = [(0, 0), (15, 0), (15, 12), (0, 12)]
    parts = [
        fill((12, 15), [a, b, (x, y)]) for a, b in zip(rectangle, rectangle[1:] + rectangle[:1], strict=True)
    ]
    assert np.array_equal(sum(part.astype(int) for part in parts), np.ones((12, 15), int))


def test_what_is_enclosed_twice_is_out() -> None:
    star = [(5 + 5 * np.sin(k * 0.8 * np.pi), 5 - 5 * np.cos(k * 0.8 * np.pi)) for k in range(5)]
    mask = fill((10, 10), star)
    assert mask.any() and not mask[5, 5]


def test_corners_far_outside_are_no_trouble() -> None:
    assert fill((4, 4), [(-1e12, -1e12), (1e12, -1e12), (1e12, 1e12), (-1e12, 1e12)]).all()


@pytest.mark.parametrize("bad", [[], [(0, 0), (1, 1)], [(0, 0), (1, float("nan")), (2, 2)]])
def test_polygons_that_are_none_are_refused(bad: list[tuple[float, float]]) -> None:
    with pytest.raises(ObservationError, match="polygon"):
        fill((4, 4), bad)


def test_polygon_outside_the_picture_is_refused() -> None:
    rgb, _ = scene()
    with pytest.raises(ObservationError, match="holds no pixel of a picture of 160x120"):
        from_polygon(rgb, [(200, 0), (210, 0), (210, 10)])
    assert from_polygon(rgb, [(0, 0), (9, 0), (9, 9)]).method == "polygon"


def test_a_box_is_refined_to_what_stands_out() -> None:
    rgb, truth = scene()
    found = from_box(rgb, (40, 25, 80, 70))
    assert (found.method, found.note) == ("grabcut", "") and iou(found.mask, truth) > 0.97
    assert not found.mask[:25].any() and not found.mask[:, 120:].any()


def test_a_large_picture_is_cut_at_a_bounded_size() -> None:
    rgb, truth = scene(size=(1200, 1600))
    assert iou(from_box(rgb, (400, 250, 800, 700)).mask, truth) > 0.95


def test_boxes_are_cut_at_the_edge_and_it_is_said() -> None:
    rgb, truth = scene()
    found = from_box(rgb, (40, 25, 500, 70))
    assert "cut at the picture's edge" in found.note and iou(found.mask, truth) > 0.9


@pytest.mark.parametrize("box", [(0, 0, 160, 120), (-5, -5, 400, 400)])
def test_a_box_around_everything_is_taken_whole_and_says_so(box: tuple[int, int, int, int]) -> None:
    rgb, _ = scene()
    found = from_box(rgb, box)
    assert found.method == "rectangle" and found.mask.all() and "fills the picture" in found.note


def test_nothing_in_the_box_falls_back_to_its_rectangle_and_says_so() -> None:
    plain = np.full((60, 80, 3), 90, np.uint8)
    found = from_box(plain, (20, 20, 20, 10))
    assert found.method == "rectangle" and "rectangle is taken" in found.note
    assert np.count_nonzero(found.mask) == 200 and found.mask[20:30, 20:40].all()


@pytest.mark.parametrize("box", [(170, 0, 5, 5), (0, -9, 5, 9), (3, 3, 0, 4), (3, 3, 4, -1)])
def test_boxes_without_a_pixel_are_refused(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(ObservationError, match="box"):
        from_box(scene()[0], box)


def test_a_point_finds_what_it_lies_on() -> None:
    rgb, truth = scene()
    found = from_points(rgb, [(80.5, 60.0)], radius_px=30)
    assert found.method == "grabcut" and iou(found.mask, truth) > 0.95


def test_points_off_the_object_keep_their_spot_out() -> None:
    rgb, _ = scene()
    found = from_points(rgb, [(70, 60)], off=[(95, 60)], radius_px=30)
    assert found.mask[60, 70] and not found.mask[60, 95]


def test_parts_without_a_point_are_dropped() -> None:
    rgb, truth = scene()
    rgb[5:15, 5:15] = (190, 50, 40)
    assert not from_points(rgb, [(80, 60)], radius_px=60).mask[:15, :15].any()
    assert iou(from_points(rgb, [(80, 60)], radius_px=30).mask, truth) > 0.95


def test_points_that_find_nothing_are_discs_and_say_so() -> None:
    beside = from_points(scene(noise=0)[0], [(2, 60)], off=[(5, 60), (2, 63), (2, 57)], radius_px=6)
    assert beside.mask[60, 2] and not beside.mask[60, 5]
    tiny = from_points(np.full((1, 1, 3), 90, np.uint8), [(0, 0)])
    assert tiny.method == "discs" and tiny.mask.all() and "small discs" in tiny.note


@pytest.mark.parametrize(
    ("points", "options"),
    [
        ([], {}),
        ([(160, 5)], {}),
        ([(float("nan"), 5)], {}),
        ([(5, 5)], {"off": [(-1, 0)]}),
        ([(5, 5)], {"radius_px": 0}),
        ([(5, 5)], {"radius_px": float("inf")}),
    ],
)
def test_points_that_make_no_sense_are_refused(points: list[tuple[float, float]], options: dict) -> None:
    with pytest.raises(ObservationError):
        from_points(scene()[0], points, **options)


def test_one_prompt_gives_one_mask_every_time() -> None:
    rgb, _ = scene(noise=60)
    for again in (lambda: from_box(rgb, (40, 25, 80, 70)), lambda: from_points(rgb, [(80, 60)])):
        first = again().mask
        cv2.setRNGSeed(99)
        assert np.array_equal(first, again().mask)


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (3, 3)])
def test_tiny_pictures(size: tuple[int, int]) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    assert from_box(rgb, (0, 0, 1, 1)).mask[0, 0]
    assert from_points(rgb, [(0, 0)]).mask[0, 0]


@pytest.mark.data
def test_a_box_around_the_car_beats_its_rectangle(data_clips) -> None:
    rgb = cv2.imread(str(data_clips / "car-shadow" / "JPEGImages" / "00000.jpg"))[..., ::-1].copy()
    truth = cv2.imread(str(data_clips / "car-shadow" / "Annotations" / "00000.png"), 0) > 0
    rows, columns = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
    box = (int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
    assert iou(from_box(rgb, box).mask, truth) > 0.7 > truth.sum() / (box[2] * box[3])

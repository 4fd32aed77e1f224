"""Drawing: what is drawn is where it should be, what lies outside is cut off, and files are whole."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from streammem.errors import ObservationError
from streammem.spatial.drawing.canvas import Canvas, text_size, write_png

RED, WHITE = (220, 30, 30), (255, 255, 255)


def blank() -> Canvas:
    return Canvas(np.zeros((60, 80, 3), np.uint8))


def drawn(canvas: Canvas) -> np.ndarray:
    """Left, top, right, bottom of what is not black."""
    y, x = np.nonzero(canvas.picture.any(axis=2))
    return np.array([x.min(), y.min(), x.max(), y.max()])


def test_shapes_are_where_they_should_be() -> None:
    for draw, box in (
        (lambda c: c.dot((40, 30), 5, RED), [35, 25, 45, 35]),
        (lambda c: c.path(np.array([[10.0, 20.0], [60.0, 20.0]]), RED, 3), [10, 19, 60, 21]),
        (
            lambda c: c.area(np.array([[5.0, 5.0], [30.0, 5.0], [30.0, 40.0], [5.0, 40.0]]), RED),
            [5, 5, 30, 40],
        ),
        (lambda c: c.arrow((10, 30), (70, 30), RED, 2), [10, 26, 70, 34]),
    ):
        canvas = blank()
        draw(canvas)
        assert np.abs(drawn(canvas) - box).max() <= 3
        assert canvas.picture[..., 0].max() == 220


def test_an_area_can_be_seen_through() -> None:
    canvas = Canvas(np.full((60, 80, 3), 100, np.uint8))
    canvas.area(np.array([[-50.0, 10.0], [40.0, 10.0], [40.0, 90.0], [-50.0, 90.0]]), (200, 200, 200), 0.5)
    assert canvas.picture[30, 10, 0] == 150 and canvas.picture[5, 10, 0] == 100
    canvas.area(np.array([[500.0, 0.0], [600.0, 0.0], [500.0, 50.0]]), RED, 0.5)
    canvas.area(np.array([[0.0, 0.0], [5.0, 0.0]]), RED)
    assert canvas.picture.max() == 150


@pytest.mark.parametrize("corner", [(10, 20), (-20, -5), (70, 50), (500, 500), (-500, 0)])
def test_text_fits_its_size_and_is_cut_at_the_border(corner: tuple[int, int]) -> None:
    canvas = blank()
    canvas.text(corner, "Tür", 16, RED, halo=WHITE)
    wide, high = text_size("Tür", 16)
    if abs(corner[0]) < 100:
        left, top, right, bottom = drawn(canvas)
        assert left >= corner[0] - 2 and top >= corner[1] - 2
        assert right <= corner[0] + wide + 2 and bottom <= corner[1] + high + 2
    else:
        assert not canvas.picture.any()


def test_png(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    write_png(tmp_path / "map.png", picture)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "map.png"))[..., ::-1], picture)
    with pytest.raises(ObservationError, match=r"written as \.png"):
        write_png(tmp_path / "map.jpg", picture)
    assert [path.name for path in tmp_path.iterdir()] == ["map.png"]

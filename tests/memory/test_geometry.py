"""What was cut out of a picture is found where it was cut out."""

import cv2
import numpy as np
import pytest

from streammem.memory.geometry import Matcher, sketch
from streammem.types import BoundingBox


def textured(seed: int, height: int = 360, width: int = 640) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 255, (height // 12, width // 12, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("box", [(100, 60, 300, 200), (400, 180, 620, 350)])
@pytest.mark.parametrize("scale", [0.7, 1.0, 1.6])
def test_cut_out_is_placed(box: tuple[int, int, int, int], scale: float) -> None:
    picture = textured(1)
    left, top, right, bottom = box
    crop = cv2.resize(picture[top:bottom, left:right], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = Matcher(sketch(crop)).match(sketch(picture))
    truth = BoundingBox(left / 640, top / 360, right / 640, bottom / 360)
    assert found.inliers >= 15
    assert found.box is not None and found.box.iou(truth) > 0.8


def test_another_picture_is_not_mistaken() -> None:
    assert Matcher(sketch(textured(1)[100:260, 100:300])).match(sketch(textured(2))).inliers < 8


@pytest.mark.parametrize("shape", [(1, 1), (4, 400), (200, 200)])
def test_pictures_without_texture_match_nothing(shape: tuple[int, int]) -> None:
    flat = np.full((*shape, 3), 90, np.uint8)
    found = Matcher(sketch(flat)).match(sketch(textured(1)))
    assert (found.inliers, found.box) == (0, None)


def test_same_question_same_answer() -> None:
    query, picture = sketch(textured(3)[50:200, 80:300]), sketch(textured(3))
    matcher = Matcher(query)
    assert matcher.match(picture) == matcher.match(picture) == Matcher(query).match(picture)

"""Borders of masks as polygons."""

import cv2
import numpy as np

from streammem.app.server.outlines import MOST_PARTS, outline
from streammem.heads.boxes import label_boxes


def drawn(labels: np.ndarray, id: int) -> np.ndarray:
    """The mask again, from its outline."""
    high, wide = labels.shape
    (box,) = label_boxes(labels, [id])
    assert box is not None
    picture = np.zeros(labels.shape, np.uint8)
    for part in outline(labels, id, box):
        corners = np.round(np.array(part) * (wide, high) - 0.5).astype(np.int32)
        cv2.fillPoly(picture, [corners], 1)
    return picture > 0


def test_covers_what_the_mask_covers_in_few_corners() -> None:
    labels = np.zeros((120, 200), np.int32)
    cv2.circle(labels, (90, 60), 40, 5, -1)
    cv2.circle(labels, (20, 20), 8, 9, -1)
    (box,) = label_boxes(labels, [5])
    assert box is not None and sum(map(len, outline(labels, 5, box))) < 40
    mask, again = labels == 5, drawn(labels, 5)
    assert (mask & again).sum() / (mask | again).sum() > 0.97


def test_parts_come_largest_first_and_crumbs_are_left_out() -> None:
    labels = np.zeros((100, 100), np.int32)
    labels[10:20, 10:20] = labels[40:80, 40:80] = labels[5, 90] = 1
    (box,) = label_boxes(labels, [1])
    parts = outline(labels, 1, box or (0, 0, 0, 0))
    assert [min(x for x, _ in part) for part in parts] == [0.405, 0.105]


def test_has_a_bounded_number_of_parts() -> None:
    labels = np.kron(np.indices((16, 16)).sum(0) % 2, np.ones((4, 4), int)).astype(np.int32)
    assert len(outline(labels, 1, (0, 0, 64, 64))) <= MOST_PARTS

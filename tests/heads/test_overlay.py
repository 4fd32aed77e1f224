"""What an overlay draws, and what it leaves alone."""

import numpy as np
import pytest

from streammem.errors import ObservationError
from streammem.heads.overlay import overlay


@pytest.fixture
def labels() -> np.ndarray:
    labels = np.zeros((120, 160), np.int32)
    labels[20:80, 20:80], labels[40:100, 70:140] = 1, 2
    return labels


def test_ground_and_input_stay_as_they_are(labels: np.ndarray) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (120, 160, 3)).astype(np.uint8)
    before = rgb.copy()
    drawn = overlay(rgb, labels)
    assert np.array_equal(rgb, before)
    assert np.array_equal(drawn[labels == 0], rgb[labels == 0])
    assert (drawn[labels > 0] != rgb[labels > 0]).any(axis=1).mean() > 0.9


def test_objects_have_their_own_colours_and_a_rim(labels: np.ndarray) -> None:
    grey = np.full((120, 160, 3), 100, np.uint8)
    drawn = overlay(grey, labels)
    assert drawn[20, 30].tolist() == [255, 0, 0] and drawn[99, 100].tolist() == [0, 255, 0]
    assert drawn[25, 25].tolist() == [178, 50, 50]


def test_alpha_zero_leaves_outline_and_number(labels: np.ndarray) -> None:
    grey = np.full((120, 160, 3), 100, np.uint8)
    changed = (overlay(grey, labels, alpha=0) != grey).any(axis=2)
    assert 0.02 < changed[labels > 0].mean() < 0.3


def test_names_take_the_place_of_numbers(labels: np.ndarray) -> None:
    grey = np.full((120, 160, 3), 100, np.uint8)
    assert not np.array_equal(overlay(grey, labels), overlay(grey, labels, names={1: "7"}))


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (9, 300)])
def test_tiny_frames_are_drawn(size: tuple[int, int]) -> None:
    assert overlay(np.zeros((*size, 3), np.uint8), np.ones(size, np.int32)).shape == (*size, 3)


def test_hundreds_of_objects(labels: np.ndarray) -> None:
    many = np.arange(120 * 160, dtype=np.int32).reshape(120, 160) // 60
    drawn = overlay(np.zeros((120, 160, 3), np.uint8), many)
    assert drawn[many == 256].any()  # its palette entry is black, which would not show


def test_wrong_sizes_and_shares_are_refused(labels: np.ndarray) -> None:
    with pytest.raises(ObservationError, match="do not fit"):
        overlay(np.zeros((10, 10, 3), np.uint8), labels)
    with pytest.raises(ObservationError, match="alpha"):
        overlay(np.zeros((120, 160, 3), np.uint8), labels, alpha=2)

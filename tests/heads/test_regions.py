"""Parts of masks, where they can be, and rivals; and the anchors that follow from them."""

import numpy as np
import pytest

from streammem.errors import ObservationError
from streammem.heads.anchors import AnchorConfig, Anchors
from streammem.heads.regions import corners, out_of_reach, reach, rival


def picture(*boxes):
    winner = np.zeros((40, 60), np.int32)
    for left, top, right, bottom, number in boxes:
        winner[top:bottom, left:right] = number
    return winner


def test_corners_of_what_is_there():
    found = corners(picture((5, 6, 10, 20, 2)), 2)
    assert np.isnan(found[0]).all()
    assert found[1].tolist() == [5, 6, 10, 20]


def test_a_far_part_goes_and_a_near_one_stays():
    winner = picture((5, 5, 15, 15, 1), (17, 5, 20, 15, 1), (50, 30, 55, 35, 1))
    boxes, expected = corners(winner, 1), np.array([[5.0, 5, 15, 15]])
    within = reach(expected, np.array([[1.0, 1.0]]))
    assert within.tolist() == [[-3, -3, 23, 23]]
    removed = out_of_reach(winner, boxes, expected, within)
    assert removed[30:35, 50:55].all()
    assert removed.sum() == 25


def test_the_likeliest_part_stays_wherever_it_is():
    winner = picture((40, 20, 55, 35, 1), (50, 2, 52, 4, 1))
    expected = np.array([[2.0, 2, 8, 8]])
    removed = out_of_reach(winner, corners(winner, 1), expected, reach(expected, np.ones((1, 2))))
    assert removed.sum() == 4
    assert not removed[20:35, 40:55].any()


def test_an_object_in_one_piece_or_of_unknown_motion_is_left_alone():
    whole = picture((40, 20, 55, 35, 1))
    expected = np.array([[2.0, 2, 8, 8]])
    assert not out_of_reach(whole, corners(whole, 1), expected, reach(expected, np.ones((1, 2)))).any()
    pieces = picture((1, 1, 9, 9, 1), (50, 30, 55, 35, 1))
    anywhere = reach(expected, np.full((1, 2), np.inf))
    assert not out_of_reach(pieces, corners(pieces, 1), expected, anywhere).any()


def test_parts_of_another_object_are_not_touched():
    winner = picture((5, 5, 15, 15, 1), (50, 30, 55, 35, 1), (30, 5, 35, 10, 2), (30, 30, 35, 35, 2))
    expected = np.array([[5.0, 5, 15, 15], [28, 3, 40, 38]])
    removed = out_of_reach(winner, corners(winner, 2), expected, reach(expected, np.ones((2, 2))))
    assert (winner[removed] == 1).all()


def test_the_largest_rival_is_named_if_it_is_large_enough():
    cells = np.zeros((10, 12), bool)
    cells[1:3, 1:3] = cells[5:9, 4:6] = True
    assert rival(cells, 4) == (4, 5, 6, 9)
    assert rival(cells, 9) is None
    assert rival(np.zeros((3, 3), bool), 1) is None


def steady(anchors, frame, area, score=0.9):
    return bool(anchors.steady(frame, np.array([score]), np.array([area]), np.array([True]))[0])


def test_an_anchor_needs_a_sure_steady_object_and_some_distance():
    anchors = Anchors(AnchorConfig())
    anchors.rows.follow([3])
    assert not steady(anchors, 0, 0.1)  # nothing to compare with
    for area in (0.1, 0.1, 0.11, 0.09):
        anchors.sized(np.array([area]), np.array([True]))
    anchors.sized(np.array([0.5]), np.array([False]))  # out of sight: not noted
    assert steady(anchors, 9, 0.1)
    assert not steady(anchors, 9, 0.15)
    assert not steady(anchors, 9, 0.1, score=0.7)
    anchors.rows["last"][0] = 5
    assert not steady(anchors, 10, 0.1)
    assert steady(anchors, 11, 0.1)
    anchors.forget()
    assert not steady(anchors, 12, 0.1)


def test_a_rival_beside_the_object_makes_another_box():
    anchors, box = Anchors(AnchorConfig()), np.array([0.0, 0, 10, 10])
    assert anchors.apart(box, np.array([20.0, 0, 30, 10]))
    assert not anchors.apart(box, np.array([8.0, 0, 12, 10]))


def test_configuration_is_checked():
    with pytest.raises(ObservationError, match="0..1"):
        AnchorConfig(together=1.5)

import math

import numpy as np
from renderers import CAMERA, SCENE

from streammem.envs.rendering import camera_pose
from streammem.envs.rendering.portals import Portals


def seen(*place):
    spans, _ = Portals(SCENE).spans(camera_pose(*place), CAMERA)
    return [right < left for right, left in spans]


def test_the_next_room_is_seen_through_its_door_alone():
    assert seen(1, 1.5, 1.25, -math.pi / 2) == [True, True]
    assert seen(1, 1.5, 1.25, math.pi / 2) == [True, False]


def test_the_span_of_a_door_is_that_of_its_frame():
    spans, inner = Portals(SCENE).spans(camera_pose(1, 1.5, 1.25, -math.pi / 2), CAMERA)
    np.testing.assert_allclose(spans[1], (-math.atan2(0.45, 3.0), math.atan2(0.45, 3.0)), atol=1e-9)
    assert inner == [0]


def test_everything_is_seen_from_outside_and_steeply():
    assert seen(1, 1, 1.25, math.pi / 2, 1.4) == [True, True]
    assert seen(-5, -5, 1.25, 0.0) == [True, True]


def test_both_rooms_are_seen_from_the_doorway():
    assert seen(4.05, 1.5, 1.25, 0.0) == [True, True]

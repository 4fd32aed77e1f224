"""A renderer that opens late draws as one that opens at once."""

import numpy as np
import pytest
from apartment_scenes import tiny_scene

from streammem.envs.apartment.world import World
from streammem.envs.rendering.camera import camera_pose, intrinsics_of
from streammem.envs.rendering.choice import open_renderer
from streammem.envs.rendering.frame import Renderer
from streammem.envs.tasks.late_renderer import LateRenderer
from streammem.errors import ObservationError

CAMERA, POSE = intrinsics_of(24, 16, 90), camera_pose(2.0, 0.5, 1.25, 0.3)


def test_it_draws_the_same() -> None:
    late, plain, world = LateRenderer(), open_renderer(), World(tiny_scene())
    assert isinstance(late, Renderer)
    late.load(world)
    plain.load(world)
    one, other = late.render(POSE, CAMERA), plain.render(POSE, CAMERA)
    assert np.array_equal(one.rgb, other.rgb) and np.array_equal(one.depth_m, other.depth_m)
    late.close()
    late.close()
    plain.close()


def test_what_it_refuses() -> None:
    with pytest.raises(ObservationError, match="auto, gl, rays"):
        LateRenderer("pencil")
    with pytest.raises(ObservationError, match="nothing is loaded"):
        LateRenderer().render(POSE, CAMERA)

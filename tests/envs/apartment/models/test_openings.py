"""Doors and windows are made to measure."""

import math

import numpy as np
import pytest

from streammem.envs.apartment.mesh import joined
from streammem.envs.apartment.models.openings import CASING_M, JAMB_M, door, window
from streammem.envs.apartment.motions import joint_motion

SEEDS = (0, 1, 4, 11)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_door_frames_its_opening_and_its_leaf_fits(seed: int) -> None:
    model = door(np.random.default_rng(seed), width_m=1.0, height_m=2.1, depth_m=0.16)
    frame, leaf = (part.mesh.vertices for part in model.parts)
    assert frame[:, 0].max() == pytest.approx(0.5 + CASING_M) and frame[:, 2].max() == pytest.approx(
        2.1 + CASING_M
    )
    assert frame[:, 1].max() == pytest.approx(0.08 + 0.012) == -frame[:, 1].min()
    assert np.abs(leaf[:, 0]).max() < 0.5 - JAMB_M and leaf[:, 2].max() < 2.1 - JAMB_M


@pytest.mark.parametrize("seed", SEEDS)
def test_an_open_door_leaves_the_way_free(seed: int) -> None:
    model = door(np.random.default_rng(seed))
    joint = model.parts[1].joint
    assert joint is not None and joint.high == pytest.approx(math.radians(95))
    leaf = model.parts[1].mesh.moved(joint_motion(joint, joint.high))
    assert leaf.vertices[:, 0].max() < -0.25 and leaf.vertices[:, 1].min() < -0.8


@pytest.mark.parametrize("seed", SEEDS)
def test_a_window_fills_its_opening_and_shines(seed: int) -> None:
    model = window(np.random.default_rng(seed), width_m=1.6, height_m=1.1, depth_m=0.2)
    mesh = joined([part.mesh for part in model.parts])
    assert (model.size[0], model.size[2]) == pytest.approx((1.6, 1.1))
    assert mesh.vertices[:, 1].max() == pytest.approx(0) and mesh.colours[:, 3].max() > 200
    assert any(name.startswith("outside:") for name in mesh.surfaces)

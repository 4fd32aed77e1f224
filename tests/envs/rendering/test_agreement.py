"""OpenGL and ray casting draw the same."""

import numpy as np
import pytest
from renderers import CAMERA, SCENE, opened

from streammem.envs.apartment.generate import generate
from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.world import World
from streammem.envs.rendering import camera_pose


def places(world, count):
    """Where a person can stand: a camera inside a wardrobe sees its inside by rays and nothing of it by OpenGL."""
    rng = np.random.default_rng(0)
    free = NavGrid.of(world, height_m=1.5).middles()
    for x, y in free[rng.integers(len(free), size=count)]:
        yield camera_pose(float(x), float(y), 1.25, rng.uniform(0, 6.3), rng.uniform(-0.4, 0.2))


@pytest.mark.parametrize("scene", [SCENE, generate(1)], ids=["by hand", "generated"])
def test_gl_and_rays_agree(scene):
    one, two = opened("gl"), opened("rays")
    world = World(scene)
    for row in np.flatnonzero([t.movable for t in scene.things])[::2]:
        world.places[row][2, 3] += 0.2
    one.load(world)
    two.load(world)
    frames = [(one.render(pose, CAMERA), two.render(pose, CAMERA)) for pose in places(world, 8)]
    off_m = np.stack([np.abs(a.depth_m - b.depth_m) for a, b in frames])
    same = np.stack([a.instances == b.instances for a, b in frames])
    differ = np.stack([np.abs(a.rgb.astype(int) - b.rgb).mean() for a, b in frames])
    assert (off_m < 1e-3).mean() >= 0.999
    assert same.mean() >= 0.995
    assert differ.max() < 3

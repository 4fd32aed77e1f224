"""OpenGL and ray casting draw the same."""

import numpy as np
import pytest
from renderers import CAMERA, SCENE, opened

from streammem.envs.apartment.generate import generate
from streammem.envs.apartment.world import World
from streammem.envs.rendering import camera_pose


def places(scene, count):
    rng = np.random.default_rng(0)
    for k in range(count):
        room = scene.rooms[k % len(scene.rooms)]
        x, y = rng.uniform(np.add(room.low, 0.3), np.subtract(room.high, 0.3))
        yield camera_pose(x, y, 1.25, rng.uniform(0, 6.3), rng.uniform(-0.4, 0.2))


@pytest.mark.parametrize("scene", [SCENE, generate(1)], ids=["by hand", "generated"])
def test_gl_and_rays_agree(scene):
    one, two = opened("gl"), opened("rays")
    world = World(scene)
    for row in np.flatnonzero([t.movable for t in scene.things])[::2]:
        world.places[row][2, 3] += 0.2
    one.load(world)
    two.load(world)
    frames = [(one.render(pose, CAMERA), two.render(pose, CAMERA)) for pose in places(scene, 8)]
    off_m = np.stack([np.abs(a.depth_m - b.depth_m) for a, b in frames])
    same = np.stack([a.instances == b.instances for a, b in frames])
    differ = np.stack([np.abs(a.rgb.astype(int) - b.rgb).mean() for a, b in frames])
    assert (off_m < 1e-3).mean() >= 0.999
    assert same.mean() >= 0.995
    assert differ.max() < 3

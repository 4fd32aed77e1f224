"""The renderers that can be opened on this machine, and simple cameras."""

import pytest
from apartment_scenes import tiny_scene

from streammem.envs.apartment.world import World
from streammem.envs.rendering import Frame, Renderer, camera_pose, intrinsics_of, open_renderer
from streammem.envs.rendering.context import GlError

CAMERA = intrinsics_of(80, 60, 90)
AT_TABLE = camera_pose(2.5, 0.4, 1.25, 0.5, -0.2)
SCENE = tiny_scene()


def opened(kind: str) -> Renderer:
    """A renderer, or the test is skipped with the reason."""
    try:
        return open_renderer(kind)
    except GlError as error:
        pytest.skip(str(error))


def view(kind: str, pose=AT_TABLE, *, world: World | None = None, camera=CAMERA) -> Frame:
    """One picture of the two small rooms."""
    renderer = opened(kind)
    renderer.load(world or World(SCENE))
    return renderer.render(pose, camera)

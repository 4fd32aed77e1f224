"""Pictures of an apartment: colour, depth and instances in one pass."""

from streammem.envs.rendering.camera import camera_pose, intrinsics_of
from streammem.envs.rendering.choice import open_renderer
from streammem.envs.rendering.frame import Frame, Renderer

__all__ = ["Frame", "Renderer", "camera_pose", "intrinsics_of", "open_renderer"]

"""Pictures of a map for people, drawn without a display."""

from streammem.spatial.drawing.canvas import write_png
from streammem.spatial.drawing.cubes import orthographic, overview, perspective
from streammem.spatial.drawing.faces import CubesConfig
from streammem.spatial.drawing.ground import PlanConfig
from streammem.spatial.drawing.marks import Marked
from streammem.spatial.drawing.plan import top_down

__all__ = [
    "CubesConfig",
    "Marked",
    "PlanConfig",
    "orthographic",
    "overview",
    "perspective",
    "top_down",
    "write_png",
]

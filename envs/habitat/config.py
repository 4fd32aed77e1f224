"""The agent's body and camera, with Habitat's names and defaults.

Sources: habitat-lab's structured configs (`default_structured_configs.py`) and the benchmark files under
`config/benchmark/nav` for PointNav on Gibson, ObjectNav on HM3D and InstanceImageNav on HM3D.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from streammem.envs.habitat.actions import action_names
from streammem.errors import ObservationError

__all__ = ["APARTMENT", "IMAGE_NAV", "INSTANCE_IMAGE_NAV", "OBJECT_NAV", "POINT_NAV", "AgentConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentConfig:
    """A body that steps and turns, and the camera that it carries. The defaults are Habitat's.

    Angles are degrees here, as Habitat's configuration has them; radians everywhere else.

    Attributes:
        radius_m: of the body, a cylinder.
        height_m: of the body.
        camera_height_m: of the camera above the feet.
        width: of the picture, pixels.
        height: of the picture, pixels.
        hfov_deg: from the picture's left edge to its right.
        min_depth_m: nearer things are reported at this depth.
        max_depth_m: farther things are reported at this depth.
        normalize_depth: the depth sensor gives (depth - min) / (max - min) instead of metres.
        forward_step_m: of move_forward.
        turn_deg: of turn_left and turn_right.
        tilt_deg: of look_up and look_down, which move the camera only.
        max_tilt_deg: how far the camera tilts up or down at most.
        allow_sliding: a step into a wall goes on along it.
        looks: whether look_up and look_down are among the actions.
        step_s: how long an action takes; the world goes on so long.
    """

    radius_m: float = 0.1
    height_m: float = 1.5
    camera_height_m: float = 1.25
    width: int = 640
    height: int = 480
    hfov_deg: float = 90.0
    min_depth_m: float = 0.0
    max_depth_m: float = 10.0
    normalize_depth: bool = True
    forward_step_m: float = 0.25
    turn_deg: float = 10.0
    tilt_deg: float = 15.0
    max_tilt_deg: float = 60.0
    allow_sliding: bool = True
    looks: bool = False
    step_s: float = 0.2

    def __post_init__(self) -> None:
        lengths = (
            "radius_m",
            "height_m",
            "camera_height_m",
            "forward_step_m",
            "turn_deg",
            "tilt_deg",
            "step_s",
        )
        for name in lengths:
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ObservationError(f"{name} must be positive, got {value}")
        if not (1 <= self.width <= 4096 and 1 <= self.height <= 4096):
            raise ObservationError(f"a picture has 1 to 4096 pixels a side, got {self.width}x{self.height}")
        if not 1 <= self.hfov_deg <= 170:
            raise ObservationError(f"hfov_deg must be within 1 and 170, got {self.hfov_deg}")
        if not (0 <= self.min_depth_m < self.max_depth_m and math.isfinite(self.max_depth_m)):
            raise ObservationError(
                f"depths run from 0 or more to more than that, got {self.min_depth_m} to {self.max_depth_m} m"
            )
        if not 0 <= self.max_tilt_deg < 90:
            raise ObservationError(f"max_tilt_deg must be at least 0 and below 90, got {self.max_tilt_deg}")
        if self.camera_height_m > self.height_m:
            raise ObservationError(
                f"the camera at {self.camera_height_m} m is above the agent's {self.height_m} m: raise height_m"
            )

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of the actions, in order."""
        return action_names(6 if self.looks else 4)


POINT_NAV = AgentConfig(width=256, height=256)  # pointnav_gibson.yaml
IMAGE_NAV = AgentConfig(width=256, height=256)  # imagenav_gibson.yaml, which follows PointNav
OBJECT_NAV = AgentConfig(  # objectnav_hm3d.yaml
    radius_m=0.18,
    height_m=0.88,
    camera_height_m=0.88,
    hfov_deg=79.0,
    min_depth_m=0.5,
    max_depth_m=5.0,
    turn_deg=30.0,
    tilt_deg=30.0,
    allow_sliding=False,
    looks=True,
)
INSTANCE_IMAGE_NAV = (
    AgentConfig(  # instance_imagenav_hm3d_v1.yaml; its depth has 58 degrees, ours the picture's 42
        radius_m=0.17,
        height_m=1.41,
        camera_height_m=1.31,
        width=360,
        height=640,
        hfov_deg=42.0,
        min_depth_m=0.5,
        max_depth_m=5.0,
        turn_deg=30.0,
        tilt_deg=30.0,
        allow_sliding=False,
        looks=True,
    )
)
APARTMENT = AgentConfig(  # not Habitat's: our own tasks, whose depth is metres and whose turns are quick
    width=128, height=128, normalize_depth=False, turn_deg=15.0
)

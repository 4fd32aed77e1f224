"""Habitat's sensors: what each gives, and the space in which it lies.

Pictures are copies. `gps`, `compass` and `pointgoal_with_gps_compass` follow habitat-lab's `nav.py`: gps is (forward,
right) in the frame of the start, angles are left positive.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Float32, Int32, UInt8

from streammem.envs.habitat.config import AgentConfig
from streammem.envs.headings import wrapped
from streammem.envs.rendering.frame import Frame
from streammem.errors import ObservationError

__all__ = [
    "PICTURES",
    "SENSORS",
    "compass",
    "depth",
    "gps",
    "pointgoal",
    "rgb",
    "semantic",
    "sensor_spaces",
]

PICTURES = ("rgb", "depth", "semantic")
SENSORS = (*PICTURES, "gps", "compass")
_FAR = float(np.finfo(np.float32).max)  # Habitat's limits; finite, as Gymnasium wants them


def rgb(frame: Frame) -> UInt8[np.ndarray, "h w 3"]:
    """The colours."""
    return frame.rgb.copy()


def depth(frame: Frame, agent: AgentConfig) -> Float32[np.ndarray, "h w 1"]:
    """Depth along the optical axis, clipped; in metres, or from 0 (nearest) to 1 where the agent normalises it."""
    near, far = agent.min_depth_m, agent.max_depth_m
    clipped = np.clip(frame.depth_m, np.float32(near), np.float32(far))[..., None]
    return np.asarray(
        (clipped - np.float32(near)) / np.float32(far - near) if agent.normalize_depth else clipped
    )


def semantic(frame: Frame) -> Int32[np.ndarray, "h w 1"]:
    """Instance ids; 0 is nothing."""
    return frame.instances[..., None].copy()


def gps(start: tuple[float, float, float], x: float, y: float) -> Float32[np.ndarray, " 2"]:
    """How far forward and how far right of the start (x, y, yaw) a place is, metres."""
    forward, left = _ahead(start, x, y)
    return np.array([forward, -left], np.float32)


def compass(start_yaw: float, yaw: float) -> Float32[np.ndarray, " 1"]:
    """How far the agent has turned left since the start, within -pi and pi."""
    return np.array([wrapped(yaw - start_yaw)], np.float32)


def pointgoal(pose: tuple[float, float, float], x: float, y: float) -> Float32[np.ndarray, " 2"]:
    """How far a place is from an agent (x, y, yaw), and at which angle: (rho, phi), left positive."""
    forward, left = _ahead(pose, x, y)
    return np.array([math.hypot(forward, left), math.atan2(left, forward)], np.float32)


def sensor_spaces(names: Sequence[str], agent: AgentConfig) -> dict[str, spaces.Space[Any]]:
    """The space of each sensor.

    Raises:
        ObservationError: if there is no such sensor, or one is named twice.
    """
    shape = (agent.height, agent.width)
    far = 1.0 if agent.normalize_depth else agent.max_depth_m
    near = 0.0 if agent.normalize_depth else agent.min_depth_m
    every: Mapping[str, spaces.Space[Any]] = {
        "rgb": spaces.Box(0, 255, (*shape, 3), np.uint8),
        "depth": spaces.Box(near, far, (*shape, 1), np.float32),
        "semantic": spaces.Box(0, np.iinfo(np.int32).max, (*shape, 1), np.int32),
        "gps": spaces.Box(-_FAR, _FAR, (2,), np.float32),
        "compass": spaces.Box(-math.pi, math.pi, (1,), np.float32),
    }
    unknown = [name for name in names if name not in every]
    if unknown or len(set(names)) != len(names):
        raise ObservationError(f"sensors are some of {', '.join(SENSORS)}, each once, got {', '.join(names)}")
    return {name: every[name] for name in names}


def _ahead(pose: tuple[float, float, float], x: float, y: float) -> tuple[float, float]:
    """How far in front and how far to the left."""
    east, north = x - pose[0], y - pose[1]
    c, s = math.cos(pose[2]), math.sin(pose[2])
    return -s * east + c * north, -c * east - s * north

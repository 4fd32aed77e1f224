"""Noise of real sensors and motors: depth, colour, odometry, actuation.

The depth model follows Choi, Zhou and Koltun ("Robust reconstruction of indoor scenes", CVPR 2015), as Habitat's
"RedwoodDepthNoiseModel" applies it; their measured distortion table is replaced by a smooth field of our own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from streammem.envs.rendering.frame import Frame
from streammem.errors import ObservationError

__all__ = ["SensorNoise", "noisy_depth", "noisy_motion", "noisy_rgb"]

BASELINE = 35.13  # focal length times baseline of the sensor, pixels times metres
SPREAD = 0.027778  # of the disparity
FAR_M = 10.0
DISTORTION_M = 0.002  # at 1 m, growing with the square of the distance
PHOTONS = 40.0  # that one grey level stands for at full light, over 255: shot noise of a good indoor camera


@dataclass(frozen=True, kw_only=True, slots=True)
class SensorNoise:
    """Which noise, and how much of it.

    Args:
        depth: "redwood" is a structured-light camera; None is exact.
        depth_strength: scales the depth's jitter, spread and distortion; 0 leaves the steps of the sensor alone.
        rgb: "poisson" is shot noise; None is exact.
        rgb_strength: scales the deviation of the shot noise.
        odometry: deviation of a reported motion, metres per metre and radians per radian.
        actuation: deviation of the motion itself, likewise.
    """

    depth: str | None = None
    depth_strength: float = 1.0
    rgb: str | None = None
    rgb_strength: float = 1.0
    odometry: float = 0.0
    actuation: float = 0.0

    def __post_init__(self) -> None:
        if self.depth not in {None, "redwood"}:
            raise ObservationError(f'depth noise is "redwood" or None, got {self.depth!r}')
        if self.rgb not in {None, "poisson"}:
            raise ObservationError(f'colour noise is "poisson" or None, got {self.rgb!r}')
        for name in ("depth_strength", "rgb_strength", "odometry", "actuation"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ObservationError(f"{name} must be finite and 0 or more, got {value}")

    def frame(self, frame: Frame, rng: np.random.Generator) -> Frame:
        """The frame as such a camera would give it; instances stay the truth."""
        depth_m = frame.depth_m
        if self.depth == "redwood":
            depth_m = noisy_depth(depth_m, rng=rng, strength=self.depth_strength)
        rgb = frame.rgb if self.rgb is None else noisy_rgb(frame.rgb, rng=rng, strength=self.rgb_strength)
        return Frame(rgb, depth_m, frame.instances)


def noisy_depth(
    depth_m: Float32[np.ndarray, "h w"], *, rng: np.random.Generator, strength: float = 1.0
) -> Float32[np.ndarray, "h w"]:
    """Depth of a structured-light camera.

    Pixels jump to a neighbour, come in blocks of 2 x 2, and in steps that grow with the square of the distance; 0
    beyond 10 m and where there was none:
    z' = 35.13 * 8 / round(8 * (35.13 / z + 0.0278 n)), n normal.
    """
    height, width = depth_m.shape
    small = (-(-height // 2), -(-width // 2))
    jitter = rng.normal(0.0, 0.25 * strength, (2, *small))
    rows = np.clip(np.rint(2 * np.arange(small[0])[:, None] + jitter[0]), 0, height - 1).astype(np.intp)
    columns = np.clip(np.rint(2 * np.arange(small[1]) + jitter[1]), 0, width - 1).astype(np.intp)
    z = depth_m[rows, columns].astype(np.float64)
    there = z > 0
    z = np.where(there, z, 1.0)
    if strength > 0:
        z = z + strength * DISTORTION_M * z * z * _distortion(small)
    steps = np.rint(8 * (BASELINE / z + SPREAD * strength * rng.normal(0.0, 1.0, small)))
    found = np.where(there & (steps > 0), BASELINE * 8 / np.maximum(steps, 1), 0)
    found[found > FAR_M] = 0
    whole = np.repeat(np.repeat(found, 2, axis=0), 2, axis=1)
    return np.ascontiguousarray(whole[:height, :width], np.float32)


@lru_cache(maxsize=8)
def _distortion(shape: tuple[int, int]) -> Float64[np.ndarray, "h w"]:
    """A smooth field of deviation 1: the lens and the pattern of one camera, always the same one."""
    coarse = np.random.default_rng(17).normal(0.0, 1.0, (6, 8)).astype(np.float32)
    field = np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float64)
    return field / max(float(field.std()), 1e-6)


def noisy_rgb(
    rgb: UInt8[np.ndarray, "h w 3"], *, rng: np.random.Generator, strength: float = 1.0
) -> UInt8[np.ndarray, "h w 3"]:
    """Shot noise: the light that arrives is a number of photons, of which the deviation is the root.

    A Poisson number of mean m, about m, is normal of deviation sqrt(m) where m is not small; it is drawn as such.
    """
    if strength == 0:
        return rgb.copy()
    noise = rng.standard_normal(rgb.shape, dtype=np.float32)
    noise *= np.float32(strength) * ROOTS[rgb]
    noise += rgb
    return np.rint(np.clip(noise, 0, 255)).astype(np.uint8)


ROOTS = np.sqrt(np.arange(256) / (PHOTONS / 255 * 25)).astype(np.float32)  # 6 grey levels at white


def noisy_motion(
    forward_m: float, turn: float, *, deviation: float, rng: np.random.Generator
) -> tuple[float, float, float]:
    """A motion (metres forward, radians to the left) as it comes out: forward, sideways, turn.

    Deviations grow with the motion; a step ahead also slips aside and turns a little, half as much.
    """
    if not (math.isfinite(deviation) and deviation >= 0):
        raise ObservationError(f"a deviation must be finite and 0 or more, got {deviation}")
    ahead, aside, own, slip = rng.normal(0.0, 1.0, 4) * deviation
    return (
        forward_m * (1 + float(ahead)),
        0.5 * abs(forward_m) * float(aside),
        turn * (1 + float(own)) + 0.5 * abs(forward_m) * float(slip),
    )

"""How large a picture leaves a source."""

import dataclasses

import cv2
import numpy as np
from jaxtyping import Shaped, UInt8

from streammem.types import Observation

__all__ = ["fitted", "nearest", "resized", "shrunk"]


def fitted(width: int, height: int, size: int | tuple[int, int] | None) -> tuple[int, int]:
    """Width and height after `size`: a long side (never enlarged), or exactly (width, height).

    >>> fitted(1280, 720, 640), fitted(320, 180, 640), fitted(1280, 720, (224, 224))
    ((640, 360), (320, 180), (224, 224))
    """
    if size is None:
        return width, height
    if isinstance(size, tuple):
        return size
    scale = min(1.0, size / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def shrunk(rgb: UInt8[np.ndarray, "h w 3"], size: int | tuple[int, int] | None) -> UInt8[np.ndarray, "_ _ 3"]:
    """The picture at `size`, each pixel the mean of the area that it covers."""
    height, width = rgb.shape[:2]
    target = fitted(width, height, size)
    if target == (width, height):
        return rgb
    return np.asarray(cv2.resize(rgb, target, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def resized(observation: Observation, size: int | tuple[int, int] | None) -> Observation:
    """The observation with everything that is aligned with its picture at `size`."""
    height, width = observation.rgb.shape[:2]
    target = fitted(width, height, size)
    if target == (width, height):
        return observation
    camera = observation.intrinsics
    return dataclasses.replace(
        observation,
        rgb=shrunk(observation.rgb, target),
        depth_m=None if observation.depth_m is None else nearest(observation.depth_m, target),
        labels=None if observation.labels is None else nearest(observation.labels, target),
        intrinsics=None if camera is None else camera.rescaled(*target),
    )


def nearest(plane: Shaped[np.ndarray, "h w"], target: tuple[int, int]) -> Shaped[np.ndarray, "_ _"]:
    """Depths or labels at `target` (width, height): they must not be mixed, a mean of two surfaces is in the air."""
    if plane.shape == target[::-1]:
        return plane
    return np.asarray(cv2.resize(plane, target, interpolation=cv2.INTER_NEAREST_EXACT))

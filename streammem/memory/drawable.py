"""Which frames can draw a map: those with depth, a camera and a pose that make sense and belong together."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Int32
from numpy.typing import NDArray

from streammem.errors import ObservationError
from streammem.poses import check_pose
from streammem.spatial.camera import check_camera
from streammem.spatial.depth import suspicious_depth
from streammem.spatial.objects.ballots import check_labels
from streammem.types import Intrinsics, Observation

__all__ = ["REASONS", "Flaw", "drawable"]

REASONS = ("no depth", "no pose", "no camera", "bad pose", "bad camera", "bad depth", "bad labels")


class Flaw(NamedTuple):
    """What is wrong with a frame: one of `REASONS`, and in words; without words where something is just not there."""

    reason: str
    why: str = ""


def drawable(observation: Observation, stride: int) -> tuple[Observation | None, Flaw | None]:
    """The frame with a checked pose, its colours and labels as large as its depth, and its flaw.

    None in place of a frame that cannot draw. One whose labels alone are bad comes without them. `stride` says which
    pixels count.
    """
    depth_m, pose, camera = observation.depth_m, observation.world_from_camera, observation.intrinsics
    if depth_m is None or pose is None or camera is None:
        missing = {"no depth": depth_m, "no pose": pose, "no camera": camera}
        return None, Flaw(next(reason for reason, there in missing.items() if there is None))
    try:
        pose = check_pose(pose)
    except ObservationError as error:
        return None, Flaw("bad pose", str(error))
    said = _wrong_depth(depth_m, stride)
    if said is not None:
        return None, Flaw("bad depth", said)
    try:
        camera = _belonging(camera, observation.rgb.shape[:2], depth_m.shape)
    except ObservationError as error:
        return None, Flaw("bad camera", str(error))
    rgb, size = observation.rgb, (camera.width, camera.height)
    flaw, labels = None, observation.labels
    try:
        labels = None if labels is None else _beside(labels, rgb.shape[:2], camera, stride)
    except ObservationError as error:
        flaw, labels = Flaw("bad labels", str(error)), None
    if rgb.shape[:2] != depth_m.shape:
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    frame = dataclasses.replace(
        observation,
        depth_m=depth_m.astype(np.float32, copy=False),
        intrinsics=camera,
        world_from_camera=pose,
        rgb=rgb,
        labels=labels,
    )
    return frame, flaw


def _wrong_depth(depth_m: NDArray[np.generic], stride: int) -> str | None:
    """What is wrong with a depth picture, if something is."""
    if depth_m.ndim != 2 or depth_m.dtype.kind != "f" or min(depth_m.shape) < stride:
        return (
            f"the depth is {depth_m.dtype} of shape {depth_m.shape}, not float metres of (height, width), {stride} or "
            "more each"
        )
    return suspicious_depth(torch.from_numpy(np.ascontiguousarray(depth_m, np.float32)))


def _belonging(camera: Intrinsics, picture: tuple[int, ...], depth: tuple[int, ...]) -> Intrinsics:
    """The depth's camera, where the one that came is the depth's, or that of a picture of another size.

    Raises:
        ObservationError: if it is neither's.
    """
    size = (camera.height, camera.width)
    if size == tuple(picture) and size != tuple(depth):
        camera = camera.rescaled(depth[1], depth[0])
    check_camera(camera, (depth[0], depth[1]))
    return camera


def _beside(
    labels: Int32[np.ndarray, "_ _"], picture: tuple[int, ...], camera: Intrinsics, stride: int
) -> Int32[np.ndarray, "_ _"]:
    """Labels as large as the depth.

    Raises:
        ObservationError: if they are of another size than depth and picture, negative, or too many different ones.
    """
    if labels.shape == tuple(picture):
        size = (camera.width, camera.height)
        labels = np.asarray(cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT), np.int32)
    check_labels(labels, camera, stride)
    return labels

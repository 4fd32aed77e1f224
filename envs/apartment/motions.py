"""Where parts get to: places of things, and what their joints do to them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64

from streammem.envs.apartment.model import Joint

__all__ = ["Joints", "joint_motion", "placed"]


def placed(at: Sequence[float], yaw: float) -> Float64[np.ndarray, "4 4"]:
    """World-from-thing of a thing at a place."""
    c, s = math.cos(yaw), math.sin(yaw)
    return np.array([[c, -s, 0, at[0]], [s, c, 0, at[1]], [0, 0, 1, at[2]], [0, 0, 0, 1.0]])


def joint_motion(joint: Joint, amount: float) -> Float64[np.ndarray, "4 4"]:
    """The motion of a part whose joint stands at an amount, in the model's axes."""
    return np.asarray(Joints([joint]).motions(np.array([amount]))[0])


class Joints:
    """The joints of all bodies of a scene, moved together.

    Attributes:
        bodies: which bodies have one.
        low: the least amount of each, radians or metres.
        high: the greatest.
    """

    def __init__(self, joints: Sequence[Joint | None]) -> None:
        found = [(body, joint) for body, joint in enumerate(joints) if joint is not None]
        self.bodies: Int64[np.ndarray, " j"] = np.array([body for body, _ in found], np.int64)
        self.low: Float64[np.ndarray, " j"] = np.array([joint.low for _, joint in found])
        self.high: Float64[np.ndarray, " j"] = np.array([joint.high for _, joint in found])
        axes = np.array([joint.axis for _, joint in found], np.float64).reshape(-1, 3)
        self._axes = axes / np.linalg.norm(axes, axis=1, keepdims=True)
        self._origins = np.array([joint.origin for _, joint in found], np.float64).reshape(-1, 3)
        self._slides = np.array([joint.kind == "slide" for _, joint in found], np.bool_)
        x, y, z = self._axes.T
        none = np.zeros(len(found))
        self._crosses = np.array([[none, -z, y], [z, none, -x], [-y, x, none]]).transpose(2, 0, 1)
        self._squares = self._crosses @ self._crosses

    def motions(self, amounts: Float64[np.ndarray, " j"]) -> Float64[np.ndarray, "j 4 4"]:
        """What each joint does at its amount, in its model's axes (Rodrigues for hinges)."""
        turns = np.sin(amounts)[:, None, None] * self._crosses
        turns += (1 - np.cos(amounts))[:, None, None] * self._squares
        turns += np.eye(3)
        turns[self._slides] = np.eye(3)
        found = np.zeros((len(amounts), 4, 4))
        found[:, :3, :3], found[:, 3, 3] = turns, 1
        found[:, :3, 3] = self._origins - np.einsum("nij,nj->ni", turns, self._origins)
        found[self._slides, :3, 3] = self._axes[self._slides] * amounts[self._slides, None]
        return found

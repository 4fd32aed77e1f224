"""Dances of sixteen steps: where a dancer is about its place, and how it holds its legs and arms.

After the dances of Lampinen et al. 2021 ("Towards mental time travel", section 4.1): each is told by its motion alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from streammem.errors import ObservationError

__all__ = ["DANCES", "STEPS", "Figure", "dance"]

STEPS = 16
REACH_M = 0.6  # how far a dance leads away from its place

DANCES = ("circle", "side to side", "back and forth", "spin", "arms", "march", "square", "bob")


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A whole dance. Limbs are shares of their joints' ranges, -1 to 1: left leg, right leg, left arm, right arm.

    Attributes:
        shift_m: from the dancer's place, along its right hand, its front, and up.
        turn: about the vertical, radians.
        limbs: 0 is at rest.
    """

    shift_m: Float64[np.ndarray, "16 3"]
    turn: Float64[np.ndarray, " 16"]
    limbs: Float64[np.ndarray, "16 4"]


def dance(name: str) -> Figure:
    """One of `DANCES`; it begins and ends near the dancer's place.

    Raises:
        ObservationError: if there is no dance of this name.
    """
    if name not in DANCES:
        raise ObservationError(f"there is no dance {name!r}: choose of {', '.join(DANCES)}")
    share = np.arange(STEPS) / STEPS
    wave, cowave = np.sin(2 * np.pi * share), np.cos(2 * np.pi * share)
    twice = np.sin(4 * np.pi * share)
    shift = np.zeros((STEPS, 3))
    turn = np.zeros(STEPS)
    limbs = np.zeros((STEPS, 4))
    if name == "circle":
        shift[:, 0], shift[:, 1] = REACH_M * wave, REACH_M * (1 - cowave) / 2
    elif name == "side to side":
        shift[:, 0] = REACH_M * twice
    elif name == "back and forth":
        shift[:, 1] = REACH_M * np.abs(twice)
    elif name == "spin":
        turn[:] = 2 * np.pi * 2 * share
        limbs[:, 2:] = 0.55
    elif name == "arms":
        limbs[:, 2], limbs[:, 3] = np.abs(wave), np.abs(cowave)
    elif name == "march":
        beat = np.where(np.arange(STEPS) // 2 % 2 == 0, 1.0, -1.0)
        limbs[:, 0], limbs[:, 1] = np.maximum(beat, 0), np.maximum(-beat, 0)
        limbs[:, 2], limbs[:, 3] = limbs[:, 1] / 3, limbs[:, 0] / 3
    elif name == "square":
        corner = np.arange(STEPS) // 4
        along = np.arange(STEPS) % 4 / 4
        ends = REACH_M * np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], float)
        shift[:, :2] = ends[corner] + (ends[corner + 1] - ends[corner]) * along[:, None] - [REACH_M / 2, 0]
    else:
        shift[:, 2] = 0.35 * np.abs(np.sin(8 * np.pi * share + 0.4))
        limbs[:, 2:] = 0.15
    return Figure(shift_m=shift, turn=turn, limbs=limbs)

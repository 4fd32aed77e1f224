"""Habitat's measures of navigation, as plain functions.

Sources: Anderson et al. 2018, "On Evaluation of Embodied Navigation Agents" (success, SPL); Datta et al. 2020
(SoftSPL); habitat-lab's `nav.py`, whose strict threshold and reward these are. Where habitat-lab divides nothing by
nothing (a start upon the goal, a goal that cannot be reached) the value here is stated.
"""

from __future__ import annotations

import math

from streammem.errors import ObservationError

__all__ = ["reward", "soft_spl", "spl", "success"]

SLACK_REWARD = -0.01
SUCCESS_REWARD = 2.5


def success(distance_m: float, *, stopped: bool, threshold_m: float) -> float:
    """1 if the agent said stop nearer than the threshold, else 0. At the threshold itself it is 0.

    >>> success(0.19, stopped=True, threshold_m=0.2), success(0.2, stopped=True, threshold_m=0.2)
    (1.0, 0.0)
    """
    return float(stopped and distance_m < threshold_m)


def spl(success: float, geodesic_m: float, path_m: float) -> float:
    """Success weighted by path length: S L / max(L, P).

    A start upon the goal (L = 0) counts as a perfect path if the agent did not move, and as none if it did; a goal
    that cannot be reached (L infinite) counts 0.

    Raises:
        ObservationError: if a length is negative or not a number.

    >>> spl(1.0, 3.0, 4.0)
    0.75
    """
    return success * _ratio(geodesic_m, path_m)


def soft_spl(distance_m: float, geodesic_m: float, path_m: float) -> float:
    """SPL with the part of the way that was covered in place of success: max(0, 1 - d / L) L / max(L, P).

    Raises:
        ObservationError: if a length is negative or not a number.

    >>> soft_spl(1.0, 4.0, 6.0)
    0.5
    """
    ratio = _ratio(geodesic_m, path_m)
    _checked(distance_m, "the distance to the goal")
    if math.isinf(geodesic_m) or math.isinf(distance_m):
        return 0.0
    if geodesic_m == 0:
        return ratio * float(distance_m == 0)
    return max(0.0, 1 - distance_m / geodesic_m) * ratio


def reward(before_m: float, after_m: float, success: float) -> float:
    """Progress toward the goal, less a little for every step, and more for success.

    Between places of which one cannot reach the goal there is no progress to count.
    """
    progress = before_m - after_m
    return (progress if math.isfinite(progress) else 0.0) + SLACK_REWARD + SUCCESS_REWARD * success


def _ratio(geodesic_m: float, path_m: float) -> float:
    _checked(geodesic_m, "the shortest path")
    _checked(path_m, "the agent's path")
    if math.isinf(geodesic_m):
        return 0.0
    longest = max(geodesic_m, path_m)
    return 1.0 if longest == 0 else geodesic_m / longest


def _checked(length_m: float, what: str) -> None:
    if not length_m >= 0:
        raise ObservationError(f"{what} is at least 0 m, got {length_m}")

"""Directions on the floor: yaw 0 looks along +y, left is positive, radians."""

from __future__ import annotations

import math

__all__ = ["heading", "wrapped"]


def heading(x: float, y: float, to_x: float, to_y: float) -> float:
    """The yaw at which one looks from a place to another, within -pi and pi.

    >>> math.degrees(heading(1.0, 1.0, 0.0, 1.0))
    90.0
    """
    return math.atan2(-(to_x - x), to_y - y)


def wrapped(angle: float) -> float:
    """The same direction within -pi and pi.

    >>> math.degrees(wrapped(math.radians(270.0)))
    -90.0
    """
    return math.remainder(angle, 2 * math.pi)

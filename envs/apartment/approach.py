"""From where one gets at things: not from behind an open door, and into furniture only past its own doors."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64

from streammem.envs.apartment.model import Model
from streammem.envs.apartment.placing import Draft

__all__ = ["before_doors", "drawer_m", "hidden_by", "swing_m"]

CLEAR_M = 0.1  # from a door's edge to whoever gets past it
STEP_M = 0.4  # deep is the strip of floor beyond the doors from which one comes in

Rect = tuple[float, float, float, float]


def swing_m(model: Model) -> float:
    """How far doors and drawers reach out before a thing when they are open."""
    doors = [p.mesh.vertices[:, 0] for p in model.parts if p.joint is not None and p.joint.kind == "hinge"]
    return max([drawer_m(model), *(float(np.ptp(across)) for across in doors)])


def drawer_m(model: Model) -> float:
    """How far its drawers come out."""
    joints = [part.joint for part in model.parts if part.joint is not None]
    return max((joint.high for joint in joints if joint.kind == "slide"), default=0.0)


def before_doors(host: Draft, places: Float64[np.ndarray, "n 2"]) -> Bool[np.ndarray, " n"]:
    """Which places lie straight before a thing, just beyond its open doors: from there one comes in between them."""
    away = places - np.array(host.at[:2])
    c, s = math.cos(host.yaw), math.sin(host.yaw)
    x, y = c * away[:, 0] + s * away[:, 1], c * away[:, 1] - s * away[:, 0]
    ahead = host.item.low[1] - y - swing_m(host.model)
    beside = (x > host.item.low[0]) & (x < host.item.high[0])
    return np.asarray(beside & (ahead >= CLEAR_M) & (ahead <= CLEAR_M + STEP_M))


def hidden_by(
    leaves: Sequence[Rect], places: Float64[np.ndarray, "n 2"], end: tuple[float, float]
) -> Bool[np.ndarray, " n"]:
    """From which places a door's leaf is in the way of the straight line to an end."""
    if not leaves:
        return np.zeros(len(places), np.bool_)
    ways = np.array(end) - places
    ways = np.where(np.abs(ways) < 1e-9, 1e-9, ways)
    found = np.zeros(len(places), np.bool_)
    for x0, y0, x1, y1 in leaves:
        one, other = (np.array([x0, y0]) - places) / ways, (np.array([x1, y1]) - places) / ways
        enters, leaves_at = np.minimum(one, other).max(1), np.maximum(one, other).min(1)
        found |= (enters < leaves_at) & (leaves_at > 0) & (enters < 1)
    return found

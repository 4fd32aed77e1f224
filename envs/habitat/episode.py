"""An episode: where the agent starts and what it is to reach, in the world's own axes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Episode", "Goal", "ViewPoint"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewPoint:
    """Where an agent stands and looks so that it sees a goal; `iou` is how much of the picture the goal has."""

    position: tuple[float, float, float]
    yaw: float = 0.0
    iou: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """A place, or a thing and the places from which it is seen."""

    position: tuple[float, float, float]
    radius_m: float | None = None
    object_id: int | None = None
    category: str | None = None
    name: str | None = None
    room: int | None = None
    view_points: tuple[ViewPoint, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """What makes an episode the same one again. Positions are of the feet, z up, metres; yaws radians.

    Attributes:
        episode_id: unique in its file.
        scene: "apartment/<version>/<seed>".
        start: of the feet.
        start_yaw: 0 looks along +y, left is positive.
        goals: any of them will do.
        category: what ObjectNav asks for.
        geodesic_m: from the start to the nearest goal; inf where none can be reached, NaN where nobody has measured.
        info: whatever else a file or a task says about it, plain JSON.
    """

    episode_id: str
    scene: str
    start: tuple[float, float, float]
    start_yaw: float = 0.0
    goals: tuple[Goal, ...] = ()
    category: str | None = None
    geodesic_m: float = math.nan
    info: Mapping[str, Any] = field(default_factory=dict)

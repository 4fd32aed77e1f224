"""What has happened in an apartment, and how everything was at some moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float64

from streammem.envs.apartment.scene import Relation

__all__ = ["Kind", "Mover", "WorldEvent", "WorldState"]

Kind = Literal["moved", "opened", "closed", "entered", "hidden", "taken"]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldEvent:
    """Ground truth: who did what to which thing, where, and when."""

    t_s: float
    kind: Kind
    thing: int
    who: str  # "hand" for the experimenter, "agent", or a person's name
    start: tuple[float, float, float]
    end: tuple[float, float, float]
    room: int | None
    seen: bool = False  # whether the agent's camera had it in view


@runtime_checkable
class Mover(Protocol):
    """Whatever goes on by itself: people, a script."""

    def step(self, dt_s: float) -> None:
        """Go on for so long; the world's clock has been set already."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldState:
    """How a world was, to go back to."""

    t_s: float
    places: Float64[np.ndarray, "things 4 4"]
    amounts: Float64[np.ndarray, " bodies"]
    shown: Bool[np.ndarray, " bodies"]
    parents: Mapping[int, int | None]
    relations: Mapping[int, Relation]
    rooms: Mapping[int, int]
    events: tuple[WorldEvent, ...]

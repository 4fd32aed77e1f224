"""Holes in walls: doorways, doors, windows, the entrance."""

from __future__ import annotations

from dataclasses import dataclass

from streammem.envs.apartment.scene import Doorway

__all__ = ["DOOR_HEIGHT_M", "DOOR_WIDTH_M", "WALL_M", "Entrance", "Leaf", "Opening", "Openings", "Window"]

DOOR_WIDTH_M, DOOR_HEIGHT_M = 0.9, 2.05
WALL_M, OUTER_WALL_M = 0.1, 0.2  # thick, between two rooms and to the outside


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """How a door turns: into which of the doorway's rooms, and at which end its hinges are.

    `hinge` is -1 for the end of the doorway at the lesser coordinate along the wall, 1 for the other; `open` is how
    far it stands open at first, from 0 to 1.
    """

    into: int
    hinge: int
    open: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """A doorway, with a leaf or without one."""

    doorway: Doorway
    leaf: Leaf | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A hole in an outer wall of a room; `yaw` is the one of a thing that hangs there, its back to the wall."""

    room: int
    at: tuple[float, float]  # the middle, on the inner face of the wall
    yaw: float
    width_m: float
    sill_m: float
    height_m: float
    depth_m: float = OUTER_WALL_M


@dataclass(frozen=True, kw_only=True, slots=True)
class Entrance:
    """The door to the outside, always closed; `yaw` is the one of a thing that hangs there, its back to the wall."""

    room: int
    at: tuple[float, float]  # the middle, on the inner face of the wall
    yaw: float
    width_m: float = DOOR_WIDTH_M
    height_m: float = DOOR_HEIGHT_M


@dataclass(frozen=True, kw_only=True, slots=True)
class Openings:
    """All of an apartment's."""

    doorways: tuple[Opening, ...]
    windows: tuple[Window, ...]
    entrances: tuple[Entrance, ...]

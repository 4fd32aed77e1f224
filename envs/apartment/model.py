"""What a kind of thing is made of: parts, joints between them, and places where other things can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from streammem.envs.apartment.mesh import Mesh

__all__ = ["Joint", "Model", "Part", "Support"]

Mount = Literal["floor", "surface", "wall", "ceiling"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Joint:
    """How a part moves against the body: about an axis (radians) or along it (metres), 0 at rest."""

    kind: Literal["hinge", "slide"]
    origin: tuple[float, float, float]
    axis: tuple[float, float, float]
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One rigid part in the model's own axes."""

    mesh: Mesh
    joint: Joint | None = None
    solid: bool = True  # False where one walks through it (a rug, a lamp's glow)


@dataclass(frozen=True, kw_only=True, slots=True)
class Support:
    """A level rectangle on (or in) which things can stand, in the model's own axes.

    `door` is the index of the part that hides what stands there until it is opened.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    z: float
    clear_m: float
    relation: Literal["on", "in"] = "on"
    door: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A thing by itself: z up, metres, front toward -y.

    The origin is in the middle of its foot. What hangs on a wall has the middle of the lower edge of its back there
    and its back in the plane y = 0; what hangs from a ceiling has its origin at the top.

    Attributes:
        category: the kind of thing, one of `categories.CATEGORIES`.
        variant: which of its designs.
        name: how people would call this one ("red cup"), unique within a category's variants and colours.
        size: width (x), depth (y), height (z) of its box at rest.
        parts: the first is the body.
        supports: where others can stand.
        mount: what it stands on or hangs from.
    """

    category: str
    variant: int
    name: str
    size: tuple[float, float, float]
    parts: tuple[Part, ...]
    supports: tuple[Support, ...] = ()
    mount: Mount = "floor"

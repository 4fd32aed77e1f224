"""A place as it is told, and what became of a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from streammem.token_table import Column, TokenTable

__all__ = ["Landmark", "Visit", "columns", "record"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Landmark:
    """A place; `id` is never reused, `frame` and the pose are those of its keyframe, `visits` counts arrivals."""

    id: int
    frame: int
    world_from_camera: Float64[np.ndarray, "4 4"]
    first_s: float
    last_s: float
    visits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """Where a frame was taken: the place, whether it is `new`, and whether a new edge leads there.

    `jumped` says that the way there is unknown. `merged` lists places that had to go and the places that stand for
    them now (-1 for none): whatever is anchored there belongs to those.
    """

    place: int
    new: bool
    linked: bool
    jumped: bool
    merged: tuple[tuple[int, int], ...] = ()


def columns(dim: int) -> dict[str, Column]:
    """The columns of a table of places, with looks of so many numbers."""
    return {
        "id": Column(np.int64),
        "frame": Column(np.int64),
        "pose": Column(np.float64, (4, 4)),
        "first_s": Column(np.float64),
        "last_s": Column(np.float64),
        "visits": Column(np.int32),
        "looks": Column(np.int32),
        "look": Column(np.float32, (dim,)),
    }


def record(table: TokenTable, row: int) -> Landmark:
    """A row of the table as a `Landmark`."""
    return Landmark(
        id=int(table["id"][row]),
        frame=int(table["frame"][row]),
        world_from_camera=table["pose"][row].copy(),
        first_s=float(table["first_s"][row]),
        last_s=float(table["last_s"][row]),
        visits=int(table["visits"][row]),
    )

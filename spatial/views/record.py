"""One view as it is kept, and the answer to an offered frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

from streammem.token_table import Column, TokenTable
from streammem.types import Intrinsics

__all__ = ["COLUMNS", "Offer", "View", "record", "write"]

COLUMNS = {
    "id": Column(np.int64),
    "frame": Column(np.int64),
    "t_s": Column(np.float64),
    "pose": Column(np.float64, (4, 4)),
    "camera": Column(np.float64, (4,)),
    "size": Column(np.int32, (2,)),
    "place": Column(np.int64),
    "total": Column(np.int32),  # cells and objects when it came in
    "lost": Column(np.int32),  # of these, gone since
}


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A frame that is kept because of what it shows; `id` is never reused, `row` is once the view is dropped.

    `shows` counts the cells and objects that it shows still; a `stale` view has lost most of them.
    """

    id: int
    row: int
    frame: int
    t_s: float
    world_from_camera: Float64[np.ndarray, "4 4"]
    intrinsics: Intrinsics
    place: int
    shows: int
    stale: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What became of an offered frame: the view that it is now, or None, and the views that it replaces.

    `gain` is the weight of what nobody showed as well before; `reason` says why a frame was not taken: "known" where
    the views show all but too little of it, "full" where there was no room and every view is worth more.
    """

    view: int | None
    dropped: tuple[int, ...] = ()
    gain: float = 0.0
    reason: Literal["taken", "known", "full"] = "taken"


def write(
    table: TokenTable,
    id: int,
    *,
    frame: int,
    t_s: float,
    world_from_camera: Float64[np.ndarray, "4 4"],
    intrinsics: Intrinsics,
    place: int,
    total: int,
) -> int:
    """A new row of the table; its number."""
    row = table.allocate()
    table["id"][row], table["frame"][row], table["t_s"][row] = id, frame, t_s
    table["pose"][row], table["place"][row], table["total"][row] = world_from_camera, place, total
    table["camera"][row] = intrinsics.fx, intrinsics.fy, intrinsics.cx, intrinsics.cy
    table["size"][row] = intrinsics.width, intrinsics.height
    return row


def record(table: TokenTable, row: int, *, shows: int, stale: bool) -> View:
    """A row of the table as a `View`."""
    fx, fy, cx, cy = table["camera"][row].tolist()
    width, height = table["size"][row].tolist()
    return View(
        id=int(table["id"][row]),
        row=row,
        frame=int(table["frame"][row]),
        t_s=float(table["t_s"][row]),
        world_from_camera=table["pose"][row].copy(),
        intrinsics=Intrinsics(fx=fx, fy=fy, cx=cx, cy=cy, width=width, height=height),
        place=int(table["place"][row]),
        shows=shows,
        stale=stale,
    )

"""The ground of a plan: how metres become pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from streammem.errors import ObservationError

__all__ = ["Ground", "PlanConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanConfig:
    """How a plan looks.

    Attributes:
        width: the longer side of the drawn ground in pixels, about.
        cut_m: how far above the floor the map is cut off; what is above, ceilings for one, is not drawn.
        grid_m: lines of the metre grid; 0 for a distance that fits.
        text: height of the names in pixels.
    """

    width: int = 1100
    cut_m: float = 2.0
    grid_m: float = 0.0
    text: int = 17

    def __post_init__(self) -> None:
        if not (64 <= self.width <= 10_000 and self.cut_m > 0 and self.grid_m >= 0 and 6 <= self.text <= 100):
            raise ObservationError(
                f"a plan is 64 to 10000 pixels wide, cut above 0 m, with text of 6 to 100, got {self}"
            )


class Ground:
    """From metres in the standing world to pixels of the plan."""

    def __init__(
        self, low: Float64[np.ndarray, " 2"], high: Float64[np.ndarray, " 2"], voxel_m: float, width: int
    ) -> None:
        self.low = np.floor(low / voxel_m) * voxel_m
        self.cells = np.maximum(np.ceil((high - self.low) / voxel_m).astype(int), 1)
        self.voxel_m = voxel_m
        self.zoom = max(1, round(width / int(self.cells.max())))  # pixels along a cell
        self.margin = 46

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the picture."""
        wide, high = (int(n) * self.zoom + 2 * self.margin for n in self.cells)
        return high + 30, wide  # a line below for the scale

    def cell(self, points: Float64[np.ndarray, "n 3"]) -> np.ndarray:
        """Column and row from below of each point's cell."""
        cells = np.floor((points[:, :2] - self.low) / self.voxel_m).astype(int)
        return np.asarray(np.clip(cells, 0, self.cells - 1))

    def pixel(self, points: Float64[np.ndarray, "n _"]) -> Float64[np.ndarray, "n 2"]:
        """Places in the picture; y runs down there."""
        at = (points[:, :2] - self.low) / self.voxel_m * self.zoom
        return np.stack([at[:, 0] + self.margin, self.margin + self.cells[1] * self.zoom - at[:, 1]], axis=1)

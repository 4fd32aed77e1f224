"""What counts as a frontier, and how far one looks from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from streammem.errors import ObservationError

__all__ = ["FrontiersConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontiersConfig:
    """Lengths in metres; cells are those of the `Known` space handed in, always of one size."""

    cell_m: float = 0.1
    open_neighbours: int = 9  # of an unknown cell's 26, those unknown as well: a gap one cell thick has 8
    least_cells: int = 20  # 3D-Mem's
    split_m: float = 2.0  # longer ones are cut; a turn of the normal counts as length
    least_iou: float = 0.1  # overlap with an old frontier, below which a frontier is a new one
    reach_m: float = 1.5  # how far one sees from a frontier, for its gain; 3D-Mem's 1.7 is a robot's
    rays: int = 96  # in which directions
    heights_m: tuple[float, float] | None = None  # above the floor: what a robot can reach, e.g. (0.1, 2.0)
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)
    near_m: float = 0.3  # views that show a frontier are this far away
    far_m: float = 5.0
    least_facing: float = -0.5  # cosine of a view's direction with the frontier's normal
    beside: float = 0.1  # of the picture's size: how far outside a frontier's middle may be

    def __post_init__(self) -> None:
        lengths = (self.cell_m, self.split_m, self.reach_m, self.far_m - self.near_m)
        if not all(0 < length < math.inf for length in lengths):
            raise ObservationError(f"lengths must be above 0 and far_m above near_m, got {self}")
        if self.least_cells < 1 or self.rays < 1 or not 0 <= self.open_neighbours <= 26:
            raise ObservationError(
                f"least_cells and rays are at least 1, open_neighbours within 26, got {self}"
            )
        if not (-1 <= self.least_facing <= 1 and self.beside >= 0):
            raise ObservationError(f"least_facing is a cosine and beside at least 0, got {self}")
        if not math.isclose(math.hypot(*self.up), 1, abs_tol=1e-6):
            raise ObservationError(f"up is a direction of length 1, got {self.up}")
        if self.heights_m is not None and not self.heights_m[0] < self.heights_m[1]:
            raise ObservationError(f"heights_m are low and high above the floor, got {self.heights_m}")

"""What makes a view worth keeping."""

from __future__ import annotations

from dataclasses import dataclass

from streammem.errors import BudgetError, ObservationError

__all__ = ["ViewsConfig"]

ROWS = 32_767  # a view's row is a 16-bit number in the index


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewsConfig:
    """How coarsely surfaces are told apart, and which frames count as showing them.

    `as_good` decides everything: a view shows a cell or an object if it does so at least `as_good` times as well as the
    best view did. Near 1, many views; near 0, whichever came first stays.
    """

    cell_m: float = 0.2  # surface cells: about a hand's breadth to a book's
    most_views: int = 512
    cells_per_view: int = 512  # a picture shows about 100 to 500 cells of 20 cm within 4 m
    objects_per_view: int = 32
    least_gain: float = 8.0  # weight of what nobody shows yet, in cells, that a frame must bring along
    least_share: float = 0.1  # and as a share of all that the frame shows
    spare: float = 8.0  # a view that alone shows less than this goes when one near it comes in
    object_weight: float = 16.0  # an object counts as much as so many cells
    as_good: float = 0.5
    neighbours: int = 16  # views looked at again when one comes in: those that share most with it
    stale_share: float = 0.5  # a view that has lost more than this of what it showed is stale
    sharp_px: float = 100.0  # a cell that is so many pixels wide in the picture could not be seen better

    def __post_init__(self) -> None:
        if not (self.cell_m > 0 and self.sharp_px > 0 and self.object_weight > 0):
            raise ObservationError(f"cell_m, sharp_px and object_weight must be above 0, got {self}")
        if not (0 < self.as_good <= 1 and 0 < self.stale_share <= 1 and 0 <= self.least_share < 1):
            raise ObservationError(f"as_good, stale_share and least_share are shares of 1, got {self}")
        if not 0 <= self.spare <= min(self.least_gain, self.object_weight):
            raise ObservationError(
                f"spare must be 0 to least_gain and object_weight, or views would go as soon as they come, got {self}"
            )
        if not 1 <= self.most_views <= ROWS:
            raise BudgetError(f"most_views must be 1 to {ROWS}, got {self.most_views}")
        if min(self.cells_per_view, self.objects_per_view, self.neighbours) < 1:
            raise BudgetError(
                f"cells_per_view, objects_per_view and neighbours must be at least 1, got {self}"
            )

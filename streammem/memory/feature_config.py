"""Settings of the feature memory, and the sizes of what it is given."""

from __future__ import annotations

from dataclasses import dataclass

from streammem.budget import parse_bytes
from streammem.errors import ObservationError

__all__ = ["FeatureConfig", "FeatureShape"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureConfig:
    """What is kept of a video's features. Defaults are XMem's (Cheng & Schwing 2022).

    The budget is for the arrays of the memory; where it is too small for these numbers, fewer frames and then fewer
    prototypes are kept (`plan_room`).
    """

    top_k: int = 30  # tokens read for each query
    working_max: int = 10  # frames at full resolution, the first one included, at which the middle ones leave
    working_min: int = 5  # frames that remain then: the first one and the latest
    references: int = 4  # further frames that stay: corrections, masks of new objects
    prototypes: int = 128  # that frames leave behind each time
    long_term: int = 10_000  # prototypes at most; 0: no long-term memory, the oldest frame leaves
    objects: int = 1  # room is planned for so many; more may come if the budget holds them
    budget: int | str = "1 GB"

    def __post_init__(self) -> None:
        least = {"top_k": 1, "working_min": 1, "references": 0, "prototypes": 1, "long_term": 0, "objects": 1}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise ObservationError(f"{name} must be at least {low}, got {getattr(self, name)}")
        if self.working_max <= self.working_min:
            raise ObservationError(
                f"working_max must exceed working_min, or nothing could leave, got {self.working_max} and "
                f"{self.working_min}"
            )
        if 0 < self.long_term < 2 * self.prototypes:
            raise ObservationError(
                f"long_term must hold {self.prototypes} prototypes twice (the old ones stay while new ones come), "
                f"got {self.long_term}: make it at least {2 * self.prototypes}, or 0 for no long-term memory"
            )
        parse_bytes(self.budget)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureShape:
    """Cells of a frame, row by row, and the numbers that each has."""

    rows: int
    columns: int
    key_dim: int
    value_dim: int
    hidden_dim: int = 0  # of the sensory memory; 0: there is none

    def __post_init__(self) -> None:
        if min(self.rows, self.columns, self.key_dim, self.value_dim) < 1 or self.hidden_dim < 0:
            raise ObservationError(f"a frame has cells, and each has a key and a value, got {self}")

    @property
    def cells(self) -> int:
        """Tokens of one frame."""
        return self.rows * self.columns

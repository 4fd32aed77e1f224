"""When a place is a new one, and what a way costs."""

from __future__ import annotations

from dataclasses import dataclass

from streammem.errors import BudgetError, ObservationError

__all__ = ["LandmarksConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LandmarksConfig:
    """A place is known again within `radius_m` and `turn_deg` of its keyframe, if it looks alike."""

    radius_m: float = 0.7  # Mem4Nav's
    turn_deg: float = 60.0  # about a camera's field of view: beyond it, nothing of the keyframe is in sight
    dim: int = 0  # numbers of the frame descriptor; 0 for places that are told apart by pose alone
    least_cosine: float = 0.3  # of a frame with the place's mean descriptor
    turn_cost_m: float = 0.3  # what a turn of one radian costs, in metres of way
    most_places: int = 4096
    edges_per_place: int = 4
    fastest_m_s: float = 5.0  # a camera that is faster has jumped
    slack_m: float = 0.1  # what a pose may jitter however short the time between two frames
    longest_gap_s: float = 10.0  # after a longer silence, nobody knows the way between

    def __post_init__(self) -> None:
        if not (
            self.radius_m > 0 and 0 < self.turn_deg <= 180 and self.fastest_m_s > 0 and self.longest_gap_s > 0
        ):
            raise ObservationError(
                f"radius_m, fastest_m_s and longest_gap_s must be above 0 and turn_deg within 180, got {self}"
            )
        if not (
            self.turn_cost_m >= 0 and self.slack_m >= 0 and -1 <= self.least_cosine <= 1 and self.dim >= 0
        ):
            raise ObservationError(
                f"turn_cost_m, slack_m and dim must be at least 0 and least_cosine a cosine, got {self}"
            )
        if self.most_places < 4 or self.edges_per_place < 2:
            raise BudgetError(f"a graph needs at least 4 places with 2 edges each, got {self}")

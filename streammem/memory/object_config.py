"""How a memory of objects keeps: its knobs, all plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streammem.errors import ObservationError
from streammem.memory.regions import RegionConfig
from streammem.plain import from_plain

__all__ = ["ObjectConfig"]

MOST = 0xFFFE  # rows of tokens and of their intervals are numbered in 16 bits


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectConfig:
    """What is a thing, what is a new one, and how often it is looked for."""

    novelty: float = 0.15  # cosine distance from every token of its stream beyond which a thing is new
    dim: int = 48  # int8 dimensions of a code
    occurrences: float = 1.5  # room for so many intervals a token
    join_gap_s: float = 3.0  # out of sight for longer, and it comes a second time
    rate_hz: float = 2.0  # at most so many looks a second of stream time
    most: int = 8192  # tokens, however large the budget: a look compares with all of them
    regions: RegionConfig = field(default_factory=RegionConfig)

    def __post_init__(self) -> None:
        if not (self.novelty > 0 and self.dim >= 1 and self.occurrences >= 1 and self.join_gap_s >= 0):
            raise ObservationError(
                f"objects need a novelty above 0, at least 1 dimension and occurrence, got {self}"
            )
        if not (self.rate_hz > 0 and self.most >= 1 and self.most * self.occurrences < MOST):
            raise ObservationError(
                f"objects need a rate above 0, at least 1 token and less than {MOST:,} intervals "
                f"(most * occurrences), got {self}"
            )

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> ObjectConfig:
        """Read back what `dataclasses.asdict` made."""
        return from_plain(cls, saved)

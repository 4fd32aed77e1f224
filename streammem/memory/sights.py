"""What a stream shows at this moment: a few rows in place of all."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Sight"]


@dataclass(frozen=True, slots=True)
class Sight:
    """Something in sight: a row of a store. `key` names what is known of it, and is another once that is more."""

    store: str
    row: int
    key: tuple[int, ...]

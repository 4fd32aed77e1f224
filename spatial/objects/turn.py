"""What one frame did to the objects, collected while it is being worked through."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int64

__all__ = ["Turn"]


@dataclass(kw_only=True, slots=True)
class Turn:
    """Counts of voxels by object: `hits` were seen, `lost` are no longer there; `changed` have other rows now.

    `held` are not to be measured yet: they were seen far from where they are, once. `moving` are seen to move.
    """

    t_s: float
    hits: dict[int, int] = field(default_factory=dict)
    lost: dict[int, int] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    created: set[int] = field(default_factory=set)
    held: set[int] = field(default_factory=set)
    moving: set[int] = field(default_factory=set)

    def hit(self, owners: Int64[np.ndarray, " n"]) -> None:
        """Count seen voxels by their objects."""
        _count(owners, self.hits)

    def lose(self, owners: Int64[np.ndarray, " n"]) -> None:
        """Count voxels that their objects no longer have; those change by that."""
        self.changed.update(_count(owners, self.lost))

    def forget(self, id: int) -> None:
        """An object is no more."""
        self.hits.pop(id, None)
        self.lost.pop(id, None)
        for several in (self.changed, self.created, self.held, self.moving):
            several.discard(id)


def _count(owners: Int64[np.ndarray, " n"], into: dict[int, int]) -> list[int]:
    ids, counts = np.unique(owners[owners > 0], return_counts=True)
    for id, count in zip(ids.tolist(), counts.tolist(), strict=True):
        into[id] = into.get(id, 0) + count
    return [int(id) for id in ids]

"""What a camera saw when: for every thing, its first and last step in the picture."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int32, Int64

from streammem.errors import ObservationError

__all__ = ["NEVER", "Sightings"]

NEVER = 1 << 30  # the first step of a thing that was not in the picture; the last one is -1
SEEN_SHARE = 0.0005  # of the picture: 8 pixels of 128 x 128, a cup two metres away
SEEN_PIXELS = 4  # in small pictures, too
WELL_SHARE = 0.003  # something that nobody overlooks


class Sightings:
    """Kept up to date from instance pictures, one a step.

    A thing is glimpsed with its first pixel, seen when it has 0.05 % of the picture and four pixels. A question
    is fair where both agree, so that its answer does not hang on what somebody calls seeing.

    Attributes:
        steps: how many pictures there were.
        first_glimpsed: of each instance id, `NEVER` where it was not in any picture.
        first_seen: the same for things that are large enough.
        last_seen: -1 where it was not.
        last_glimpsed: -1 where it was not.
        best_share: of a picture, at most.
    """

    def __init__(self, last_id: int) -> None:
        if last_id < 1:
            raise ObservationError(
                f"sightings need the highest instance id of the scene, 1 or more, got {last_id}"
            )
        self.steps = 0
        self.first_glimpsed: Int64[np.ndarray, " ids"] = np.full(last_id + 1, NEVER, np.int64)
        self.first_seen: Int64[np.ndarray, " ids"] = np.full(last_id + 1, NEVER, np.int64)
        self.last_seen: Int64[np.ndarray, " ids"] = np.full(last_id + 1, -1, np.int64)
        self.last_glimpsed: Int64[np.ndarray, " ids"] = np.full(last_id + 1, -1, np.int64)
        self.best_share: Float64[np.ndarray, " ids"] = np.zeros(last_id + 1)

    def add(self, instances: Int32[np.ndarray, "h w"]) -> None:
        """Take in the next picture; 0 is nothing.

        Raises:
            ObservationError: if the picture has an id that the scene does not.
        """
        pixels = np.bincount(instances.ravel(), minlength=len(self.first_seen))
        if len(pixels) > len(self.first_seen):
            raise ObservationError(
                f"the picture has the id {len(pixels) - 1}, the scene none above {len(self.first_seen) - 1}"
            )
        pixels[0] = 0
        share = pixels / instances.size
        glimpsed = np.flatnonzero(pixels)
        seen = glimpsed[(pixels[glimpsed] >= SEEN_PIXELS) & (share[glimpsed] >= SEEN_SHARE)]
        self.first_glimpsed[glimpsed] = np.minimum(self.first_glimpsed[glimpsed], self.steps)
        self.first_seen[seen] = np.minimum(self.first_seen[seen], self.steps)
        self.last_glimpsed[glimpsed] = self.steps
        self.last_seen[seen] = self.steps
        self.best_share[glimpsed] = np.maximum(self.best_share[glimpsed], share[glimpsed])
        self.steps += 1

    def glimpsed(self, thing: int) -> bool:
        """Whether any pixel of it was in any picture."""
        return bool(self.last_glimpsed[thing] >= 0)

    def seen_well(self, thing: int) -> bool:
        """Whether it was large in a picture at least once."""
        return bool(self.last_seen[thing] >= 0 and self.best_share[thing] >= WELL_SHARE)

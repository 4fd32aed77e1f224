"""Whether a tracker knows when a thing is there: what it says beside what can be seen.

    seen = [sight(truth, labels, states, objects) for each frame after the first]
    marks = presence(seen)  # one an object; `pooled` adds them up

`python -m benchmarks.vos.switches` prints these marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int32

from benchmarks.vos.metrics import region
from benchmarks.vos.scoring import separate
from streammem.heads.segmentation import Sight

__all__ = ["Presence", "Sighting", "pooled", "presence", "sight"]

SMALLEST = 2e-4  # share of the picture from which on an object can be seen: 21 pixels of 240x432
AWAY = 5  # frames without a sight of it that make an absence; fewer may be an outline at the limit
FOUND = 0.5  # J above which it is found again


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """One frame: what can be seen of each object, and what was said."""

    visible: Bool[np.ndarray, " n"]
    present: Bool[np.ndarray, " n"]
    j: Float64[np.ndarray, " n"]
    area: Float64[np.ndarray, " n"]  # share of the picture that is labelled as the object


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """Counts over frames, from which the marks follow. A mark of nothing is nan."""

    hits: int  # frames on which it is visible and said to be present
    misses: int  # visible, not said
    false_alarms: int  # said, not visible
    silences: int  # neither
    j_sum: float  # over visible frames
    false_area_sum: float  # over frames on which it is not visible
    waits: tuple[int, ...]  # frames from each return until it was found again
    never: int  # returns after which it was not found again before it left or the sequence ended

    @property
    def precision(self) -> float:
        """How many of the frames on which it is said to be present show it."""
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        """On how many of the frames that show it it is said to be present."""
        return _share(self.hits, self.hits + self.misses)

    @property
    def wait(self) -> float:
        """Mean number of frames from a return until it is said to be present with J above one half."""
        return _share(sum(self.waits), len(self.waits))

    @property
    def false_area(self) -> float:
        """Mean share of the picture that is labelled as the object while it cannot be seen."""
        return _share(self.false_area_sum, self.false_alarms + self.silences)

    @property
    def j_visible(self) -> float:
        """Mean J of the frames that show it."""
        return _share(self.j_sum, self.hits + self.misses)


def sight(
    truth: Int32[np.ndarray, "h w"],
    labels: Int32[np.ndarray, "h w"],
    states: Sequence[Sight],
    objects: Sequence[int],
    void: Bool[np.ndarray, "h w"] | None = None,
    *,
    smallest: float = SMALLEST,
) -> Sighting:
    """One frame's truth beside what was said; `states` go with `objects`. Void pixels belong to no one.

    Raises:
        ValueError: if there is not one state an object.
    """
    if len(states) != len(objects):
        raise ValueError(f"{len(objects)} objects have {len(states)} states: give one for each")
    known, found = separate(truth, objects), separate(labels, objects)
    counted = truth.size if void is None else np.count_nonzero(~void)
    if void is not None:
        known, found = known & ~void, found & ~void
    shares = [np.count_nonzero(masks, axis=(1, 2)) / max(counted, 1) for masks in (known, found)]
    return Sighting(
        visible=shares[0] >= smallest,
        present=np.array([state == "present" for state in states], bool),
        j=region(known, found),
        area=shares[1],
    )


def presence(sightings: Sequence[Sighting]) -> list[Presence]:
    """The marks of each object over a sequence that began with the object in sight.

    Raises:
        ValueError: if there is no frame.
    """
    if not sightings:
        raise ValueError("no frame was watched: a sequence needs a frame with a truth after its first")
    visible, present = (
        np.stack([getattr(one, name) for one in sightings]) for name in ("visible", "present")
    )
    j, area = (np.stack([getattr(one, name) for one in sightings]) for name in ("j", "area"))
    return [_of_one(*columns) for columns in zip(visible.T, present.T, j.T, area.T, strict=True)]


def pooled(marks: Sequence[Presence]) -> Presence:
    """All frames of all objects as if they were one's: each frame counts once, each return once."""
    return Presence(
        hits=sum(one.hits for one in marks),
        misses=sum(one.misses for one in marks),
        false_alarms=sum(one.false_alarms for one in marks),
        silences=sum(one.silences for one in marks),
        j_sum=sum(one.j_sum for one in marks),
        false_area_sum=sum(one.false_area_sum for one in marks),
        waits=tuple(wait for one in marks for wait in one.waits),
        never=sum(one.never for one in marks),
    )


def _of_one(
    visible: Bool[np.ndarray, " t"],
    present: Bool[np.ndarray, " t"],
    j: Float64[np.ndarray, " t"],
    area: Float64[np.ndarray, " t"],
) -> Presence:
    waits = [_wait(present[first:end] & (j[first:end] > FOUND)) for first, end in _returns(visible)]
    return Presence(
        hits=int(np.count_nonzero(visible & present)),
        misses=int(np.count_nonzero(visible & ~present)),
        false_alarms=int(np.count_nonzero(~visible & present)),
        silences=int(np.count_nonzero(~visible & ~present)),
        j_sum=float(j[visible].sum()),
        false_area_sum=float(area[~visible].sum()),
        waits=tuple(wait for wait in waits if wait is not None),
        never=sum(wait is None for wait in waits),
    )


def _returns(visible: Bool[np.ndarray, " t"]) -> list[tuple[int, int]]:
    """Where it comes back after an absence, and where the next absence or the end is."""
    change = np.diff(np.concatenate([[True], visible, [True]]).astype(np.int8))
    starts, ends = np.flatnonzero(change < 0), np.flatnonzero(change > 0)
    long = ends - starts >= AWAY
    starts, ends = starts[long], ends[long]
    until = np.append(starts[1:], len(visible))
    return [(int(a), int(b)) for a, b in zip(ends, until, strict=False) if a < len(visible)]


def _wait(found: Bool[np.ndarray, " t"]) -> int | None:
    return int(found.argmax()) if found.any() else None


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")

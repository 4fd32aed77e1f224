"""Which frames to keep for good because they tell an object from its look-alikes (DAM4SAM, Videnovic et al. 2025).

A frame is an anchor if the object is surely and steadily seen while another region could have been it as well: then
the memory learns which of the two is which. DAM4SAM compares a network's alternative masks; here the rival is the
largest region that looks like the object by the word of the object memory. Once the frame is remembered the rival
counts as background there, so one look-alike makes few anchors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from streammem.errors import ObservationError
from streammem.heads.object_rows import ObjectRows

__all__ = ["AnchorConfig", "Anchors"]

LATEST = 10  # areas that the median is taken of


@dataclass(frozen=True, kw_only=True, slots=True)
class AnchorConfig:
    """DAM4SAM's thresholds; `least` says what a rival is."""

    sure: float = 0.8  # the mask's score, at least
    steady: float = 0.2  # how far the area may be from the median of the last ten, as a share
    apart: int = 5  # frames between two anchors, more than
    together: float = 0.7  # IoU of the object's box with the box around it and its rival, at most
    least: float = 0.2  # a rival's size over the object's, at least

    def __post_init__(self) -> None:
        shares = (self.sure, self.steady, self.together, self.least)
        if not all(0 <= share <= 1 for share in shares) or self.apart < 0:
            raise ObservationError(
                f"shares of an AnchorConfig lie in 0..1 and apart is at least 0, got {self}"
            )


class Anchors:
    """What is known about the followed objects' sizes, in the order of `rows.ids`."""

    def __init__(self, config: AnchorConfig) -> None:
        self.config = config
        # Areas of the last frames in sight, NaN before there were any, and the frame of the last anchor.
        last = np.array(-(config.apart + 1), np.int64)
        self.rows = ObjectRows({"areas": np.full(LATEST, np.nan), "last": last})

    def forget(self) -> None:
        """Nothing is known of sizes and anchors."""
        self.rows["areas"][:] = np.nan
        self.rows["last"][:] = -(self.config.apart + 1)

    def sized(self, area: Float64[np.ndarray, " n"], seen: Bool[np.ndarray, " n"]) -> None:
        """Note the sizes of those in sight."""
        areas = self.rows["areas"]
        areas[seen] = np.concatenate([areas[seen, 1:], area[seen, None]], axis=1)

    def steady(
        self,
        frame: int,
        score: Float64[np.ndarray, " n"],
        area: Float64[np.ndarray, " n"],
        seen: Bool[np.ndarray, " n"],
    ) -> Bool[np.ndarray, " n"]:
        """Objects for which this frame is an anchor, if they have a rival in it."""
        config, areas = self.config, self.rows["areas"]
        known = np.isfinite(areas).any(axis=1)
        middle = np.full(len(areas), np.inf)
        middle[known] = np.nanmedian(areas[known], axis=1)
        near = np.abs(area / np.maximum(middle, 1e-12) - 1) <= config.steady
        long_ago = frame - self.rows["last"] > config.apart
        found: Bool[np.ndarray, " n"] = seen & near & (score > config.sure) & long_ago
        return found

    def apart(self, box: Float64[np.ndarray, " 4"], other: Float64[np.ndarray, " 4"]) -> bool:
        """Whether a rival stands so far off that the two together are another box."""
        low, high = np.minimum(box[:2], other[:2]), np.maximum(box[2:], other[2:])
        return float((box[2:] - box[:2]).prod() / (high - low).prod()) <= self.config.together

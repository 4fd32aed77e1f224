"""Parts of the picture that changed: where something came that was not there before.

A coarse picture of what has been there for long (the background, one colour a cell) follows slowly: one step of
brightness a look where nothing happens (sigma-delta, Manzanera & Richefeu 2007). Cells far from it are foreground;
neighbouring ones make a region, thin links between them are cut. What stays long enough becomes background. If most
of the picture changes at once, the camera looks elsewhere: that picture is the background, until something moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from jaxtyping import Bool, UInt8
from numpy.typing import NDArray

from streammem.errors import ObservationError
from streammem.token_table import Column
from streammem.types import BoundingBox

__all__ = ["ChangedRegions", "RegionConfig", "region_columns"]

LINES = 16  # of the picture for each row of cells are enough; skipping the others halves the cost at 720p


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionConfig:
    """What counts as a region."""

    rows: int = 18
    columns: int = 32
    contrast: float = 20.0  # steps of brightness (of 255) in the channel that differs most
    smallest: float = 0.015  # share of the picture
    largest: float = 0.3
    cut: float = 0.35  # share of cells that change at once when the camera looks elsewhere
    settle_s: float = 4.0  # what stays so long is background
    most: int = 3  # regions a frame, largest first

    def __post_init__(self) -> None:
        if not (self.rows >= 2 and self.columns >= 2 and self.most >= 1 and self.settle_s > 0):
            raise ObservationError(f"regions need a grid of 2x2 at least and positive times, got {self}")
        if not 0 < self.smallest < self.largest <= self.cut <= 1:
            raise ObservationError(f"regions need 0 < smallest < largest <= cut <= 1, got {self}")


def region_columns(config: RegionConfig) -> dict[str, Column]:
    """What is remembered of a stream, some 3 kB: its background, since when a cell stands out, the last look."""
    shape = (config.rows, config.columns)
    return {
        "background": Column(np.uint8, (*shape, 3)),
        "stood": Column(np.float16, shape),  # seconds for which a cell has been foreground
        "looked_s": Column(np.float64, (1,)),  # NaN before the first look
    }


class ChangedRegions:
    """One stream's background and what stands out from it. Deterministic.

    Args:
        config: the knobs.
        state: arrays of `region_columns` to live in (a table's row, say), which every step changes; fresh ones if
            not given.
    """

    def __init__(self, config: RegionConfig, state: Mapping[str, NDArray[Any]] | None = None) -> None:
        self.config = config
        if state is None:
            state = {name: np.zeros(c.shape, c.dtype) for name, c in region_columns(config).items()}
            state["looked_s"][:] = np.nan
        self._background, self._stood = state["background"], state["stood"]
        self._looked_s = state["looked_s"]

    def step(self, t_s: float, picture: UInt8[np.ndarray, "_ _ 3"]) -> list[BoundingBox]:
        """Take a picture in, say where it differs from what has been there."""
        config = self.config
        lines = picture[:: max(1, len(picture) // (LINES * config.rows))]
        small = cv2.resize(lines, (config.columns, config.rows), interpolation=cv2.INTER_AREA)
        began = bool(np.isnan(self._looked_s[0]))
        waited_s = 0.0 if began else t_s - float(self._looked_s[0])
        self._looked_s[0] = t_s
        apart = np.abs(small.astype(np.int16) - self._background).max(axis=2)
        front = apart > config.contrast
        if began or front.mean() > config.cut:
            self._background[:], self._stood[:] = small, 0
            return []
        self._follow(small, front, waited_s)
        return self._boxes(front)

    def _follow(
        self, small: UInt8[np.ndarray, "r c 3"], front: Bool[np.ndarray, "r c"], waited_s: float
    ) -> None:
        """Move the background towards what is seen where nothing happens; take over what has stayed."""
        self._stood[:] = np.where(front, np.minimum(self._stood + np.float16(waited_s), 60_000), 0)
        settled = self._stood > self.config.settle_s
        step = np.sign(small.astype(np.int16) - self._background)
        self._background[~front] = (self._background + step)[~front].astype(np.uint8)
        self._background[settled], self._stood[settled] = small[settled], 0

    def _boxes(self, front: Bool[np.ndarray, "r c"]) -> list[BoundingBox]:
        config = self.config
        opened = cv2.morphologyEx(front.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        n, _, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
        area = stats[1:n, cv2.CC_STAT_AREA] / front.size
        found = []
        for i in np.argsort(-area, kind="stable")[: config.most]:
            if config.smallest <= area[i] <= config.largest:
                left, top, wide, high = stats[1 + i, :4].tolist()
                found.append(
                    BoundingBox(
                        left / config.columns,
                        top / config.rows,
                        (left + wide) / config.columns,
                        (top + high) / config.rows,
                    )
                )
        return found

    def nbytes(self) -> int:
        """Bytes of what is remembered."""
        return self._background.nbytes + self._stood.nbytes + self._looked_s.nbytes

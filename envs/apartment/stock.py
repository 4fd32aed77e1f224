"""Models in stock: drawn from a limited choice for each category, so that scenes share their meshes."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from streammem.envs.apartment.designs import PROCEDURAL, Designs
from streammem.envs.apartment.model import Model

__all__ = ["Item", "Stock"]

CHOICES = 16  # of each category; a category with more variants and colours than that shows them less often

Rect = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A model and the corners of its box at rest, in its own axes."""

    model: Model
    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @property
    def width(self) -> float:
        """Along its x axis."""
        return self.high[0] - self.low[0]

    @property
    def depth(self) -> float:
        """Along its y axis."""
        return self.high[1] - self.low[1]

    @property
    def height(self) -> float:
        """Of its box."""
        return self.high[2] - self.low[2]

    def turned(self, yaw: float) -> Rect:
        """The level rectangle around it after a turn about its origin: x0, y0, x1, y1."""
        (a, b, _), (d, e, _) = self.low, self.high
        quarters = round(yaw / (math.pi / 2))
        if abs(yaw - quarters * math.pi / 2) < 1e-9:  # quarter turns come out exact
            turn = quarters % 4
            if turn == 0:
                return a, b, d, e
            if turn == 2:
                return -d, -e, -a, -b
            return (-e, a, -b, d) if turn == 1 else (b, -d, e, -a)
        c, s = math.cos(yaw), math.sin(yaw)
        xs = (c * a - s * b, c * a - s * e, c * d - s * b, c * d - s * e)
        ys = (s * a + c * b, s * a + c * e, s * d + c * b, s * d + c * e)
        return min(xs), min(ys), max(xs), max(ys)

    def front(self, depth_m: float) -> Item:
        """The strip of floor before its front."""
        return Item(self.model, (self.low[0], self.low[1] - depth_m, 0.0), (self.high[0], self.low[1], 0.0))

    def grown(self, margin_m: float) -> Item:
        """The same with more room around it."""
        (a, b, c), (d, e, f) = self.low, self.high
        return Item(self.model, (a - margin_m, b - margin_m, c), (d + margin_m, e + margin_m, f))


class Stock:
    """Hands out models of one wardrobe; what it lacks comes from the procedural one."""

    def __init__(self, designs: Designs) -> None:
        self.designs = designs

    def pick(self, category: str, rng: np.random.Generator, *, but: str | None = None) -> Item:
        """One of the models of a category, if possible one without a certain word in its name."""
        for choice in rng.permutation(CHOICES).tolist():
            item = _item(self._source(category), category, choice)
            if but is None or but not in item.model.name.split():
                return item
        return item

    def matching(self, category: str, other: Item, rng: np.random.Generator) -> Item:
        """One of the models of a category whose names have most words in common with another's."""
        words = set(other.model.name.split())
        items = [_item(self._source(category), category, choice) for choice in range(CHOICES)]
        alike = [len(words & set(item.model.name.split())) for item in items]
        best = [item for item, count in zip(items, alike, strict=True) if count == max(alike)]
        return best[int(rng.integers(len(best)))]

    def _source(self, category: str) -> Designs:
        return self.designs if self.designs.has(category) else PROCEDURAL


@lru_cache(maxsize=4096)
def _item(designs: Designs, category: str, choice: int) -> Item:
    model = designs.design(category, np.random.default_rng((zlib.crc32(category.encode()), choice)))
    lows = np.stack([part.mesh.vertices.min(0) for part in model.parts])
    highs = np.stack([part.mesh.vertices.max(0) for part in model.parts])
    low, high = lows.min(0).tolist(), highs.max(0).tolist()
    return Item(model, (low[0], low[1], low[2]), (high[0], high[1], high[2]))

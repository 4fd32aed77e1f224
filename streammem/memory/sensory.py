"""The sensory memory: one recurrent state an object, renewed by the network at every frame."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from streammem.memory.feature_config import FeatureShape
from streammem.memory.feature_table import zeros

__all__ = ["SensoryMemory"]


class SensoryMemory:
    """States of the objects in their order, as the front of one array; zero for who is new."""

    def __init__(self, shape: FeatureShape, objects: int, device: torch.device) -> None:
        self.shape, self.device = shape, device
        self._count = 0
        self._hidden = self._room(objects)

    @staticmethod
    def object_bytes(shape: FeatureShape) -> int:
        """Bytes that an object adds."""
        return 4 * shape.hidden_dim * shape.cells

    @property
    def capacity(self) -> int:
        """Objects that there is room for."""
        return len(self._hidden)

    @property
    def hidden(self) -> Float32[Tensor, "n c h w"]:
        """The states: a view, to be read."""
        return self._hidden[: self._count]

    def renew(self, hidden: Float[Tensor, "n c h w"]) -> None:
        """Write the states of all objects."""
        self._hidden[: self._count] = hidden

    def add(self, objects: int) -> None:
        """New objects behind the others; the array grows if it was planned for fewer."""
        self._count += objects
        if self._count > self.capacity:
            wider = self._room(self._count)
            wider[: self.capacity] = self._hidden
            self._hidden = wider

    def remove(self, place: int) -> None:
        """Take an object out; those behind it move up."""
        for behind in range(place, self._count - 1):
            self._hidden[behind] = self._hidden[behind + 1]
        self._count -= 1
        self._hidden[self._count] = 0

    def _room(self, objects: int) -> Float32[Tensor, "m c h w"]:
        shape = self.shape
        return zeros((objects, shape.hidden_dim, shape.rows, shape.columns), np.float32, self.device)

"""Where an apartment's furniture comes from: anything that designs a model for a category."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from streammem.envs.apartment.model import Model
from streammem.envs.apartment.models.catalogue import Procedural

__all__ = ["PROCEDURAL", "Designs"]


@runtime_checkable
class Designs(Protocol):
    """A wardrobe of models. Equal generators give equal models; objects of one kind hash and compare as one.

    `name` says which one it is ("procedural", or what was read and from where) and becomes part of a scene's name.
    """

    @property
    def name(self) -> str:
        """Which wardrobe it is."""

    def __hash__(self) -> int: ...

    def has(self, category: str) -> bool:
        """Whether there is a design for a category; where there is none the procedural one serves."""

    def design(self, category: str, rng: np.random.Generator) -> Model:
        """A model of a category, drawn by `rng`. Models may be shared between calls; nobody changes them.

        Raises:
            ObservationError: if it has no such category.
        """


PROCEDURAL: Designs = Procedural()

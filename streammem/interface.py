"""The protocols between the floors. A source never knows a memory, a store never knows a head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, UInt8
from numpy.typing import NDArray
from torch import Tensor

from streammem.types import Features, Observation, Query, Readout

__all__ = ["CropEncoder", "Directed", "Encoder", "MemoryStore", "Source", "SpaceSpec", "State", "Words"]

State = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, kw_only=True, slots=True)
class SpaceSpec:
    """One feature space of an encoder.

    Dense spaces hold unit vectors compared by cosine. A `distribution` space holds probabilities (rows of
    numbers >= 0 that sum to at most 1) compared by dot product with an indicator of the wanted entries.
    """

    dim: int
    grid: tuple[int, int] | None = None  # rows and columns of cells; None for one vector a picture
    kind: Literal["dense", "distribution"] = "dense"

    @property
    def cells(self) -> int:
        """Vectors that one picture has in this space."""
        return 1 if self.grid is None else self.grid[0] * self.grid[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """A text query: a vector and the space in which to look for it, with its calibration.

    A raw score s becomes the probability 1 / (1 + exp(-slope * (s - middle))).
    """

    text: str
    space: str
    what: Float[Tensor, "1 d"]
    slope: float
    middle: float


@runtime_checkable
class Source(Protocol):
    """A stream of observations; iterating starts it, leaving the context stops it."""

    @property
    def fps(self) -> float | None:
        """Frames a second where known."""

    @property
    def duration_s(self) -> float | None:
        """Length where known; None for what is live."""

    @property
    def live(self) -> bool:
        """Whether frames are lost when nobody takes them."""

    @property
    def lost(self) -> Mapping[str, int]:
        """Frames so far that could not be handed out, by reason; "dropped" where nobody took them in time."""

    def __iter__(self) -> Iterator[Observation]: ...
    def __enter__(self) -> Source: ...
    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Stop and let go of files, devices and threads; may be called twice."""


@runtime_checkable
class Encoder(Protocol):
    """Pictures to features, deterministic, one or more spaces."""

    @property
    def name(self) -> str:
        """What `open_encoder` calls it; stored with the memory, so that queries use the same one."""

    @property
    def spaces(self) -> Mapping[str, SpaceSpec]:
        """The spaces that `encode` fills."""

    def encode(self, pictures: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> list[Features]:
        """Encode RGB pictures of any sizes; the result does not depend on how they are batched."""

    def encode_words(self, text: str) -> Words:
        """A text query. Raises: SpaceError if the encoder has no text, VocabularyError for unknown words."""


@runtime_checkable
class CropEncoder(Protocol):
    """An encoder that can also describe a cut-out thing, to be looked for among the cells of `patch`."""

    def encode_crop(self, picture: UInt8[np.ndarray, "_ _ 3"]) -> Float[Tensor, "1 d"]:
        """One unit vector for an RGB picture of one thing."""


@runtime_checkable
class Directed(Protocol):
    """An encoder that knows in which few directions of a space its pictures differ most."""

    def directions(self, space: str, dim: int) -> Float[Tensor, "d k"]:
        """Orthonormal columns, at most `dim` of them, the most telling first."""


@runtime_checkable
class MemoryStore(Protocol):
    """Anything that keeps what it is told within its bytes and answers queries."""

    def write(self, observation: Observation, features: Features) -> object:
        """Take one observation in."""

    def read(self, query: Query) -> Readout:
        """Answer a query."""

    def nbytes(self) -> int:
        """Bytes of everything kept; never above the store's share of the budget."""

    def state(self) -> State:
        """Everything needed to resume bit for bit, as flat named arrays."""

    def restore(self, state: State) -> None:
        """Take over a saved state."""

"""The stored precision that all bounded memories share: unit vectors to int8 codes of a few dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Coder"]


class Coder:
    """A fixed orthonormal projection from `dim` to `kept` dimensions, then int8."""

    def __init__(self, dim: int, kept: int = 48) -> None:
        self.dim, self.nbytes = dim, min(kept, dim)
        square = np.random.default_rng(0).standard_normal((dim, self.nbytes))
        self._projection = np.linalg.qr(square)[0].astype(np.float32)

    def project(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """The kept dimensions, a unit vector again."""
        return _unit(vector @ self._projection)

    def quantise(self, vector: NDArray[np.float32]) -> NDArray[np.int8]:
        """Any vector in kept dimensions to its code; its length is lost."""
        scale = 127.0 / max(float(np.abs(vector).max()), 1e-12)
        return np.round(vector * scale).astype(np.int8)

    def encode(self, vector: NDArray[np.float32]) -> NDArray[np.int8]:
        return self.quantise(vector @ self._projection)

    def decode(self, codes: NDArray[np.int8]) -> NDArray[np.float32]:
        """Unit vectors in kept dimensions."""
        return _unit(codes.astype(np.float32))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)

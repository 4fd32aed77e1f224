"""What others keep of a stream, at the same bytes and the same stored precision.

Each has rows of a code (48 dimensions, int8) and 16 bytes (start and end of what the row stands for). A row that
stands for several frames holds their mean.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.nias.answers import Found
from benchmarks.nias.coding import Coder

__all__ = ["AllFrames", "Fifo", "Memory", "MovieChat", "Reservoir", "Synopsis", "Uniform", "baselines"]

SPAN_BYTES = 16


class Memory(Protocol):
    """What the benchmark runs: it is written frame by frame and asked at the end."""

    name: str

    def write(self, t_s: float, vector: NDArray[np.float32]) -> None: ...
    def ask(self, vector: NDArray[np.float32]) -> Found: ...
    def nbytes(self) -> int: ...


class _Rows:
    """Rows of codes with their spans, as many as the bytes allow."""

    name = "rows"

    def __init__(self, budget: int, coder: Coder) -> None:
        self.coder = coder
        self.capacity = budget // (coder.nbytes + SPAN_BYTES)
        self.codes = np.zeros((self.capacity, coder.nbytes), np.int8)
        self.spans = np.zeros((self.capacity, 2))
        self.n = 0

    def nbytes(self) -> int:
        return self.n * (self.coder.nbytes + SPAN_BYTES)

    def put(self, row: int, t_s: float, vector: NDArray[np.float32]) -> None:
        self.codes[row] = self.coder.encode(vector)
        self.spans[row] = t_s
        self.n = max(self.n, row + 1)

    def ask(self, vector: NDArray[np.float32]) -> Found:
        kept = self.coder.decode(self.codes[: self.n])
        start_s, end_s = self.spans[: self.n].T
        return Found(score=kept @ self.coder.project(vector), start_s=start_s, end_s=end_s)


class AllFrames:
    """The reference: every frame in half precision, no budget."""

    name = "all frames"

    def __init__(self, frames: int, dim: int) -> None:
        self.vectors = np.zeros((frames, dim), np.float16)
        self.times = np.zeros(frames)
        self.n = 0

    def write(self, t_s: float, vector: NDArray[np.float32]) -> None:
        self.vectors[self.n], self.times[self.n] = vector, t_s
        self.n += 1

    def ask(self, vector: NDArray[np.float32]) -> Found:
        times = self.times[: self.n]
        return Found(score=self.vectors[: self.n].astype(np.float32) @ vector, start_s=times, end_s=times)

    def nbytes(self) -> int:
        return self.n * (self.vectors.shape[1] * 2 + SPAN_BYTES)


class Uniform(_Rows):
    """Frames at even distances; it must know beforehand how many will come."""

    name = "uniform (knows the length)"

    def __init__(self, budget: int, coder: Coder, frames: int) -> None:
        super().__init__(budget, coder)
        self._take = set(np.linspace(0, frames - 1, min(self.capacity, frames)).astype(int).tolist())
        self._seen = 0

    def write(self, t_s: float, vector: NDArray[np.float32]) -> None:
        if self._seen in self._take:
            self.put(self.n, t_s, vector)
        self._seen += 1


class Fifo(_Rows):
    """The newest frames."""

    name = "FIFO"
    _seen = 0

    def write(self, t_s: float, vector: NDArray[np.float32]) -> None:
        self.put(self._seen % self.capacity, t_s, vector)
        self._seen += 1


class Reservoir(_Rows):
    """A fair sample of all frames so far (Vitter 1985)."""

    name = "reservoir"

    def __init__(self, budget: int, coder: Coder, rng: np.random.Generator) -> None:
        super().__init__(budget, coder)
        self._rng, self._seen = rng, 0

    def write(self, t_s: float, vector: NDArray[np.float32]) -> None:
        row = self.n if self.n < self.capacity else int(self._rng.integers(self._seen + 1))
        if row < self.capacity:
            self.put(row, t_s, vector)
        self._seen += 1


class MovieChat(_Rows):
    """Neighbours in time that are most alike become their mean (MovieChat, Song et al. 2024, made streaming)."""

    name = "MovieChat merge"

    def __init__(self, budget: int, coder: Coder) -> None:
        # Two bytes of a row's sixteen are its weight: spans are stored as uint32 centiseconds in spirit.
        super().__init__(budget, coder)
        self._weight = np.zeros(self.capacity)
        self._vectors = np.zeros((self.capacity, coder.nbytes), np.float32)  # the codes, decoded
        self._alike = np.full(self.capacity, -np.inf)  # row i with row i + 1

    def write(self, t_s: float, vector: NDArray[np.float32]) -> None:
        if self.n == self.capacity:
            self._merge(int(self._alike[: self.n - 1].argmax()))
        row = self.n
        self.put(row, t_s, vector)
        self._vectors[row], self._weight[row] = self.coder.decode(self.codes[row : row + 1])[0], 1
        if row:
            self._alike[row - 1] = self._vectors[row - 1] @ self._vectors[row]

    def _merge(self, row: int) -> None:
        left, right = self._weight[row], self._weight[row + 1]
        mean = (left * self._vectors[row] + right * self._vectors[row + 1]) / (left + right)
        self.codes[row] = self.coder.quantise(mean)
        self._vectors[row] = self.coder.decode(self.codes[row : row + 1])[0]
        self.spans[row, 1] = self.spans[row + 1, 1]
        self._weight[row] = left + right
        for column in (self.codes, self.spans, self._weight, self._vectors):
            column[row + 1 : self.n - 1] = column[row + 2 : self.n]
        self._alike[row + 1 : self.n - 1] = self._alike[row + 2 : self.n]
        self.n -= 1
        self._alike[self.n - 1 :] = -np.inf
        for i in (row - 1, row):
            if 0 <= i < self.n - 1:
                self._alike[i] = self._vectors[i] @ self._vectors[i + 1]


class Synopsis(_Rows):
    """Weighted clusters of all frames (Flash-VStream), repaired: warm merges and true times.

    A batch of frames joins the clusters; the two that cost least (Ward) merge until all fit. The published code
    starts k-means anew at each update and takes mean times, which loses rare clusters (the notes' ablation).
    A cluster's time is that of its heaviest part.
    """

    name = "Flash-VStream synopsis (warm)"

    def __init__(self, budget: int, coder: Coder) -> None:
        super().__init__(budget, coder)
        self._weight = np.zeros(self.capacity)
        self._vectors = np.zeros((self.capacity, coder.nbytes), np.float32)
        self._cost = np.full((self.capacity, self.capacity), np.inf, np.float32)

    def write(self, t_s: float, vector: NDArray[np.float32]) -> None:
        row = self.n if self.n < self.capacity else self._merge()
        self.put(row, t_s, vector)
        self._vectors[row], self._weight[row] = self.coder.decode(self.codes[row : row + 1])[0], 1
        self._price(row)

    def _price(self, row: int) -> None:
        """What merging this row with each other one would cost: w1 w2 / (w1 + w2) times the squared distance."""
        weight = self._weight[: self.n]
        square = np.square(self._vectors[: self.n] - self._vectors[row]).sum(axis=1)
        cost = weight * weight[row] / (weight + weight[row]) * square
        cost[row] = np.inf
        self._cost[row, : self.n] = self._cost[: self.n, row] = cost

    def _merge(self) -> int:
        """Unite the cheapest pair and give back the row that became free."""
        keep, free = divmod(int(self._cost.argmin()), self.capacity)
        if self._weight[free] > self._weight[keep]:
            keep, free = free, keep
        left, right = self._weight[keep], self._weight[free]
        mean = (left * self._vectors[keep] + right * self._vectors[free]) / (left + right)
        self.codes[keep] = self.coder.quantise(mean)
        self._vectors[keep] = self.coder.decode(self.codes[keep : keep + 1])[0]
        self._weight[keep] = left + right
        self._weight[free] = 1
        self._price(keep)
        return free


def baselines(budget: int, coder: Coder, frames: int, seed: int) -> list[Memory]:
    """All of them, at these bytes."""
    return [
        AllFrames(frames, coder.dim),
        Uniform(budget, coder, frames),
        Fifo(budget, coder),
        Reservoir(budget, coder, np.random.default_rng((seed, 5))),
        MovieChat(budget, coder),
        Synopsis(budget, coder),
    ]

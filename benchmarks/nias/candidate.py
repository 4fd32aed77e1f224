"""Our memory, as the benchmark runs it: every byte of its state counted, snapshots off."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.nias.answers import Found
from streammem.interface import SpaceSpec, State
from streammem.memory.episodic import EpisodicConfig, EpisodicMemory
from streammem.types import Features, Observation, Query

__all__ = ["Candidate"]

# Whole frames of one stream: no snapshots, and the bytes go to exemplars and what they occurred at.
FRAMES = EpisodicConfig(max_streams=1, shares={"pixel": 0.99, "events": 0.01, "snapshots": 0.0, "other": 0.0})
DOT = np.zeros((1, 1, 3), np.uint8)  # the memory gets features; no snapshot is taken of this


class Candidate:
    """`EpisodicMemory` over one space."""

    name = "streammem"

    def __init__(
        self, budget: int, dim: int, config: EpisodicConfig | None = None, space: str = "pixel"
    ) -> None:
        self.space, self._index = space, 0
        self.memory = EpisodicMemory(config or FRAMES, {space: SpaceSpec(dim=dim)}, budget)

    def write(self, t_s: float, vector: NDArray[np.float32]) -> None:
        observation = Observation(index=self._index, t_s=t_s, rgb=DOT)
        self.memory.write(observation, Features(spaces={self.space: torch.from_numpy(vector)[None]}))
        self._index += 1

    def ask(self, vector: NDArray[np.float32]) -> Found:
        """Every occurrence of every exemplar, with its exemplar's score; the one nearest the exemplar leads."""
        query = Query(what=torch.from_numpy(vector)[None], space=self.space, top_k=1_000_000)
        hits = self.memory.search(query)
        spans = [
            (hit.score, span.start_s, span.end_s)
            for hit in hits
            for span in _leading(hit.interval, hit.occurrences)
        ]
        if not spans:
            return Found.nothing()
        score, start_s, end_s = np.array(spans).T
        return Found(score=score.astype(np.float32), start_s=start_s, end_s=end_s)

    def nbytes(self) -> int:
        return self.memory.nbytes()

    def state(self) -> State:
        return {**self.memory.state(), "index": np.array([self._index])}

    def restore(self, state: State) -> None:
        self._index = int(state["index"][0])
        self.memory.restore({name: array for name, array in state.items() if name != "index"})


def _leading(first, spans):
    return [first, *(span for span in spans if span != first)]

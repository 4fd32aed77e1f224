"""The peer's memory: dense similarity, top-k over the memory, dense readout, all of it concatenated on each read."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryConfig:
    """As in the specification; `long_term` off lets the working memory grow for ever, as the original does."""

    top_k: int = 30
    long_term: bool = True
    count_usage: bool = True
    working_min: int = 5
    working_max: int = 10
    prototypes: int = 128
    long_term_max: int = 10_000


class Store:
    """Elements on the right are the newest. Values are a list, one tensor (n, V, N_g) a group of objects."""

    def __init__(self) -> None:
        self.key = self.shrinkage = self.selection = self.use = self.life = torch.zeros(0)
        self.values: list[Tensor] = []

    @property
    def size(self) -> int:
        return self.key.shape[-1] if self.values else 0

    def add(self, key: Tensor, shrinkage: Tensor, selection: Tensor | None, values: list[Tensor]) -> None:
        fresh = torch.zeros(key.shape[-1])
        if not self.values:
            self.key, self.shrinkage, self.use, self.life = key, shrinkage, fresh, fresh + 1e-7
            self.selection = selection if selection is not None else torch.zeros(0)
        else:
            self.key = torch.cat([self.key, key], -1)
            self.shrinkage = torch.cat([self.shrinkage, shrinkage], -1)
            self.use, self.life = torch.cat([self.use, fresh]), torch.cat([self.life, fresh + 1e-7])
            if selection is not None:
                self.selection = torch.cat([self.selection, selection], -1)
        for group, value in enumerate(values):
            if group < len(self.values):
                self.values[group] = torch.cat([self.values[group], value], -1)
            else:
                self.values.append(value)

    def keep(self, kept: Tensor) -> None:
        self.key, self.shrinkage = self.key[:, kept], self.shrinkage[:, kept]
        self.selection = self.selection[:, kept] if self.selection.numel() else self.selection
        self.use, self.life = self.use[kept], self.life[kept]
        self.values = [value[..., kept] for value in self.values]


def similarity(key: Tensor, shrinkage: Tensor, query: Tensor, selection: Tensor) -> Tensor:
    """Anisotropic squared distances, negative, over sqrt(K): (N, Q) from (K, N), (1, N), (K, Q), (K, Q)."""
    squared = (key**2).T @ selection
    crossed = 2 * (key.T @ (query * selection))
    own = (selection * query**2).sum(0, keepdim=True)
    return (crossed - squared - own) * shrinkage.T / key.shape[0] ** 0.5


def sparse_softmax(scores: Tensor, top_k: int) -> Tensor:
    """Softmax over the largest of each column, zeros elsewhere; without the maximum taken off, as in the original."""
    best, index = scores.topk(min(top_k, len(scores)), dim=0)
    best = best.exp()
    return torch.zeros_like(scores).scatter_(0, index, best / best.sum(0, keepdim=True))


class DenseMemory:
    """Working and long-term memory of XMem; groups of objects only without long-term (defect 1 of the original)."""

    def __init__(self, config: MemoryConfig) -> None:
        self.config = config
        self.working, self.long = Store(), Store()
        self.groups: list[int] = []  # objects in each
        self.cells = 0

    def read(self, query: Tensor, selection: Tensor) -> Tensor:
        """(n, V, Q) from (K, Q) and (K, Q)."""
        config, work, long = self.config, self.working, self.long
        key, shrinkage = work.key, work.shrinkage
        if long.size:
            key, shrinkage = torch.cat([long.key, key], -1), torch.cat([long.shrinkage, shrinkage], -1)
        scores = similarity(key, shrinkage, query, selection)
        readouts = []
        for group in range(len(self.groups)):
            value = work.values[group]
            part = scores
            if group and value.shape[-1] < work.size:
                part = scores[len(scores) - value.shape[-1] :]
            if long.size:
                value = torch.cat([long.values[group], value], -1)
            affinity = sparse_softmax(part, config.top_k)
            if group == 0 and config.long_term:
                used = affinity.sum(1)
                work.use, work.life = work.use + used[long.size :], work.life + 1
                if config.count_usage and long.size:
                    long.use, long.life = long.use + used[: long.size], long.life + 1
            readouts.append(value @ affinity)
        return torch.cat(readouts)

    def write(self, key: Tensor, shrinkage: Tensor, selection: Tensor | None, values: Tensor) -> None:
        """Keys (K, Q), values (n, V, Q); objects behind those that are known make a new group."""
        config = self.config
        self.cells = self.cells or key.shape[-1]
        if len(values) > sum(self.groups):
            self.groups.append(len(values) - sum(self.groups))
        if config.long_term and len(self.groups) > 1:
            raise NotImplementedError(
                "groups with long-term memory: the original is wrong there, the peer is silent"
            )
        self.working.add(
            key, shrinkage, selection if config.long_term else None, list(values.split(self.groups))
        )
        if config.long_term and self.working.size >= config.working_max * self.cells:
            room = config.long_term_max - config.prototypes
            if self.long.size >= room:
                self.evict(room)
            self.consolidate()

    def evict(self, room: int) -> None:
        """Drop the least frequently used, and all that tie with the last of them."""
        score = self.long.use / self.long.life
        spare = self.long.size - room
        if spare:
            self.long.keep(score > score.topk(spare, largest=False).values.max())

    def consolidate(self) -> None:
        """Candidates between the first frame and the last ones give prototypes, then go."""
        config, work = self.config, self.working
        first, last = self.cells, work.size - (config.working_min - 1) * self.cells
        key, shrinkage = work.key[:, first:last], work.shrinkage[:, first:last]
        score = (work.use / work.life)[first:last]
        chosen = score.topk(min(config.prototypes, len(score))).indices
        weight = similarity(key, shrinkage, key[:, chosen], work.selection[:, first:last][:, chosen]).softmax(
            0
        )
        values = [value[..., first:last] @ weight for value in work.values]
        self.long.add(key[:, chosen], shrinkage @ weight, None, values)
        places = torch.arange(work.size)
        work.keep((places < first) | (places >= last))

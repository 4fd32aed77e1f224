"""A feature memory as plain as it gets: lists, dense softmax, double precision, each object by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from streammem.memory.feature import FeatureConfig, FeatureShape

BORN = 1e-7


@dataclass
class Token:
    key: Tensor
    shrinkage: Tensor
    selection: Tensor | None
    values: dict[int, Tensor]  # of the objects for which it counts
    use: float = 0.0
    life: float = BORN


@dataclass
class Kept:
    number: int
    tokens: list[Token]
    permanent: bool


def similarity(token: Token, key: Tensor, selection: Tensor, *, keys: int) -> Tensor:
    return -token.shrinkage / keys**0.5 * (selection * (token.key - key).square()).sum()


@dataclass
class Brute:
    config: FeatureConfig
    objects: list[int] = field(default_factory=list)
    prototypes: list[Token] = field(default_factory=list)
    frames: list[Kept] = field(default_factory=list)

    def tokens(self) -> list[Token]:
        return [*self.prototypes, *(token for kept in self.frames for token in kept.tokens)]

    def sees(self, number: int) -> list[int]:
        return [place for place, token in enumerate(self.tokens()) if number in token.values]

    def read(self, key: Tensor, selection: Tensor, value_dim: int) -> Tensor:
        tokens, queries = self.tokens(), key.double()
        readout = torch.zeros(len(self.objects), len(key), value_dim, dtype=torch.float64)
        groups: dict[tuple[int, ...], list[int]] = {}
        for number in self.objects:
            groups.setdefault(tuple(self.sees(number)), []).append(number)
        counted: set[int] = set()
        gained = dict.fromkeys(range(len(tokens)), 0.0)
        for seen, numbers in sorted(
            groups.items(), key=lambda entry: (-len(entry[0]), self.objects.index(entry[1][0]))
        ):
            for q, (asked, chosen) in enumerate(zip(queries, selection.double(), strict=True)):
                if not seen:
                    continue
                scores = torch.stack([similarity(tokens[n], asked, chosen, keys=key.shape[1]) for n in seen])
                best = scores.topk(min(self.config.top_k, len(seen)))
                weight = best.values.softmax(0)
                for share, place in zip(weight.tolist(), best.indices.tolist(), strict=True):
                    token = tokens[seen[place]]
                    for number in numbers:
                        readout[self.objects.index(number), q] += share * token.values[number]
                    if seen[place] not in counted:
                        gained[seen[place]] += share
            counted |= set(seen)
        for place, token in enumerate(tokens):
            token.use += gained[place]
            token.life += 1
        return readout

    def write(
        self,
        key: Tensor,
        shrinkage: Tensor,
        selection: Tensor,
        values: Mapping[int, Tensor],
        number: int,
        permanent: bool,
    ) -> None:
        if not values:
            return
        if not self.config.long_term and len(self.frames) == self.config.working_max + self.config.references:
            self.frames.remove(self.passing()[0])
        staying = [kept for kept in self.frames if kept.permanent]
        stays = not staying or (permanent and self.config.references > 0)
        if staying and stays and len(staying) > self.config.references:
            staying[1].permanent = False
        tokens = [
            Token(k, s, e, {o: v[cell].double() for o, v in values.items()})
            for cell, (k, s, e) in enumerate(
                zip(key.double(), shrinkage.double(), selection.double(), strict=True)
            )
        ]
        self.frames.append(Kept(number, tokens, stays))
        if self.config.long_term:
            if len(self.passing()) + 1 >= self.config.working_max:
                self.consolidate()
        else:
            while len(self.passing()) + 1 > self.config.working_max:
                self.frames.remove(self.passing()[0])

    def passing(self) -> list[Kept]:
        return [kept for kept in self.frames if not kept.permanent]

    def consolidate(self) -> None:
        spare = len(self.prototypes) - (self.config.long_term - self.config.prototypes)
        if spare > 0:
            scores = sorted(token.use / token.life for token in self.prototypes)
            self.prototypes = [t for t in self.prototypes if t.use / t.life > scores[spare - 1]]
        leaving = self.passing()
        leaving = leaving[: len(leaving) - (self.config.working_min - 1)]
        cells = [token for kept in leaving for token in kept.tokens]
        score = torch.tensor([t.use / t.life if t.values else -torch.inf for t in cells], dtype=torch.float32)
        count = min(self.config.prototypes, sum(bool(t.values) for t in cells))
        for place in score.topk(count).indices.tolist():
            chosen = cells[place]
            assert chosen.selection is not None
            alike = torch.stack(
                [similarity(t, chosen.key, chosen.selection, keys=len(chosen.key)) for t in cells]
            )
            values = {}
            for number in chosen.values:
                mine = [n for n, t in enumerate(cells) if number in t.values]
                weight = alike[mine].softmax(0)
                values[number] = sum(w * cells[n].values[number] for w, n in zip(weight, mine, strict=True))
            shrinkage = alike.softmax(0) @ torch.stack([t.shrinkage for t in cells])
            self.prototypes.append(Token(chosen.key, shrinkage, None, values))
        self.frames = [kept for kept in self.frames if not any(kept is gone for gone in leaving)]

    def remove(self, number: int) -> None:
        self.objects.remove(number)
        for token in self.tokens():
            token.values.pop(number, None)
        self.prototypes = [token for token in self.prototypes if token.values]
        self.frames = [kept for kept in self.frames if kept.tokens[0].values]
        if self.frames and not any(kept.permanent for kept in self.frames):
            self.frames[0].permanent = True


def made_frame(shape: FeatureShape, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Key, shrinkage and selection."""
    rng = torch.Generator().manual_seed(seed)
    key = torch.randn(shape.cells, shape.key_dim, generator=rng)
    selection = torch.rand(shape.cells, shape.key_dim, generator=rng)
    return key, 1 + torch.rand(shape.cells, generator=rng), selection


def made_value(shape: FeatureShape, seed: int) -> Tensor:
    return torch.randn(shape.cells, shape.value_dim, generator=torch.Generator().manual_seed(10_000 + seed))

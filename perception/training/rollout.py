"""One clip through the network as in use: remember the first frame, then read, decode, remember, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional

from streammem.perception.networks.lite_tracker import LiteTracker
from streammem.perception.networks.protocol import KeyFeatures

__all__ = ["Seen", "loss", "read", "rollout"]

EDGE = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A clip as the trainer gets it: the frozen backbone's features of each frame, and the true labels."""

    f4: Float[Tensor, "t 24 i j"]
    f8: Float[Tensor, "t 40 k l"]
    f16: Float[Tensor, "t 112 m n"]
    labels: Int64[Tensor, "t h w"]


def read(
    query: KeyFeatures, memory: Sequence[KeyFeatures], values: Sequence[Float[Tensor, "n v i j"]]
) -> Float[Tensor, "n v i j"]:
    """Softmax attention with XMem's anisotropic similarity over all cells of all frames; differentiable throughout."""
    keys = torch.cat([m.key.flatten(1) for m in memory], 1)
    shrinkage = torch.cat([m.shrinkage.flatten(1) for m in memory if m.shrinkage is not None], 1)
    assert query.selection is not None
    wanted, chosen = query.key.flatten(1), query.selection.flatten(1)
    far = keys.square().T @ chosen - 2 * keys.T @ (wanted * chosen) + (wanted.square() * chosen).sum(0)
    weight = torch.softmax(-far * shrinkage.T / len(keys) ** 0.5, dim=0)
    value = torch.cat([v.flatten(2) for v in values], 2)
    read: Tensor = (value @ weight).reshape(*value.shape[:2], *query.key.shape[1:])
    return read


def rollout(
    net: LiteTracker, clip: Seen, order: Sequence[int]
) -> tuple[list[Float[Tensor, "m h w"]], list[Int64[Tensor, "h w"]]]:
    """Log-probabilities (background first) of each frame of `order` but the first, and what they should say."""
    labels, inverse = _renumber(clip.labels[list(order)])
    n, first = len(inverse), labels[0]
    masks = (first[None] == torch.arange(1, n + 1, device=first.device)[:, None, None]).float()
    hidden: Tensor | None = masks.new_zeros(n, net.hidden_dim, *clip.f16.shape[-2:])
    memory: list[KeyFeatures] = []
    values: list[Tensor] = []
    said = []
    for step, t in enumerate(order):
        features = net.project(
            clip.f4[t : t + 1].float(), clip.f8[t : t + 1].float(), clip.f16[t : t + 1].float()
        )
        if step:
            hidden, alone = net.decode(features, read(features, memory, values), hidden)
            said.append(_aggregate_log(alone))
            masks = said[-1].exp()[1:]
        if step + 1 < len(order):
            value, hidden = net.encode_value(None, features, hidden, masks)
            memory.append(features)
            values.append(value)
    return said, list(labels[1:])


def _renumber(labels: Int64[Tensor, "t h w"]) -> tuple[Int64[Tensor, "t h w"], list[int]]:
    """The things of the first frame as 1..n; others are ground."""
    present = [label for label in torch.unique(labels[0]).tolist() if label]
    table = labels.new_zeros(int(labels.max()) + 1)
    table[present] = torch.arange(1, len(present) + 1, device=labels.device)
    return table[labels], present


def _aggregate_log(alone: Float[Tensor, "n h w"]) -> Float[Tensor, "m h w"]:
    """Soft aggregation as log-probabilities: odds of each object and of nothing, normalised."""
    p = torch.cat([(1 - alone).prod(0, keepdim=True), alone]).clamp(EDGE, 1 - EDGE)
    return torch.log_softmax(torch.logit(p), dim=0)


def loss(
    said: Sequence[Float[Tensor, "m h w"]], wanted: Sequence[Int64[Tensor, "h w"]], hardest: float
) -> Float[Tensor, ""]:
    """Cross-entropy of the hardest share of pixels, and dice of each object (as in training XMem)."""
    total = said[0].new_zeros(())
    for logs, labels in zip(said, wanted, strict=True):
        entropy = functional.nll_loss(logs[None], labels[None], reduction="none").flatten()
        if hardest < 1:
            entropy = entropy.topk(int(hardest * len(entropy))).values
        p = logs[1:].exp().flatten(1)
        truth = (
            (labels[None] == torch.arange(1, len(logs), device=labels.device)[:, None, None])
            .flatten(1)
            .float()
        )
        dice = 1 - (2 * (p * truth).sum(1) + 1) / (p.sum(1) + truth.sum(1) + 1)
        total = total + entropy.mean() + dice.mean()
    return total / len(said)

"""The read: which tokens answer a query, and what they say together.

For each query the `top_k` most similar tokens are found, softmax over their similarities weighs them, and their
values are summed (the top-k filter of STCN and XMem, Cheng et al. 2021 and 2022). Only the search touches every
token; it runs in chunks and keeps no graph. The similarities of the chosen few are then computed once more from
gathered keys, so gradients reach queries, keys and values at the cost of k tokens a query.

Three pieces serve dense reads as well (a query for each cell of a frame, `feature_read.py`): `largest` finds the best
tokens, `shares` weighs them, `gathered` sums their values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn import functional

from streammem.errors import ObservationError

__all__ = ["Attended", "Similarity", "attend", "dot", "find_tokens", "gathered", "largest", "shares", "weigh"]

BLOCK = 8  # scores compared at once in the search for the largest
LONG = 2048  # scores from which on it is worth it; below, ties end as `torch.topk` ends them

# (..., q, d) and (..., n, d) to (..., q, n); greater is more alike. XMem's anisotropic L2 fits in as well.
Similarity = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Attended:
    """What attention found: weights sum to 1 along k, or are all 0 where no token was allowed."""

    weight: Float[Tensor, "q k"]
    index: Int64[Tensor, "q k"]
    value: Float[Tensor, "q v"]


def dot(query: Float[Tensor, "*b q d"], key: Float[Tensor, "*b n d"]) -> Float[Tensor, "*b q n"]:
    """Dot product; the cosine, for unit vectors."""
    return query @ key.mT


def attend(
    query: Float[Tensor, "q d"],
    key: Float[Tensor, "n d"],
    value: Float[Tensor, "n v"],
    *,
    top_k: int,
    allowed: Bool[Tensor, " n"] | Bool[Tensor, "q n"] | None = None,
    similarity: Similarity = dot,
    sharpness: float = 1.0,
    chunk: int = 4096,
) -> Attended:
    """Softmax attention over the `top_k` most similar tokens of each query.

    Args:
        query: one a row.
        key: what tokens are found by.
        value: what they say.
        top_k: tokens read for each query; fewer where fewer are allowed.
        allowed: which tokens count (live, of the right time and place), for all queries or for each.
        similarity: of queries and keys; it must not couple one token's score to another's.
        sharpness: factor on similarities before the softmax.
        chunk: queries searched at a time.

    Raises:
        ObservationError: if shapes do not agree or `top_k` is below 1.
    """
    if query.shape[1] != key.shape[1] or key.shape[0] != value.shape[0] or top_k < 1:
        raise ObservationError(
            f"queries {tuple(query.shape)}, keys {tuple(key.shape)} and values {tuple(value.shape)} should be "
            f"(q, d), (n, d) and (n, v), and top_k at least 1, got {top_k}"
        )
    index, valid = find_tokens(query, key, top_k=top_k, allowed=allowed, similarity=similarity, chunk=chunk)
    scores = sharpness * similarity(query[:, None], key[index])[:, 0]
    weight = shares(scores.masked_fill(~valid, -torch.inf))
    return Attended(weight, index, gathered(weight, index, value))


@torch.no_grad()
def find_tokens(
    query: Float[Tensor, "q d"],
    key: Float[Tensor, "n d"],
    *,
    top_k: int,
    allowed: Bool[Tensor, " n"] | Bool[Tensor, "q n"] | None = None,
    similarity: Similarity = dot,
    chunk: int = 4096,
) -> tuple[Int64[Tensor, "q k"], Bool[Tensor, "q k"]]:
    """The most similar allowed tokens of each query, best first, and which of them count."""
    found = []
    for start in range(0, max(len(query), 1), chunk):
        part = slice(start, start + chunk)
        scores = similarity(query[part], key)
        if allowed is not None:
            scores = scores.masked_fill(~(allowed[part] if allowed.ndim == 2 else allowed), -torch.inf)
        found.append(largest(scores, top_k))
    best = torch.cat([scores for scores, _ in found])
    return torch.cat([index for _, index in found]), best > -torch.inf


def weigh(
    query: Float[Tensor, "q d"],
    key: Float[Tensor, "q k d"],
    value: Float[Tensor, "q k v"],
    valid: Bool[Tensor, "q k"],
    *,
    similarity: Similarity = dot,
    sharpness: float = 1.0,
) -> tuple[Float[Tensor, "q k"], Float[Tensor, "q v"]]:
    """Softmax weights over each query's own tokens, and the sum of their values; differentiable in all three."""
    scores = sharpness * similarity(query[:, None], key)[:, 0]
    weight = shares(scores.masked_fill(~valid, -torch.inf))
    return weight, (weight[:, None] @ value)[:, 0]


def shares(scores: Float[Tensor, "q k"]) -> Float[Tensor, "q k"]:
    """Softmax along k; 0 where the score is -inf, also where all of a row are. However low, scores give no NaN."""
    if not scores.shape[1]:
        return scores
    top = scores.detach().amax(dim=-1, keepdim=True)
    mass = (scores - torch.where(top > -torch.inf, top, torch.zeros_like(top))).exp()
    return mass / mass.sum(dim=-1, keepdim=True).clamp_min(torch.finfo(mass.dtype).tiny)


def gathered(
    weight: Float[Tensor, "q k"], index: Int64[Tensor, "q k"], value: Float[Tensor, "n v"]
) -> Float[Tensor, "q v"]:
    """Each query's own sum of values; only the rows that it names are touched, and no (q, k, v) is made."""
    if not index.shape[1]:
        return value.new_zeros(len(index), value.shape[1])
    read: Tensor = functional.embedding_bag(index, value, mode="sum", per_sample_weights=weight)
    return read


def largest(
    scores: Float[Tensor, "q n"], top_k: int, *, ordered: bool = True
) -> tuple[Float[Tensor, "q k"], Int64[Tensor, "q k"]]:
    """The `top_k` largest of each row and where they stand, best first if `ordered`; all, where there are fewer.

    As `torch.topk`, but for ties, at about half its time on long rows: the rows are cut into blocks, and whatever is
    among the k largest lies in one of the k blocks with the largest maxima. Those are found in the same manner.
    """
    if scores.shape[-1] < LONG:
        return scores.topk(min(top_k, scores.shape[-1]), dim=-1, sorted=ordered)
    return _largest(scores, top_k, ordered)


def _largest(
    scores: Float[Tensor, "q n"], top_k: int, ordered: bool
) -> tuple[Float[Tensor, "q k"], Int64[Tensor, "q k"]]:
    columns = scores.shape[-1]
    k, blocks = min(top_k, columns), columns // BLOCK
    if blocks <= 2 * k:
        return scores.topk(k, dim=-1, sorted=ordered)
    # Block j holds the columns j, j + blocks, j + 2 blocks, ...: maxima over the middle axis are vectorised.
    peaks = scores[:, : blocks * BLOCK].reshape(-1, BLOCK, blocks).amax(dim=1)
    chosen = _largest(peaks, k, False)[1]
    steps = torch.arange(0, blocks * BLOCK, blocks, device=scores.device)
    index = (chosen[:, None] + steps[:, None]).flatten(1)
    if blocks * BLOCK < columns:
        rest = torch.arange(blocks * BLOCK, columns, device=scores.device)
        index = torch.cat([index, rest.expand(len(index), -1)], dim=1)
    best, place = scores.gather(1, index).topk(k, dim=-1, sorted=ordered)
    return best, index.gather(1, place)

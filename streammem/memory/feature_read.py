"""The dense read: each cell of a frame asks all tokens at once (XMem, Cheng & Schwing 2022, eq. 2 to 4).

The similarity of token n and query q is an anisotropic L2 distance, times the token's shrinkage s and weighed by the
query's selection e,

    S = -s_n / sqrt(K) sum_c e_cq (k_cn - k_cq)^2,

which is a dot product of two longer vectors: s / sqrt(K) [-k^2, 2k, -1] of the token, written once when it is stored,
and [e, e k, sum e k^2] of the query. So all similarities are one matrix product.

Queries go in chunks small enough for the cache. Objects that count the same tokens share the affinity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from streammem.memory.attention import largest, shares

__all__ = ["Affinity", "Columns", "affinities", "key_columns", "query_rows", "scratch_size"]

CHUNK = {"cpu": 108}  # queries at a time
LARGE_CHUNK = 1024  # on other devices


def key_columns(key: Float[Tensor, "n k"], shrinkage: Float[Tensor, " n"]) -> Float[Tensor, "a n"]:
    """Tokens as columns of the product, 2 K + 1 numbers each."""
    sharp = shrinkage / key.shape[1] ** 0.5
    return torch.cat([-key.square().T * sharp, 2 * key.T * sharp, -sharp[None]])


def query_rows(key: Float[Tensor, "q k"], selection: Float[Tensor, "q k"]) -> Float[Tensor, "q a"]:
    """Queries as rows of the product, 2 K + 1 numbers each."""
    chosen = selection * key
    return torch.cat([selection, chosen, (chosen * key).sum(dim=1, keepdim=True)], dim=1)


@dataclass(frozen=True, slots=True)
class Columns:
    """The rows of the table that a read looks at: stretches of them, and their numbers in the same order."""

    stretches: tuple[slice, ...]
    rows: Int64[Tensor, " n"]


@dataclass(frozen=True, slots=True)
class Affinity:
    """For each query the rows that it reads and their weights: they sum to 1, or are all 0 where none counts."""

    weight: Float32[Tensor, "q k"]
    place: Int64[Tensor, "q k"]  # among the columns of the read
    row: Int64[Tensor, "q k"]  # of the table


def chunk_size(device: torch.device) -> int:
    """Queries compared at a time."""
    return CHUNK.get(device.type, LARGE_CHUNK)


def scratch_size(rows: int, device: torch.device) -> tuple[int, int]:
    """Shape of the scratch memory that a read of so many rows needs."""
    return 2, chunk_size(device) * rows


def affinities(
    query: Float32[Tensor, "q a"],
    match: Float32[Tensor, "a r"],
    columns: Columns,
    penalties: Sequence[Float32[Tensor, " n"] | None],
    top_k: int,
    scratch: Float32[Tensor, "2 s"],
) -> list[Affinity]:
    """The best tokens of each query and their softmax, once for each penalty (0, or -inf for what does not count).

    Args:
        query: `query_rows`.
        match: `key_columns` of the whole table.
        columns: where to look.
        penalties: None where all columns count.
        top_k: tokens a query.
        scratch: overwritten.
    """
    asked, n = len(query), len(columns.rows)
    k = min(top_k, n)
    weight = query.new_empty(len(penalties), asked, k)
    place = torch.empty(weight.shape, dtype=torch.int64, device=query.device)
    step = chunk_size(query.device)
    for start in range(0, asked, step):
        part = query[start : start + step]
        scores, masked = (space[: len(part) * n].view(len(part), n) for space in scratch)
        at = 0
        for stretch in columns.stretches:
            width = stretch.stop - stretch.start
            torch.mm(part, match[:, stretch], out=scores[:, at : at + width])
            at += width
        for which, penalty in enumerate(penalties):
            allowed = scores if penalty is None else torch.add(scores, penalty, out=masked)
            best, found = largest(allowed, top_k, ordered=False)
            weight[which, start : start + step] = shares(best)
            place[which, start : start + step] = found
    return [Affinity(w, p, columns.rows[p]) for w, p in zip(weight, place, strict=True)]

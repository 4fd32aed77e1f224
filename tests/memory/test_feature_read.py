"""The dense read number by number in double precision: similarity, masks, chunks, far keys."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from memory.brute_features import made_frame
from torch import Tensor

from streammem.memory.feature import FeatureShape
from streammem.memory.feature_read import Columns, affinities, key_columns, query_rows, scratch_size

CPU = torch.device("cpu")


def anisotropic(key: Tensor, shrinkage: Tensor, query: Tensor, selection: Tensor) -> Tensor:
    """(q, n), as the paper writes it."""
    far = (selection[:, None] * (key[None] - query[:, None]).square()).sum(-1)
    return -far * shrinkage / key.shape[1] ** 0.5


def tokens(n: int, k: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    return made_frame(FeatureShape(rows=1, columns=n, key_dim=k, value_dim=1), seed)


@given(st.integers(1, 30), st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
def test_one_product_is_the_anisotropic_distance(n: int, q: int, k: int, seed: int) -> None:
    key, shrinkage, _ = (part.double() for part in tokens(n, k, seed))
    query, _, selection = (part.double() for part in tokens(q, k, seed + 1))
    product = query_rows(query, selection) @ key_columns(key, shrinkage)
    assert torch.allclose(product, anisotropic(key, shrinkage, query, selection), atol=1e-12)


@given(st.integers(1, 300), st.integers(1, 40), st.integers(1, 12), st.integers(0, 99))
def test_weights_are_the_softmax_over_the_best_that_count(n: int, q: int, top_k: int, seed: int) -> None:
    key, shrinkage, _ = tokens(n + 20, 6, seed)
    query, _, selection = tokens(q, 6, seed + 1)
    columns = Columns(
        (slice(5, 5 + n // 2), slice(12 + n // 2, 12 + n)),
        torch.tensor([*range(5, 5 + n // 2), *range(12 + n // 2, 12 + n)]),
    )
    counts = torch.rand(n, generator=torch.Generator().manual_seed(seed)) < 0.5
    penalty = torch.zeros(n).masked_fill(~counts, -torch.inf)
    scratch = torch.empty(scratch_size(n, CPU))
    found = affinities(
        query_rows(query, selection), key_columns(key, shrinkage), columns, [None, penalty], top_k, scratch
    )
    scores = anisotropic(*(part.double() for part in (key, shrinkage, query, selection)))[:, columns.rows]
    for affinity, blocked in zip(found, [torch.zeros(n), penalty], strict=True):
        dense = torch.zeros(q, n).scatter_add(1, affinity.place, affinity.weight)
        allowed = scores + blocked
        least = allowed.topk(min(top_k, n), dim=1).values[:, -1:]
        wanted = allowed.masked_fill(allowed < least, -torch.inf).softmax(1).nan_to_num(0.0)
        assert torch.allclose(dense.double(), wanted, atol=1e-5)
        assert torch.equal(affinity.row, columns.rows[affinity.place])


@pytest.mark.parametrize("objects", [1, 2])
def test_more_queries_than_a_chunk_holds(objects: int) -> None:
    key, shrinkage, _ = tokens(50, 4, 0)
    query, _, selection = tokens(500, 4, 1)
    rows, match = query_rows(query, selection), key_columns(key, shrinkage)
    columns, penalties = Columns((slice(0, 50),), torch.arange(50)), [None, torch.zeros(50)][:objects]
    scratch = torch.empty(scratch_size(50, CPU))
    whole = affinities(rows, match, columns, penalties, 7, scratch)[-1]
    alone = affinities(rows[321:322], match, columns, [None], 7, scratch)[0]
    assert sorted(whole.row[321].tolist()) == sorted(alone.row[0].tolist())
    assert torch.allclose(whole.weight[321].sort().values, alone.weight[0].sort().values, atol=1e-6)


def test_keys_so_far_that_their_exponentials_vanish_still_weigh() -> None:
    # The original divides 0 by 0 here.
    key, shrinkage = torch.tensor([[100.0], [101.0]]), torch.ones(2)
    query, selection = torch.zeros(1, 1), torch.ones(1, 1)
    found = affinities(
        query_rows(query, selection),
        key_columns(key, shrinkage),
        Columns((slice(0, 2),), torch.arange(2)),
        [None],
        2,
        torch.empty(scratch_size(2, CPU)),
    )[0]
    assert found.weight.sort().values.tolist() == [[0.0, 1.0]]

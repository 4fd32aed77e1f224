"""The read against plain float64 loops, its gradients, its masks."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from streammem.errors import ObservationError
from streammem.memory.attention import LONG, attend, gathered, largest, shares


def brute_force(query: Tensor, key: Tensor, value: Tensor, top_k: int, allowed: list[bool]) -> Tensor:
    """Softmax over the best k, number by number, in double precision."""
    rows = []
    for q in query.double().tolist():
        scores = [
            (sum(a * b for a, b in zip(q, k, strict=True)), -i)
            for i, (k, ok) in enumerate(zip(key.double().tolist(), allowed, strict=True))
            if ok
        ]
        best = sorted(scores, reverse=True)[:top_k]
        mass = [math.exp(score - best[0][0]) for score, _ in best]
        values = [value[-i].double() * m / sum(mass) for (_, i), m in zip(best, mass, strict=True)]
        rows.append(sum(values, torch.zeros(value.shape[1], dtype=torch.float64)))
    return torch.stack(rows)


def tokens(q: int, n: int, d: int, v: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(a, b, generator=g, dtype=torch.float64) for a, b in ((q, d), (n, d), (n, v)))


@given(st.integers(1, 5), st.integers(1, 20), st.integers(1, 25), st.integers(1, 4), st.integers(0, 999))
def test_agrees_with_brute_force(q: int, n: int, top_k: int, chunk: int, seed: int) -> None:
    query, key, value = tokens(q, n, 6, 3, seed)
    allowed = torch.rand(n, generator=torch.Generator().manual_seed(seed + 1)) < 0.7
    found = attend(query, key, value, top_k=top_k, allowed=allowed, chunk=chunk)
    if allowed.any():
        wanted = brute_force(query, key, value, top_k, allowed.tolist())
        assert torch.allclose(found.value, wanted, atol=1e-12)
        assert torch.allclose(found.weight.sum(1), torch.ones(q, dtype=torch.float64))
        assert not (found.weight > 0)[~allowed[found.index]].any()
    else:
        assert (found.weight == 0).all() and (found.value == 0).all()


def test_each_query_may_have_its_own_mask() -> None:
    query, key, value = tokens(3, 4, 2, 2, 0)
    found = attend(query, key, value, top_k=4, allowed=torch.eye(4, dtype=torch.bool)[:3])
    assert torch.allclose(found.value, value[:3])


def test_large_similarities_do_not_overflow() -> None:
    query, key, value = (t.float() for t in tokens(2, 5, 3, 2, 1))
    found = attend(query * 1e4, key * 1e4, value, top_k=3)
    assert found.value.isfinite().all() and found.weight.amax(1).tolist() == [1.0, 1.0]


def test_gradients_reach_queries_keys_and_values() -> None:
    parts = [t.requires_grad_() for t in tokens(2, 6, 3, 2, 2)]

    def read(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        found = attend(query, key, value, top_k=3, sharpness=0.7)
        return found.weight, found.value

    assert torch.autograd.gradcheck(read, parts)


def test_similarity_is_a_parameter() -> None:
    query, _key, value = tokens(2, 5, 3, 2, 3)
    found = attend(query, query.repeat(2, 1), value[:4], top_k=1, similarity=lambda a, b: -torch.cdist(a, b))
    assert found.index[:, 0].remainder(2).tolist() == [0, 1]


def test_shuffled_values_answer_by_chance() -> None:
    key = torch.nn.functional.normalize(tokens(1, 200, 32, 1, 4)[1], dim=1)
    label = torch.eye(200, dtype=torch.float64)
    told = attend(key, key, label, top_k=5, sharpness=20).value.argmax(1)
    shuffled = label[torch.randperm(200, generator=torch.Generator().manual_seed(0))]
    fooled = attend(key, key, shuffled, top_k=5, sharpness=20).value.argmax(1)
    assert (told == torch.arange(200)).all() and (fooled == torch.arange(200)).double().mean() < 0.05


def test_nothing_to_read_is_refused() -> None:
    query, key, value = tokens(1, 4, 3, 2, 0)
    with pytest.raises(ObservationError, match="top_k"):
        attend(query, key, value, top_k=0)


@given(st.integers(LONG - 3, LONG + 60), st.integers(1, 70), st.integers(0, 99))
def test_the_largest_are_those_of_a_sort(n: int, k: int, seed: int) -> None:
    scores = torch.randn(3, n, generator=torch.Generator().manual_seed(seed))
    best, index = largest(scores, k)
    assert torch.equal(best, scores.sort(dim=1, descending=True).values[:, :k])
    assert torch.equal(scores.gather(1, index), best)


@given(st.integers(0, 40), st.integers(0, 99))
def test_the_largest_are_different_ones_also_among_equals(allowed: int, seed: int) -> None:
    scores = torch.full((1, LONG + 5), -torch.inf)
    places = torch.randperm(LONG + 5, generator=torch.Generator().manual_seed(seed))[:allowed]
    scores[0, places] = 1.0
    best, index = largest(scores, 30, ordered=False)
    assert len(set(index[0].tolist())) == 30
    assert int((best == 1).sum()) == min(allowed, 30)


def test_shares_of_nothing_are_zero() -> None:
    scores = torch.tensor([[-torch.inf, -torch.inf], [-1e4, -torch.inf]])
    assert shares(scores).tolist() == [[0, 0], [1, 0]] and shares(scores[:, :0]).shape == (2, 0)


def test_gathered_sums_rows_by_weight() -> None:
    value = torch.tensor([[1.0, 2.0], [10.0, 20.0]])
    assert gathered(torch.tensor([[2.0, 0.5]]), torch.tensor([[0, 1]]), value).tolist() == [[7, 14]]
    assert gathered(torch.zeros(3, 0), torch.zeros(3, 0, dtype=torch.int64), value).tolist() == [[0, 0]] * 3

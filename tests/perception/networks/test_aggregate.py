import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.perception.networks import aggregate


@given(objects=st.integers(0, 5), seed=st.integers(0, 99))
@settings(max_examples=25)
def test_sums_to_one_and_equals_normalised_odds(objects, seed):
    p = torch.rand(objects, 3, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    p = p.clamp(0.01, 0.99)
    q = torch.cat([(1 - p).prod(dim=0, keepdim=True), p]).clamp(1e-7, 1 - 1e-7)
    odds = q / (1 - q)
    found = aggregate(p)
    torch.testing.assert_close(found.sum(dim=0), torch.ones(3, 4, dtype=torch.float64))
    torch.testing.assert_close(found, odds / odds.sum(dim=0))


def test_hard_masks_come_back():
    masks = torch.tensor([[[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]]])
    expected = torch.tensor([[[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]]])
    torch.testing.assert_close(aggregate(masks), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_does_not_overflow(dtype):
    found = aggregate(torch.tensor([[[0.0, 1.0]], [[1.0, 1.0]]], dtype=dtype))
    assert found.isfinite().all()
    torch.testing.assert_close(found.sum(dim=0), torch.ones(1, 2))

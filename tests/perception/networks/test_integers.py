"""Convolutions in bytes: against the same convolution in float32, and exactly where numbers are bytes already."""

import pytest
import torch

from streammem.perception.networks.convolution import Conv
from streammem.perception.networks.integers import IntegerConv, integers_at_hand

pytestmark = pytest.mark.skipif(
    not integers_at_hand(), reason="this build of torch has no integer convolutions"
)


def conv(entry, out, size, *, stride=1, bias=True):
    torch.manual_seed(entry + out + size)
    made = Conv(entry, out, size, stride, size // 2, bias=bias)
    return made.requires_grad_(False)


def map_(channels, seed=0, shift=0.0):
    rng = torch.Generator().manual_seed(seed)
    x = torch.randn(2, channels, 13, 18, generator=rng) + shift
    return x.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("shift", [0.0, 3.0, -3.0])
@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("added", [False, True])
@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (1, 2), (3, 2)])
def test_it_is_the_convolution_up_to_rounding(size, stride, added, behind, before, shift):
    plain, x = conv(48, 40, size, stride=stride), map_(48, shift=shift)
    expected = plain(x, before=before)
    plus = torch.randn_like(expected) if added else None
    expected = plain(x, before=before, plus=plus, behind=behind)
    found = IntegerConv(plain)(x, before=before, plus=plus, behind=behind)
    assert float((found - expected).norm() / plain(x).norm().clamp(min=1e-6)) < 0.03
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_bytes_are_multiplied_exactly():
    plain = conv(32, 32, 3, bias=False)
    plain.weight[:] = torch.randint(-127, 128, plain.weight.shape).float()
    plain.weight[:, 0, 0, 0] = 127.0  # so that every channel's scale is 1
    x = torch.randint(0, 256, (1, 32, 9, 9)).float().contiguous(memory_format=torch.channels_last)
    x[0, 0, 0, 0] = 255.0
    torch.testing.assert_close(IntegerConv(plain)(x), plain(x), rtol=1e-5, atol=0.5)


def test_sizes_may_change_and_a_map_of_zeros_gives_the_bias():
    plain = conv(32, 40, 3)
    made = IntegerConv(plain)
    for side in (5, 16, 9):
        x = torch.zeros(1, 32, side, side).contiguous(memory_format=torch.channels_last)
        found = made(x)
        torch.testing.assert_close(found, plain.bias.view(1, -1, 1, 1).expand_as(found))

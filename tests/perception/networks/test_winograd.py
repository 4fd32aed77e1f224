import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from streammem.perception.networks import winograd
from streammem.perception.networks.convolution import Conv, PointConv
from streammem.perception.networks.winograd import WinogradConv, transforms


def around(y, plus, behind):
    y = y if plus is None else y + plus
    return y.relu() if behind else y


def test_one_tile_is_exact_in_float64():
    rng = torch.Generator().manual_seed(0)
    patch = torch.randn(6, 6, generator=rng, dtype=torch.float64)
    taps = torch.randn(3, 3, generator=rng, dtype=torch.float64)
    data, kernel, out = transforms()
    found = out @ ((kernel @ taps.flatten()) * (data @ patch.flatten()))
    direct = functional.conv2d(patch[None, None], taps[None, None])
    torch.testing.assert_close(found.view(4, 4), direct[0, 0], atol=1e-13, rtol=0)


@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 8), st.integers(1, 21), st.integers(1, 21)),
    out=st.integers(1, 8),
    before=st.booleans(),
    behind=st.booleans(),
    added=st.sampled_from(["none", "one", "each"]),
)
@settings(max_examples=60)
def test_equals_the_direct_convolution(shape, out, before, behind, added):
    rng = torch.Generator().manual_seed(0)
    batch, entry, height, width = shape
    x = torch.randn(shape, generator=rng).to(memory_format=torch.channels_last)
    weight = torch.randn(out, entry, 3, 3, generator=rng)
    bias = torch.randn(out, generator=rng)
    plus = torch.randn(1 if added == "one" else batch, out, height, width, generator=rng)
    plus = None if added == "none" else plus
    conv = WinogradConv(weight, bias)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(winograd, "FEWEST_PIXELS", 1)
        patch.setattr(winograd, "TILES_AT_ONCE", 5)  # strips of rows, and groups of pictures
        found = conv(x, before=before, plus=plus, behind=behind)
    direct = functional.conv2d(x.relu() if before else x, weight, bias, padding=1)
    torch.testing.assert_close(found, around(direct, plus, behind), atol=2e-4, rtol=1e-4)
    few = conv(x[:1, :, :1, :1], before=before, behind=behind)  # too small to transform
    direct = functional.conv2d(
        x[:1, :, :1, :1].relu() if before else x[:1, :, :1, :1], weight, bias, padding=1
    )
    torch.testing.assert_close(few, around(direct, None, behind))


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("added", [False, True])
def test_a_1x1_equals_the_direct_convolution(stride, before, behind, added):
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(2, 6, 39, 41, generator=rng)  # more pixels than one strip
    weight, bias = torch.randn(5, 6, 1, 1, generator=rng), torch.randn(5, generator=rng)
    direct = functional.conv2d(x.relu() if before else x, weight, bias, stride=stride)
    plus = torch.randn(direct.shape, generator=rng) if added else None
    found = PointConv(weight, bias, stride)(x, before=before, plus=plus, behind=behind)
    torch.testing.assert_close(found, around(direct, plus, behind), atol=1e-5, rtol=1e-5)


def test_the_plain_convolution_can_be_trained():
    conv = Conv(2, 3, 3, padding=1)
    x = torch.randn(1, 2, 4, 4, requires_grad=True, generator=torch.Generator().manual_seed(0))
    conv(x, before=True, plus=torch.ones(1, 3, 4, 4), behind=True).sum().backward()
    assert conv.weight.grad is not None and x.grad is not None


def test_a_kept_buffer_carries_nothing_over():
    rng = torch.Generator().manual_seed(0)
    large = WinogradConv(torch.randn(8, 8, 3, 3, generator=rng), None)
    x = torch.randn(1, 8, 32, 32, generator=rng)
    first = large(x).clone()
    WinogradConv(torch.randn(16, 16, 3, 3, generator=rng), None)(torch.randn(1, 16, 40, 40, generator=rng))
    assert torch.equal(large(x), first)


def test_a_buffer_made_in_inference_mode_serves_outside_of_it(monkeypatch):
    monkeypatch.setattr(winograd, "_KEPT", threading.local())
    conv = WinogradConv(torch.ones(8, 8, 3, 3), None)
    x = torch.randn(1, 8, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        inside = conv(x).clone()
    with torch.no_grad():
        assert torch.equal(conv(x), inside)
    assert torch.equal(conv(x), inside)


def test_threads_do_not_share_a_buffer():
    convs = [WinogradConv(torch.full((8, 8, 3, 3), float(i)), None) for i in range(4)]
    x = torch.ones(1, 8, 64, 64)
    alone = [conv(x) for conv in convs]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            assert all(map(torch.equal, pool.map(lambda conv: conv(x), convs), alone))

"""Padding: whole cells, and back to where it was."""

import pytest
import torch

from streammem.heads.padding import Padding


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (107, 189), (480, 854)])
def test_there_and_back(size):
    x = torch.rand(3, *size)
    padding = Padding(size, 16)
    padded = padding.pad(x)
    assert tuple(padded.shape[-2:]) == padding.padded == tuple(16 * n for n in padding.cells)
    assert torch.equal(padding.crop(padded), x)
    assert torch.isclose(padded.sum(), x.sum())


def test_the_odd_pixel_comes_after():
    padded = Padding((13, 13), 16).pad(torch.ones(1, 13, 13))
    assert padded[0, 0].sum() == 0
    assert padded[0, 1].sum() == 13
    assert padded[0, 14:].sum() == 0

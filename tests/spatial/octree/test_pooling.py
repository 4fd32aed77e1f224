import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.spatial.octree import pooling
from streammem.spatial.octree.pooling import merge, patches_of, pooled
from streammem.types import Intrinsics

CPU = torch.device("cpu")


@pytest.mark.parametrize("dense", [0, pooling.DENSE])
@settings(max_examples=15)
@given(seed=st.integers(0, 99), voxels=st.integers(1, 9), cells=st.integers(1, 7))
def test_sums_over_pixels(dense: int, seed: int, voxels: int, cells: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    voxel = torch.randint(0, voxels + 1, (50,), generator=generator)
    patch = torch.randint(0, cells, (50,), generator=generator, dtype=torch.int32)
    length = torch.randint(1, 4, (50,), generator=generator)
    features = torch.randn(cells, 5, generator=generator)
    each = features[patch.long()] * length[:, None]
    wanted = torch.zeros(voxels + 1, 5).index_add_(0, voxel, each)[:voxels]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pooling, "DENSE", dense)
        assert torch.allclose(pooled(voxel, length, voxels, patch, features), wanted, atol=1e-5)


def test_the_running_mean_is_the_mean_of_all() -> None:
    directions = torch.nn.functional.normalize(
        torch.randn(6, 9, 8, generator=torch.Generator().manual_seed(1)), dim=2
    )
    counts = torch.tensor([1.0, 5.0, 2.0, 30.0, 1.0, 4.0])
    feature, weight = torch.zeros(9, 8, dtype=torch.float16), torch.zeros(9)
    total = torch.zeros(9, 8)
    for one, count in zip(directions, counts, strict=True):
        # The mean is of directions: a merged row is a unit vector, so its parts are those of its direction.
        total = torch.nn.functional.normalize(total, dim=1) * weight[:, None] + one * count
        feature = merge(feature, weight, one * count)
        weight = weight + count
    assert torch.allclose(feature.float(), torch.nn.functional.normalize(total, dim=1), atol=3e-3)
    assert torch.allclose(feature.float().norm(dim=1), torch.ones(9), atol=2e-3)


@settings(max_examples=15)
@given(rows=st.integers(1, 9), columns=st.integers(1, 9), stride=st.integers(1, 4))
def test_patches_by_fractional_position(rows: int, columns: int, stride: int) -> None:
    camera = Intrinsics(fx=9, fy=9, cx=9, cy=9, width=33, height=22)
    patch = patches_of(camera, stride, (rows, columns), CPU)
    v, u = range(stride // 2, 22, stride), range(stride // 2, 33, stride)
    wanted = [int((y + 0.5) * rows / 22) * columns + int((x + 0.5) * columns / 33) for y in v for x in u]
    assert patch.tolist() == wanted

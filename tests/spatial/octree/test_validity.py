import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.spatial.depth import DepthConfig, valid_depth
from streammem.spatial.octree.validity import valid_pixels


@pytest.mark.parametrize("support", [0, 3, 8])
@settings(max_examples=15)
@given(
    seed=st.integers(0, 999),
    stride=st.integers(1, 5),
    reach=st.integers(1, 4),
    far_m=st.sampled_from([4.0, 70.0]),
    height=st.integers(5, 23),
)
def test_it_is_valid_depth(
    seed: int, stride: int, reach: int, far_m: float, height: int, support: int
) -> None:
    rng = np.random.default_rng(seed)
    depth = (1 + rng.integers(0, 4, (height, 17)) * 0.021 + rng.normal(0, 0.01, (height, 17))).astype(
        np.float32
    )
    odd = rng.random(depth.shape) < 0.2
    depth[odd] = rng.choice([np.nan, np.inf, -np.inf, 0.0, -1.0, 65.535, 3.0, 60.0], odd.sum())
    config = DepthConfig(reach=reach, support=support, far_m=far_m)
    given_ = torch.from_numpy(depth)
    assert torch.equal(valid_pixels(given_, config, stride), valid_depth(given_, config, stride))

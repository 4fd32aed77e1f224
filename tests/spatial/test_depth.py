"""Which depths are measurements."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import ObservationError
from streammem.spatial.depth import DepthConfig, suspicious_depth, valid_depth
from streammem.types import Intrinsics

ANY = DepthConfig(support=0)


def wall(depth_m: float = 2.0) -> torch.Tensor:
    return torch.full((24, 32), depth_m)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), float("-inf"), -1.0, 0.0, 0.05, 4.1, 65.535, 65535.0]
)
@pytest.mark.parametrize("config", [DepthConfig(), ANY])
def test_what_is_no_measurement_is_left_out(value: float, config: DepthConfig) -> None:
    depth = wall()
    depth[10, 12] = value
    assert (~valid_depth(depth, config)).nonzero().tolist() == [[10, 12]]


def test_saturated_depth_is_none_however_far_one_looks() -> None:
    depth = torch.tensor([[65.535, 65.534, 65.5, 70.0]])
    assert valid_depth(depth, DepthConfig(far_m=100, support=0)).tolist() == [[False, True, True, True]]


@pytest.mark.parametrize("depth_m", [0.5, 1.0, 2.0, 4.0])
def test_a_whole_surface_is_kept_also_with_noise_and_from_the_side(depth_m: float) -> None:
    noise = torch.randn(24, 32, generator=torch.Generator().manual_seed(0)) * 1.425e-3 * depth_m**2
    slope = 1 / (1 + torch.arange(32) / 585 * np.tan(np.deg2rad(75)))  # a wall at 75 degrees, f = 585
    assert valid_depth((wall(depth_m) + noise).clamp(max=4.0), DepthConfig()).all()
    assert valid_depth(wall(depth_m) * slope, DepthConfig()).all()


@pytest.mark.parametrize("flying", [1.5, 1.2, 1.8])
def test_a_pixel_in_the_air_is_left_out(flying: float) -> None:
    depth = wall(1.0)
    depth[:, 16:] = 2.0
    depth[:, 15] = flying  # a whole line, as along the edge of a table
    depth[4, 4] = 1.1
    bad = ~valid_depth(depth, DepthConfig())
    assert bad[:, 15].all() and bad[4, 4] and bad.sum() == 25


def test_corners_and_edges_are_kept() -> None:
    depth = wall(2.0)
    depth[8:16, 8:16] = 1.0
    assert valid_depth(depth, DepthConfig()).all()


@given(st.integers(1, 6), st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_a_stride_leaves_pixels_out_and_changes_none(stride: int, seed: int, reach: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    depth = torch.rand(19, 23, generator=rng) * 0.2 + 1
    depth[torch.rand(19, 23, generator=rng) < 0.2] = torch.nan
    config = DepthConfig(reach=reach)
    full = valid_depth(depth, config)
    assert torch.equal(valid_depth(depth, config, stride), full[stride // 2 :: stride, stride // 2 :: stride])


def plainly(depth: torch.Tensor, config: DepthConfig, stride: int) -> torch.Tensor:
    """The same by comparisons, picture by picture."""
    start, (high, wide) = stride // 2, depth.shape
    here = depth[start::stride, start::stride]
    good = (here >= config.near_m) & (here <= config.far_m) & (here > 0) & ((here - 65.535).abs() > 5e-4)
    around = torch.nn.functional.pad(depth, (config.reach,) * 4, value=torch.nan)
    count = torch.zeros(here.shape)
    for down in (0, config.reach, 2 * config.reach):
        for right in (0, config.reach, 2 * config.reach):
            if (down, right) != (config.reach, config.reach):
                there = around[down : down + high, right : right + wide][start::stride, start::stride]
                count += (there - here).abs() < here * config.jump_ratio + config.jump_m
    return good & (count >= config.support)


@pytest.mark.parametrize("support", [0, 3, 8])
@settings(max_examples=15)
@given(
    seed=st.integers(0, 999),
    stride=st.integers(1, 5),
    reach=st.integers(1, 4),
    far_m=st.sampled_from([4.0, 70.0]),
    height=st.integers(1, 23),
)
def test_it_is_what_comparisons_say(
    seed: int, stride: int, reach: int, far_m: float, height: int, support: int
) -> None:
    rng = np.random.default_rng(seed)
    shape = height, 17
    depth = (1 + rng.integers(0, 4, shape) * 0.021 + rng.normal(0, 0.01, shape)).astype(np.float32)
    odd = rng.random(shape) < 0.2
    depth[odd] = rng.choice([np.nan, np.inf, -np.inf, 0.0, -1.0, 65.535, 3.0, 60.0], odd.sum())
    config, given_ = DepthConfig(reach=reach, support=support, far_m=far_m), torch.from_numpy(depth)
    assert torch.equal(valid_depth(given_, config, stride), plainly(given_, config, stride))


@given(st.integers(0, 2**32 - 1))
def test_support_is_what_a_loop_counts(seed: int) -> None:
    depth = torch.rand(9, 11, generator=torch.Generator().manual_seed(seed)) * 0.2 + 1
    config = DepthConfig()
    wanted = torch.zeros(9, 11, dtype=torch.bool)
    for y in range(9):
        for x in range(11):
            near = [(y + v, x + u) for v in (-2, 0, 2) for u in (-2, 0, 2) if (v, u) != (0, 0)]
            jump = 0.02 + 0.02 * depth[y, x]
            same = [abs(depth[p] - depth[y, x]) < jump for p in near if 0 <= p[0] < 9 and 0 <= p[1] < 11]
            wanted[y, x] = sum(map(bool, same)) >= 3
    assert torch.equal(valid_depth(depth, config), wanted)


def test_the_picture_is_not_written_to() -> None:
    depth = wall()
    depth[3, 3] = 9.0
    before = depth.clone()
    valid_depth(depth, DepthConfig(), 1)
    assert torch.equal(depth, before)


def test_units_are_told_by_the_median() -> None:
    assert "divide them by 1000" in (suspicious_depth(wall(2000.0)) or "")
    assert "multiply them by 1000" in (suspicious_depth(wall(0.002)) or "")
    assert suspicious_depth(wall()) is None and suspicious_depth(wall(0.0)) is None


@pytest.mark.parametrize(
    "options",
    [
        {"near_m": -1.0},
        {"near_m": 5.0},
        {"far_m": float("inf")},
        {"far_m": float("nan")},
        {"jump_m": -0.1},
        {"jump_ratio": 1.0},
        {"jump_m": 0.0, "jump_ratio": 0.0},
        {"reach": 0},
        {"support": 9},
    ],
)
def test_senseless_settings_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ObservationError):
        DepthConfig(**options)


@pytest.mark.parametrize("fx", [80.0, 132.0, 585.0])
def test_a_floor_far_away_does_not_fly_in_any_camera(fx: float) -> None:
    camera = Intrinsics(fx=fx, fy=fx, cx=fx / 2, cy=0.0, width=round(fx), height=round(fx))
    v = np.arange(camera.height, dtype=np.float32)[:, None].repeat(camera.width, axis=1)
    depth = np.divide(1.5 * fx, v, out=np.zeros_like(v), where=v > 0)  # a floor 1.5 m below a level camera
    depth[depth > 4] = 0
    inside = np.zeros(depth.shape, bool)
    inside[4:-4, 4:-4] = depth[4:-4, 4:-4] > 0
    inside &= np.roll(depth, 4, axis=0) > 0
    config = DepthConfig().seen_by(camera)
    assert valid_depth(torch.from_numpy(depth), config).numpy()[inside].all()


def test_what_a_camera_sees_between_pixels_is_a_finite_slope() -> None:
    camera = Intrinsics(fx=1e-3, fy=1e-3, cx=0, cy=0, width=4, height=4)
    assert DepthConfig().seen_by(camera).jump_ratio == 0.5
    with pytest.raises(ObservationError, match="grazing"):
        DepthConfig(grazing=-1.0)

import numpy as np
import pytest

from streammem.envs.rendering.frame import Frame
from streammem.envs.rendering.noise import BASELINE, SensorNoise, noisy_depth, noisy_motion, noisy_rgb
from streammem.errors import ObservationError


def rng():
    return np.random.default_rng(5)


def flat(metres, shape=(64, 96)):
    return np.full(shape, metres, np.float32)


def test_without_strength_only_the_steps_of_the_sensor_are_left():
    found = noisy_depth(flat(2.0), rng=rng(), strength=0)
    step = BASELINE * 8 / round(8 * BASELINE / 2.0)
    np.testing.assert_allclose(found, step, rtol=1e-6)


@pytest.mark.parametrize(("metres", "there"), [(0.0, False), (3.0, True), (13.0, False), (50.0, False)])
def test_nothing_is_seen_beyond_ten_metres_or_where_nothing_is(metres, there):
    assert noisy_depth(flat(metres), rng=rng()).any() == there


def test_error_grows_with_the_square_of_the_distance():
    errors = [noisy_depth(flat(z, (200, 200)), rng=rng()).std() for z in (1.0, 2.0, 4.0)]
    assert 3 < errors[1] / errors[0] < 5
    assert 3 < errors[2] / errors[1] < 5


def test_depth_comes_in_blocks_of_any_size_of_picture():
    found = noisy_depth(flat(3.0, (7, 5)), rng=rng())
    assert found.shape == (7, 5)
    np.testing.assert_array_equal(found[0:6:2], found[1:7:2])


def test_edges_jump_by_a_pixel_or_so():
    depth = flat(1.0, (40, 40))
    depth[:, 20:] = 3.0
    found = noisy_depth(depth, rng=rng())
    np.testing.assert_allclose(found[:, :16], 1.0, atol=0.1)
    np.testing.assert_allclose(found[:, 24:], 3.0, atol=0.4)


def test_shot_noise_grows_with_the_root_of_the_light():
    spreads = [noisy_rgb(np.full((80, 80, 3), v, np.uint8), rng=rng()).std() for v in (36, 144)]
    assert spreads[1] / spreads[0] == pytest.approx(2, rel=0.1)


def test_a_seed_repeats_itself_and_no_noise_changes_nothing():
    frame = Frame(np.full((8, 8, 3), 90, np.uint8), flat(2.0, (8, 8)), np.ones((8, 8), np.int32))
    loud = SensorNoise(depth="redwood", rgb="poisson")
    one, two = loud.frame(frame, rng()), loud.frame(frame, rng())
    np.testing.assert_array_equal(one.rgb, two.rgb)
    np.testing.assert_array_equal(one.depth_m, two.depth_m)
    assert (one.rgb != frame.rgb).any()
    np.testing.assert_array_equal(SensorNoise().frame(frame, rng()).rgb, frame.rgb)


def test_motions_scatter_about_themselves():
    draw = rng()
    found = np.array([noisy_motion(0.25, 0.1, deviation=0.1, rng=draw) for _ in range(4000)])
    np.testing.assert_allclose(found.mean(axis=0), (0.25, 0, 0.1), atol=0.002)
    assert found[:, 0].std() == pytest.approx(0.025, rel=0.1)
    assert noisy_motion(0.25, 0.1, deviation=0, rng=draw) == (0.25, 0, 0.1)


@pytest.mark.parametrize(
    "wrong", [{"depth": "laser"}, {"rgb": "snow"}, {"odometry": -1}, {"actuation": np.nan}]
)
def test_refuses_what_it_does_not_know(wrong):
    with pytest.raises(ObservationError, match=next(iter(wrong)).replace("rgb", "colour")):
        SensorNoise(**wrong)


def test_refuses_negative_deviations():
    with pytest.raises(ObservationError, match="0 or more"):
        noisy_motion(1, 0, deviation=-0.1, rng=rng())

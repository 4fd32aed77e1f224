"""Kalman filters of boxes: against textbook algebra written out, and what they are for."""

import numpy as np

from streammem.heads.motion import STEP, BoxMotion


def box(x, y, wide=40.0, high=20.0):
    return np.array([[x - wide / 2, y - high / 2, x + wide / 2, y + high / 2]])


def followed(n=1):
    motion = BoxMotion()
    motion.rows.follow(range(1, n + 1))
    return motion


def test_before_the_first_box_it_is_everywhere():
    _, spread = followed(2).predict()
    assert np.isinf(spread).all()


def test_steady_motion_is_foreseen_and_the_spread_narrows():
    motion, spreads = followed(), []
    for t in range(40):
        expected, spread = motion.predict()
        spreads.append(spread.max())
        if t > 20:
            np.testing.assert_allclose(expected, box(100 + 3 * t, 50 + t), atol=1.0)
        motion.update(box(100 + 3 * t, 50 + t), np.array([True]))
    assert spreads[-1] < spreads[1]


def test_out_of_sight_it_drifts_on_and_may_be_ever_further_away():
    motion = followed()
    for t in range(20):
        motion.predict()
        motion.update(box(100 + 2 * t, 50), np.array([True]))
    spreads = []
    for t in range(20, 40):
        expected, spread = motion.predict()
        np.testing.assert_allclose(expected, box(100 + 2 * t, 50), atol=4.0)
        spreads.append(spread.max())
        motion.update(np.full((1, 4), np.nan), np.array([False]))
    assert (np.diff(spreads) > 0).all()
    motion.forget(np.array([True]))
    assert np.isinf(motion.predict()[1]).all()


def test_one_update_is_that_of_the_textbook():
    motion = followed()
    motion.predict()
    motion.update(box(100, 50), np.array([True]))
    motion.predict()
    mean, covariance = motion.rows["mean"][0].copy(), motion.rows["covariance"][0].copy()
    noise = np.diag(np.square([20 / 20, 20 / 20, 1e-1, 20 / 20]))
    seen = np.eye(4, 8)
    gain = covariance @ seen.T @ np.linalg.inv(seen @ covariance @ seen.T + noise)
    measured = np.array([108.0, 51.0, 2.5, 24.0])
    motion.update(box(108, 51, 60, 24), np.array([True]))
    np.testing.assert_allclose(motion.rows["mean"][0], mean + gain @ (measured - seen @ mean))
    np.testing.assert_allclose(
        motion.rows["covariance"][0], (np.eye(8) - gain @ seen) @ covariance, atol=1e-12
    )
    assert STEP.shape == (8, 8)


def test_objects_do_not_touch_each_other():
    alone, both = followed(), followed(2)
    for t in range(5):
        for motion in (alone, both):
            motion.predict()
        alone.update(box(10 * t, 5), np.array([True]))
        both.update(np.concatenate([box(10 * t, 5), box(-t, t)]), np.array([True, t != 2]))
    np.testing.assert_array_equal(alone.rows["mean"][0], both.rows["mean"][0])

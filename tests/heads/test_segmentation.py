"""The segmentation head on small scenes: what comes out, how objects come and go, and every error."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from streammem.errors import BudgetError, ObservationError, OrderError, StoreDamagedError
from streammem.heads.judge import JudgeConfig
from streammem.heads.propagation import PropagationConfig
from streammem.heads.segmentation import SegmentationConfig, SegmentationHead
from streammem.memory.feature_config import FeatureConfig
from streammem.perception.networks.lite_tracker import LiteTracker, packaged_trunk
from streammem.types import Observation

SIZE = (64, 96)
MEMORY = FeatureConfig(working_max=4, working_min=2, prototypes=4, long_term=16, budget="8 MB", objects=2)
CONFIG = SegmentationConfig(propagation=PropagationConfig(memory_every=2, memory=MEMORY))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    net = LiteTracker().eval()
    net.trunk = packaged_trunk()
    return net


def frame(t, size=SIZE):
    """A light square that moves right over dark noise."""
    rng = np.random.default_rng(t)
    rgb = rng.integers(0, 60, (*size, 3), np.uint8)
    rgb[20:44, 10 + 2 * t : 34 + 2 * t] = (220, 200, 40)
    return Observation(index=t, t_s=t / 10, rgb=rgb)


def labels(t=0, id=1, size=SIZE):
    found = np.zeros(size, np.int32)
    found[20:44, 10 + 2 * t : 34 + 2 * t] = id
    return found


def test_first_masks_come_back_and_probabilities_sum_to_one(network):
    head = SegmentationHead(network, CONFIG)
    found = head.step(frame(0), labels(id=7))
    assert np.array_equal(found.labels, labels(id=7))
    assert (found.ids, found.boxes, found.states) == ((7,), ((10, 20, 24, 24),), ("present",))
    for t in range(1, 12):
        found = head.step(frame(t))
        torch.testing.assert_close(found.probabilities.sum(0), torch.ones(SIZE))
        assert set(np.unique(found.labels)) <= {0, 7}
        assert all(0 <= score <= 1 for score in found.scores)


def test_bytes_do_not_grow(network):
    head = SegmentationHead(network, CONFIG)
    head.step(frame(0), labels())
    seen = [head.step(frame(t)) and head.nbytes() for t in range(1, 40)]
    assert max(seen[20:]) == max(seen)
    assert head._loop.memory.reserved() <= 8_000_000


def test_objects_are_added_corrected_and_removed_at_any_frame(network):
    head = SegmentationHead(network, CONFIG)
    head.step(frame(0), labels(id=3))
    head.step(frame(1))
    new = np.zeros(SIZE, np.int32)
    new[50:60, 60:80] = 900
    found = head.step(frame(2), new)
    assert found.ids == (3, 900)
    assert (found.labels[50:60, 60:80] == 900).all()
    found = head.step(frame(3), labels(3, id=3))
    assert (found.labels == 3)[labels(3) == 1].all()
    head.remove(3)
    found = head.step(frame(4))
    assert found.ids == (900,)
    assert not (found.labels == 3).any()
    found = head.step(frame(5), labels(5, id=3))  # starts anew
    assert found.ids == (900, 3)


def test_more_objects_than_the_budget_holds_change_nothing(network):
    head = SegmentationHead(network, CONFIG)
    head.step(frame(0), labels())
    head.step(frame(1))
    before = head.state()
    crowd = {id: np.eye(*SIZE, dtype=bool) for id in range(2, 400)}
    with pytest.raises(BudgetError, match="Remove some"):
        head.step(frame(2), crowd)
    after = head.state()
    assert all(before[name].tobytes() == after[name].tobytes() for name in before.keys() | after.keys())


def test_resume_is_bit_for_bit(network):
    whole, first, second = (SegmentationHead(network, CONFIG) for _ in range(3))
    for head in (whole, first):
        head.step(frame(0), labels())
        for t in range(1, 7):
            head.step(frame(t))
    second.restore({name: array.copy() for name, array in first.state().items()})
    for t in range(7, 14):
        a, b = whole.step(frame(t)), second.step(frame(t))
        assert torch.equal(a.probabilities, b.probabilities)
        assert (a.scores, a.states) == (b.scores, b.states)
    fresh = SegmentationHead(network, CONFIG)
    fresh.restore({})
    assert fresh.state() == {}


def test_another_size_mid_stream_is_registered_again_and_said(network):
    head = SegmentationHead(network, CONFIG)
    head.step(frame(0), labels())
    large = frame(1, (128, 192))
    found = head.step(large)
    assert "changed" in found.note
    assert found.labels.shape == (128, 192)
    assert (found.labels == 1).sum() > 500
    assert head.step(frame(2, (128, 192))).note == ""


def test_large_frames_are_seen_small_and_answered_large(network):
    head = SegmentationHead(network, replace(CONFIG, side_px=32))
    found = head.step(frame(0), labels())
    assert found.probabilities.shape == (2, 32, 48)
    assert found.labels.shape == SIZE
    agree = (found.labels > 0) == (labels() > 0)
    assert agree.mean() > 0.97


def test_out_of_sight_is_said_and_not_written(network):
    head = SegmentationHead(network, replace(CONFIG, judge=JudgeConfig(sure=0.999, lost_after_s=0.5)))
    head.step(frame(0), labels())
    states = [head.step(frame(t)).states[0] for t in range(1, 10)]
    assert states[0] == "occluded"
    assert states[-1] == "lost"
    counts = head._loop.memory.counts()
    assert counts["stored"] <= 2  # the marked frame, and the one before the tracker knew
    back = head.step(frame(10), labels(10))
    assert back.states == ("present",)


@pytest.mark.parametrize(
    ("masks", "says"),
    [
        (np.zeros(SIZE, np.int32), "mark nothing"),
        (np.ones((10, 10), np.int32), "frame's size"),
        ({5: np.zeros(SIZE, bool)}, "empty"),
        ({0: np.ones(SIZE, bool)}, "1 to"),
        (-labels(), "1 to"),
        (None, "nothing is marked"),
    ],
)
def test_masks_that_cannot_be(network, masks, says):
    head = SegmentationHead(network, CONFIG)
    with pytest.raises(ObservationError, match=says):
        head.step(frame(0), masks)
    assert head.ids == ()
    head.step(frame(0), labels())  # nothing was left behind
    if masks is not None:
        before = head.state()
        with pytest.raises(ObservationError, match=says):
            head.step(frame(1), masks)
        after = head.state()
        assert all(np.array_equal(before[name], after[name], equal_nan=True) for name in before)


def test_time_moves_forward_and_unknown_objects_stay_unknown(network):
    head = SegmentationHead(network, CONFIG)
    with pytest.raises(ObservationError, match="nothing is followed"):
        head.remove(1)
    head.step(frame(3), labels(3))
    with pytest.raises(OrderError):
        head.step(frame(3))
    with pytest.raises(ObservationError, match="no object 9"):
        head.remove(9)
    with pytest.raises(StoreDamagedError):
        head.restore({"size": np.zeros(4, np.int64)})


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (17, 16)])
def test_frames_of_any_size(network, size):
    head = SegmentationHead(network, CONFIG)
    rgb = np.full((*size, 3), 99, np.uint8)
    found = head.step(Observation(index=0, t_s=0.0, rgb=rgb), np.ones(size, np.int32))
    assert found.labels.shape == size
    assert head.step(Observation(index=1, t_s=0.1, rgb=rgb)).labels.shape == size


def test_configuration_is_checked():
    with pytest.raises(ObservationError, match="side_px"):
        SegmentationConfig(side_px=8)
    with pytest.raises(ObservationError, match="sure"):
        JudgeConfig(sure=1.0)
    with pytest.raises(ObservationError, match="count frames"):
        PropagationConfig(memory_every=0)

"""The segmentation head under bad and extreme input: a clear error that changes nothing, or defined behaviour."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch

from streammem.errors import BudgetError, ObservationError
from streammem.heads.boxes import mask_box
from streammem.heads.propagation import PropagationConfig
from streammem.heads.segmentation import SegmentationConfig, SegmentationHead
from streammem.memory.feature_config import FeatureConfig
from streammem.perception.networks.lite_tracker import LiteTracker, packaged_trunk
from streammem.types import Observation

SIZE = (64, 96)
JUMPING = (3, 900, 2**31 - 1)
MEMORY = FeatureConfig(working_max=4, working_min=2, prototypes=4, long_term=16, budget="8 MB", objects=3)
CONFIG = SegmentationConfig(propagation=PropagationConfig(memory_every=2, memory=MEMORY))


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = LiteTracker().eval()
    net.trunk = packaged_trunk()
    return net


def frame(t, size=SIZE):
    rgb = np.random.default_rng(t).integers(0, 60, (*size, 3), np.uint8)
    rgb[: size[0] // 2, : size[1] // 2] = (220, 200, 40)
    return Observation(index=t, t_s=t / 10, rgb=rgb)


def quarters(*ids, size=SIZE):
    """Objects in the quarters of the picture; 0 leaves one out."""
    labels = np.zeros(size, np.int32)
    down, right = size[0] // 2, size[1] // 2
    for place, id in enumerate(ids):
        y, x = (place // 2) * down, (place % 2) * right
        labels[y : y + down, x : x + right] = id
    return labels


def follow(network, *ids, config=CONFIG, frames=3):
    """A head that has marked these objects and seen some frames."""
    head = SegmentationHead(network, config)
    head.step(frame(0), quarters(*ids))
    for t in range(1, frames):
        head.step(frame(t))
    return head


@contextmanager
def unchanged(part) -> Iterator[None]:
    """Array for array, and byte for byte."""
    before = part.state()
    yield
    after = part.state()
    assert before.keys() == after.keys()
    assert [name for name in before if before[name].tobytes() != after[name].tobytes()] == []


# -- masks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("masks", "says"),
    [
        ({1: np.ones(SIZE[::-1], bool)}, "give it the frame's size"),
        ({1: np.ones(SIZE, bool), 7: np.zeros(SIZE, bool)}, "mask of object 7 is empty"),
        ({7: np.ones(SIZE, bool), 8: np.ones((1, 1), bool)}, "mask of object 8"),
        ({7: np.ones(SIZE, bool), -1: np.ones(SIZE, bool)}, "got -1"),
        (np.full(SIZE, 2**31, np.int64), "got 2147483648"),
        (np.ones((0, 0), np.int32), "mark nothing"),
        ({}, "mark nothing"),
    ],
)
def test_masks_that_cannot_be_change_nothing(network, masks, says):
    head = follow(network, 1)
    with unchanged(head), pytest.raises(ObservationError, match=says):
        head.step(frame(3), masks)
    assert head.ids == (1,)
    assert head.step(frame(3)).ids == (1,)  # the refused frame's time is free


def test_labels_may_jump(network):
    head = SegmentationHead(network, CONFIG)
    labels = quarters(*JUMPING)
    found = head.step(frame(0), labels)
    assert found.ids == JUMPING and np.array_equal(found.labels, labels)
    assert found.boxes == tuple(mask_box(labels == id) for id in JUMPING)
    again = SegmentationHead(network, CONFIG)
    again.restore(head.state())
    assert np.array_equal(head.step(frame(1)).labels, again.step(frame(1)).labels)
    head.remove(900)
    assert head.step(frame(2)).ids == (3, 2**31 - 1)


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint16, np.int64, np.uint64])
def test_any_kind_of_whole_numbers_marks_the_same(network, kind):
    head = SegmentationHead(network, CONFIG)
    assert np.array_equal(head.step(frame(0), quarters(3, 200).astype(kind)).labels, quarters(3, 200))


def test_a_mask_of_a_removed_object_starts_another_one(network):
    head = follow(network, 1, 2)
    head.remove(1)
    with unchanged(head), pytest.raises(ObservationError, match="no object 1"):
        head.remove(1)
    found = head.step(frame(3), quarters(0, 0, 1))
    assert found.ids == (2, 1)
    assert (found.labels[SIZE[0] // 2 :, : SIZE[1] // 2] == 1).all()


def test_when_all_are_removed_a_mask_is_asked_for(network):
    head = follow(network, 1, 2)
    head.remove(1)
    head.remove(2)
    with unchanged(head), pytest.raises(ObservationError, match="mask"):
        head.step(frame(3))
    assert head.step(frame(3), quarters(5)).ids == (5,)


def test_a_mask_that_the_network_sees_nothing_of_is_said(network):
    head = SegmentationHead(network, replace(CONFIG, side_px=16))
    speck = np.zeros(SIZE, np.int32)
    speck[30, 50] = 9
    found = head.step(frame(0), quarters(1) + speck)
    assert found.boxes[1] is not None or "9" in found.note


# -- frames ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("t_s", [float("nan"), float("inf"), float("-inf")])
def test_times_that_are_no_time_change_nothing(network, t_s):
    head = follow(network, 1)
    with unchanged(head), pytest.raises(ObservationError):
        head.step(Observation(index=3, t_s=t_s, rgb=frame(3).rgb))


def test_objects_lost_by_a_change_of_size_are_named(network):
    head = follow(network, 5, 0, 0, 9, frames=1)
    found = head.step(frame(1, (1, 1)))  # its only pixel is the upper left one
    assert found.ids == (5,) and found.labels.shape == (1, 1)
    assert "changed from (64, 96) to (1, 1)" in found.note and "9" in found.note
    back = head.step(frame(2))
    assert back.ids == (5,) and back.labels.shape == SIZE
    assert "changed from (1, 1) to (64, 96)" in back.note
    assert head.step(frame(3)).note == ""


def test_a_change_of_size_that_leaves_no_object_changes_nothing(network):
    head = follow(network, 0, 0, 0, 9, frames=1)
    with unchanged(head), pytest.raises(ObservationError, match=r"changed from \(64, 96\) to \(1, 1\)"):
        head.step(frame(1, (1, 1)))
    found = head.step(frame(1))
    assert found.ids == (9,) and found.note == ""
    new = head.step(frame(2, (1, 1)), np.full((1, 1), 4, np.int32))
    assert new.ids == (4,) and "9" in new.note


def test_marks_go_before_last_masks_when_the_size_changes(network):
    head = follow(network, 5, 6, frames=1)
    found = head.step(frame(1, (128, 192)), quarters(0, 0, 5, 7, size=(128, 192)))
    assert set(found.ids) == {5, 6, 7}
    assert (found.labels[64:, :96] == 5).all() and (found.labels[64:, 96:] == 7).all()
    assert not (found.labels[:64, :96] == 5).any()


def test_a_size_that_is_seen_alike_goes_on(network):
    head = follow(network, 5, config=replace(CONFIG, side_px=32))
    found = head.step(frame(3, (128, 192)))
    assert found.ids == (5,) and found.labels.shape == (128, 192)


def test_frames_that_the_budget_cannot_hold_change_nothing(network):
    head = follow(network, 1, 2, config=replace(CONFIG, side_px=None))
    large = (64 * 20, 96 * 20)
    with unchanged(head), pytest.raises(BudgetError):
        head.step(frame(3, large))
    with unchanged(head), pytest.raises(BudgetError):
        head.step(frame(3, large), quarters(8, size=large))
    assert head.step(frame(3)).ids == (1, 2)


@pytest.mark.parametrize("at", ["the first frame", "a later one", "one of another size"])
def test_more_objects_than_the_budget_holds_change_nothing(network, at):
    head = SegmentationHead(network, CONFIG) if at == "the first frame" else follow(network, 1)
    size = (48, 96) if at == "one of another size" else SIZE
    crowd = {id: np.eye(*size, dtype=bool) for id in range(1, 400)}
    with unchanged(head), pytest.raises(BudgetError, match="objects"):
        head.step(frame(3, size), crowd)
    assert head.step(frame(3), quarters(1)).ids == (1,)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_do_not_reach_the_memory(network, bad):
    loop = follow(network, 1)._loop
    image, mask = torch.zeros(3, *SIZE), torch.zeros(SIZE)
    spoilt, torn = image.clone(), mask.clone()
    spoilt[1, 7, 9], torn[7, 9] = bad, bad
    for frame_, masks in ((spoilt, None), (spoilt, {2: mask + 1}), (image, {2: torn}), (image, {1: torn})):
        with unchanged(loop), pytest.raises(ObservationError, match="NaN or infinity"):
            loop.step(frame_, masks)
    with unchanged(loop), pytest.raises(ObservationError, match="pixels, the stream"):
        loop.step(image[:, 1:], None)
    assert loop.step(image).isfinite().all()


def test_a_frame_of_8k_is_answered_at_its_size(network):
    size = (4320, 7680)
    rgb = np.full((*size, 3), 40, np.uint8)
    rgb[1000:2000, 3000:5000] = (220, 200, 40)
    labels = np.zeros(size, np.int32)
    labels[1000:2000, 3000:5000] = 2**31 - 1
    head = SegmentationHead(network, replace(CONFIG, side_px=96))
    found = head.step(Observation(index=0, t_s=0.0, rgb=rgb), labels)
    assert found.labels.shape == size and found.probabilities.shape == (2, 96, 171)
    assert ((found.labels > 0) == (labels > 0)).mean() > 0.99
    assert head.step(Observation(index=1, t_s=0.1, rgb=rgb)).labels.shape == size


@pytest.mark.slow
def test_hundreds_of_objects(network):
    size, ids = (128, 192), [7 * n + 3 for n in range(300)]
    labels = np.zeros(size, np.int32)
    for place, id in enumerate(ids):
        y, x = 6 * (place // 20) + 8, 9 * (place % 20) + 5
        labels[y : y + 4, x : x + 5] = id
    memory = FeatureConfig(
        working_max=2, working_min=1, references=0, long_term=0, budget="200 MB", objects=300
    )
    head = SegmentationHead(network, SegmentationConfig(propagation=PropagationConfig(memory=memory)))
    found = head.step(frame(0, size), labels)
    assert found.ids == tuple(ids) and np.array_equal(found.labels, labels)
    assert found.boxes == tuple(mask_box(labels == id) for id in ids)
    later = head.step(frame(1, size))
    assert later.ids == tuple(ids)
    torch.testing.assert_close(later.probabilities.sum(0), torch.ones(size))
    assert head.nbytes() <= 200_000_000
    head.remove(ids[150])
    assert head.ids == (*ids[:150], *ids[151:])

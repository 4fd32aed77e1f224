"""The small network: its protocol, its built-in label propagation, and the weights that come along."""

import numpy as np
import pytest
import torch

from streammem.errors import CheckpointError
from streammem.perception.networks import opening
from streammem.perception.networks.lite_tracker import CELL, LiteTracker, packaged_trunk
from streammem.perception.networks.opening import open_network, packaged_tracker
from streammem.perception.networks.protocol import SegmentationNetwork


@pytest.fixture(scope="module")
def tracker():
    return packaged_tracker()


@pytest.fixture(scope="module")
def seen(tracker):
    image = torch.rand(3, 48, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.inference_mode():
        return image, tracker.encode_key(image, shrinkage=True, selection=True)


def test_is_a_segmentation_network_with_sound_ranges(tracker, seen):
    assert isinstance(tracker, SegmentationNetwork)
    _, features = seen
    assert features.key.shape == (tracker.key_dim, 3, 4)
    assert float(features.shrinkage.min()) >= 1
    assert 0 <= float(features.selection.min()) <= float(features.selection.max()) <= 1
    assert all(bool(part.isfinite().all()) for part in (features.key, features.f16, features.f8, features.f4))


@torch.inference_mode()
def test_an_object_by_itself_is_the_same_among_others(tracker, seen):
    image, features = seen
    masks = torch.zeros(3, 48, 64)
    masks[0, :20, :20], masks[1, 20:, 30:], masks[2, 5:10, 40:60] = 1, 1, 1
    hidden = torch.zeros(3, tracker.hidden_dim, 3, 4)
    value, renewed = tracker.encode_value(image, features, hidden, masks, deep=True)
    again, probabilities = tracker.decode(features, value, renewed, update=True)
    assert probabilities.shape == masks.shape
    for i in range(3):
        part = slice(i, i + 1)
        alone, p = tracker.decode(features, value[part], renewed[part], update=True)
        torch.testing.assert_close(p, probabilities[part], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(alone, again[part], atol=1e-5, rtol=1e-4)
    kept = tracker.encode_value(image, features, hidden, masks, deep=False)[1]
    assert torch.equal(kept, hidden)
    assert torch.equal(tracker.decode(features, value, renewed, update=False)[0], renewed)


@torch.inference_mode()
def test_values_and_sensory_state_hold_the_mask(tracker, seen):
    image, features = seen
    masks = torch.zeros(1, 48, 64)
    masks[0, 8:24, 4:36] = 1
    hidden = torch.zeros(1, tracker.hidden_dim, 3, 4)
    value, renewed = tracker.encode_value(image, features, hidden, masks, deep=True)
    wanted = torch.nn.functional.avg_pool2d(masks, 4)
    for state in (value, renewed):
        assert torch.equal(torch.nn.functional.pixel_shuffle(state[:, -CELL:], 4)[0], wanted)


@torch.inference_mode()
def test_untrained_it_says_what_it_read():
    net = LiteTracker()
    net.trunk = packaged_trunk()
    features = net.encode_key(torch.zeros(3, 32, 32), shrinkage=True, selection=True)
    masks = torch.zeros(1, 32, 32)
    masks[0, :16, :16] = 1
    hidden = torch.zeros(1, net.hidden_dim, 2, 2)
    value, hidden = net.encode_value(None, features, hidden, masks, deep=True)
    said = net.decode(features, value, hidden, update=False)[1][0]
    assert float(said[:14, :14].min()) > 0.9
    assert float(said[18:, 18:].max()) < 0.1


def test_damaged_weights_of_the_package_are_an_error(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(opening, "files", lambda _: tmp_path)
    with pytest.raises(CheckpointError, match="install streammem again"):
        packaged_tracker()
    (tmp_path / "data" / opening.WEIGHTS).write_bytes(np.arange(50, dtype=np.uint8).tobytes())
    with pytest.raises(CheckpointError, match="install streammem again"):
        packaged_tracker()
    with pytest.raises(CheckpointError):
        open_network(tmp_path / "none.pth")

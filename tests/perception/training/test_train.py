"""A few steps of training: files that load again, one seed one result."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from streammem.perception.networks.lite_tracker import LiteTracker
from streammem.perception.training.assets import Assets
from streammem.perception.training.compose import ComposeConfig
from streammem.perception.training.train import TrainConfig, train, whiten

QUICK = TrainConfig(
    steps=2, batch=1, fresh=1, judged=1, workers=0, compose=ComposeConfig(size=(64, 96), frames=3), frames=3
)


@pytest.fixture(scope="module")
def assets():
    rng = np.random.default_rng(0)
    grounds = tuple((rng.integers(0, 255, (240, 320, 3), np.uint8),) for _ in range(4))
    thing = rng.integers(0, 255, (48, 48, 4), np.uint8)
    thing[..., 3] = 255
    return Assets(grounds=grounds, cutouts=(thing,) * 4)


def test_writes_weights_and_a_log(assets, tmp_path):
    net = train(assets, QUICK, tmp_path)
    weights = load_file(tmp_path / "tracker.safetensors")
    assert not any(name.startswith("trunk.") for name in weights)
    missing = LiteTracker().load_state_dict({k: v.float() for k, v in weights.items()}, strict=False)
    assert not missing.unexpected_keys
    assert all(name.startswith("trunk.") for name in missing.missing_keys)
    torch.testing.assert_close(weights["predict.bias"].float(), net.predict.bias.detach(), atol=1e-3, rtol=0)
    (entry,) = json.loads((tmp_path / "log.json").read_text())["log"]
    assert entry["step"] == 2
    assert 0 <= entry["iou"] <= 1


def test_one_seed_one_result(assets, tmp_path):
    a, b = (train(assets, QUICK, tmp_path / name).state_dict() for name in "ab")
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_keys_start_as_components_of_equal_spread():
    g = torch.Generator().manual_seed(0)
    f16 = torch.randn(20, 112, 6, 7, generator=g) @ torch.diag(torch.arange(1.0, 8.0)) + 3
    net = LiteTracker()
    whiten(net, f16)
    keys = net.component(f16).detach().permute(1, 0, 2, 3).flatten(1)
    torch.testing.assert_close(keys.mean(1), torch.zeros(64), atol=1e-3, rtol=0)
    torch.testing.assert_close(keys.double().cov(correction=0), 4 * torch.eye(64).double(), atol=1e-2, rtol=0)

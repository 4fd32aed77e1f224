"""Networks with random weights, and the kit with the original's outputs where it is present."""

import importlib.util
import os
from pathlib import Path

import pytest
import torch
from torch import nn

from streammem.perception.networks import XMemConfig, XMemNetwork


def random_network(config: XMemConfig) -> XMemNetwork:
    """He-normal weights and batch norms that do something, so that no term vanishes."""
    rng = torch.Generator().manual_seed(0)
    network = XMemNetwork(config)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1, generator=rng)
            module.running_var.uniform_(0.5, 2, generator=rng)
            nn.init.uniform_(module.weight, 0.3, 0.6, generator=rng)
            nn.init.normal_(module.bias, 0, 0.1, generator=rng)
        elif isinstance(module, nn.Conv2d):
            fan_in = module.weight[0].numel()
            nn.init.normal_(module.weight, 0, (1 / fan_in) ** 0.5, generator=rng)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def small() -> XMemNetwork:
    """XMem with few channels behind the backbones."""
    return random_network(XMemConfig(key_dim=8, value_dim=128, hidden_dim=16))


@pytest.fixture(scope="session")
def small_weights(small):
    return small.state_dict()


@pytest.fixture(scope="session")
def kit() -> Path:
    """Deterministic weights and the original's outputs; skips where they are absent."""
    root = Path(__file__).resolve().parents[3]
    for place in (os.environ.get("STREAMMEM_XMEM_KIT"), root.parent / "shared" / "reference" / "xmem"):
        if place and (Path(place) / "recipe.py").is_file():
            return Path(place)
    pytest.skip("no parity kit: set STREAMMEM_XMEM_KIT to the folder with recipe.py and the clips")


@pytest.fixture(scope="session")
def recipe_weights(kit):
    spec = importlib.util.spec_from_file_location("xmem_recipe", kit / "recipe.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    import json

    return module.make_state_dict(json.loads((kit / "state_dict.json").read_text()))

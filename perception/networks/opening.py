"""Networks by name: the small one that comes with the package, or a checkpoint of XMem."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load

from streammem.errors import CheckpointError
from streammem.perception.networks.checkpoints import load_network
from streammem.perception.networks.lite_tracker import LiteTracker, packaged_trunk
from streammem.perception.networks.protocol import SegmentationNetwork

__all__ = ["open_network", "packaged_tracker"]

WEIGHTS = "tracker.safetensors"


def open_network(
    weights: str | Path | None = None, *, device: str = "cpu", fast: bool = False
) -> SegmentationNetwork:
    """A network that segments and tracks.

    Args:
        weights: a checkpoint of XMem, .pth or .safetensors; None for the small network that comes along.
        device: where it runs, as torch writes it.
        fast: half precision where that is faster.

    Raises:
        CheckpointError: if the weights are missing, damaged, unsafe or of another network.
    """
    if weights is None:
        return packaged_tracker(device=device)
    return load_network(weights, device=device, fast=fast)


def packaged_tracker(*, device: str = "cpu") -> LiteTracker:
    """The small network with the weights that this project has trained (docs/tracker.md is its model card).

    Raises:
        CheckpointError: if the package's files are missing or damaged.
    """
    place = files("streammem.perception.networks").joinpath("data", WEIGHTS)
    try:
        trained = load(place.read_bytes())
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"the package's own {WEIGHTS} cannot be read ({error}): install streammem again"
        ) from error
    net = LiteTracker()
    net.trunk = packaged_trunk()
    wanted = {name: value.shape for name, value in net.state_dict().items() if not name.startswith("trunk.")}
    if {name: value.shape for name, value in trained.items()} != wanted:
        raise CheckpointError(f"the package's own {WEIGHTS} is of another version: install streammem again")
    net.load_state_dict({name: value.float() for name, value in trained.items()}, strict=False)
    net.eval().requires_grad_(requires_grad=False)
    return net.to(device=torch.device(device)).to(memory_format=torch.channels_last)

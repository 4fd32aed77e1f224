"""Checkpoints of XMem: read safely, checked to the last tensor, converted."""

import os
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from streammem.errors import CheckpointError
from streammem.perception.encoders.checkpoint import read_weights
from streammem.perception.networks.inference import InferenceNetwork
from streammem.perception.networks.xmem import XMemConfig, XMemNetwork

__all__ = ["convert_checkpoint", "load_network", "read_network"]

Weights = Mapping[str, Tensor]
FIRST = "value_encoder.conv1.weight"  # takes the image and the masks
IMAGE = 3
SINGLE, SEVERAL = IMAGE + 1, IMAGE + 2  # its channels without and with one for the other objects


def load_network(
    source: str | Path | Weights,
    *,
    device: str = "cpu",
    fast: bool = False,
    compiled: bool = False,
    single_object: bool = False,
) -> InferenceNetwork:
    """XMem's network with trained weights, ready to run.

    Args:
        source: an original .pth file, a .safetensors file, or the tensors by name.
        device: where it runs, as torch writes it.
        fast: half precision where the machine is faster in it; see `InferenceNetwork`.
        compiled: by torch.compile where there is a compiler; see `InferenceNetwork`.
        single_object: keep a network of one object as it is. By default its first layer is given a channel of zeros
            for the other objects' masks, so that it takes any number of objects.

    Raises:
        CheckpointError: if the file is missing, damaged or would run code, or if tensors are missing, unknown, of
            another shape or not finite: all of them are listed.
    """
    network = read_network(source, single_object=single_object)
    return InferenceNetwork(network, device=device, fast=fast, compiled=compiled)


def read_network(source: str | Path | Weights, *, single_object: bool = False) -> XMemNetwork:
    """The plain network with these weights, in eval mode; its dimensions are the weights'.

    Raises:
        CheckpointError: as `load_network`.
    """
    name = "these weights" if isinstance(source, Mapping) else str(source)
    weights = dict(source if isinstance(source, Mapping) else read_weights(source))
    if not single_object and _size(weights, FIRST, 1) == SINGLE:
        first = weights[FIRST]
        weights[FIRST] = torch.cat([first, torch.zeros_like(first[:, :1])], dim=1)
    with torch.device("meta"):
        network = XMemNetwork(_config(weights, single_object))
    _check(network.state_dict(), weights, name)
    wanted = network.state_dict()
    network.load_state_dict({key: weights[key].to(wanted[key].dtype) for key in wanted}, assign=True)
    return network.eval()


def convert_checkpoint(source: str | Path, target: str | Path) -> Path:
    """Write a checkpoint as safetensors, after the checks of `load_network`; the tensors stay as they are.

    The file appears whole or not at all.

    Raises:
        CheckpointError: as `load_network`, and if the target is not called .safetensors or cannot be written.
    """
    place = Path(target)
    if place.suffix != ".safetensors":
        raise CheckpointError(f"the converted file is a .safetensors file, {place} is not called so")
    weights = read_weights(source)
    read_network(source, single_object=_size(weights, FIRST, 1) == SINGLE)
    draft = place.with_name(f"{place.name}.{os.getpid()}.part")
    try:
        save_file({key: value.contiguous().clone() for key, value in weights.items()}, draft)
        draft.replace(place)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"cannot write {place} ({error}): give a place that can be written to"
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return place


def _config(weights: Weights, single_object: bool) -> XMemConfig:
    """The dimensions in the weights; the published ones where a tensor is missing, which `_check` then says."""
    hidden = _size(weights, "decoder.hidden_update.transform.weight", 0)
    return XMemConfig(
        key_dim=_size(weights, "key_proj.key_proj.weight", 0) or XMemConfig().key_dim,
        value_dim=max(
            16, _size(weights, "value_encoder.fuser.block2.conv2.weight", 0) or XMemConfig().value_dim
        ),
        hidden_dim=(hidden or 0) // 3,
        single_object=single_object,
    )


def _size(weights: Weights, key: str, axis: int) -> int | None:
    found = weights.get(key)
    return found.shape[axis] if found is not None and found.ndim == 4 else None


def _check(wanted: Weights, found: Weights, name: str) -> None:
    missing = sorted(set(wanted) - set(found))
    extra = sorted(set(found) - set(wanted))
    both = [key for key in wanted if key in found]
    wrong = [
        f"{key} is {tuple(found[key].shape)} for {tuple(wanted[key].shape)}"
        for key in both
        if found[key].shape != wanted[key].shape
    ]
    kinds = [
        f"{key} is {found[key].dtype}"
        for key in both
        if wanted[key].is_floating_point() and not found[key].is_floating_point()
    ]
    broken = [key for key in both if found[key].is_floating_point() and not found[key].isfinite().all()]
    broken += [key for key in both if key.endswith("running_var") and (found[key] < 0).any()]
    faults = {
        "missing": missing,
        "not of this network": extra,
        "of another shape": wrong,
        "of another kind": kinds,
        "not finite, or negative variances": broken,
    }
    if any(faults.values()):
        text = "; ".join(f"{len(keys)} {what}: {', '.join(keys)}" for what, keys in faults.items() if keys)
        raise CheckpointError(
            f"{name} is no XMem checkpoint of {len(wanted)} tensors, or a damaged one: {text}. Give the file as it was "
            "published, or a state_dict saved from the same network"
        )

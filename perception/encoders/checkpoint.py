"""Weights from files, loaded so that a file can never run code."""

import logging
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from streammem.errors import CheckpointError

__all__ = ["fit_weights", "read_weights"]

logger = logging.getLogger(__name__)

FAULTS = (
    SafetensorError,
    UnpicklingError,
    OSError,
    RuntimeError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
)
NAMED = 3  # faults that an error lists
WRAPPERS = (
    "state_dict",
    "model",
    "model_state",
    "network",
    "ema",
)  # keys under which training scripts put the weights


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file, or of a torch file that holds nothing but tensors.

    Raises:
        CheckpointError: if the file is missing, damaged, or would need code to be run.
    """
    place = Path(path)
    if not place.is_file():
        raise CheckpointError(f"there is no checkpoint {place}: give the path of a .safetensors or .pth file")
    try:
        if place.suffix == ".safetensors":
            return load_file(place)
        content = torch.load(place, map_location="cpu", weights_only=True)
    except FAULTS as error:
        logger.debug("%s: %s", place, error)
        raise CheckpointError(
            f"{place} is damaged, or holds more than tensors ({type(error).__name__}): only tensors are loaded, never "
            "code; save it as safetensors (safetensors.torch.save_file(model.state_dict(), path))"
        ) from error
    return _tensors(content, place)


def fit_weights(net: nn.Module, weights: Mapping[str, Tensor], source: str | Path) -> None:
    """Load weights into a network; what the network has no place for (a classifier, say) is left out.

    Raises:
        CheckpointError: if a tensor is missing or has another shape; names the first few.
    """
    wanted = net.state_dict()
    missing = [name for name in wanted if name not in weights]
    wrong = [
        f"{name} is {tuple(weights[name].shape)} for {tuple(value.shape)}"
        for name, value in wanted.items()
        if name in weights and weights[name].shape != value.shape
    ]
    if missing or wrong:
        faults = [f"{name} is missing" for name in missing[:NAMED]] + wrong[:NAMED]
        raise CheckpointError(
            f"{source} does not fit {type(net).__name__}: {len(missing)} of {len(wanted)} tensors missing, "
            f"{len(wrong)} of another shape ({'; '.join(faults)}): name the model that it was saved from"
        )
    spare = [name for name in weights if name not in wanted]
    if spare:
        logger.info("%s: %d tensors left out, %s first", source, len(spare), spare[0])
    net.load_state_dict({name: weights[name] for name in wanted})


def _tensors(content: object, place: Path) -> dict[str, Tensor]:
    while isinstance(content, Mapping) and (inner := next((k for k in WRAPPERS if k in content), None)):
        content = content[inner]
    if not isinstance(content, Mapping) or not all(isinstance(value, Tensor) for value in content.values()):
        raise CheckpointError(
            f"{place} holds {type(content).__name__}, a mapping of names to tensors was expected"
        )
    return {str(name).removeprefix("module."): value for name, value in content.items()}

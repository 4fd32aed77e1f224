"""Any timm model as an encoder: `timm:NAME`, with weights from the hub when asked, or from a file."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from jaxtyping import Float, UInt8
from timm.data.config import resolve_model_data_config
from torch import Tensor
from torch.nn import functional

from streammem.errors import CheckpointError, SpaceError
from streammem.interface import SpaceSpec, Words
from streammem.perception.encoders.checkpoint import fit_weights, read_weights
from streammem.perception.encoders.pictures import fit_picture
from streammem.perception.encoders.refusal import no_text
from streammem.types import Features

__all__ = ["TimmEncoder"]

BATCH = 32  # pictures that go through a GPU at once


class TimmEncoder:
    """Space `frame`, and `patch` where the model keeps a grid (feature maps, or tokens less the prefix ones).

    Args:
        model: timm's name, "vit_small_patch14_dinov2.lvd142m", say.
        pretrained: fetch timm's weights; only this needs a network, and only if they are not in its cache.
        checkpoint: a file of weights under timm's names, loaded without running code.
        size: (height, width) of the input; the model's own by default.
        device: where it runs; half precision on CUDA.

    Raises:
        SpaceError: if timm has no such model.
        CheckpointError: if the weights are missing, unsafe, unreachable or of another model.
    """

    def __init__(
        self,
        model: str,
        *,
        device: str = "cpu",
        pretrained: bool = False,
        checkpoint: str | Path | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        self.name = f"timm:{model}@{'pretrained' if pretrained else Path(checkpoint or '').resolve()}"
        if pretrained == (checkpoint is not None):
            raise CheckpointError(
                f"timm:{model} takes its weights from checkpoint=PATH or from pretrained=True, one of them"
            )
        net = _build(model, pretrained=pretrained, size=size)
        if checkpoint is not None:
            fit_weights(net, read_weights(checkpoint), checkpoint)
        config: dict[str, Any] = resolve_model_data_config(net)  # type: ignore[no-untyped-call]  # has no types
        self._size: tuple[int, int] = size or tuple(config["input_size"][1:])
        self._device = torch.device(device)
        self._dtype = torch.float16 if self._device.type == "cuda" else torch.float32
        self._net = net.eval().to(self._device, self._dtype)
        self._mean, self._std = (
            torch.tensor(config[key], device=self._device).view(1, 3, 1, 1) * 255 for key in ("mean", "std")
        )
        frame, patch, self._grid = self._run(torch.zeros(1, *self._size, 3, dtype=torch.uint8))
        self.spaces: Mapping[str, SpaceSpec] = {"frame": SpaceSpec(dim=frame.shape[-1])}
        if self._grid is not None:
            self.spaces = {**self.spaces, "patch": SpaceSpec(dim=patch.shape[-1], grid=self._grid)}

    def encode(self, pictures: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> list[Features]:
        """Encode RGB pictures of any sizes; on the CPU one at a time, so batching changes no bit.

        Raises:
            ObservationError: if a picture is not uint8 of shape (height, width, 3).
        """
        step = BATCH if self._device.type == "cuda" else 1
        found = []
        for start in range(0, len(pictures), step):
            fitted = [fit_picture(picture, self._size) for picture in pictures[start : start + step]]
            frame, patch, grid = self._run(torch.from_numpy(np.stack(fitted)))
            for f, p in zip(frame.cpu(), patch.cpu(), strict=True):
                spaces = {"frame": f[None].clone()} | ({"patch": p.clone()} if grid else {})
                found.append(Features(spaces=spaces, grids={"patch": grid} if grid else {}))
        return found

    def encode_words(self, text: str) -> Words:
        """Refuse: a model of pictures knows no words.

        Raises:
            SpaceError: always; it names encoders that have text.
        """
        raise no_text(self.name, text)

    @torch.no_grad()
    def _run(
        self, pictures: UInt8[Tensor, "b h w 3"]
    ) -> tuple[Float[Tensor, "b d"], Float[Tensor, "b n e"], tuple[int, int] | None]:
        inputs = (pictures.to(self._device).permute(0, 3, 1, 2).float() - self._mean) / self._std
        features = self._net.forward_features(inputs.to(self._dtype))
        frame = self._net.forward_head(features, pre_logits=True).float().flatten(1)
        cells, grid = _cells(self._net, features.float())
        return functional.normalize(frame, dim=-1), functional.normalize(cells, dim=-1), grid


def _build(model: str, *, pretrained: bool, size: tuple[int, int] | None) -> Any:
    if not timm.is_model(model.split(".", maxsplit=1)[0]):
        near = get_close_matches(model, timm.list_models(), n=3)
        raise SpaceError(f"timm has no model {model!r}; the nearest are {', '.join(near) or 'none'}")
    make = partial(timm.create_model, model, pretrained=pretrained, num_classes=0)
    try:
        net = make() if size is None else _sized(make, size)
    except (OSError, RuntimeError, ValueError) as error:
        raise CheckpointError(
            f"timm could not make {model!r} ({str(error).strip().splitlines()[0][:150]}): without a network give "
            "checkpoint=PATH of weights that you have"
        ) from error
    return net


def _sized(make: Callable[..., Any], size: tuple[int, int]) -> Any:
    try:
        return make(img_size=size)
    except TypeError:  # a convolutional net has no img_size: it takes any
        return make()


def _cells(
    net: Any, features: Float[Tensor, "b ..."]
) -> tuple[Float[Tensor, "b n e"], tuple[int, int] | None]:
    """Features in row-major order, and rows and columns where they are a grid."""
    if features.ndim == 4:
        if getattr(net, "output_fmt", "NCHW") != "NHWC":
            features = features.permute(0, 2, 3, 1)
        grid = (features.shape[1], features.shape[2])
        return features.flatten(1, 2), grid
    tokens = features[:, getattr(net, "num_prefix_tokens", 0) :] if features.ndim == 3 else features[:, None]
    shape = getattr(getattr(net, "patch_embed", None), "grid_size", None)
    if shape is None or shape[0] * shape[1] != tokens.shape[1]:
        return tokens, None
    return tokens, (int(shape[0]), int(shape[1]))

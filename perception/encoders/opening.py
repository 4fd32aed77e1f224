"""`open_encoder`: names to encoders. Networks are imported only when one is asked for."""

import re
from typing import Any

from streammem.errors import SpaceError
from streammem.interface import Encoder
from streammem.perception.encoders.classic import ClassicEncoder
from streammem.perception.encoders.lite import LiteEncoder

__all__ = ["open_encoder"]


def open_encoder(name: str, *, device: str = "cpu", **options: Any) -> Encoder:
    """Open an encoder by its name.

    What stands behind an @ is part of the name that a memory stores, so that a later question opens the same one.

    Args:
        name: `classic` (no training, under a millisecond); `lite` (the offline default: frame, patch and words) or
            `lite@HEIGHTxWIDTH` for another input size; `timm:MODEL@WEIGHTS` (any timm model, WEIGHTS a file or
            `pretrained`); `clip:MODEL@WEIGHTS` (open_clip towers: any words).
        device: where networks run, as torch writes it; `classic` is always on the CPU.
        options: the same written out: `size=(height, width)` for `lite` and `timm:`; `checkpoint=path` for `timm:`
            and `clip:`; `pretrained=True` for `timm:`.

    Raises:
        SpaceError: if there is no such encoder.
        CheckpointError: if weights are missing, unsafe to load or of the wrong shape.

    >>> open_encoder("classic").spaces["pixel"].dim, open_encoder("lite").spaces["patch"].grid
    (384, (8, 14))
    """
    kind, _, rest = name.partition(":")
    model, _, weights = rest.partition("@")
    if weights:
        options |= {"pretrained": True} if weights == "pretrained" else {"checkpoint": weights}
    if name == "classic":
        return ClassicEncoder(**options)
    if name == "lite":
        return LiteEncoder(device=device, **options)
    if size := re.fullmatch(r"lite@(\d+)x(\d+)", name):
        return LiteEncoder(device=device, size=(int(size[1]), int(size[2])))
    if kind == "timm" and model:
        from streammem.perception.encoders.timm_model import TimmEncoder

        return TimmEncoder(model, device=device, **options)
    if kind == "clip" and model:
        from streammem.perception.encoders.clip import ClipEncoder

        return ClipEncoder(model, device=device, **options)
    raise SpaceError(
        f"there is no encoder {name!r}: write 'classic', 'lite', 'timm:MODEL@WEIGHTS' (timm:resnet18@pretrained, say) "
        "or 'clip:MODEL@WEIGHTS' (clip:ViT-B-32@weights.safetensors, say)"
    )

"""`open_encoder`: names to encoders. Networks are imported only when one is asked for."""

from typing import Any

from streammem.errors import SpaceError
from streammem.interface import Encoder
from streammem.perception.encoders.classic import ClassicEncoder
from streammem.perception.encoders.lite import LiteEncoder

__all__ = ["open_encoder"]


def open_encoder(name: str, *, device: str = "cpu", **options: Any) -> Encoder:
    """Open an encoder by its name.

    Args:
        name: `classic` (no training, under a millisecond), `lite` (offline default: frame, patch and words),
            `timm:MODEL` (any timm model) or `clip:MODEL` (open_clip towers: any words).
        device: where networks run, as torch writes it; `classic` is always on the CPU.
        options: what that encoder takes: `size=(height, width)` for `lite`; `checkpoint=path`, `pretrained=True`
            for `timm:`; `checkpoint=path` for `clip:`.

    Raises:
        SpaceError: if there is no such encoder.
        CheckpointError: if weights are missing, unsafe to load or of the wrong shape.

    >>> open_encoder("classic").spaces["pixel"].dim
    384
    """
    if name == "classic":
        return ClassicEncoder(**options)
    if name == "lite":
        return LiteEncoder(device=device, **options)
    raise SpaceError(
        f"there is no encoder {name!r}: write 'classic', 'lite', 'timm:MODEL' (timm:resnet18, say) or "
        "'clip:MODEL' (clip:ViT-B-32, say)"
    )

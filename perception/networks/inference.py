"""A network made ready to run: folded, laid out for the machine, in the precision that was asked for."""

import copy
import logging
import os
import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from streammem.perception.networks.folding import (
    fold_norms,
    fuse_keys,
    split_shared,
    use_integers,
    use_products,
)
from streammem.perception.networks.integers import integers_at_hand
from streammem.perception.networks.protocol import KeyFeatures
from streammem.perception.networks.xmem import XMemNetwork

__all__ = ["InferenceNetwork", "fast_arithmetic"]

logger = logging.getLogger(__name__)


class InferenceNetwork:
    """An `XMemNetwork` for inference alone: a `SegmentationNetwork` that takes and gives float32.

    On the CPU in float32, the default, outputs equal the plain network's up to rounding. Batch norms are folded,
    channels stand last, and convolutions go by matrix products where that is faster (`use_products`).

    Args:
        network: is copied, not changed.
        device: where it runs, as torch writes it.
        fast: less exact arithmetic where the machine is faster in it (`fast_arithmetic`); says so in the log where not.
        compiled: by torch.compile, once for each size of frame, in place of `use_products`; goes on without, and says
            so in the log, where there is no compiler. Meant for half precision and CUDA: in float32 on the CPU the
            products are faster than what is compiled (docs/segmentation.md has the figures).
    """

    def __init__(
        self, network: XMemNetwork, *, device: str = "cpu", fast: bool = False, compiled: bool = False
    ) -> None:
        self.device = torch.device(device)
        self.arithmetic = fast_arithmetic(self.device) if fast else torch.float32  # of the convolutions
        self.precision = torch.float32 if self.arithmetic == torch.int8 else self.arithmetic  # of the maps
        self.key_dim, self.value_dim = network.key_dim, network.value_dim
        self.hidden_dim, self.single_object = network.hidden_dim, network.single_object
        self.stride, self.mean, self.std = network.stride, network.mean, network.std
        self.calibrated = network.calibrated
        net = copy.deepcopy(network).eval().requires_grad_(False)
        fold_norms(net)
        fuse_keys(net)
        split_shared(net)
        self.compiled = compiled and _compiler_at_hand(self.device)
        if self.device.type == "cpu" and self.precision == torch.float32 and not self.compiled:
            if self.arithmetic == torch.int8:
                use_integers(net)
            use_products(net)
        self._net = net.to(self.device, self.precision).to(memory_format=torch.channels_last)
        if self.compiled:
            self._net.objects_at_once = 1  # one shape, so one compilation, for any number of objects
            for name in ("key_encoder", "key_proj", "value_encoder", "decoder"):
                getattr(self._net, name).compile(dynamic=False)

    @torch.inference_mode()
    def encode_key(self, image: Float[Tensor, "3 H W"], *, shrinkage: bool, selection: bool) -> KeyFeatures:
        """As `XMemNetwork.encode_key`; the maps f16, f8 and f4 stay in the network's precision."""
        found: KeyFeatures = self._net.encode_key(
            self._taken(image), shrinkage=shrinkage, selection=selection
        )
        if self.precision == torch.float32:
            return found
        return replace(
            found,
            key=found.key.float(),
            shrinkage=None if found.shrinkage is None else found.shrinkage.float(),
            selection=None if found.selection is None else found.selection.float(),
        )

    @torch.inference_mode()
    def encode_value(
        self,
        image: Float[Tensor, "3 H W"],
        features: KeyFeatures,
        hidden: Float[Tensor, "m c y x"] | None,
        masks: Float[Tensor, "n Y X"],
        *,
        deep: bool,
    ) -> tuple[Float[Tensor, "n v h w"], Float[Tensor, "n c h w"] | None]:
        """As `XMemNetwork.encode_value`."""
        state = None if hidden is None else self._taken(hidden)
        value, renewed = self._net.encode_value(
            self._taken(image), features, state, masks.to(self.device), deep=deep
        )
        return value.float(), renewed.float() if deep and renewed is not None else hidden

    @torch.inference_mode()
    def decode(
        self,
        features: KeyFeatures,
        readout: Float[Tensor, "n v j i"],
        hidden: Float[Tensor, "m c y x"] | None,
        *,
        update: bool,
    ) -> tuple[Float[Tensor, "n c h w"] | None, Float[Tensor, "n H W"]]:
        """As `XMemNetwork.decode`."""
        state = None if hidden is None else self._taken(hidden)
        renewed, found = self._net.decode(features, self._taken(readout), state, update=update)
        return renewed.float() if update and renewed is not None else hidden, found

    def _taken(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        return x.to(self.device, self.precision)


def fast_arithmetic(device: torch.device) -> torch.dtype:
    """What convolutions run fastest in: float16 on CUDA, on CPUs bfloat16 or 8-bit integers where they are built for it.

    Intel's CPUs have AMX for bfloat16; AMD's do its products at twice the rate of float32. An Intel CPU without AMX may
    list avx512_bf16, but takes twice the time of float32; with VNNI it multiplies bytes at four times the rate.
    Elsewhere it stays float32, and the log says so.
    """
    if device.type == "cuda":
        return torch.float16
    features = _cpu_features()
    if "amx_bf16" in features or {"avx512_bf16", "AuthenticAMD"} <= features:
        return torch.bfloat16
    if {"avx512_vnni", "avx_vnni"} & features and integers_at_hand():
        return torch.int8
    logger.warning("fast: this CPU has no faster arithmetic (AMX, AMD's avx512_bf16, VNNI); float32 stays")
    return torch.float32


def _cpu_features() -> frozenset[str]:
    info = Path("/proc/cpuinfo")
    return frozenset(info.read_text(errors="replace").split() if info.is_file() else ())


def _compiler_at_hand(device: torch.device) -> bool:
    compiler = next(
        filter(shutil.which, filter(None, (os.environ.get("CXX"), "c++", "g++", "clang++"))), None
    )
    if compiler is None:
        logger.warning("compiled: no C++ compiler (c++, g++, clang++ or $CXX) on the path; going on without")
        return False
    if device.type == "cuda" and find_spec("triton") is None:
        logger.warning("compiled: torch.compile for CUDA wants the package triton; going on without")
        return False
    return True

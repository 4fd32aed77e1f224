"""CPU time of the network's parts: the peer's plain layers beside ours, in turns, on one thread.

Weights are random; only the time is of interest, and the largest difference between the outputs.
"""

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from rich.table import Table
from torch import Tensor, nn

from benchmarks.xmem.plain_network import PlainNetwork
from streammem.perception.networks import InferenceNetwork, KeyFeatures, XMemNetwork
from streammem.perception.networks.folding import fold_norms, fuse_keys, split_shared, use_products

HEIGHT, WIDTH = 480, 864  # 480x854, padded
CELLS = (HEIGHT // 16, WIDTH // 16)
PARTS = (
    "key encoder",
    "value encoder, 1 object",
    "value encoder, 3 objects",
    "decoder, 1 object",
    "decoder, 3 objects",
)
Runs = dict[str, Callable[[], Tensor]]


def random_weights(seed: int = 0) -> dict[str, Tensor]:
    """He-normal convolutions, batch norms near the identity; the last gain of a block small, so nothing explodes."""
    rng = torch.Generator().manual_seed(seed)
    network = XMemNetwork()
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, 0, (1 / module.weight[0].numel()) ** 0.5, generator=rng)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.constant_(module.weight, 0.4 if name.endswith("bn3") else 1.0)
            module.running_var.uniform_(0.5, 1.5, generator=rng)
    return dict(network.state_dict())


@dataclass(frozen=True, kw_only=True)
class Given:
    """Inputs of one frame with three objects."""

    image: Tensor
    masks: Tensor
    readout: Tensor
    hidden: Tensor

    @classmethod
    def random(cls) -> "Given":
        rng = torch.Generator().manual_seed(1)
        return cls(
            image=torch.randn(3, HEIGHT, WIDTH, generator=rng),
            masks=torch.rand(3, HEIGHT, WIDTH, generator=rng) / 3,
            readout=torch.randn(3, 512, *CELLS, generator=rng),
            hidden=torch.randn(3, 64, *CELLS, generator=rng).tanh(),
        )


def peer_runs(network: PlainNetwork, given: Given) -> Runs:
    """The peer's parts; each gives its main output."""
    features = network.encode_key(given.image, shrinkage=False, selection=False)[3]

    def value(n: int) -> Tensor:
        return network.encode_value(given.image, features[0], given.hidden[:n], given.masks[:n], deep=True)[0]

    def decode(n: int) -> Tensor:
        return network.decode(features, given.readout[:n], given.hidden[:n], update=True)[1]

    runs: Runs = {
        "key encoder": lambda: network.encode_key(given.image, shrinkage=True, selection=True)[0][0]
    }
    for n in (1, 3):
        plural = "object" if n == 1 else "objects"
        runs |= {
            f"value encoder, {n} {plural}": partial(value, n),
            f"decoder, {n} {plural}": partial(decode, n),
        }
    return runs


def our_runs(network: InferenceNetwork | XMemNetwork, given: Given) -> Runs:
    """The library's parts; each gives its main output."""
    features: KeyFeatures = network.encode_key(given.image, shrinkage=False, selection=False)

    def value(n: int) -> Tensor:
        return network.encode_value(given.image, features, given.hidden[:n], given.masks[:n], deep=True)[0]

    def decode(n: int) -> Tensor:
        return network.decode(features, given.readout[:n], given.hidden[:n], update=True)[1]

    runs: Runs = {"key encoder": lambda: network.encode_key(given.image, shrinkage=True, selection=True).key}
    for n in (1, 3):
        plural = "object" if n == 1 else "objects"
        runs |= {
            f"value encoder, {n} {plural}": partial(value, n),
            f"decoder, {n} {plural}": partial(decode, n),
        }
    return runs


def measure(runs: Mapping[str, Runs], repeats: int) -> list[dict[str, Any]]:
    """One row a part: fastest CPU milliseconds of each candidate, and differences from the first.

    Candidates take turns, so that what else the machine does falls on all of them alike.
    """
    rows = []
    first = next(iter(runs))
    for part in PARTS:
        spent: dict[str, list[float]] = {name: [] for name in runs}
        found = {name: parts[part]() for name, parts in runs.items()}
        for _ in range(repeats):
            for name, parts in runs.items():
                begun = time.process_time()
                parts[part]()
                spent[name].append((time.process_time() - begun) * 1e3)
        row: dict[str, Any] = {"part": part}
        for name in runs:
            row[f"{name}_ms"] = min(spent[name])
            row[f"{name}_error"] = float((found[name] - found[first]).abs().max() / found[first].abs().max())
        rows.append(row)
    return rows


def steps(weights: Mapping[str, Tensor]) -> dict[str, XMemNetwork]:
    """The network after each rewrite, the ones before included."""
    network = XMemNetwork().eval().requires_grad_(False)
    network.load_state_dict(weights)
    found = {"shared parts": copy.deepcopy(network)}
    for name, change in {
        "folded": fold_norms,
        "channels last": lambda net: net.to(memory_format=torch.channels_last),
        "keys fused": fuse_keys,
        "products": lambda net: (split_shared(net), use_products(net)),
    }.items():
        change(network)  # type: ignore[operator]  # a function, of several kinds
        found[name] = (
            copy.deepcopy(network).to(memory_format=torch.channels_last)
            if name == "products"
            else copy.deepcopy(network)
        )
    return found


def table(rows: list[dict[str, Any]], title: str) -> Table:
    """Milliseconds, the first candidate's over each, and the relative errors."""
    names = [key.removesuffix("_ms") for key in rows[0] if key.endswith("_ms")]
    shown = Table(title=title)
    shown.add_column("part")
    for i, name in enumerate(names):
        shown.add_column(f"{name}, ms", justify="right")
        if i:
            shown.add_column("ratio", justify="right", style="bold")
            shown.add_column("error", justify="right")
    for row in rows:
        cells = [row["part"], f"{row[f'{names[0]}_ms']:.0f}"]
        for name in names[1:]:
            ratio = row[f"{names[0]}_ms"] / row[f"{name}_ms"]
            cells += [f"{row[f'{name}_ms']:.0f}", f"{ratio:.2f}x", f"{row[f'{name}_error']:.0e}"]
        shown.add_row(*cells)
    return shown

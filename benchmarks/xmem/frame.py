"""Whole frames with the long-term memory full: the peer's loop beside ours, same weights, same memories, in turns.

Both start with the same 9,872 prototypes (what an eviction leaves of 10,000) and the same five working frames, made of
the keys of real frames, so the 25 timed frames are one whole cycle: five are remembered, an eviction and a
consolidation happen.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from rich.progress import track
from rich.table import Table
from torch import Tensor

from benchmarks.xmem.parts import random_weights
from benchmarks.xmem.reference import Reference
from demos.street import street
from streammem.heads.propagation import Propagation, PropagationConfig
from streammem.memory.consolidation import Prototypes
from streammem.memory.feature_config import FeatureConfig
from streammem.perception.networks import KeyFeatures, load_network
from streammem.perception.sources import open_source

__all__ = ["frames_table", "whole_frames"]

SIZE = (480, 854)
PROTOTYPES = 10_000 - 128
WORKING = 5
TIMED = 25  # frames of one cycle: ten working frames become five


@dataclass(frozen=True, kw_only=True)
class Filling:
    """What a long video would have left behind."""

    key: Tensor  # (N, K), prototypes first
    shrinkage: Tensor
    selection: Tensor
    values: Tensor  # (n, N, V)
    usage: Tensor


def whole_frames(objects: Sequence[int], *, fast: bool, frames: int = TIMED) -> list[dict[str, Any]]:
    """One row for each number of objects: CPU milliseconds a frame, and how far the probabilities lie apart."""
    weights, pictures = random_weights(), _pictures(frames + 1)
    rows = []
    for n in objects:
        runs: dict[str, Reference | Propagation] = {"reference": Reference(weights)}
        runs["ours"] = _ours(weights, n, fast=False)
        if fast:
            runs["fast"] = _ours(weights, n, fast=True)
        rows.append({"objects": n, **_measured(runs, pictures, n)})
    return rows


def _ours(weights: dict[str, Tensor], objects: int, *, fast: bool) -> Propagation:
    memory = FeatureConfig(objects=objects, budget="4 GB")
    return Propagation(load_network(weights, fast=fast), PropagationConfig(memory=memory, cut=None), SIZE)


def _measured(runs: dict[str, Reference | Propagation], pictures: list[Tensor], n: int) -> dict[str, Any]:
    masks = torch.zeros(n, *SIZE)
    for i in range(n):
        masks[i, 60 + 110 * i : 160 + 110 * i, 200 + 120 * i : 420 + 120 * i] = 1.0
    labels = list(range(1, n + 1))
    for run in runs.values():
        if isinstance(run, Reference):
            run.step(pictures[0], masks.clone(), labels)
        else:
            run.step(pictures[0], dict(zip(labels, masks, strict=True)))
            run.network.decode(*_first(run, pictures[0]), update=True)  # makes what is made once
    filling = _filling(runs["reference"], n)
    for run in runs.values():
        _fill(run, filling, n)
    spent: dict[str, list[float]] = {name: [] for name in runs}
    apart: dict[str, list[Tensor]] = {name: [] for name in runs}
    for picture in track(pictures[1:], f"{n} object{'s' * (n > 1)}", transient=True):
        said = {}
        for name, run in runs.items():
            begun = time.process_time()
            said[name] = run.step(picture)
            spent[name].append((time.process_time() - begun) * 1e3)
        for name, found in said.items():
            apart[name].append((found - said["reference"]).abs().amax(0))
    row: dict[str, Any] = {"tokens": list(runs["reference"].sizes())}  # type: ignore[union-attr]  # it is there
    for name, times in spent.items():
        far = torch.stack(apart[name])
        row |= {f"{name}_ms": float(np.mean(times)), f"{name}_largest": float(far.max())}
        row[f"{name}_close"] = float((far <= 1e-5).float().mean())
    return row


def _first(run: Propagation, picture: Tensor) -> tuple[KeyFeatures, Tensor, Tensor]:
    features = run.network.encode_key(run.padding.pad(picture), shrinkage=True, selection=True)
    n, cells = len(run.ids), run.padding.cells
    return (
        features,
        torch.zeros(n, run.network.value_dim, *cells),
        torch.zeros(n, run.network.hidden_dim, *cells),
    )


def _filling(reference: Reference, n: int) -> Filling:
    """Tokens around those of the first frame, as a video of one scene leaves them."""
    rng = torch.Generator().manual_seed(2)
    store, count = reference.memory.working, PROTOTYPES + (WORKING - 1) * reference.memory.cells
    like = torch.randint(store.size, (count,), generator=rng)
    key = store.key[:, like].T
    key = key + key.std() * 0.3 * torch.randn(key.shape, generator=rng)
    value = store.values[0][:, :, like].mT
    return Filling(
        key=key,
        shrinkage=store.shrinkage[0, like],
        selection=store.selection[:, like].T,
        values=value + value.std() * 0.3 * torch.randn(value.shape, generator=rng),
        usage=torch.rand(count, generator=rng),
    )


def _fill(run: Reference | Propagation, given: Filling, n: int) -> None:
    """The same tokens for both: prototypes, then frames."""
    old = slice(0, PROTOTYPES)
    memory = run.memory
    if isinstance(run, Reference):
        assert not isinstance(memory, Propagation)
        run.memory.long.add(
            given.key[old].T.contiguous(), given.shrinkage[None, old].contiguous(), None,
            [given.values[:, old].mT.contiguous()],
        )  # fmt: skip
        run.memory.long.use, run.memory.long.life = given.usage[old].clone(), torch.ones(PROTOTYPES)
    else:
        ids = run.ids
        run.memory.long_term.add(
            Prototypes(
                key=given.key[old],
                shrinkage=given.shrinkage[old],
                values={id: given.values[i, old] for i, id in enumerate(ids)},
                valid={id: torch.ones(PROTOTYPES, dtype=torch.bool) for id in ids},
                t_s=torch.zeros(PROTOTYPES).double().numpy(),
                frame=np.zeros(PROTOTYPES, np.int64),
                cells=torch.arange(PROTOTYPES),
            )
        )
        run.memory.table.usage[old], run.memory.table.life[old] = given.usage[old], 1.0
    cells = (given.key.shape[0] - PROTOTYPES) // (WORKING - 1)
    for frame in range(WORKING - 1):
        rows = slice(PROTOTYPES + frame * cells, PROTOTYPES + (frame + 1) * cells)
        key, shrinkage, selection = given.key[rows], given.shrinkage[rows], given.selection[rows]
        if isinstance(run, Reference):
            value = given.values[:, rows].mT.contiguous()
            run.memory.write(key.T.contiguous(), shrinkage[None], selection.T.contiguous(), value)
        else:
            values = {id: given.values[i, rows] for i, id in enumerate(run.ids)}
            run.memory.write(key, shrinkage, selection, values, t_s=0.0, frame=frame + 1)
    # As if so many frames had passed.
    if isinstance(run, Reference):
        run.t = run.last_mem = run.last_deep = WORKING
    else:
        run._clock[:] = WORKING


def _pictures(count: int) -> list[Tensor]:
    """Frames of the packaged clip, normalised."""
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    found: list[Tensor] = []
    with open_source(str(street())) as source:
        for frame in source:
            rgb = cv2.resize(frame.rgb, SIZE[::-1], interpolation=cv2.INTER_AREA)
            found.append(((torch.from_numpy(rgb).float() / 255 - mean) / std).permute(2, 0, 1).contiguous())
            if len(found) == count:
                break
    return found


def frames_table(rows: list[dict[str, Any]]) -> Table:
    """Milliseconds a frame, ratios, and the largest difference of a probability."""
    names = [key.removesuffix("_ms") for key in rows[0] if key.endswith("_ms")]
    shown = Table(title="whole frames at 480x854, long-term memory full, CPU time, one thread")
    shown.add_column("objects")
    for i, name in enumerate(names):
        shown.add_column(f"{name}, ms a frame", justify="right")
        if i:
            shown.add_column("ratio", justify="right", style="bold")
            shown.add_column("largest difference", justify="right")
            shown.add_column("pixels within 1e-5", justify="right")
    for row in rows:
        cells = [str(row["objects"]), f"{row[f'{names[0]}_ms']:.0f}"]
        for name in names[1:]:
            cells += [f"{row[f'{name}_ms']:.0f}", f"{row[f'{names[0]}_ms'] / row[f'{name}_ms']:.2f}x"]
            cells += [f"{row[f'{name}_largest']:.0e}", f"{row[f'{name}_close']:.2%}"]
        shown.add_row(*cells)
    return shown

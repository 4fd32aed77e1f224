"""The feature memory's read beside the dense formulation of the specification: CPU time on one thread, in turns.

Both get the same tokens and the same 1620 queries (480x854 pixels). The dense read makes the similarities of all
tokens, their top-k along the first axis, a dense affinity and a dense product with the values, and joins long-term
and working memory on each read, as the original does.

`largest difference` is that of the two readouts, but for queries whose 30th and 31st similarity are closer than 1e-5
(in double precision): rounding decides there which of two tokens is read. `close` is the number of those.

Run from the root: python -m benchmarks.xmem.read [--repeats 9] [--json FILE]
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from benchmarks.xmem.dense_memory import DenseMemory, MemoryConfig, similarity
from streammem.memory.consolidation import Prototypes
from streammem.memory.feature import FeatureConfig, FeatureMemory, FeatureShape

ROWS, COLUMNS, KEY, VALUE = 30, 54, 64, 512
CELLS = ROWS * COLUMNS
FRAMES = 10
TOP_K, CLOSE = 30, 1e-5
CASES = [(prototypes, objects) for prototypes in (0, 10_000) for objects in (1, 3)]


def frame(objects: int, cells: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Key, shrinkage, selection and values: tokens first."""
    key = torch.randn(cells, KEY, generator=rng) * 0.5
    shrinkage, selection = 1 + torch.rand(cells, generator=rng), torch.rand(cells, KEY, generator=rng)
    return key, shrinkage, selection, torch.randn(objects, cells, VALUE, generator=rng)


def filled(prototypes: int, objects: int) -> tuple[DenseMemory, FeatureMemory]:
    """Both memories with the same 10 frames and as many prototypes."""
    rng = torch.Generator().manual_seed(prototypes + objects)
    dense = DenseMemory(MemoryConfig(working_max=FRAMES + 1))
    config = FeatureConfig(
        working_max=FRAMES + 1, long_term=prototypes or 256, objects=objects, budget="2 GB"
    )
    ours = FeatureMemory(config, FeatureShape(rows=ROWS, columns=COLUMNS, key_dim=KEY, value_dim=VALUE))
    ours.add_objects(range(objects))
    if prototypes:
        key, shrinkage, _, values = frame(objects, prototypes, rng)
        dense.long.add(key.T, shrinkage[None], None, [values.mT])
        ours.long_term.add(
            Prototypes(
                key=key,
                shrinkage=shrinkage,
                values=dict(enumerate(values)),
                valid={number: torch.ones(prototypes, dtype=torch.bool) for number in range(objects)},
                t_s=np.zeros(prototypes),
                frame=np.zeros(prototypes, np.int64),
                cells=torch.arange(prototypes),
            )
        )
    for number in range(FRAMES):
        key, shrinkage, selection, values = frame(objects, CELLS, rng)
        dense.write(key.T, shrinkage[None], selection.T, values.mT)
        ours.write(key, shrinkage, selection, dict(enumerate(values)), t_s=number, frame=number)
    return dense, ours


def gaps(ours: FeatureMemory, key: Tensor, selection: Tensor) -> Tensor:
    """Between the last similarity that is read and the first that is not, for each query, in double precision."""
    table = ours.table
    rows = torch.cat([ours.long_term.rows(), torch.arange(table.rows)[table.prototypes :][: FRAMES * CELLS]])
    tokens, sharp = table.key[rows].double(), table.shrinkage[rows].double()
    found = []
    for k, e in zip(key.double().split(60), selection.double().split(60), strict=True):
        best = similarity(tokens.T, sharp[None], k.T, e.T).topk(TOP_K + 1, dim=0).values
        found.append(best[-2] - best[-1])
    return torch.cat(found)


def in_turns(runs: list[Callable[[], Tensor]], repeats: int) -> list[list[float]]:
    """CPU milliseconds of each, taken in turns after a warm-up."""
    spent: list[list[float]] = [[] for _ in runs]
    for turn in range(repeats + 1):
        for run, times in zip(runs, spent, strict=True):
            begun = time.process_time()
            run()
            if turn:
                times.append((time.process_time() - begun) * 1e3)
    return spent


def measure(repeats: int) -> list[dict[str, float]]:
    """One row a case."""
    rows = []
    for prototypes, objects in CASES:
        dense, ours = filled(prototypes, objects)
        key, _, selection, _ = frame(0, CELLS, torch.Generator().manual_seed(99))
        slow, fast = partial(dense.read, key.T, selection.T), partial(ours.read, key, selection)
        clear = gaps(ours, key, selection) > CLOSE
        difference = float((slow() - fast().mT)[..., clear].abs().max())
        peer, our = in_turns([slow, fast], repeats)
        rows.append(
            {
                "tokens": FRAMES * CELLS + prototypes,
                "objects": objects,
                "dense_ms": statistics.median(peer),
                "ours_ms": statistics.median(our),
                "ratio": statistics.median(peer) / statistics.median(our),
                "ratio_of_fastest": min(peer) / min(our),
                "largest_difference": difference,
                "close": int((~clear).sum()),
            }
        )
    return rows


def table(rows: list[dict[str, float]]) -> Table:
    """For people."""
    shown = Table(title=f"read of {CELLS} queries, CPU time, one thread")
    for name in (
        "tokens",
        "objects",
        "dense ms",
        "ours ms",
        "ratio",
        "of the fastest",
        "largest difference",
        "close",
    ):
        shown.add_column(name, justify="right")
    for row in rows:
        shown.add_row(
            f"{row['tokens']:,.0f}",
            f"{row['objects']:.0f}",
            f"{row['dense_ms']:.0f}",
            f"{row['ours_ms']:.0f}",
            f"{row['ratio']:.1f}",
            f"{row['ratio_of_fastest']:.1f}",
            f"{row['largest_difference']:.1e}",
            f"{row['close']:.0f}",
        )
    return shown


def main() -> None:
    """Print a table; write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with torch.inference_mode():
        rows = measure(options.repeats)
    Console(width=None if Console().is_terminal else 120).print(table(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()

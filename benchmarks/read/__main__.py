"""Find latency on 10,000 exemplars: each space of the memory, beside a naive float32 flat search.

Run from the root: python -m benchmarks.read [--exemplars 10000] [--json FILE]. One thread, median of 30.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from streammem.interface import SpaceSpec
from streammem.memory.episodic import EpisodicConfig, EpisodicMemory
from streammem.types import Features, Observation, Query

GRID = (7, 12)
SPECS = {
    "pixel": SpaceSpec(dim=384),
    "frame": SpaceSpec(dim=1280),
    "patch": SpaceSpec(dim=1280, grid=GRID),
    "text": SpaceSpec(dim=1000, grid=GRID, kind="distribution"),
}
WORDS = {"1 class": [444], "dog (118 classes)": range(151, 269), "animal (398 classes)": range(398)}
RGB = np.zeros((1, 1, 3), np.uint8)


def features(rng: np.random.Generator, spaces: tuple[str, ...]) -> Features:
    """Unit vectors, and peaked probabilities."""
    made = {}
    for name in spaces:
        spec = SPECS[name]
        matrix = rng.standard_normal((spec.cells, spec.dim), np.float32)
        if spec.kind == "distribution":
            matrix = np.exp(3.0 * matrix)
            matrix /= matrix.sum(axis=1, keepdims=True)
        else:
            matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
        made[name] = torch.from_numpy(matrix)
    return Features(spaces=made)


def filled(exemplars: int, deep: str | None, rng: np.random.Generator) -> tuple[EpisodicMemory, float]:
    """A memory with so many exemplars and codes in one deep space; milliseconds a write."""
    spaces = ("pixel",) if deep is None else ("pixel", deep)
    shares = {"pixel": 1.0, "events": 0.01, "snapshots": 0.0, "other": 1.0}
    config = EpisodicConfig(max_exemplars=exemplars, shares=shares)
    budget = 4_000_000 + exemplars * (8_000 if deep in ("patch", "text") else 600)
    memory = EpisodicMemory(config, {name: SPECS[name] for name in spaces}, budget)
    spent = 0.0
    for index in range(exemplars):
        made = features(rng, spaces)
        begun = time.process_time()
        memory.write(Observation(index=index, t_s=index * 0.5, rgb=RGB), made)
        spent += time.process_time() - begun
    assert memory.counts()["exemplars"] == exemplars, memory.counts()
    return memory, spent / exemplars * 1e3


def median_ms(ask: Callable[[], object], times: int = 30) -> float:
    """Median CPU milliseconds after a warm-up."""
    ask()
    spent = []
    for _ in range(times):
        begun = time.process_time()
        ask()
        spent.append((time.process_time() - begun) * 1e3)
    return statistics.median(spent)


def naive_ms(exemplars: int, dim: int, rng: np.random.Generator) -> float:
    """All float32 vectors against the query, the best five sorted: no codes, no masks, no evidence."""
    vectors = rng.standard_normal((exemplars, dim), np.float32)
    query = rng.standard_normal(dim, np.float32)
    return median_ms(lambda: np.argsort(-(vectors @ query))[:5])


def measure(exemplars: int) -> list[dict[str, Any]]:
    """One row a question."""
    rng, rows = np.random.default_rng(0), []
    for deep in (None, "frame", "patch", "text"):
        memory, write_ms = filled(exemplars, deep, rng)
        space = deep or "pixel"
        spec = SPECS[space]
        asked = {"one vector": torch.randn(1, spec.dim, generator=torch.Generator().manual_seed(0))}
        if space == "text":
            asked = {name: torch.zeros(1, spec.dim) for name in WORDS}
            for name, classes in WORDS.items():
                asked[name][0, list(classes)] = 1
        for name, what in asked.items():
            ask = partial(memory.search, Query(what=what, space=space, top_k=5))
            row = {
                "space": space,
                "question": name,
                "exemplars": exemplars,
                "search_ms": median_ms(ask),
                "naive_ms": naive_ms(exemplars, spec.dim, rng) if spec.cells == 1 else None,
                "write_ms": write_ms,
                "bytes_an_exemplar": round(memory.parts()[space] / exemplars, 1),
            }
            rows.append(row)
            naive = f"{row['naive_ms']:8.2f}" if row["naive_ms"] else "       -"
            print(
                f"{space:6} {name:22} search {row['search_ms']:6.2f} ms  naive float32 {naive} ms  "
                f"write {write_ms:5.2f} ms  {row['bytes_an_exemplar']:8.1f} B an exemplar",
                flush=True,
            )
    return rows


def main() -> None:
    """Print a table; write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exemplars", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = measure(options.exemplars)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()

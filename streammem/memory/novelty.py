"""Whether a part of the picture is new although the whole is not: cells unlike any cell of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from streammem.memory.codes import similarity
from streammem.memory.episodic_tables import EpisodicTables

__all__ = ["cell_novelty"]


def cell_novelty(
    tables: EpisodicTables,
    entries: Mapping[str, Mapping[str, NDArray[Any]]],
    far: Float32[np.ndarray, " n"],
) -> float:
    """How new the picture's newest cells are, in units of what counts as new; 0 where no grid says anything.

    Each cell is compared with every cell, wherever it lies, of the few nearest exemplars alone: what moved is
    not new, and the cost stays the same however many exemplars there are. `novel_cells` cells must be that new
    at once.
    """
    newest = 0.0
    for name, space in tables.spaces.items():
        if name not in entries or space.spec.cells == 1 or space.spec.kind != "dense":
            continue
        link = tables.exemplars.table[f"row_{name}"][: len(far)].astype(np.int64)
        near = np.argsort(far, kind="stable")[: tables.config.neighbours]
        near = link[near[np.isfinite(far[near])]]
        rows = near[near > 0] - 1
        if not len(rows):
            continue
        code, norm = entries[name]["code"], entries[name]["norm"]
        dim = code.shape[-1]
        known, length = space.table["code"][rows].reshape(-1, dim), space.table["norm"][rows].reshape(-1)
        alike = similarity(known, length, code.astype(np.float32)).max(axis=1)
        apart = 1.0 - alike / np.maximum(norm.astype(np.float32), np.float32(1e-6))
        cells = min(tables.config.novel_cells, len(apart))
        newest = max(newest, float(np.sort(apart)[-cells]) / tables.config.of("novelty", name))
    return newest

"""An octree as flat named arrays, and back: what is read is checked before anything relies on it."""

from __future__ import annotations

import numpy as np
import torch

from streammem.errors import StoreDamagedError
from streammem.interface import State
from streammem.spatial.octree.blocks import VOXELS
from streammem.spatial.octree.morton import BLOCK_BITS, decode
from streammem.spatial.octree.tables import Tables

__all__ = ["restored", "saved"]


def saved(tables: Tables, counts: list[int], last_s: float) -> State:
    """All that an octree holds."""
    parts = {
        "blocks": tables.blocks.state(),
        "index": tables.index.state(),
        "surface": tables.surface.state(),
    }
    arrays = {f"{part}/{name}": array for part, own in parts.items() for name, array in own.items()}
    return {
        **arrays,
        "counts": np.array(counts, np.int64),
        "next_id": np.array([tables.surface.next_id], np.int64),
        "last_s": np.array([last_s], np.float64),
    }


def restored(tables: Tables, state: State, counters: int) -> tuple[list[int], float]:
    """Fill tables that were never used. Returns the counters and the time of the last frame.

    Raises:
        StoreDamagedError: if an array is missing, does not fit, or contradicts another.
    """
    for part, take in (
        ("blocks", tables.blocks.restore),
        ("index", tables.index.restore),
        ("surface", tables.surface.restore),
    ):
        start = f"{part}/"
        take({name.removeprefix(start): array for name, array in state.items() if name.startswith(start)})
    for name, length in (("counts", counters), ("next_id", 1), ("last_s", 1)):
        if name not in state or np.shape(state[name]) != (length,):
            raise StoreDamagedError(f"the octree's saved state has no {name!r} of {length} numbers")
    tables.surface.next_id = int(state["next_id"][0])
    said = contradiction(tables)
    if said is not None:
        raise StoreDamagedError(
            f"the octree's saved tables contradict each other ({said}): go back to an earlier commit"
        )
    return [int(number) for number in state["counts"]], float(state["last_s"][0])


def contradiction(tables: Tables) -> str | None:
    """What is wrong between tables, None if nothing is."""
    blocks, index, surface = tables.blocks, tables.index, tables.surface
    live, rows = blocks.live, surface.rows
    if not torch.equal(decode(blocks.keys << BLOCK_BITS), blocks["corner"][live].to(torch.int64)):
        return "corners are not those of the keys"
    having = live[blocks["index"][live] > 0]
    which = blocks["index"][having].to(torch.int64) - 1
    if len(index) != having.numel() or bool((which >= index.slots.high).any()):
        return "blocks and their index differ in number"
    if not torch.equal(index["owner"][which].to(torch.int64) - 1, having):
        return "an index has another owner than the block that points to it"
    cells, keys = surface["cell"][rows], surface["key"][rows]
    if len(surface) != rows.numel() or bool(
        (cells < 0).any() | ((cells >> BLOCK_BITS) >= blocks.slots.high).any()
    ):
        return "rows lie in no block"
    if not torch.equal(tables.rows_of(cells), rows) or not torch.equal(tables.keys_of(cells), keys):
        return "rows are not where the index says"
    if int((index["row"][: index.slots.high] > 0).sum()) != rows.numel():
        return "the index names rows that are not in use"
    if not torch.equal((index["row"][which] > 0).sum(1), index["count"][which].to(torch.int64)):
        return "an index has another count of rows"
    if bool((blocks["log_odds"].view(-1)[cells] <= 0).any()):
        return f"one of {VOXELS} voxels of a block has a row and is not occupied"
    ids = surface["id"][rows]
    if bool((ids <= 0).any() | (ids >= surface.next_id).any()) or torch.unique(ids).numel() != rows.numel():
        return "ids are not unique"
    return None

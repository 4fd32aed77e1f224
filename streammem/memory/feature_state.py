"""The feature memory as named arrays, and back: only rows that were used, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from streammem.errors import BudgetError, StoreDamagedError
from streammem.interface import State
from streammem.memory.feature_read import key_columns
from streammem.memory.feature_room import LEDGER

if TYPE_CHECKING:
    from streammem.memory.feature import FeatureMemory

__all__ = ["load", "save", "saved_bytes"]


def save(memory: FeatureMemory) -> State:
    """Copies of everything."""
    state = {name: tensor.cpu().numpy().copy() for name, tensor in _tensors(memory)}
    state["objects"] = np.array(memory.objects, np.int64)
    state["ledger"] = memory._ledger.copy()
    for part, books in (("frames", memory.working.frames), ("prototypes", memory.long_term.tokens)):
        state |= {f"{part}/{name}": array for name, array in books.state().items()}
    return state


def saved_bytes(memory: FeatureMemory) -> int:
    """Bytes that `save` would take."""
    tensors = sum(tensor.numel() * tensor.element_size() for _, tensor in _tensors(memory))
    books = memory.working.frames.nbytes() + memory.long_term.tokens.nbytes()
    return tensors + books + memory._ledger.nbytes + 8 * len(memory.objects)


def load(memory: FeatureMemory, state: State) -> None:
    """Put a saved state in place of what is there, after a check of every array.

    Raises:
        StoreDamagedError: if an array is missing or of another shape.
        BudgetError: if there are more objects than fit.
    """
    numbers = _array(state, "objects", np.int64, (len(state.get("objects", ())),))
    if len(np.unique(numbers)) < len(numbers):
        raise StoreDamagedError(f"objects {numbers.tolist()} are not one of each: the state is damaged")
    if len(numbers) > memory.most_objects:
        raise BudgetError(
            f"the state holds {len(numbers)} objects, this budget {memory.most_objects}: give a larger one"
        )
    ledger = _array(state, "ledger", np.int64, (len(LEDGER),))
    fresh = type(memory)(memory.config, memory.shape, device=memory.device, beside=memory.room.beside)
    fresh.add_objects(numbers.tolist())
    for part, books in (("frames", fresh.working.frames), ("prototypes", fresh.long_term.tokens)):
        prefix = f"{part}/"
        _array(state, f"{part}/live", np.bool_, (len(state.get(f"{part}/live", ())),))
        books.restore({name.removeprefix(prefix): a for name, a in state.items() if name.startswith(prefix)})
    for name, tensor in _tensors(fresh):
        kind = np.bool_ if tensor.dtype == torch.bool else np.float32
        tensor.copy_(torch.from_numpy(_array(state, name, kind, tuple(tensor.shape))))
    fresh._ledger[:] = ledger
    table = fresh.table
    for rows in _used(fresh).values():
        table.match[:, rows] = key_columns(table.key[rows], table.shrinkage[rows])
    for name in ("table", "working", "long_term", "sensory", "_ledger", "last_prototypes"):
        setattr(memory, name, getattr(fresh, name))


def _used(memory: FeatureMemory) -> dict[str, slice]:
    """Rows up to the last one in use, of prototypes and of frames."""
    start = memory.table.prototypes
    frames = memory.working.frames.high * memory.shape.cells
    return {"long_term": slice(0, memory.long_term.tokens.high), "working": slice(start, start + frames)}


def _tensors(memory: FeatureMemory) -> Iterator[tuple[str, Tensor]]:
    """The used part of each column."""
    table = memory.table
    for part, rows in _used(memory).items():
        for name in ("key", "shrinkage", "usage", "life"):
            yield f"{part}/{name}", getattr(table, name)[rows]
        for number in memory.objects:
            yield f"{part}/values/{number}", table.values[number][rows]
            yield f"{part}/valid/{number}", table.valid[number][rows]
    yield "working/selection", table.selection[: memory.working.frames.high * memory.shape.cells]
    yield "sensory/hidden", memory.sensory.hidden


def _array(state: State, name: str, kind: type, shape: tuple[int, ...]) -> NDArray[Any]:
    found = state.get(name)
    if found is None or found.dtype != kind or found.shape != shape:
        what = "nothing" if found is None else f"{found.dtype} of shape {found.shape}"
        raise StoreDamagedError(
            f"{name!r} should be {np.dtype(kind)} of shape {shape}, found {what}: restore into a memory made with the "
            "same configuration and shape"
        )
    return np.ascontiguousarray(found)

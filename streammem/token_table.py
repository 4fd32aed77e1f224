"""A table of tokens: preallocated columns, rows that come and go, never a new allocation.

Every store of streammem keeps what it knows as rows of such a table: what (key, value), when (t_s), where
(xyz), from which frame. A row keeps its number until it is freed; the lowest free row is used first, so the
rows in use stay together at the front and reads run over a prefix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Integer
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from streammem.errors import BudgetError, StoreDamagedError
from streammem.interface import State

__all__ = ["Column", "TokenTable"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the type of its numbers and the shape of one row's entry."""

    dtype: DTypeLike
    shape: tuple[int, ...] = ()

    @property
    def nbytes(self) -> int:
        """Bytes of one row's entry."""
        return int(np.dtype(self.dtype).itemsize * np.prod(self.shape, dtype=np.int64))


class TokenTable:
    """Rows with named columns, at most `capacity` of them.

    `table["key"]` is the NumPy view of a whole column, `table.tensor("key")` the same memory as a torch tensor.
    Memory is asked for once, zeroed lazily by the system, so rows never used cost address space alone.
    """

    def __init__(self, columns: Mapping[str, Column], capacity: int) -> None:
        if capacity < 1:
            raise BudgetError(f"a table needs room for at least 1 row, got {capacity}")
        self.columns, self.capacity = dict(columns), capacity
        self._arrays: dict[str, NDArray[Any]] = {
            name: np.zeros((capacity, *column.shape), column.dtype) for name, column in columns.items()
        }
        self._live = np.zeros(capacity, np.bool_)
        self._count = self._high = 0
        self._row_bytes = self.row_bytes(columns)

    def __len__(self) -> int:
        """Live rows."""
        return self._count

    @property
    def high(self) -> int:
        """One past the last live row: what a read has to look at."""
        return self._high

    @property
    def full(self) -> bool:
        """Whether `allocate` would fail."""
        return self._count == self.capacity

    @property
    def live(self) -> Bool[np.ndarray, " high"]:
        """Which of the first `high` rows are in use."""
        return self._live[: self._high]

    def __getitem__(self, column: str) -> NDArray[Any]:
        """A whole column, (capacity, ...); a view to read and to write."""
        return self._arrays[column]

    def tensor(self, column: str) -> Tensor:
        """The same memory as a torch tensor."""
        return torch.from_numpy(self._arrays[column])

    def allocate(self) -> int:
        """Take the lowest free row; its entries are zero.

        Raises:
            BudgetError: if the table is full.
        """
        if self.full:
            raise BudgetError(f"all {self.capacity} rows are taken: free one first")
        row = int(self._live.argmin())
        self._live[row] = True
        self._count += 1
        self._high = max(self._high, row + 1)
        return row

    def free(self, row: int) -> None:
        """Give a row back; its entries are wiped, so that nothing dropped lingers in a saved state."""
        if not (0 <= row < self._high and self._live[row]):
            raise IndexError(f"row {row} is not in use")
        self._live[row] = False
        self._count -= 1
        for array in self._arrays.values():
            array[row] = 0
        while self._high and not self._live[self._high - 1]:
            self._high -= 1

    def keep(self, rows: Integer[np.ndarray, " m"]) -> None:
        """Free all rows but these (rising numbers); they move up to the front, so their numbers change."""
        kept = len(rows)
        for array in self._arrays.values():
            array[:kept] = array[rows]
            array[kept : self._high] = 0
        self._live[:] = False
        self._live[:kept] = True
        self._count = self._high = kept

    @staticmethod
    def row_bytes(columns: Mapping[str, Column]) -> int:
        """Bytes of one row, its live flag included."""
        return 1 + sum(column.nbytes for column in columns.values())

    def nbytes(self) -> int:
        """Bytes that `state` holds: all columns and the live flag of the first `high` rows."""
        return self._high * self._row_bytes

    @property
    def capacity_bytes(self) -> int:
        """Bytes that the table can grow to: what it has reserved."""
        return self.capacity * self._row_bytes

    def state(self) -> State:
        """The first `high` rows of every column, and which of them are live."""
        arrays = {name: array[: self._high].copy() for name, array in self._arrays.items()}
        return {**arrays, "live": self.live.copy()}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if a column is missing, of another type, or longer than this table.
        """
        live = np.asarray(state["live"], np.bool_) if "live" in state else np.zeros(0, np.bool_)
        high = len(live)
        for name, array in self._arrays.items():
            saved = state.get(name)
            wanted = (high, *array.shape[1:])
            if saved is None or saved.dtype != array.dtype or saved.shape != wanted or high > self.capacity:
                found = "nothing" if saved is None else f"{saved.dtype} of shape {saved.shape}"
                raise StoreDamagedError(
                    f"column {name!r} should be {array.dtype} of shape {wanted}, at most {self.capacity} rows, "
                    f"found {found}: restore into a memory made with the same budget and configuration"
                )
        for name, array in self._arrays.items():
            array[:high] = state[name]
            array[high : self._high] = 0  # what was never used stays untouched
        self._live[:high], self._live[high:] = live, False
        self._count, self._high = int(live.sum()), high

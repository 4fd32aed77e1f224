"""Arrays with a row for each followed object, which come and go with the objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int64
from numpy.typing import NDArray

from streammem.errors import StoreDamagedError
from streammem.interface import State

__all__ = ["ObjectRows"]


class ObjectRows:
    """Named columns; `fresh` holds one row of each, as a new object begins.

    >>> rows = ObjectRows({"area": np.array(0.0)})
    >>> rows.follow([7, 9])
    >>> rows["area"][:] = 1, 2
    >>> rows.follow([9, 4])
    >>> rows["area"]
    array([2., 0.])
    """

    def __init__(self, fresh: Mapping[str, NDArray[Any]]) -> None:
        self._fresh = {name: np.asarray(row) for name, row in fresh.items()}
        self._columns = {name: np.zeros((0, *row.shape), row.dtype) for name, row in self._fresh.items()}
        self.ids: Int64[np.ndarray, " n"] = np.zeros(0, np.int64)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def object_bytes(self) -> int:
        """Bytes that an object takes."""
        return 8 + sum(row.nbytes for row in self._fresh.values())

    def nbytes(self) -> int:
        """Bytes of the arrays in `state`."""
        return len(self) * self.object_bytes

    def follow(self, ids: Sequence[int]) -> None:
        """These objects and no others, in this order."""
        wanted = np.asarray(ids, np.int64)
        if np.array_equal(wanted, self.ids):
            return
        row = {id: at for at, id in enumerate(self.ids.tolist())}
        old = np.array([row.get(id, -1) for id in wanted.tolist()], np.int64)
        for name, fresh in self._fresh.items():
            column = np.broadcast_to(fresh, (len(wanted), *fresh.shape)).copy()
            column[old >= 0] = self._columns[name][old[old >= 0]]
            self._columns[name] = column
        self.ids = wanted

    def state(self) -> State:
        """Copies of everything."""
        return {"ids": self.ids.copy()} | {name: column.copy() for name, column in self._columns.items()}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it does not fit; nothing changes then.
        """
        n = len(state.get("ids", ()))
        wanted = {"ids": (n,)} | {name: (n, *row.shape) for name, row in self._fresh.items()}
        wrong = [name for name, shape in wanted.items() if name not in state or state[name].shape != shape]
        if wrong:
            raise StoreDamagedError(
                f"{wrong} do not fit {n} objects: restore with the configuration that saved them"
            )
        self.ids = np.array(state["ids"], np.int64)
        self._columns = {name: np.array(state[name], row.dtype) for name, row in self._fresh.items()}

"""The octree's surface as the object layer sees it: columns by row, and who owns which row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float32, Int64
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Columns", "Surface", "SurfaceMap", "host"]


@runtime_checkable
class Columns(Protocol):
    """Tensors by name, one entry a row."""

    def __getitem__(self, name: str, /) -> Tensor: ...


@runtime_checkable
class SurfaceMap(Protocol):
    """What the object layer asks of a map: `Octree` is one."""

    @property
    def surface(self) -> Any:
        """Columns `object`, `id`, `first_s`, `weight`, `feature`, `rgb` over rows."""

    @property
    def config(self) -> Any:
        """Has `voxel_m`."""

    def centres(self, rows: Int64[Tensor, " n"], /) -> Float32[Tensor, "n 3"]:
        """Where the voxels of these rows are, metres."""

    def rows_at(self, points: Float32[Tensor, "n 3"], /) -> Int64[Tensor, " n"]:
        """The rows of the voxels that hold these points, -1 for none."""


def host(tensor: Tensor) -> NDArray[Any]:
    """A tensor as an array; the same memory where it lies on the CPU."""
    return np.asarray(tensor.detach().cpu().numpy())


class Surface:
    """The rows of a map during one update, and the rows of each object.

    The octree's column `object` is the truth; `_members` is a cache that may hold rows which were freed since, so
    everything read from it is checked against the column. `_points` caches where rows are. Both can be made anew from
    the map at any time and then give the same answers, so they are neither saved nor counted.
    """

    def __init__(self) -> None:
        self._members: dict[int, NDArray[np.int64]] | None = None
        self._map: SurfaceMap | None = None

    def attend(self, octree: SurfaceMap) -> None:
        """Look at this map from now on."""
        if self._map is not octree or self._members is None:
            self._map = octree
            owner = host(octree.surface["object"])
            rows = np.flatnonzero(owner)
            rows = rows[np.argsort(owner[rows], kind="stable")]
            ids, starts = np.unique(owner[rows], return_index=True)
            parts = np.split(rows, starts[1:]) if len(ids) else []
            self._members = {int(id): part for id, part in zip(ids, parts, strict=True)}
            self._points = np.zeros((len(owner), 3), np.float32)
            self.locate(np.flatnonzero(host(octree.surface["id"])))
        self._owner = host(octree.surface["object"])
        self.voxel_m = float(octree.config.voxel_m)

    def forget(self) -> None:
        """Drop the cache: the map may have become another one."""
        self._members = self._map = None

    @property
    def map(self) -> SurfaceMap:
        """The map that is looked at."""
        assert self._map is not None, "attend comes first"
        return self._map

    def owner(self, rows: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """The object of each row, 0 for none."""
        return np.asarray(self._owner[rows], np.int64)

    def give(self, rows: Int64[np.ndarray, " n"], id: int) -> None:
        """These rows are this object's from now on; 0 for nobody's."""
        if not len(rows):
            return
        column = self.map.surface["object"]
        column[torch.from_numpy(rows).to(column.device)] = id
        if column.device.type != "cpu":
            self._owner = self._owner.copy() if not self._owner.flags.writeable else self._owner
            self._owner[rows] = id
        if id:
            members = self._cache()
            members[id] = np.union1d(members[id], rows) if id in members else np.unique(rows)

    def members(self, id: int) -> Int64[np.ndarray, " n"]:
        """The rows of an object, rising."""
        members = self._cache()
        if id not in members:
            return np.zeros(0, np.int64)
        rows = members[id]
        mine = self._owner[rows] == id
        if not mine.all():
            rows = members[id] = rows[mine]
        return rows

    def release(self, id: int) -> int:
        """Give up all rows of an object; says how many there were."""
        rows = self.members(id)
        self.give(rows, 0)
        self._cache().pop(id, None)
        return len(rows)

    def groups(self, ids: Iterable[int]) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " k"]]:
        """The rows of several objects one after the other, and how many each has."""
        parts = [self.members(id) for id in ids]
        count = np.array([len(part) for part in parts], np.int64)
        return (np.concatenate(parts) if parts else np.zeros(0, np.int64)), count

    def take(self, column: str, rows: Int64[np.ndarray, " n"]) -> NDArray[Any]:
        """A column's entries of these rows."""
        tensor = self.map.surface[column]
        return host(tensor[torch.from_numpy(rows).to(tensor.device)])

    def locate(self, rows: Int64[np.ndarray, " n"]) -> None:
        """Ask the map where these rows are: they are new, or the map was corrected."""
        if len(rows):
            device = self.map.surface["object"].device
            self._points[rows] = host(self.map.centres(torch.from_numpy(rows).to(device)))

    def centres(self, rows: Int64[np.ndarray, " n"]) -> Float32[np.ndarray, "n 3"]:
        """Where these voxels are, metres."""
        return np.asarray(self._points[rows])

    def cells(self, rows: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, "n 3"]:
        """Whole-number coordinates of these voxels."""
        return np.floor(self.centres(rows).astype(np.float64) / self.voxel_m + 1e-4).astype(np.int64)

    def rows_at(self, points: Float32[np.ndarray, "n 3"]) -> Int64[np.ndarray, " n"]:
        """The rows of the voxels that hold these points, -1 for none."""
        device = self.map.surface["object"].device
        return host(self.map.rows_at(torch.from_numpy(points).to(device))).astype(np.int64)

    def _cache(self) -> dict[int, NDArray[np.int64]]:
        assert self._members is not None, "attend comes first"
        return self._members

"""The frontiers of a map: found again where it changed, with ids that stay.

3D-Mem (Yang et al. 2024) keeps frontiers as clusters of cells in a plane, cut by 2-means, and recognises them by their
overlap. Here they are cells in space, cut by principal axes so that the same map gives the same frontiers; a frontier
whose surroundings did not change is the same one, cell by cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt8

from streammem.budget import Part, share_out
from streammem.errors import ObservationError, StoreDamagedError
from streammem.interface import State
from streammem.spatial.cells import centres_of, unpack
from streammem.spatial.frontiers.border import border, face_sums
from streammem.spatial.frontiers.clusters import cluster, rename
from streammem.spatial.frontiers.config import FrontiersConfig
from streammem.spatial.frontiers.gain import gains
from streammem.spatial.frontiers.known import Known
from streammem.spatial.frontiers.shapes import Shapes, shapes_of
from streammem.spatial.frontiers.sighting import Posed, best_views
from streammem.types import Box, Frontier

__all__ = ["Frontiers", "Piece"]

Piece = tuple[Callable[[], Known], Box | None]  # what is known of a box and around it, and the box
_CELLS = {"cell": np.int64, "label": np.int64, "faces": np.uint8}
_ROWS = {"id": np.int64, "gain_m3": np.float64, "view": np.int64}
_CELL_BYTES = sum(np.dtype(kind).itemsize for kind in _CELLS.values())
_ROW_BYTES = sum(np.dtype(kind).itemsize for kind in _ROWS.values())
_CELLS_A_ROW = 8  # room for a frontier's numbers is reserved with so many of its cells


class Frontiers:
    """Cells of the border with the unknown, each with the id of its frontier, within a number of bytes.

    Cells of clusters that are too small to be a frontier are kept with the label 0: more may come to them.
    """

    def __init__(self, config: FrontiersConfig, budget_bytes: int) -> None:
        self.config = config
        self._fixed = 2 * 8
        group = Part(row_bytes=_CELLS_A_ROW * _CELL_BYTES + _ROW_BYTES, weight=1, least=config.least_cells)
        self._most_rows = share_out(budget_bytes - self._fixed, {"frontiers": group})["frontiers"]
        self._most_cells = _CELLS_A_ROW * self._most_rows
        self._cells: dict[str, np.ndarray] = {name: np.zeros(0, kind) for name, kind in _CELLS.items()}
        self._rows: dict[str, np.ndarray] = {name: np.zeros(0, kind) for name, kind in _ROWS.items()}
        self._next, self._dropped = 1, 0

    def __len__(self) -> int:
        """Frontiers."""
        return len(self._rows["id"])

    @property
    def dropped(self) -> int:
        """Cells for which there was no room, so far; those of the smallest frontiers go first."""
        return self._dropped

    @property
    def cells(self) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
        """Rising numbers of all border cells, and the id of the frontier of each, 0 for those of none."""
        return self._cells["cell"].copy(), self._cells["label"].copy()

    def update(
        self,
        known: Known,
        *,
        within: Box | None = None,
        views: Sequence[Posed] | None = None,
        floor_m: float = 0.0,
    ) -> tuple[Frontier, ...]:
        """Find the frontiers again in a box that has changed, or everywhere; returns all, most gain first.

        With `within`, what is outside stays as it was; `known` must then reach `config.reach_m` further, so that the
        box's border and gains can be judged. Without, `known` is the whole map. `views` are those among which to look
        for each frontier's best; None leaves them as they were. `floor_m` is the height of the floor along `up`.

        Raises:
            ObservationError: if the cells are of another size than configured.
        """
        return self.renew([(lambda: known, within)], whole=within is None, views=views, floor_m=floor_m)

    def renew(
        self,
        pieces: Sequence[Piece],
        *,
        whole: bool,
        views: Sequence[Posed] | None = None,
        floor_m: float = 0.0,
    ) -> tuple[Frontier, ...]:
        """Like `update`, for a space too large to be held at once: one box after the other, each made twice.

        With `whole`, what is in none of the boxes is known no longer.

        Raises:
            ObservationError: if the cells are of another size than configured.
        """
        cells, before, faces = self._merged(pieces, whole, floor_m)
        labels, counts = np.unique(self._cells["label"], return_counts=True)
        sizes = dict(zip(labels.tolist(), counts.tolist(), strict=True))
        normals = face_sums(faces)
        group = self._fitted(
            cluster(cells, centres_of(cells, self.config.cell_m), normals, before, sizes, self.config)
        )
        names = rename(group, before, sizes, self._next, self.config.least_iou)
        self._next = max(self._next, *(id + 1 for id in names.values())) if names else self._next
        label = np.array([0, *(names[now] for now in range(1, len(names) + 1))], np.int64)[group]
        old = self._rows
        room = _within_room(label, self._most_cells)
        self._dropped += int(len(label) - room.sum())
        self._cells = {"cell": cells[room], "label": label[room], "faces": faces[room]}
        ids = np.unique(label[label > 0])
        self._rows = {"id": ids, "gain_m3": np.zeros(len(ids)), "view": np.full(len(ids), -1, np.int64)}
        kept = np.isin(ids, old["id"])
        at = np.searchsorted(old["id"], ids[kept])
        for name in ("gain_m3", "view"):
            self._rows[name][kept] = old[name][at]
        return self._listed(self._measure(pieces, ~kept, views, floor_m))

    def all(self) -> tuple[Frontier, ...]:
        """All frontiers, those with most expected gain first."""
        return self._listed(self._shapes())

    def nbytes(self) -> int:
        """Bytes of everything kept."""
        return len(self._cells["cell"]) * _CELL_BYTES + len(self) * _ROW_BYTES + self._fixed

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        cells = {f"cell.{name}": array.copy() for name, array in self._cells.items()}
        rows = {f"row.{name}": array.copy() for name, array in self._rows.items()}
        return {**cells, **rows, "counts": np.array([self._next, self._dropped], np.int64)}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it is not one of frontiers with this budget.
        """
        for prefix, columns, most in (("cell", _CELLS, self._most_cells), ("row", _ROWS, self._most_rows)):
            saved = [state.get(f"{prefix}.{name}") for name in columns]
            right = [
                array is not None and array.dtype == kind and array.ndim == 1 and len(array) <= most
                for array, kind in zip(saved, columns.values(), strict=True)
            ]
            if not all(right) or len({len(array) for array in saved if array is not None}) != 1:
                raise StoreDamagedError(
                    f"frontiers keep columns {', '.join(columns)} of one length, at most {most}: restore into a "
                    "memory made with the same budget and configuration"
                )
        counts = state.get("counts")
        if (
            counts is None
            or counts.shape != (2,)
            or not np.isin(state["cell.label"], [0, *state["row.id"]]).all()
        ):
            raise StoreDamagedError("cells name frontiers that are not there: restore an earlier commit")
        self._cells = {name: state[f"cell.{name}"].copy() for name in _CELLS}
        self._rows = {name: state[f"row.{name}"].copy() for name in _ROWS}
        self._next, self._dropped = counts.tolist()

    def _listed(self, shapes: Shapes) -> tuple[Frontier, ...]:
        gain, id, view = (
            self._rows["gain_m3"].tolist(),
            self._rows["id"].tolist(),
            self._rows["view"].tolist(),
        )
        centre, normal = shapes.centre.tolist(), shapes.normal.tolist()
        low, high, area, count = (
            shapes.low.tolist(),
            shapes.high.tolist(),
            shapes.area_m2.tolist(),
            shapes.cells.tolist(),
        )
        return tuple(
            Frontier(
                id=id[row],
                centre=tuple(centre[row]),
                extent=Box(low=tuple(low[row]), high=tuple(high[row])),
                cells=count[row],
                area_m2=area[row],
                gain_m3=gain[row],
                normal=tuple(normal[row]),
                view=view[row] if view[row] >= 0 else None,
            )
            for row in sorted(range(len(id)), key=lambda row: (-gain[row], id[row]))
        )

    def _merged(
        self, pieces: Sequence[Piece], whole: bool, floor_m: float
    ) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"], UInt8[np.ndarray, " m"]]:
        """Old cells outside the boxes and new ones inside: rising cells, their old labels (-1: new), their faces."""
        where, kept = unpack(self._cells["cell"]), np.full(len(self._cells["cell"]), not whole)
        found, sides = [], []
        for make, within in pieces:
            known = make()
            if abs(known.cell_m - self.config.cell_m) > 1e-9:
                raise ObservationError(
                    f"frontiers are made of cells of {self.config.cell_m} m, got {known.cell_m} m: ask the map for "
                    "its free and occupied cells at the level of that size"
                )
            low, high = known.judged(within)
            kept &= ((where < low) | (where > high)).any(1)
            cells, faces = border(known, self.config, within, floor_m)
            found.append(cells)
            sides.append(faces)
        cells, first = np.unique(np.concatenate([*found, self._cells["cell"][kept]]), return_index=True)
        faces = np.concatenate([*sides, self._cells["faces"][kept]])[first]
        at = np.searchsorted(self._cells["cell"], cells)
        there = np.minimum(at, max(len(self._cells["cell"]) - 1, 0))
        before = np.full(len(cells), -1, np.int64)
        if len(self._cells["cell"]):
            same = self._cells["cell"][there] == cells
            before[same] = self._cells["label"][there[same]]
        return cells, before, faces

    def _fitted(self, group: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """The largest clusters that there is room for; cells of the others have none."""
        size = np.bincount(group, minlength=1)[1:]
        order = np.argsort(-size, kind="stable")
        fits = (np.cumsum(size[order]) <= self._most_cells) & (np.arange(len(size)) < self._most_rows)
        name = np.zeros(len(size) + 1, np.int64)
        kept = np.sort(order[fits])
        name[kept + 1] = np.arange(1, len(kept) + 1)
        fitted: Int64[np.ndarray, " n"] = name[group]
        return fitted

    def _measure(
        self,
        pieces: Sequence[Piece],
        new: Bool[np.ndarray, " rows"],
        views: Sequence[Posed] | None,
        floor_m: float,
    ) -> Shapes:
        """Gains and best views of frontiers that are new, or have their middle in a box."""
        shapes = self._shapes()
        if not pieces:
            return shapes
        away = np.stack([_outside(shapes.centre, within) for _, within in pieces])
        nearest, inside = away.argmin(0), away.min(0) == 0
        for at, (make, _) in enumerate(pieces):
            rows = np.flatnonzero((new | inside) & (nearest == at))
            if not len(rows):
                continue
            known = make()
            self._rows["gain_m3"][rows] = gains(known, unpack(shapes.cell[rows]), self.config, floor_m)
            if views is not None:
                self._rows["view"][rows] = best_views(
                    known, shapes.centre[rows], shapes.normal[rows], views, self.config
                )
        return shapes

    def _shapes(self) -> Shapes:
        mine = self._cells["label"] > 0
        columns = (self._cells["cell"][mine], self._cells["faces"][mine], self._cells["label"][mine])
        return shapes_of(*columns, self.config)


def _within_room(label: Int64[np.ndarray, " n"], most: int) -> Bool[np.ndarray, " n"]:
    """All cells of frontiers, and as many others as there is room for."""
    room = label > 0
    others = np.flatnonzero(~room)[: max(0, most - int(room.sum()))]
    room[others] = True
    return room


def _outside(points: Float64[np.ndarray, "n 3"], within: Box | None) -> Float64[np.ndarray, " n"]:
    """How far points are outside a box."""
    if within is None:
        return np.zeros(len(points))
    beyond = np.maximum(np.maximum(np.array(within.low) - points, points - np.array(within.high)), 0)
    distance: Float64[np.ndarray, " n"] = np.linalg.norm(beyond, axis=1)
    return distance

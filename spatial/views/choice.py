"""Memory snapshots' choice: the fewest frames that show all cells of surface and all objects seen.

3D-Mem (Yang et al. 2024) clusters objects until every cluster has a frame that shows all of it, and dissolves every
snapshot that a new frame touches. Here a frame is a set of coarse surface cells and objects, each shown more or less
well, and the views are a set cover: a frame comes in for what nobody shows as well, and the views around it are chosen
again, greedily; what is further away stays. Unlike the paper's, the number of views is bounded, surfaces count beside
objects, a better view replaces a worse one, and what is gone from the world makes a view stale.

This class decides; the pictures themselves are kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int16, Int64, Real

from streammem.budget import Part, share_out
from streammem.errors import StoreDamagedError
from streammem.interface import State
from streammem.poses import check_pose, transform
from streammem.spatial.cells import cells_at, centres_of
from streammem.spatial.views.candidate import Candidate, candidate, weights
from streammem.spatial.views.config import ViewsConfig
from streammem.spatial.views.exchange import exchange, good
from streammem.spatial.views.record import COLUMNS, Offer, View, record, write
from streammem.spatial.views.shown import ENTRY_BYTES, Shown
from streammem.token_table import TokenTable
from streammem.types import Intrinsics

__all__ = ["Offer", "View", "Views"]

_COUNTS = ("next", "redundant", "full", "stale", "asked", "refused", "cells")


class Views:
    """Which frames are kept as memory snapshots, within a number of bytes that is never exceeded.

    Cells are numbers of `streammem.spatial.cells` with edges of `config.cell_m`; `shown_cells` makes them from a sight.
    Cost of an offered frame: searching its cells in the sorted index of all that is shown; only where a frame comes in
    are entries moved.
    """

    def __init__(self, config: ViewsConfig, budget_bytes: int) -> None:
        self.config = config
        row_bytes = TokenTable.row_bytes(COLUMNS)
        fewest = config.cells_per_view + config.objects_per_view
        self._fixed = 8 * len(_COUNTS)
        rows = share_out(
            budget_bytes - self._fixed,
            {
                "views": Part(row_bytes=row_bytes, weight=1, most=config.most_views),
                "entries": Part(
                    row_bytes=ENTRY_BYTES, weight=7, least=fewest, most=fewest * config.most_views
                ),
            },
        )
        self._table = TokenTable(COLUMNS, rows["views"])
        self._shown = Shown(rows["entries"])
        self._sole = np.zeros(
            rows["views"]
        )  # weight of what each view alone shows well; follows from the rest
        self._counts = dict.fromkeys(_COUNTS, 0)
        self._counts["next"] = 1

    def __len__(self) -> int:
        """Views kept."""
        return len(self._table)

    @property
    def dropped(self) -> dict[str, int]:
        """What went or was not taken, and why.

        Views: "redundant" (others show it all), "full" (no room, worth least), "stale" (no room, and most of what it
        showed is gone), "asked" (by `drop`). Frames: "refused" (no room, and worth less than any view). "cells" counts
        cells and objects of taken frames beyond what one view may hold.
        """
        return {name: count for name, count in self._counts.items() if name != "next"}

    def offer(
        self,
        *,
        frame: int,
        t_s: float,
        world_from_camera: Float64[np.ndarray, "4 4"],
        intrinsics: Intrinsics,
        place: int = 0,
        cells: Int64[np.ndarray, " n"],
        quality: Float32[np.ndarray, " n"],
        objects: Int64[np.ndarray, " m"] | None = None,
        scores: Float32[np.ndarray, " m"] | None = None,
    ) -> Offer:
        """Take a frame in if it shows what no view shows as well, or if it stands for two views or more.

        `cells` are unique, `quality` says above 0 up to 1 how well each is shown; so do `scores` for `objects`, ids
        above 0 (1 where left out). `place` is the keyframe that the frame belongs to. An object that no view shows is
        always reason enough.

        Raises:
            ObservationError: if cells or objects are repeated, negative, or a quality is outside 0..1.
            PoseError: if the pose is none.
        """
        pose = check_pose(world_from_camera)
        new, cut = candidate(self.config, cells, quality, objects, scores)
        at, which = self._shown.find(new.elements)
        best = np.zeros(len(new.elements), np.uint8)
        np.maximum.at(best, which, self._shown.quality[at])
        better = self.config.as_good * new.quality > best
        gain = float(new.weight[better].sum())
        least = max(self.config.least_gain, self.config.least_share * float(new.weight.sum()))
        wanted = gain > 0 and (gain >= least or bool((new.elements[best == 0] < 0).any()))
        taken = self._taken(new, at, which)
        if not wanted and np.count_nonzero((taken > 0) & (taken >= self._sole)) < 2:
            return Offer(view=None, gain=gain, reason="known")
        rows = self._around(at, new.weight[which], taken)
        kept, needed = exchange(
            self._shown,
            rows,
            new,
            as_good=self.config.as_good,
            object_weight=self.config.object_weight,
            wanted=wanted,
            spare=self.config.spare,
        )
        if not needed or (not wanted and len(kept) + 1 >= len(rows)):
            return Offer(view=None, gain=gain, reason="known")
        superfluous = np.setdiff1d(rows, kept)
        if not self._affordable(gain, taken, superfluous, len(new.elements)):
            self._counts["refused"] += 1
            return Offer(view=None, gain=gain, reason="full")
        dropped = self._drop(superfluous, "redundant") + self._make_room(len(new.elements))
        self._counts["cells"] += cut
        id = self._take(new, frame=frame, t_s=t_s, world_from_camera=pose, intrinsics=intrinsics, place=place)
        return Offer(view=id, dropped=dropped, gain=gain)

    def gone(
        self, cells: Int64[np.ndarray, " n"], objects: Int64[np.ndarray, " m"] | None = None
    ) -> tuple[int, ...]:
        """These cells hold no surface any longer, these objects are no more; the ids of views that are stale now.

        Views keep their rows: a stale one still proves what was there, and goes first when room is needed. A cell is
        gone when the last voxel of surface in it was removed, not the first.
        """
        elements = np.unique(np.concatenate([cells, -objects if objects is not None else cells[:0]]))
        stale = self._stale()
        at, _ = self._shown.find(elements)
        self._table["lost"][: self._table.high] += np.bincount(
            self._shown.view[at], minlength=self._table.high
        ).astype(np.int32)
        gone = np.zeros(self._shown.count, np.bool_)
        gone[at] = True
        self._shown.remove(gone)
        self._weigh()
        return tuple(self._table["id"][np.flatnonzero(self._stale() & ~stale)].tolist())

    def keep_objects(self, ids: Int64[np.ndarray, " m"]) -> None:
        """Only these objects are known still; that others are shown holds no view in place any longer.

        They are not gone from the world, so no view gets stale by it.
        """
        elements = self._shown.element[: self._shown.count]
        forgotten = (elements < 0) & ~np.isin(-elements, ids)
        if forgotten.any():
            self._shown.remove(forgotten)
            self._weigh()

    def rename(self, objects: Mapping[int, int]) -> None:
        """Objects have become others: both of a merge are one from now on."""
        if not objects or not self._shown.count:
            return
        elements = self._shown.element[: self._shown.count].copy()
        old = np.array(sorted(objects), np.int64)
        into = np.array([objects[id] for id in old.tolist()], np.int64)
        at = np.searchsorted(old, -elements).clip(max=len(old) - 1)
        named = old[at] == -elements
        elements[named] = -into[at[named]]
        self._shown.rename(elements)
        self._weigh()

    def rename_places(self, places: Mapping[int, int]) -> None:
        """Places were merged into others (see `Landmarks.visit`): their views belong to those from now on."""
        column = self._table["place"][: self._table.high]
        before = column.copy()
        for old, new in places.items():
            column[self._table.live & (before == old)] = new

    def repose(self, moves: Mapping[int, Float64[np.ndarray, "4 4"]]) -> None:
        """Keyframes were corrected: views of these places, and the cells that they show, move along.

        `moves` are world_new_from_world_old by place.
        """
        count, live = self._shown.count, self._table.live
        elements = self._shown.element[:count].copy()
        for place, delta in moves.items():
            rows = np.flatnonzero(live & (self._table["place"][: self._table.high] == place))
            self._table["pose"][rows] = delta @ self._table["pose"][rows]
            cells = np.isin(self._shown.view[:count], rows) & (elements >= 0)
            moved = transform(delta, centres_of(elements[cells], self.config.cell_m))
            elements[cells] = cells_at(moved, self.config.cell_m)
        self._shown.rename(elements)
        self._weigh()

    def drop(self, ids: Sequence[int]) -> None:
        """Let go of views, for example because there is no room for their pictures; unknown ids are passed over."""
        rows = np.flatnonzero(self._table.live & np.isin(self._table["id"][: self._table.high], ids))
        self._drop(rows, "asked")

    def weakest(self) -> int | None:
        """The id of the view to drop first: stale, then whoever alone shows least, then the oldest."""
        order = self._weakest_first()
        return int(self._table["id"][order[0]]) if len(order) else None

    def view(self, id: int) -> View | None:
        """One view; None if there is none of this id, or none any longer."""
        found = np.flatnonzero(self._table.live & (self._table["id"][: self._table.high] == id))
        return self._record(int(found[0])) if len(found) else None

    def all(self) -> list[View]:
        """All views, oldest first."""
        rows = np.flatnonzero(self._table.live)
        return [self._record(row) for row in rows[np.argsort(self._table["id"][rows])].tolist()]

    def shown_by(self, id: int) -> tuple[Int64[np.ndarray, " cells"], Int64[np.ndarray, " objects"]]:
        """Rising numbers of the cells, and ids of the objects, that a view shows; nothing for an unknown id."""
        view = self.view(id)
        elements = self._shown.element[: self._shown.count]
        mine = elements[self._shown.view[: self._shown.count] == (-1 if view is None else view.row)]
        return mine[mine >= 0], np.sort(-mine[mine < 0])

    def best_for(
        self, *, cells: Int64[np.ndarray, " n"] | None = None, object: int | None = None, top_k: int = 10
    ) -> list[tuple[int, float]]:
        """Ids of the views that show these cells or this object best, and how well, 0 to 1; the best first.

        For cells, the mean of the qualities, where a cell that a view does not show counts 0.
        """
        wanted = np.zeros(0, np.int64) if cells is None else np.unique(cells)
        if object is not None:
            wanted = np.concatenate([np.array([-object], np.int64), wanted])
        at, _ = self._shown.find(wanted)
        score = _sums(self._shown.view[at], self._shown.quality[at], self._table.high)
        score /= 255 * max(len(wanted), 1)
        ids = self._table["id"][: self._table.high]
        order = np.lexsort((ids, -score))[:top_k]
        return [(int(ids[row]), float(score[row])) for row in order if score[row] > 0]

    def covered(self, cells: Int64[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
        """Which of these cells some view shows."""
        order = np.argsort(cells)
        _, which = self._shown.find(cells[order])
        shown = np.zeros(len(cells), np.bool_)
        shown[order[which]] = True
        return shown

    def nbytes(self) -> int:
        """Bytes of everything kept."""
        return self._table.nbytes() + self._shown.nbytes() + self._fixed

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        table = {f"view.{name}": column for name, column in self._table.state().items()}
        index = {f"shown.{name}": column for name, column in self._shown.state().items()}
        return {**table, **index, "counts": np.array([self._counts[name] for name in _COUNTS], np.int64)}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it is not one of views with this budget and configuration.
        """
        counts = state.get("counts")
        if counts is None or counts.shape != (len(_COUNTS),) or counts.dtype != np.int64:
            raise StoreDamagedError(
                f"views keep {len(_COUNTS)} counts, found {'none' if counts is None else counts.shape}: restore "
                "into a memory of the same version"
            )
        parts = {
            part: {
                name.removeprefix(f"{part}."): column
                for name, column in state.items()
                if name.startswith(f"{part}.")
            }
            for part in ("view", "shown")
        }
        self._table.restore(parts["view"])
        self._shown.restore(parts["shown"], self._table.high)
        self._counts = dict(zip(_COUNTS, counts.tolist(), strict=True))
        self._weigh()

    def _taken(
        self, new: Candidate, at: Int64[np.ndarray, " found"], which: Int64[np.ndarray, " found"]
    ) -> Float64[np.ndarray, " rows"]:
        """By row: the weight of what a view alone shows well, and the candidate would, too."""
        best = np.maximum(self._shown.best[at], new.quality[which])
        well = good(self._shown.quality[at], self._shown.best[at], self.config.as_good)
        alone = np.bincount(which[well], minlength=len(new.elements))[which] == 1
        taken = well & alone & good(new.quality[which], best, self.config.as_good)
        return _sums(self._shown.view[at[taken]], new.weight[which[taken]], len(self._sole))

    def _take(
        self,
        new: Candidate,
        *,
        frame: int,
        t_s: float,
        world_from_camera: Float64[np.ndarray, "4 4"],
        intrinsics: Intrinsics,
        place: int,
    ) -> int:
        """The candidate becomes a view; its id."""
        id = self._counts["next"]
        row = write(
            self._table,
            id,
            frame=frame,
            t_s=t_s,
            world_from_camera=world_from_camera,
            intrinsics=intrinsics,
            place=place,
            total=len(new.elements),
        )
        self._counts["next"] += 1
        self._shown.add(row, new.elements, new.quality)
        self._weigh()
        return id

    def _around(
        self,
        at: Int64[np.ndarray, " found"],
        weight: Float64[np.ndarray, " found"],
        taken: Float64[np.ndarray, " rows"],
    ) -> Int64[np.ndarray, " around"]:
        """The rows to choose from again, oldest first: those that are replaceable, then those that share most."""
        shared = _sums(self._shown.view[at], weight, len(self._sole))
        touched = np.flatnonzero(shared)
        replaceable = taken[touched] >= self._sole[touched]
        order = np.lexsort((self._table["id"][touched], -shared[touched], ~replaceable))
        rows = touched[order[: self.config.neighbours]]
        return rows[np.argsort(self._table["id"][rows])]

    def _affordable(
        self,
        gain: float,
        taken: Float64[np.ndarray, " rows"],
        superfluous: Int64[np.ndarray, " s"],
        entries: int,
    ) -> bool:
        """Whether what must go to make room is worth less than what comes; the superfluous go for nothing."""
        held = np.bincount(self._shown.view[: self._shown.count], minlength=len(self._sole))
        free = self._shown.capacity - self._shown.count + held[superfluous].sum()
        weakest = self._weakest_first()
        weakest = weakest[~np.isin(weakest, superfluous)]
        victims = int(self._table.full and not len(superfluous))
        if entries > free:
            victims = max(victims, int(np.searchsorted(np.cumsum(held[weakest]), entries - free)) + 1)
        loss = np.where(self._stale()[weakest], 0, self._sole[weakest] - taken[weakest])
        return victims == 0 or bool(loss[:victims].sum() < gain)

    def _make_room(self, entries: int) -> tuple[int, ...]:
        """Drop the weakest views until a row and so many entries are free."""
        dropped: tuple[int, ...] = ()
        while self._table.full or self._shown.count + entries > self._shown.capacity:
            row = self._weakest_first()[:1]
            dropped += self._drop(row, "stale" if self._stale()[row[0]] else "full")
        return dropped

    def _drop(self, rows: Int64[np.ndarray, " n"], why: str) -> tuple[int, ...]:
        if not len(rows):
            return ()
        ids = tuple(self._table["id"][rows].tolist())
        self._shown.remove(np.isin(self._shown.view[: self._shown.count], rows))
        for row in rows.tolist():
            self._table.free(row)
        self._counts[why] += len(rows)
        self._weigh()
        return ids

    def _weigh(self) -> None:
        """What each view alone shows well, again from the whole index."""
        shown, count = self._shown, self._shown.count
        self._sole[:] = 0
        if not count:
            return
        well = good(shown.quality[:count], shown.best[:count], self.config.as_good)
        starts = np.flatnonzero(np.r_[True, shown.element[1:count] != shown.element[: count - 1]])
        times = np.add.reduceat(well, starts, dtype=np.int32)
        alone = well & np.repeat(times == 1, np.diff(np.r_[starts, count]))
        weight = weights(shown.element[:count][alone], self.config.object_weight)
        self._sole += _sums(shown.view[:count][alone], weight, len(self._sole))

    def _weakest_first(self) -> Int64[np.ndarray, " live"]:
        rows = np.flatnonzero(self._table.live)
        order = np.lexsort((self._table["id"][rows], self._sole[rows], ~self._stale()[rows]))
        return rows[order]

    def _stale(self) -> Bool[np.ndarray, " high"]:
        high = self._table.high
        lost, total = self._table["lost"][:high], self._table["total"][:high]
        return self._table.live & (lost > self.config.stale_share * total)

    def _record(self, row: int) -> View:
        shows = int(np.count_nonzero(self._shown.view[: self._shown.count] == row))
        return record(self._table, row, shows=shows, stale=bool(self._stale()[row]))


def _sums(
    rows: Int16[np.ndarray, " n"], weight: Real[np.ndarray, " n"], length: int
) -> Float64[np.ndarray, " length"]:
    """Weights added up by row; of nothing, `bincount` would make whole numbers."""
    return np.bincount(rows, weight, length).astype(np.float64)

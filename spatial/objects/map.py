"""The objects of a map: found, followed, remembered and asked for, within a budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int32, Int64
from torch import Tensor

from streammem.errors import ObservationError
from streammem.interface import State
from streammem.spatial.components import components
from streammem.spatial.objects.answers import Answers
from streammem.spatial.objects.ballots import check_labels
from streammem.spatial.objects.clusters import Clusters
from streammem.spatial.objects.config import ObjectsConfig
from streammem.spatial.objects.grid import neighbours
from streammem.spatial.objects.labelled import Labelled
from streammem.spatial.objects.lives import Lives
from streammem.spatial.objects.log import Regrouping
from streammem.spatial.objects.look import Look
from streammem.spatial.objects.reunion import Reunion
from streammem.spatial.objects.surface import Surface, SurfaceMap, host
from streammem.spatial.objects.tables import ObjectTables
from streammem.spatial.objects.turn import Turn
from streammem.spatial.sight import Sight
from streammem.types import BoundingBox, Box, Interval, MapChange, MapObject, Sphere

__all__ = ["ObjectMap", "Shown"]

BELOW = -1e30


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """An object as one frame shows it: where in the picture, and how well (0 to 1).

    `score` is the share of its voxels that the frame saw, times the root of its share of the picture.
    """

    object: int
    score: float
    box: BoundingBox


class ObjectMap:
    """Which surface voxels of a map are one thing, where it was while when, and what became of it.

    The octree's column `object` holds the owner of each row and is written here alone.

    Args:
        config: what counts as an object, a move, and gone.
        budget_bytes: bound of what `state` returns, at any time.
        dim: numbers of a surface row's feature; 0 for none.
        rows: rows of the map's surface table; one byte each is kept.

    Raises:
        BudgetError: if the budget is too small to work with.
    """

    def __init__(self, config: ObjectsConfig, budget_bytes: int, *, dim: int, rows: int) -> None:
        self.config = config
        self._tables = ObjectTables(config, budget_bytes, dim, rows)
        self._surface, self._scratch = Surface(), np.zeros(rows, np.int32)
        self._lives = Lives(self._tables, self._surface)
        self._labelled = Labelled(self._tables, self._surface, self._lives)
        self._clusters = Clusters(self._tables, self._surface, self._lives)
        self._reunion = Reunion(self._tables, self._lives)
        self._answers = Answers(self._tables)

    # -- writing ---------------------------------------------------------------------------------------------

    def update(
        self,
        octree: SurfaceMap,
        sight: Sight,
        labels: Int32[np.ndarray, "h w"] | None,
        names: Mapping[int, str] | None = None,
    ) -> list[MapChange]:
        """Take in what a frame did to the map; says what changed by it.

        Once labels have come, frames without any only confirm and carry away what is known.

        Raises:
            ObservationError: if labels do not fit the frame; nothing has changed then.
            BudgetError: if the map has more rows than this was made for.
        """
        if labels is not None:
            check_labels(labels, sight.intrinsics, sight.stride)
        self._tables.note_rows(int(sight.seen.max()) + 1 if len(sight.seen) else 0)
        self._tables.note_names(names or {})
        self._surface.attend(octree)
        look = Look(sight, self._surface, self._scratch)
        self._tables.hold[look.new] = 0
        log, turn = self._tables.log, Turn(t_s=sight.t_s)
        before, count = log.serial, self._tables.count
        turn.lose(host(sight.removed.object).astype(np.int64))
        count["frames_since"] += 1
        count["dirty"] += len(look.new) + len(sight.removed.id)
        if labels is not None:
            count["labelled"] = 1
            self._labelled.assign(turn, look, labels)
        else:
            if self.config.cluster and not count["labelled"] and self._clusters.due():
                self._clusters.renew(turn, look)
            turn.hit(self._surface.owner(look.seen))
        self._live(turn)
        self._note_removed(sight)
        return log.written(before)

    def _live(self, turn: Turn) -> None:
        self._lives.live(turn)
        follow = self.config.labels == "semantic" or not self._tables.count["labelled"]
        if follow:
            self._reunion.meet(turn)
        self._lives.vanish(turn)
        for id in self._lives.ripe(turn):
            self._lives.confirm(id, turn.t_s)

    def _note_removed(self, sight: Sight) -> None:
        """Surface that was no object's and went: an entry for each connected part that is more than noise.

        Single voxels come and go wherever depth is noisy; what stood there for a while and goes as one piece was a
        thing.
        """
        gone = sight.removed
        stood = host(gone.last_s) - host(gone.first_s) >= self.config.stood_s
        points = host(gone.xyz)[(host(gone.object) == 0) & stood]
        if len(points) < self.config.loose_voxels:
            return
        voxel_m = self._surface.voxel_m
        cells = np.floor(points.astype(np.float64) / voxel_m).astype(np.int64)
        part = components(len(cells), *neighbours(cells))
        for each in np.flatnonzero(np.bincount(part) >= self.config.loose_voxels).tolist():
            mine, half = points[part == each], np.float32(voxel_m / 2)
            box = (mine.mean(axis=0), mine.min(axis=0) - half, mine.max(axis=0) + half)
            self._tables.log.add(sight.t_s, "removed", box, len(mine))

    def refresh(self, octree: SurfaceMap) -> None:
        """Measure all objects where they are now: the map itself was moved (`Octree.repose`), not they."""
        self._surface.forget()
        self._surface.attend(octree)
        self._lives.moved_along()

    # -- which pictures show what ----------------------------------------------------------------------------

    def shown(self, sight: Sight) -> list[Shown]:
        """The confirmed objects that a frame shows, the best shown first; right after its `update`."""
        grid = host(sight.rows).astype(np.int64)
        at = np.argwhere(grid >= 0)
        owner = self._surface.owner(grid[at[:, 0], at[:, 1]]) if len(at) else np.zeros(0, np.int64)
        at, owner, flat = at[owner > 0], owner[owner > 0], grid[grid >= 0][owner > 0]
        ids, again = np.unique(owner, return_inverse=True)
        found = []
        for place, id in enumerate(ids.tolist()):
            if id not in self._tables or not self._tables.objects["confirmed"][self._tables.row(id)]:
                continue
            mine = again == place
            spot, voxels = at[mine], max(int(self._tables.objects["voxels"][self._tables.row(id)]), 1)
            low, high = spot.min(axis=0) / grid.shape, (spot.max(axis=0) + 1) / grid.shape
            whole = min(1.0, len(np.unique(flat[mine])) / voxels)
            box = BoundingBox(
                float(low[1]), float(low[0]), min(float(high[1]), 1.0), min(float(high[0]), 1.0)
            )
            found.append(
                Shown(object=id, score=whole * float(mine.mean() * len(owner) / grid.size) ** 0.5, box=box)
            )
        return sorted(found, key=lambda one: (-one.score, one.object))

    def attach(self, view: int, scores: Mapping[int, float]) -> list[int]:
        """A frame that was kept shows these objects this well; says for which it is among the best ones.

        Raises:
            ObservationError: for a negative view id or a score that is no number. Ids that are not there any more
                are left out.
        """
        if view < 0 or not all(np.isfinite(score) for score in scores.values()):
            raise ObservationError(f"a view has an id >= 0 and finite scores, got {view} with {dict(scores)}")
        kept = []
        for id, score in scores.items():
            if id not in self._tables:
                continue
            row = self._tables.row(id)
            self._tables.note_views(row, np.array([view], np.int64), np.array([score], np.float32))
            if view in self._tables.objects["view"][row]:
                kept.append(id)
        return kept

    def detach(self, view: int) -> None:
        """A kept frame is no more."""
        table = self._tables.objects
        for row in np.flatnonzero((table["view"][: table.high] == view).any(axis=1) & table.live):
            stay = (table["view"][row] != view) & (table["view"][row] >= 0)
            views, marks = table["view"][row][stay], table["score"][row][stay]
            table["view"][row], table["score"][row] = -1, 0
            table["view"][row, : len(views)], table["score"][row, : len(marks)] = views, marks

    # -- reading ---------------------------------------------------------------------------------------------

    def objects(self, during: Interval | None = None, within: Sphere | Box | None = None) -> list[MapObject]:
        """Objects by id. `during`: were somewhere (`within`) at some time in it, gone ones too.

        Without a time `within` means where they are, or were last.
        """
        return [self._answers.one(int(row)) for row in self._answers.rows(during, within)]

    def object(self, id: int) -> MapObject:
        """One object.

        Raises:
            ObservationError: if there is none of this id.
        """
        if id not in self._tables or not self._tables.objects["confirmed"][self._tables.row(id)]:
            raise ObservationError(f"no object {id} in this map: `objects()` says which there are")
        return self._answers.one(self._tables.row(id))

    def search(
        self,
        feature: Float[np.ndarray, " d"] | Float[Tensor, " d"],
        k: int = 10,
        during: Interval | None = None,
        within: Sphere | Box | None = None,
    ) -> list[tuple[MapObject, float]]:
        """The k objects that look most like this, with their cosines, best first.

        Raises:
            ObservationError: for a feature of another size, or k below 1.
        """
        vector = host(feature) if isinstance(feature, Tensor) else feature
        return self._answers.search(vector, k, during, within)

    def named(self, text: str) -> list[MapObject]:
        """Objects whose label holds this word, by id. Raises: ObservationError for an empty text."""
        return self._answers.named(text)

    def feature(self, id: int) -> Float[np.ndarray, " d"]:
        """What an object looks like: a unit vector, or zeros where no feature came yet."""
        self.object(id)
        return np.asarray(self._tables.objects["feature"][self._tables.row(id)], np.float32)

    def changes(self, since_s: float, until_s: float = float("inf")) -> list[MapChange]:
        """What changed in this time, oldest first; `dropped["changes"]` counts what fell off the log."""
        return self._tables.log.changes(since_s, until_s)

    def regroupings(self, since_s: float, until_s: float = float("inf")) -> list[Regrouping]:
        """Which ids were joined or parted in this time, oldest first."""
        return list(self._tables.log.regroupings(since_s, until_s))

    @property
    def dropped(self) -> dict[str, int]:
        """What did not fit and went, by kind."""
        count = {name: self._tables.count[name] for name in ("objects", "places", "names")}
        return {**count, "changes": self._tables.log.lost}

    @property
    def ids(self) -> Int64[np.ndarray, " n"]:
        """The ids of confirmed objects, gone ones included."""
        table = self._tables.objects
        confirmed = table.live & table["confirmed"][: table.high]
        return np.asarray(table["id"][: table.high][confirmed], np.int64)

    def __len__(self) -> int:
        """Confirmed objects, gone ones included."""
        return len(self.ids)

    # -- bytes and persistence -------------------------------------------------------------------------------

    def nbytes(self) -> int:
        """Bytes of what `state` returns; never above the budget."""
        return self._tables.nbytes()

    def state(self) -> State:
        """Everything that is kept, as flat named arrays. The owners of rows are the octree's."""
        return self._tables.state()

    def restore(self, state: State) -> None:
        """Take over what `state` gave.

        Raises:
            StoreDamagedError: if it was made with another budget or configuration, or is incomplete.
        """
        self._tables.restore(state)
        self._surface.forget()

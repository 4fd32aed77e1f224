"""Everything that the object layer stores: objects, changes, names of labels, one byte a surface row; and its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray

from streammem.budget import Part, share_out
from streammem.errors import BudgetError, StoreDamagedError
from streammem.interface import State
from streammem.spatial.objects.config import ObjectsConfig
from streammem.spatial.objects.log import LOG, ChangeLog
from streammem.token_table import Column, TokenTable

__all__ = ["ObjectTables", "object_columns"]

NAME_BYTES = 40
NAMES = 512  # at most
NAME = {"label": Column(np.int32), "text": Column(np.uint8, (NAME_BYTES,))}
HEADER = (
    "next_id",
    "frames_since",
    "dirty",
    "labelled",
    "sides",
    "rows_high",
    "merged",
    "split",
    "places",
    "objects",
    "names",
)
FEWEST = 4
SIDES = 32  # planes of floors and walls that are remembered


def object_columns(config: ObjectsConfig, dim: int) -> dict[str, Column]:
    """Columns of one object.

    `anchor_*` is what it filled when it had settled where it is: a move is measured against that; `seen_at` is
    the middle of what was last seen of it, `settled` and `stayed` the sightings at one place, now and at most. `peak` is the most
    voxels that it had there, `told` its newest entry in the log. `place_*` is its history, oldest first, `places` entries of it; `view` are frames that
    show it (-1 for none), best first, with their `score`.
    """
    point = Column(np.float32, (3,))
    past, seen = (config.places,), (config.views,)
    return {
        "id": Column(np.int64),
        "label": Column(np.int32),
        "confirmed": Column(np.bool_),
        "sightings": Column(np.int32),
        "settled": Column(np.int32),
        "stayed": Column(np.int32),
        "away": Column(np.int8),
        "absorbed": Column(np.int8),
        "stale": Column(np.int16),
        "torn": Column(np.int32),
        "voxels": Column(np.int32),
        "peak": Column(np.int32),
        "told": Column(np.int64),
        "first_s": Column(np.float64),
        "last_s": Column(np.float64),
        "gone_s": Column(np.float64),
        "centre": point,
        "low": point,
        "high": point,
        "anchor_centre": point,
        "anchor_low": point,
        "anchor_high": point,
        "anchor_voxels": Column(np.int32),
        "seen_at": point,
        "colour": point,
        "feature": Column(np.float16, (dim,)),
        "places": Column(np.int16),
        "place_start": Column(np.float64, past),
        "place_end": Column(np.float64, past),
        "place_centre": Column(np.float32, (*past, 3)),
        "place_low": Column(np.float32, (*past, 3)),
        "place_high": Column(np.float32, (*past, 3)),
        "view": Column(np.int64, seen),
        "score": Column(np.float32, seen),
    }


class ObjectTables:
    """Tables made to fit a budget. Nothing here decides.

    `hold` says for each surface row how firmly it belongs to its object: how many more sightings have to say
    otherwise (a majority vote that needs one byte: Boyer and Moore 1981). `sides` are planes of floors and walls, as unit
    normal and distance from the origin in voxels; they and rows of floor and wall are known where no labels come.
    """

    def __init__(self, config: ObjectsConfig, budget_bytes: int, dim: int, rows: int) -> None:
        columns = object_columns(config, dim)
        fixed = rows + 8 * len(HEADER) + 32 * SIDES + 16
        parts = {
            "objects": Part(
                row_bytes=TokenTable.row_bytes(columns),
                weight=8.0,
                least=min(FEWEST, config.most_objects),
                most=config.most_objects,
            ),
            "changes": Part(
                row_bytes=TokenTable.row_bytes(LOG),
                weight=2.0,
                least=min(FEWEST, config.most_changes),
                most=config.most_changes,
            ),
            "names": Part(row_bytes=TokenTable.row_bytes(NAME), weight=0.5, least=1, most=NAMES),
        }
        least = fixed + sum(part.least * part.row_bytes for part in parts.values())
        if budget_bytes < least:
            raise BudgetError(
                f"objects of a map with {rows:,} surface rows need at least {least:,} bytes, got {budget_bytes:,}: "
                "give more, or make the map's surface smaller"
            )
        share = share_out(budget_bytes - fixed, parts)
        self.config, self.dim = config, dim
        self.objects = TokenTable(columns, share["objects"])
        self.log = ChangeLog(share["changes"])
        self.names = TokenTable(NAME, share["names"])
        self.hold: NDArray[np.int8] = np.zeros(rows, np.int8)
        self.sides: NDArray[np.float64] = np.zeros((SIDES, 4))
        self.count: dict[str, int] = dict.fromkeys(HEADER, 0) | {"next_id": 1}
        self._row_of: dict[int, int] = {}  # by rising id
        self._sorted: NDArray[np.int64] | None = None
        self._texts: dict[int, str] = {}

    # -- objects ---------------------------------------------------------------------------------------------

    def row(self, id: int) -> int:
        """Where an object stands in the table. Raises: KeyError if it is not there."""
        return self._row_of[id]

    def __contains__(self, id: object) -> bool:
        return id in self._row_of

    def ids(self) -> list[int]:
        """All objects, tentative ones included."""
        return list(self._row_of)

    def rows(self, ids: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """Where these objects stand."""
        return np.array([self._row_of[int(id)] for id in ids], np.int64)

    def slots(self, ids: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """Where these objects stand, -1 for id 0 and whatever is not there; many at once."""
        if self._sorted is None:
            self._sorted = np.array(list(self._row_of.items()), np.int64).reshape(-1, 2)
        known = self._sorted
        if not len(known):
            return np.full(len(ids), -1, np.int64)
        at = np.minimum(np.searchsorted(known[:, 0], ids), len(known) - 1)
        return np.where(known[at, 0] == ids, known[at, 1], -1)

    def labels(self, ids: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """The label of each object; 0 for id 0 and for whatever is not there."""
        slot = self.slots(ids)
        return np.where(slot < 0, 0, self.objects["label"][slot]).astype(np.int64)

    def add(self, label: int, t_s: float) -> int:
        """A new object without voxels or place; the caller has made sure of a free row. Says its id."""
        id, row = self.count["next_id"], self.objects.allocate()
        self.count["next_id"] += 1
        for name, value in (
            ("id", id),
            ("label", label),
            ("first_s", t_s),
            ("last_s", t_s),
            ("gone_s", np.nan),
        ):
            self.objects[name][row] = value
        self.objects["view"][row] = -1
        self._row_of[id], self._sorted = row, None
        return id

    def drop(self, id: int) -> None:
        """Forget an object; its id is never given again."""
        self.objects.free(self._row_of.pop(id))
        self._sorted = None

    def note_views(self, row: int, views: Int64[np.ndarray, " n"], marks: Float32[np.ndarray, " n"]) -> None:
        """These frames (-1 for none) show the object of a row this well; the best of all that do are kept."""
        own, score = self.objects["view"][row], self.objects["score"][row]
        have = (own >= 0) & ~np.isin(own, views)
        ids = np.append(own[have], views[views >= 0])
        every = np.append(score[have], marks[views >= 0])
        order = np.lexsort((ids, -every))[: len(own)]
        own[:], score[:] = -1, 0
        own[: len(order)], score[: len(order)] = ids[order], every[order]

    # -- names -----------------------------------------------------------------------------------------------

    def note_names(self, names: Mapping[int, str]) -> None:
        """Keep what labels are called; where there is no room the number is used and that is counted."""
        missed = 0
        for label, text in names.items():
            if self._texts.get(label) == text:
                continue
            found = np.flatnonzero(self.names.live & (self.names["label"][: self.names.high] == label))
            if not len(found) and self.names.full:
                missed += 1
                continue
            row = int(found[0]) if len(found) else self.names.allocate()
            raw = np.frombuffer(text.encode()[:NAME_BYTES].decode(errors="ignore").encode(), np.uint8)
            self.names["label"][row], self.names["text"][row] = label, 0
            self.names["text"][row, : len(raw)] = raw
            self._texts[label] = text
        self.count["names"] = max(self.count["names"], missed)

    def name(self, label: int) -> str | None:
        """What a label is called: its name, else its number; None for label 0."""
        rows = np.flatnonzero(self.names.live & (self.names["label"][: self.names.high] == label))
        if len(rows):
            return bytes(self.names["text"][rows[0]]).rstrip(b"\0").decode()
        return str(label) if label else None

    # -- bytes and persistence -------------------------------------------------------------------------------

    def note_rows(self, high: int) -> None:
        """Surface rows up to here have been seen."""
        if high > len(self.hold):
            raise BudgetError(
                f"row {high - 1} of the map's surface, but this was made for {len(self.hold)} rows: "
                "say `rows` as many as the map's surface table has"
            )
        self.count["rows_high"] = max(self.count["rows_high"], high)

    def nbytes(self) -> int:
        """Bytes of what `state` holds."""
        tables = self.objects.nbytes() + self.log.nbytes() + self.names.nbytes()
        return tables + self.count["rows_high"] + 8 * len(HEADER) + self.sides.nbytes

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything, as flat named arrays."""
        parts: dict[str, State] = {
            "objects": self.objects.state(),
            "changes": self.log.state(),
            "names": self.names.state(),
        }
        flat = {
            f"{part}.{name}": np.asarray(array)
            for part, state in parts.items()
            for name, array in state.items()
        }
        flat["sides"] = self.sides.copy()
        flat["hold"] = self.hold[: self.count["rows_high"]].copy()
        flat["count"] = np.array([self.count[name] for name in HEADER], np.int64)
        return flat

    def restore(self, state: State) -> None:
        """Take over what `state` gave. Raises: StoreDamagedError if it does not fit."""
        count, hold, ring = state.get("count"), state.get("hold"), state.get("changes.ring")
        for name, array, wanted in (("count", count, len(HEADER)), ("changes.ring", ring, 2)):
            if array is None or array.dtype != np.int64 or array.shape != (wanted,):
                raise StoreDamagedError(
                    f"objects of a map need {name!r}, int64 of {wanted} numbers, found "
                    f"{'nothing' if array is None else (array.dtype, array.shape)}: restore what `state` gave"
                )
        assert count is not None
        numbers = dict(zip(HEADER, (int(value) for value in count), strict=True))
        high = numbers["rows_high"]
        if hold is None or hold.dtype != np.int8 or hold.shape != (high,) or not 0 <= high <= len(self.hold):
            raise StoreDamagedError(
                f"'hold' should be int8 of {high} rows, at most {len(self.hold)}, found "
                f"{'nothing' if hold is None else (hold.dtype, hold.shape)}: use the budget and map it was made with"
            )
        sides = state.get("sides")
        if sides is None or sides.dtype != np.float64 or sides.shape != self.sides.shape:
            found = "nothing" if sides is None else (sides.dtype, sides.shape)
            raise StoreDamagedError(f"'sides' should be float64 of shape {self.sides.shape}, found {found}")
        for part, table in (("objects", self.objects), ("names", self.names), ("changes", self.log)):
            cut = len(part) + 1
            table.restore({name[cut:]: array for name, array in state.items() if name.startswith(part + ".")})
        self.hold[:high], self.hold[high:] = hold, 0
        self.sides[:] = sides
        self.count = numbers
        live = np.flatnonzero(self.objects.live)
        ids = self.objects["id"][live]
        order = np.argsort(ids)
        self._row_of = {int(ids[place]): int(live[place]) for place in order}
        self._sorted = None
        rows = np.flatnonzero(self.names.live)
        self._texts = {}
        for row in rows:
            label = int(self.names["label"][row])
            self._texts[label] = self.name(label) or ""

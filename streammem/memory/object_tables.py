"""The tables of a memory of objects: made to fit a budget, counted, saved, kept consistent when rows go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8, UInt32
from numpy.typing import NDArray

from streammem.errors import BudgetError, StoreDamagedError
from streammem.interface import SpaceSpec, State
from streammem.memory.codes import DenseCodec
from streammem.memory.exemplars import Exemplars
from streammem.memory.object_config import ObjectConfig
from streammem.memory.occurrences import COLUMNS as OCCURRENCE_COLUMNS
from streammem.memory.occurrences import Occurrences
from streammem.memory.regions import ChangedRegions, region_columns
from streammem.memory.streams import TICKS, Streams, clock_columns
from streammem.token_table import Column, TokenTable
from streammem.types import BoundingBox, Observation

__all__ = ["TOUCH", "ObjectTables"]

FEWEST = 8  # tokens
TOUCH = 1  # ticks between the intervals of two looks that take turns
LEDGER = ("objects", "object_occurrences")
LAST = ("last_tick", "last_frame", "last_box")


class ObjectTables:
    """Everything that is stored. Nothing here decides; rows that belong together come and go together.

    With `following` a token also knows its own time, which followed object it is a look of, and that look's last
    sighting; without, tokens are as they were before anything could be followed, so that older stores go on.
    """

    def __init__(
        self, config: ObjectConfig, dim: int, budget_bytes: int, streams: int, *, following: bool = False
    ) -> None:
        self.config, self.following = config, following
        self.codec = DenseCodec(SpaceSpec(dim=dim), config.dim)
        self._ledger = np.zeros((len(LEDGER), 2), np.uint32)  # created, dropped
        least = self.least_bytes(config, dim, streams, following=following)
        if budget_bytes < least:
            raise BudgetError(
                f"objects of {streams} streams need at least {least:,} bytes, got {budget_bytes:,}"
            )
        fixed, columns = _fixed(config, streams, following), _token_columns(self.codec, following)
        rows = min(int((budget_bytes - fixed) / _token_bytes(config, columns)), config.most)
        table = TokenTable(columns, rows)
        self.tokens = Exemplars(table, self.codec, {}, {"pixel": config.novelty})
        self.occurrences = Occurrences(int(rows * config.occurrences) + 1)  # always one to spare
        self.streams = Streams(_stream_columns(config, following), streams, config.join_gap_s)

    @staticmethod
    def least_bytes(config: ObjectConfig, dim: int, streams: int, *, following: bool = False) -> int:
        """The smallest budget that works."""
        columns = _token_columns(DenseCodec(SpaceSpec(dim=dim), config.dim), following)
        token = _token_bytes(config, columns)
        return int(_fixed(config, streams, following) + min(FEWEST, config.most) * token) + 1

    # -- streams ---------------------------------------------------------------------------------------------

    def enter(self, observation: Observation) -> int:
        """Book a checked frame; says its stream's row."""
        new = self.streams.row(observation.stream) is None
        row, _ = self.streams.enter(observation)
        if new:
            self.streams.table["looked_s"][row] = np.nan
            if self.following:
                self.streams.table["described_s"][row] = np.nan
        return row

    def due(self, stream: int, t_s: float) -> bool:
        """Whether the last look at a stream is long enough ago."""
        return self._waited("looked_s", stream, t_s)

    def due_followed(self, stream: int, t_s: float) -> bool:
        """Whether the followed objects of a stream were all described long enough ago."""
        return self._waited("described_s", stream, t_s)

    def _waited(self, column: str, stream: int, t_s: float) -> bool:
        before_s = float(self.streams.table[column][stream, 0])
        return not t_s - before_s < 1.0 / self.config.rate_hz - 1e-6  # NaN, never before, has waited

    def regions(self, stream: int) -> ChangedRegions:
        """A stream's background and what stands out from it, living in the stream's row."""
        config = self.config.regions
        return ChangedRegions(config, self.streams.view(stream, region_columns(config)))

    def join_gap(self, stream: int) -> float:
        """Ticks out of sight that do not end an occurrence: more where frames are rare."""
        return TICKS * max(self.config.join_gap_s, 2.5 * float(self.streams.table["rhythm_s"][stream]))

    # -- followed objects ------------------------------------------------------------------------------------

    def followed(self) -> UInt32[np.ndarray, " high"]:
        """Of each row the followed object that it is a look of; 0 for none, and for rows not in use."""
        high = self.tokens.table.high
        if not self.following:
            return np.zeros(high, np.uint32)
        return np.asarray(self.tokens.table["followed"][:high])

    def first_tick(self, row: int) -> int:
        """When a token was first seen: the tick of its frame and box."""
        table = self.tokens.table
        if self.following:
            return int(table["seen"][row])
        return self.occurrences.span(int(table["own"][row]))[0]

    def first_sighting(self, observation: Observation, box: BoundingBox, stream: int) -> dict[str, Any]:
        """What a token's columns say of where it was seen first."""
        return {"stream": stream, "frame": observation.index, "box": _edges(box)}

    def last_sighting(self, observation: Observation, box: BoundingBox, tick: int) -> dict[str, Any]:
        """What a look's columns say of the sighting that is its last one so far."""
        return dict(zip(LAST, (tick, observation.index, _edges(box)), strict=True))

    def note(self, row: int, sighting: Mapping[str, Any]) -> None:
        """A look was sighted once more: that is its last sighting now."""
        for name, value in sighting.items():
            self.tokens.table[name][row] = value

    def in_sight(self, row: int, stream: int, tick: int) -> bool:
        """Whether a token that is seen at `tick` was not out of sight before."""
        _, until = self.occurrences.span(int(self.tokens.table["latest"][row]))
        since = int(self.streams.table["since"][stream])
        return until >= since and tick - until <= self.join_gap(stream)

    def sight(self, row: int, stream: int, span: tuple[int, int]) -> None:
        """A token is seen: its occurrence goes on, or another one begins."""
        if self.in_sight(row, stream, span[0]):
            self.occurrences.extend(int(self.tokens.table["latest"][row]), span[1])
        else:
            self.open(row, span)

    # -- rows that go together -------------------------------------------------------------------------------

    def add(
        self,
        values: Mapping[str, NDArray[Any] | int],
        far: Float32[np.ndarray, " n"],
        span: tuple[int, int],
    ) -> int:
        """A new token that lies `far` from the others, first seen in `span`; there must be room. Says its id."""
        table = self.tokens.table
        row, id = table.allocate(), int(self._ledger[0, 0])
        self._ledger[0, 0] += 1
        mine = {"seen": span[0]} if self.following else {}
        for name, value in {"id": id, **mine, **values}.items():
            table[name][row] = value
        around = np.full(table.high, np.inf, np.float32)
        around[: min(len(far), table.high)] = far[: table.high]
        around[~self.tokens.of_stream(int(table["stream"][row]))] = np.inf
        self.tokens.entered(row, around)
        self.open(row, span)
        table["own"][row] = table["latest"][row]
        return id

    def open(self, row: int, span: tuple[int, int]) -> None:
        """A new interval, at the cost of the shortest repeat of whoever has most of them.

        A token's first sighting stays as long as the token: that is what its box belongs to. The last one of a
        followed object stays as long as there is anything else.
        """
        table = self.tokens.table
        if self.occurrences.table.full:
            live = np.flatnonzero(table.live)
            own = table["own"][live].astype(np.int64)
            last = table["latest"][np.flatnonzero(self.followed())].astype(np.int64)
            keep = np.union1d(own, last)
            room = len(keep) < self.occurrences.table.capacity
            gone = self.occurrences.make_room(keep if room else own)
            lost = live[table["latest"][live] == gone]
            table["latest"][lost] = table["own"][lost]
            self._ledger[1, 1] += 1
        table["latest"][row] = self.occurrences.open(row, *span)
        self._ledger[1, 0] += 1

    def evict(self, row: int, heir: int | None = None) -> None:
        """Let a token go, and when it was seen: its nearest neighbour is another thing.

        An `heir` is another look of the same thing, and keeps that.
        """
        if heir is None:
            self._ledger[1, 1] += self.occurrences.drop(row)
        else:
            self._inherit(row, heir)
        leaning = self.tokens.leaning_on(row)
        self.tokens.table.free(row)
        self.tokens.refresh(leaning)
        self._ledger[0, 1] += 1

    def _inherit(self, row: int, heir: int) -> None:
        """Hand on a token's intervals, and its last sighting if that is the later one; intervals that touch become one."""
        table = self.tokens.table
        if table["last_tick"][row] > table["last_tick"][heir]:
            self.note(heir, {name: table[name][row].copy() for name in LAST})
        self._ledger[1, 1] += self.occurrences.move(row, heir, TOUCH)
        rows = self.occurrences.rows(heir)
        starts = self.occurrences.table["start"][rows]
        table["latest"][heir] = rows[-1]
        table["own"][heir] = rows[int(np.searchsorted(starts, self.first_tick(heir), side="right")) - 1]

    # -- bytes -----------------------------------------------------------------------------------------------

    def dropped(self) -> dict[str, int]:
        """How many of each kind were let go so far, exactly."""
        return {kind: int(self._ledger[i, 1]) for i, kind in enumerate(LEDGER)}

    def created(self) -> dict[str, int]:
        """How many of each kind there ever were: those that live, and those that were dropped."""
        return {kind: int(self._ledger[i, 0]) for i, kind in enumerate(LEDGER)}

    def _tables(self) -> dict[str, TokenTable]:
        return {
            "tokens": self.tokens.table,
            "occurrences": self.occurrences.table,
            "streams": self.streams.table,
        }

    def nbytes(self) -> int:
        """Bytes of everything kept: exactly those of the arrays in `state`."""
        return self._ledger.nbytes + sum(table.nbytes() for table in self._tables().values())

    def reserved(self) -> int:
        """Bytes that are set aside once and for all."""
        return self._ledger.nbytes + sum(table.capacity_bytes for table in self._tables().values())

    def state(self) -> State:
        """All arrays, under the names of their tables."""
        arrays = {
            f"{part}/{k}": a for part, table in self._tables().items() for k, a in table.state().items()
        }
        return {**arrays, "ledger": self._ledger.copy()}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it was not saved by a memory of this configuration, these streams and this budget.
        """
        ledger = state.get("ledger")
        if ledger is None or ledger.shape != self._ledger.shape:
            raise StoreDamagedError(
                f"no state of a memory of objects, it holds {sorted(state)[:4]}: restore what `state` gave"
            )
        for part, table in self._tables().items():
            prefix = f"{part}/"
            table.restore({k.removeprefix(prefix): a for k, a in state.items() if k.startswith(prefix)})
        self._ledger[:] = ledger
        self.streams.restored()


def _edges(box: BoundingBox) -> UInt8[np.ndarray, " 4"]:
    """A box as it is kept: in 1/255 of the picture."""
    return np.array([round(side * 255) for side in (box.left, box.top, box.right, box.bottom)], np.uint8)


def _token_columns(codec: DenseCodec, following: bool) -> dict[str, Column]:
    columns = {
        "id": Column(np.uint32),
        "frame": Column(np.uint32),
        "stream": Column(np.uint8),
        "box": Column(np.uint8, (4,)),  # where it was first seen, in 1/255 of the picture
        "own": Column(np.uint16),  # row of the occurrence in which it was first seen
        "latest": Column(np.uint16),  # row of the one that may still grow
        "nearest": Column(np.uint16),
        "distance": Column(np.float16),
        **codec.columns,
    }
    if following:
        columns["followed"] = Column(np.uint32)  # the followed object that this is a look of, 0 for none
        columns["seen"] = Column(np.uint32)  # tick at which it was first seen
        # When, in which frame and where a look was sighted last; its interval may have been let go since.
        columns["last_tick"] = Column(np.uint32)
        columns["last_frame"] = Column(np.uint32)
        columns["last_box"] = Column(np.uint8, (4,))
    return columns


def _stream_columns(config: ObjectConfig, following: bool) -> dict[str, Column]:
    mine = {"described_s": Column(np.float64, (1,))} if following else {}  # NaN before the first time
    return {**clock_columns(), **region_columns(config.regions), **mine}


def _token_bytes(config: ObjectConfig, columns: Mapping[str, Column]) -> float:
    """Of a token with its room for occurrences."""
    return TokenTable.row_bytes(columns) + config.occurrences * TokenTable.row_bytes(OCCURRENCE_COLUMNS)


def _fixed(config: ObjectConfig, streams: int, following: bool) -> int:
    """Bytes of everything but the tokens: streams, one spare occurrence, the ledger."""
    stream = TokenTable.row_bytes(_stream_columns(config, following))
    return streams * stream + TokenTable.row_bytes(OCCURRENCE_COLUMNS) + 8 * len(LEDGER)

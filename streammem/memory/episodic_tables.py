"""The tables of an episodic memory: made to fit a budget, counted, saved, and kept consistent when rows go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8
from numpy.typing import NDArray

from streammem.budget import Part, share_out
from streammem.errors import ObservationError, StoreDamagedError
from streammem.interface import SpaceSpec, State
from streammem.memory.codes import Codec, DenseCodec, DistributionCodec
from streammem.memory.episodic_config import EpisodicConfig
from streammem.memory.events import COLUMNS as EVENT_COLUMNS
from streammem.memory.events import Events
from streammem.memory.exemplars import ALONE, Code, Exemplars, exemplar_columns
from streammem.memory.occurrences import COLUMNS as OCCURRENCE_COLUMNS
from streammem.memory.occurrences import Occurrences
from streammem.memory.snapshots import PAGE, PAGE_BYTES, Snapshots, encode_jpeg
from streammem.memory.spaces import SpaceTable
from streammem.memory.streams import TICKS, Streams, stream_columns
from streammem.memory.surprise import SurpriseGauge
from streammem.token_table import TokenTable

__all__ = ["EpisodicTables"]

STREAM_SHARE = 0.08  # of the budget, at most, for rows of streams
FEWEST_EXEMPLARS = 4
FEWEST_PAGES = 4096 // PAGE  # a thumbnail
MOST_EVENTS = 8192
PICTURES_A_PAGE = 0.25
SMALLEST_SHARE = 0.25  # of the pool that one picture may fill


class EpisodicTables:
    """Everything that is stored. Nothing here decides; rows that belong together come and go together."""

    def __init__(
        self, config: EpisodicConfig, specs: Mapping[str, SpaceSpec], budget_bytes: int, *, details: bool
    ) -> None:
        self.config = config
        codecs: dict[str, Codec] = {name: _codec(config, name, spec) for name, spec in specs.items()}
        pixel = codecs.pop("pixel", None)
        if not isinstance(pixel, DenseCodec) or pixel.spec.cells != 1:
            raise ObservationError(
                f"an episodic memory follows the space 'pixel', one vector a frame; it was given {sorted(specs)}"
            )
        self.gauge = SurpriseGauge(config.surprise(), pixel.dim, TICKS)
        self.kinds = ("exemplars", "occurrences", "events", "snapshots", *codecs)
        self._ledger = np.zeros((len(self.kinds), 3), np.uint32)  # created, dropped, joined
        pictures = config.shares.get("snapshots", config.shares["other"]) > 0
        ex_columns = exemplar_columns(pixel, list(codecs), snapshots=pictures, details=details)
        st_columns = stream_columns(self.gauge.columns)
        rows = _rows(
            config, budget_bytes, codecs, ex_columns, st_columns, pictures=pictures, books=self._ledger.nbytes
        )

        self.spaces = {name: SpaceTable(specs[name], codec, rows[name]) for name, codec in codecs.items()}
        self.streams = Streams(st_columns, rows["streams"], config.jump_s)
        whole = {n: s for n, s in self.spaces.items() if s.spec.cells == 1 and s.spec.kind == "dense"}
        scale = {name: config.of("novelty", name) for name in ("pixel", *whole)}
        table = TokenTable(ex_columns, rows["exemplars"])
        self.exemplars = Exemplars(table, pixel, whole, scale)
        self.occurrences = Occurrences(int(rows["exemplars"] * config.occurrences) + rows["streams"] + 1)
        self.events = Events(rows["events"])
        self.snapshots = (
            Snapshots(rows["snapshots"], int(rows["snapshots"] * PICTURES_A_PAGE)) if pictures else None
        )

    # -- the ledger ------------------------------------------------------------------------------------------

    def count(self, kind: str, *, created: int = 0, dropped: int = 0, joined: int = 0) -> None:
        """Book what happened to rows of a kind."""
        self._ledger[self.kinds.index(kind)] += np.array([created, dropped, joined], np.uint32)

    def ledger(self, what: str) -> dict[str, int]:
        """How many of each kind were "created", "dropped" or "joined" (with another one) so far."""
        column = ("created", "dropped", "joined").index(what)
        return {kind: int(self._ledger[i, column]) for i, kind in enumerate(self.kinds)}

    def live(self) -> dict[str, int]:
        """How many of each kind there are."""
        pictures = 0 if self.snapshots is None else len(self.snapshots.table)
        counts = (len(self.exemplars.table), len(self.occurrences.table), len(self.events.table), pictures)
        return dict(zip(self.kinds, (*counts, *(len(s.table) for s in self.spaces.values())), strict=True))

    # -- rows that go together -------------------------------------------------------------------------------

    def open_occurrence(self, exemplar: int, start: int, end: int) -> int:
        """A new interval of an exemplar, at the cost of somebody's shortest one if need be."""
        table, occurrences = self.exemplars.table, self.occurrences
        if occurrences.table.full:
            live = np.flatnonzero(table.live)
            growing = self.streams.table["exemplar"][: self.streams.table.high].astype(np.int64)
            keep = np.concatenate((table["own"][live], table["latest"][growing[growing > 0] - 1]))
            gone = occurrences.make_room(keep.astype(np.int64))
            lost = live[table["latest"][live] == gone]
            table["latest"][lost] = table["own"][lost]
            self.count("occurrences", dropped=1)
        row = occurrences.open(exemplar, start, end)
        table["latest"][exemplar] = row
        self.count("occurrences", created=1)
        return row

    def evict(self, row: int) -> None:
        """Let an exemplar go with all that hangs on it; its occurrences pass to a neighbour near enough."""
        table = self.exemplars.table
        heir, distance = int(table["nearest"][row]), float(table["distance"][row])
        inherits = heir != ALONE and distance <= self.config.merge
        if inherits:
            stream = int(table["stream"][row])
            joined = self.occurrences.move(row, heir, self.join_gap(stream))
            self.count("occurrences", joined=joined)
            self._point_to_occurrences(heir)
        else:
            self.count("occurrences", dropped=self.occurrences.drop(row))
        for name in self.spaces:
            self.detach(name, row, going=True)
        self.drop_snapshot(row)
        leaning = self.exemplars.leaning_on(row)
        table.free(row)
        self.exemplars.refresh(leaning)
        current = self.streams.table["exemplar"]
        current[current == row + 1] = heir + 1 if inherits else 0
        self.count("exemplars", dropped=1)

    def _point_to_occurrences(self, exemplar: int) -> None:
        table = self.exemplars.table
        rows = self.occurrences.rows(exemplar)
        at, _ = self.streams.ticks(int(table["stream"][exemplar]), float(table["t_s"][exemplar]))
        ends = self.occurrences.table["end"][rows]
        table["own"][exemplar] = rows[int(np.searchsorted(ends, at))]
        table["latest"][exemplar] = rows[-1]

    def join_gap(self, stream: int) -> int:
        """Ticks out of sight that do not end an occurrence: more where frames are rare."""
        seconds = max(self.config.join_gap_s, 2.5 * float(self.streams.table["rhythm_s"][stream]))
        return min(int(seconds * TICKS), 0xFFFFFFFF)

    def attach(self, name: str, exemplar: int, entries: Mapping[str, NDArray[Any]]) -> None:
        """Give an exemplar its code in a space, at the cost of whoever tells least if need be."""
        space = self.spaces[name]
        if space.table.full:
            owners = space.owners()[space.table.live]
            self.detach(name, self.exemplars.least(owners))
        self.exemplars.table[f"row_{name}"][exemplar] = space.attach(exemplar, entries) + 1
        self.count(name, created=1)

    def detach(self, name: str, exemplar: int, *, going: bool = False) -> None:
        """Take an exemplar's code in a space away, if it has one; `going`: it is about to be freed itself."""
        link = int(self.exemplars.table[f"row_{name}"][exemplar])
        if not link:
            return
        self.spaces[name].table.free(link - 1)
        self.exemplars.table[f"row_{name}"][exemplar] = 0
        self.count(name, dropped=1)
        if name in self.exemplars.whole and not going:
            self.exemplars.refresh([exemplar, *self.exemplars.leaning_on(exemplar)])

    def keep_snapshot(self, exemplar: int, picture: UInt8[np.ndarray, "_ _ 3"]) -> None:
        """Store an exemplar's picture, at the cost of the pictures of those who tell least."""
        pool = self.snapshots
        if pool is None:
            return
        most = int(len(pool.pool) * SMALLEST_SHARE) * PAGE
        jpeg = encode_jpeg(picture, self.config.snapshots(), most)
        self.count("snapshots", created=1)
        if jpeg is None:
            self.count("snapshots", dropped=1)
            return
        while not pool.fits(len(jpeg)):
            owners = pool.table["owner"][: pool.table.high][pool.table.live].astype(np.int64)
            self.drop_snapshot(self.exemplars.least(owners))
        self.exemplars.table["snapshot"][exemplar] = pool.store(exemplar, jpeg) + 1

    def drop_snapshot(self, exemplar: int) -> None:
        """Let an exemplar's picture go, if it has one."""
        if self.snapshots is not None and (link := int(self.exemplars.table["snapshot"][exemplar])):
            self.snapshots.drop(link - 1)
            self.exemplars.table["snapshot"][exemplar] = 0
            self.count("snapshots", dropped=1)

    def codes(self, entries: Mapping[str, Mapping[str, NDArray[Any]]]) -> dict[str, Code]:
        """Of encoded features, those that distances use."""
        return {
            name: (entries[name]["code"], entries[name]["norm"])
            for name in ("pixel", *self.exemplars.whole)
            if name in entries
        }

    def encode(
        self, features: Mapping[str, Float32[np.ndarray, "_ _"]]
    ) -> dict[str, dict[str, NDArray[Any]]]:
        """Features as rows hold them."""
        codecs = {"pixel": self.exemplars.pixel, **{name: s.codec for name, s in self.spaces.items()}}
        return {name: codecs[name].encode(matrix) for name, matrix in features.items() if name in codecs}

    # -- bytes -----------------------------------------------------------------------------------------------

    def _tables(self) -> dict[str, TokenTable]:
        named = {
            "pixel": self.exemplars.table,
            "occurrences": self.occurrences.table,
            "events": self.events.table,
            "streams": self.streams.table,
        }
        return {**named, **{name: space.table for name, space in self.spaces.items()}}

    def parts(self) -> dict[str, int]:
        """Bytes in use by part; their sum is what `state` holds."""
        parts = {name: table.nbytes() for name, table in self._tables().items()}
        parts["state"] = parts.pop("streams") + self._ledger.nbytes
        if self.snapshots is not None:
            parts["snapshots"] = self.snapshots.nbytes()
        return parts

    def reserved(self) -> int:
        """Bytes that are set aside once and for all: what `parts` can grow to together."""
        pool = self.snapshots
        pages = 0 if pool is None else len(pool.pool) * PAGE_BYTES + pool.table.capacity_bytes
        return pages + self._ledger.nbytes + sum(table.capacity_bytes for table in self._tables().values())

    def state(self) -> State:
        """All arrays, under the names of their parts."""
        groups = {name: table.state() for name, table in self._tables().items()}
        if self.snapshots is not None:
            groups["snapshots"] = self.snapshots.state()
        arrays = {f"{part}/{name}": a for part, group in groups.items() for name, a in group.items()}
        return {**arrays, "ledger": self._ledger.copy()}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it was not saved by a memory of this configuration and budget.
        """
        ledger = state.get("ledger")
        if ledger is None or ledger.shape != self._ledger.shape:
            raise StoreDamagedError(
                f"the ledger should have the kinds {self.kinds}: restore into a memory made with the same spaces"
            )
        for part, table in self._tables().items():
            table.restore(_under(state, part))
        if self.snapshots is not None:
            self.snapshots.restore(_under(state, "snapshots"))
        self._ledger[:] = ledger
        self.streams.restored()


def _under(state: State, part: str) -> dict[str, NDArray[Any]]:
    prefix = f"{part}/"
    return {name.removeprefix(prefix): a for name, a in state.items() if name.startswith(prefix)}


def _codec(config: EpisodicConfig, name: str, spec: SpaceSpec) -> Codec:
    if spec.kind == "distribution":
        return DistributionCodec(spec, config.classes, config.peaks)
    return DenseCodec(spec, int(config.of("dims", name)))


def _rows(
    config: EpisodicConfig,
    budget: int,
    codecs: Mapping[str, Codec],
    ex_columns: Mapping[str, Any],
    st_columns: Mapping[str, Any],
    *,
    pictures: bool,
    books: int,
) -> dict[str, int]:
    """Rows (pages, for snapshots) of each part: all of them full take at most the budget."""
    stream_bytes = TokenTable.row_bytes(st_columns)
    streams = min(max(int(budget * STREAM_SHARE) // stream_bytes, 1), config.max_streams)
    occurrence_bytes = TokenTable.row_bytes(OCCURRENCE_COLUMNS)
    exemplar_bytes = TokenTable.row_bytes(ex_columns) + int(np.ceil(occurrence_bytes * config.occurrences))
    most = min(config.max_exemplars, int((0xFFFF - streams - 1) / config.occurrences))
    page_bytes = PAGE_BYTES + int(np.ceil(11 * PICTURES_A_PAGE))
    shares = {name: config.shares.get(name, config.shares["other"]) for name in ("events", "snapshots")}
    parts = {
        "exemplars": Part(
            row_bytes=exemplar_bytes, weight=config.shares["pixel"], least=FEWEST_EXEMPLARS, most=most
        ),
        "events": Part(
            row_bytes=TokenTable.row_bytes(EVENT_COLUMNS),
            weight=shares["events"],
            least=2 * streams + 1,
            most=MOST_EVENTS,
        ),
        **{
            name: Part(
                row_bytes=SpaceTable.row_bytes(codec), weight=config.of("shares", name), least=2, most=most
            )
            for name, codec in codecs.items()
        },
    }
    if pictures:
        parts["snapshots"] = Part(row_bytes=page_bytes, weight=shares["snapshots"], least=FEWEST_PAGES)
    fixed = books + streams * stream_bytes + (streams + 1) * occurrence_bytes
    parts["streams"] = Part(row_bytes=fixed, weight=0.0, least=1)
    return share_out(budget, parts) | {"streams": streams}

"""How an episodic memory answers: evidence, events and attention over what is stored."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import overload

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64, Int64
from torch import Tensor

from streammem.errors import ObservationError, SpaceError
from streammem.interface import SpaceSpec
from streammem.memory.attention import weigh
from streammem.memory.cells import hot_box
from streammem.memory.episodic_config import EpisodicConfig
from streammem.memory.episodic_tables import EpisodicTables
from streammem.memory.sights import Sight, shown_since
from streammem.memory.spaces import first
from streammem.memory.streams import TICKS
from streammem.memory.timeline import events_of, told_by
from streammem.types import BoundingBox, Box, Event, Evidence, Interval, Query, Readout, Sphere

__all__ = ["NO_PLACES", "EpisodicAnswers", "Places"]

STORE = "episodic"
NO_PLACES = "this memory keeps no places: leave `within` out, or make one with config=MemoryConfig(spatial=SpatialConfig())"
Region = Sphere | Box
Places = Callable[[Region, Int64[np.ndarray, "n 2"]], Bool[np.ndarray, " n"]]  # of (stream's row, frame)
UNRELATED = 0.1  # share of cells taken to show nothing of what is asked for


class EpisodicAnswers:
    """Questions to the tables; nothing here changes them."""

    def __init__(
        self, tables: EpisodicTables, config: EpisodicConfig, specs: Mapping[str, SpaceSpec]
    ) -> None:
        self._tables, self.config, self._specs = tables, config, dict(specs)
        self.places: Places | None = None  # who knows which frames show a region; None where nobody does

    # -- by content ------------------------------------------------------------------------------------------

    def search(self, query: Query) -> list[Evidence]:
        """Exemplars most like `query.what`, best first, one answer each.

        Scores are raw: cosines in dense spaces, summed probabilities in distributions; of a grid, the best
        cell's, with the box of the hot cells around it. Of several lines in `what` the mean is taken.

        Raises:
            SpaceError: if there is no such space here.
            ObservationError: if `what` is missing or of another length, or a place is asked for where none are kept.
        """
        what = self._what(query)
        tables, exemplars = self._tables, self._tables.exemplars
        allowed = self._allowed(query.during, query.stream, query.within)
        if query.space == "pixel":
            high = exemplars.table.high
            rows = {name: exemplars.table[name][:high] for name in exemplars.pixel.columns}
            scores = exemplars.pixel.scores(rows, exemplars.pixel.query(what)).max(axis=2).mean(axis=0)
            found = np.flatnonzero(allowed)
            owners = found[first(scores[found], query.top_k)]
            boxes: list[BoundingBox | None] = [None] * len(owners)
            best = scores[owners]
        else:
            space = tables.spaces[query.space]
            mine = allowed[space.owners()] if len(allowed) else np.zeros(space.table.high, np.bool_)
            at, best, cells = space.search(space.codec.query(what), mine, query.top_k)
            owners = space.owners()[at]
            boxes = [_box(space.spec, line) for line in cells]
        return self._evidence(owners, best.tolist(), query.space, boxes, query.during)

    def read(self, query: Query) -> Readout:
        """Attention over the tokens of a space: each cell of each exemplar is one.

        The value lives in the encoder's own dimensions, the weights are differentiable in `query.what`, and
        `evidence` has one entry for each weight, row after row, built when it is asked for.

        Raises:
            SpaceError: if there is no such space here.
            ObservationError: if `what` is missing or of another length, or a place is asked for where none are kept.
        """
        what, tables, spec = self._what(query), self._tables, self._specs[query.space]
        space = tables.spaces.get(query.space)
        table, codec = (
            (tables.exemplars.table, tables.exemplars.pixel) if space is None else (space.table, space.codec)
        )
        high = table.high
        owners = np.arange(high) if space is None else space.owners()
        allowed = self._allowed(query.during, query.stream, query.within)
        mine = np.flatnonzero(allowed[owners] & table.live) if len(allowed) else np.zeros(0, np.int64)
        columns = {name: table[name][:high] for name in codec.columns}
        scores = codec.scores(columns, codec.query(what))[:, mine].reshape(len(what), -1)
        at = np.stack([first(line, query.top_k) for line in scores])
        rows, cell = mine[at // spec.cells], at % spec.cells
        picked = codec.decode({name: table[name][rows.reshape(-1)] for name in codec.columns})
        chosen = picked[np.arange(rows.size), cell.reshape(-1)].reshape(*rows.shape, spec.dim)
        tokens = torch.from_numpy(chosen)
        asked = query.what
        assert asked is not None
        weight, value = weigh(
            asked.float().cpu(),
            tokens,
            tokens,
            torch.ones(rows.shape, dtype=torch.bool),
            sharpness=self.config.sharpness,
        )
        scored = np.take_along_axis(scores, at, axis=1).reshape(-1)
        return Readout(
            value=value,
            weight=weight,
            evidence=LazyEvidence(self, owners[rows].reshape(-1), scored, query),
            token=tokens,
        )

    def _what(self, query: Query) -> Float32[np.ndarray, "q dim"]:
        if query.space not in self._specs:
            raise SpaceError(f"this memory has no space {query.space!r}, it has {sorted(self._specs)}")
        if query.within is not None and self.places is None:
            raise ObservationError(NO_PLACES)
        dim = self._specs[query.space].dim
        if query.what is None or query.what.shape[1] != dim or not len(query.what):
            found = "nothing" if query.what is None else f"shape {tuple(query.what.shape)}"
            raise ObservationError(
                f"a search in {query.space!r} needs lines of {dim} numbers in `what`, got {found}"
            )
        what = query.what.detach().cpu().numpy().astype(np.float32)
        if not np.isfinite(what).all():
            raise ObservationError("the query holds NaN or infinity")
        return what

    def _allowed(
        self, during: Interval | None, stream: str | None, within: Region | None = None
    ) -> Bool[np.ndarray, " high"]:
        """Exemplars seen in a stream, within a time and showing a place; moments are other stores' pictures."""
        tables, table = self._tables, self._tables.exemplars.table
        allowed: Bool[np.ndarray, " high"] = table.live & ~tables.exemplars.moments()
        if stream is not None:
            row = tables.streams.row(stream)
            allowed &= table["stream"][: table.high] == (0xFF if row is None else row)
        if during is not None:
            seen = np.zeros(table.high, np.bool_)
            owners, starts, ends = self._spans()
            seen[owners[(starts <= during.end_s) & (during.start_s <= ends)]] = True
            allowed &= seen
        if within is not None and self.places is not None:
            columns = (table[name][: table.high].astype(np.int64) for name in ("stream", "frame"))
            allowed &= self.places(within, np.stack(tuple(columns), axis=1))
        return allowed

    def _spans(
        self,
    ) -> tuple[Int64[np.ndarray, " n"], Float64[np.ndarray, " n"], Float64[np.ndarray, " n"]]:
        """Owner, start and end in seconds of every occurrence."""
        tables, rows = self._tables, self._tables.occurrences.table
        live = np.flatnonzero(rows.live)
        owners = rows["owner"][live].astype(np.int64)
        origin = tables.streams.table["origin_s"][tables.exemplars.table["stream"][owners]]
        return owners, origin + rows["start"][live] / TICKS, origin + rows["end"][live] / TICKS

    # -- what is in sight -------------------------------------------------------------------------------------

    def sighted(self, stream: str, since_s: float) -> list[Sight]:
        """The exemplars that a stream showed since a time, that one included."""
        tables, table = self._tables, self._tables.exemplars.table
        shown = shown_since(tables.exemplars, tables.occurrences, tables.streams, stream, since_s)
        rows = np.flatnonzero(shown & ~tables.exemplars.moments())
        known = ("id", *(f"row_{name}" for name in tables.spaces))  # what it came without may be added later
        return [Sight(STORE, at, tuple(int(table[name][at]) for name in known)) for at in rows.tolist()]

    def prepared(self, space: str, what: Tensor) -> Float32[np.ndarray, "q d"]:
        """A question in the form that `likeness` takes; see `search` for what it raises."""
        checked = self._what(Query(what=what, space=space))
        kept = self._tables.spaces.get(space)
        codec = self._tables.exemplars.pixel if kept is None else kept.codec
        return codec.query(checked)

    def likeness(self, row: int, space: str, prepared: Float32[np.ndarray, "q d"]) -> float | None:
        """The score that `search` would give one exemplar; None if it has nothing in that space."""
        cells = self._compared(row, space, prepared)
        return None if cells is None else float(cells.max(axis=1).mean())

    def told(self, row: int, space: str, prepared: Float32[np.ndarray, "q d"], score: float) -> Evidence:
        """One exemplar as an answer with a calibrated score."""
        cells = self._compared(row, space, prepared)
        box = None if cells is None else _box(self._specs[space], cells.mean(axis=0))
        return self._evidence(np.array([row]), [score], space, [box], None)[0]

    def _compared(
        self, row: int, space: str, prepared: Float32[np.ndarray, "q d"]
    ) -> Float32[np.ndarray, "q cells"] | None:
        exemplars = self._tables.exemplars
        if space == "pixel":
            columns = {name: exemplars.table[name][row : row + 1] for name in exemplars.pixel.columns}
            return exemplars.pixel.scores(columns, prepared)[:, 0]
        at = int(exemplars.table[f"row_{space}"][row]) - 1
        if at < 0:
            return None
        kept = self._tables.spaces[space]
        return kept.codec.scores(kept.columns(slice(at, at + 1)), prepared)[:, 0]

    # -- by time ---------------------------------------------------------------------------------------------

    def at(self, t_s: float, *, stream: str | None = None) -> list[Evidence]:
        """What was in sight at a time, the longest in sight first; `interval` is the one that holds the time.

        Where a moment fell between two intervals less than a join gap apart, what was seen just before counts.
        """
        owners, starts, ends = self._spans()
        allowed = self._allowed(None, stream)
        reach = self.config.join_gap_s
        hit = np.flatnonzero((starts <= t_s) & (t_s <= ends) & allowed[owners])
        if not len(hit):
            hit = np.flatnonzero((starts <= t_s) & (t_s <= ends + reach) & allowed[owners])
            hit = hit[ends[hit] == ends[hit].max()] if len(hit) else hit
        order = hit[np.argsort(starts[hit] - ends[hit], kind="stable")]
        none = [None] * len(order)
        found = self._evidence(owners[order], [1.0] * len(order), "pixel", none, None)
        spans = [Interval(float(starts[i]), float(max(ends[i], t_s))) for i in order]
        return [dataclasses.replace(hit, interval=span) for hit, span in zip(found, spans, strict=True)]

    def exemplar(self, id: int) -> Evidence | None:
        """One exemplar with all its occurrences; None once it was dropped."""
        row = self._tables.exemplars.row(id)
        return None if row is None else self._evidence(np.array([row]), [1.0], "pixel", [None], None)[0]

    def jpeg(self, snapshot: int) -> bytes | None:
        """A stored picture, by the number that evidence gives it; None if it is not there any more."""
        row, pool = self._tables.exemplars.row(snapshot), self._tables.snapshots
        link = 0 if row is None or pool is None else int(self._tables.exemplars.table["snapshot"][row])
        return None if pool is None or not link else pool.jpeg(link - 1)

    def snapshots(self) -> list[int]:
        """The numbers of all stored pictures, oldest first."""
        table = self._tables.exemplars.table
        return sorted(table["id"][: table.high][table.live & (table["snapshot"][: table.high] > 0)].tolist())

    def events(self, *, stream: str | None = None, during: Interval | None = None) -> list[Event]:
        """Events, oldest first; of each, the exemplars in sight: its own first, then the longest in sight."""
        tables = self._tables
        wanted = range(tables.streams.table.high) if stream is None else [tables.streams.row(stream)]
        found = [
            event
            for row in wanted
            if row is not None
            for event in events_of(tables, row, span=self._overlapping(row, during))
        ]
        return sorted(found, key=lambda event: (event.interval.start_s, event.id))

    def _overlapping(self, stream: int, during: Interval | None) -> slice:
        """Which of a stream's events lie at least in part within a time: they follow each other."""
        if during is None:
            return slice(None)
        table, rows = self._tables.events.table, self._tables.events.rows(stream)
        origin = float(self._tables.streams.table["origin_s"][stream])
        starts, ends = (origin + table[name][rows] / TICKS for name in ("start", "end"))
        found = np.flatnonzero((starts <= during.end_s) & (during.start_s <= ends))
        return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0)

    def event(self, id: int) -> Event | None:
        """One event; None if there is none of that number, or it was merged into the one before."""
        tables, table = self._tables, self._tables.events.table
        row = np.flatnonzero((table["id"][: table.high] == id) & table.live)
        if not len(row):
            return None
        stream = int(table["stream"][row[0]])
        at = int(np.flatnonzero(tables.events.rows(stream) == row[0])[0])
        return events_of(tables, stream, span=slice(at, at + 1))[0]

    def anchored(self, evidence: Evidence) -> Evidence:
        """Another store's evidence, with what this one knows of its moment: the event, and the frame's own picture.

        The picture is that of the exemplar made of the very frame that the evidence names, if it lives and has one.
        """
        tables, table = self._tables, self._tables.exemplars.table
        stream = tables.streams.row(evidence.stream)
        if stream is None:
            return evidence
        starts, ids = self._event_starts(stream)
        at = int(np.searchsorted(starts, tables.streams.ticks(stream, evidence.t_s)[1], side="right"))
        high = table.high
        same = tables.exemplars.of_stream(stream) & (table["frame"][:high] == evidence.frame)
        same &= np.abs(table["t_s"][:high] - evidence.t_s) <= 1.5 / TICKS  # frame numbers may start anew
        row = int(same.argmax()) if same.any() else None
        shown = row is not None and tables.snapshots is not None and bool(table["snapshot"][row])
        return dataclasses.replace(
            evidence,
            event=int(ids[max(0, at - 1)]),
            snapshot=int(table["id"][row]) if row is not None and shown else None,
        )

    def event_of(self, evidence: Evidence) -> Event | None:
        """The event that evidence lies in; None if its stream is not there."""
        holding = [event for event in self.events(stream=evidence.stream) if event.id == evidence.event]
        return holding[0] if holding else None

    # -- evidence --------------------------------------------------------------------------------------------

    def _evidence(
        self,
        owners: Int64[np.ndarray, " k"],
        scores: Sequence[float],
        space: str,
        boxes: Sequence[BoundingBox | None],
        during: Interval | None,
    ) -> list[Evidence]:
        """Exemplars' rows as answers."""
        tables, table = self._tables, self._tables.exemplars.table
        spans, spanned = self._tables.occurrences.table, self._tables.occurrences.rows_of(owners)
        events = {stream: self._event_starts(stream) for stream in set(table["stream"][owners].tolist())}
        found = []
        for owner, score, box in zip(owners.tolist(), scores, boxes, strict=True):
            stream, t_s = int(table["stream"][owner]), float(table["t_s"][owner])
            rows = spanned[owner]
            origin_s = float(tables.streams.table["origin_s"][stream])
            occurrences = tuple(
                Interval(origin_s + start / TICKS, origin_s + end / TICKS)
                for start, end in zip(spans["start"][rows].tolist(), spans["end"][rows].tolist(), strict=True)
            )
            own = occurrences[int(np.flatnonzero(rows == table["own"][owner])[0])]
            starts, ids = events[stream]
            at = int(np.searchsorted(starts, tables.streams.ticks(stream, t_s)[0], side="right"))
            id = int(table["id"][owner])
            evidence = Evidence(
                t_s=t_s,
                score=float(score),
                space=space,
                store=STORE,
                exemplar=id,
                frame=int(table["frame"][owner]),
                interval=Interval(min(own.start_s, t_s), max(own.end_s, t_s)),
                occurrences=occurrences,
                stream=tables.streams.name(stream),
                event=int(ids[max(0, at - 1)]),
                box=box,
                snapshot=id if tables.snapshots is not None and table["snapshot"][owner] else None,
            )
            found.append(evidence if during is None else told_by(evidence, during))
        return found

    def _event_starts(self, stream: int) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
        table, rows = self._tables.events.table, self._tables.events.rows(stream)
        return table["start"][rows].astype(np.int64), table["id"][rows].astype(np.int64)


class LazyEvidence(Sequence[Evidence]):
    """Evidence that is built when somebody looks at it."""

    def __init__(
        self,
        answers: EpisodicAnswers,
        owners: Int64[np.ndarray, " n"],
        scores: Float32[np.ndarray, " n"],
        query: Query,
    ) -> None:
        self._answers, self._owners, self._scores, self._query = answers, owners, scores, query

    def __len__(self) -> int:
        return len(self._owners)

    @overload
    def __getitem__(self, at: int) -> Evidence: ...
    @overload
    def __getitem__(self, at: slice) -> list[Evidence]: ...
    def __getitem__(self, at: int | slice) -> Evidence | list[Evidence]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        at = range(len(self))[at]
        owner, score = self._owners[at : at + 1], self._scores[at : at + 1].tolist()
        return self._answers._evidence(owner, score, self._query.space, [None], self._query.during)[0]


def _box(spec: SpaceSpec, cells: Float32[np.ndarray, " cells"]) -> BoundingBox | None:
    if spec.grid is None:
        return None
    rest = 0.0 if spec.kind == "distribution" else float(np.quantile(cells, UNRELATED))
    return hot_box(cells, spec.grid, rest=rest)

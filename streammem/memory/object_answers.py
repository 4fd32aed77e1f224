"""How a memory of objects answers: tokens as evidence, and attention over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float32, Int64
from torch import Tensor

from streammem.errors import ObservationError, SpaceError
from streammem.memory.attention import weigh
from streammem.memory.episodic_answers import NO_PLACES, Places
from streammem.memory.object_tables import ObjectTables
from streammem.memory.sights import Sight, shown_since
from streammem.memory.spaces import first
from streammem.memory.streams import TICKS
from streammem.memory.timeline import told_by
from streammem.types import BoundingBox, Evidence, Interval, Query, Readout

__all__ = ["OBJECT", "ObjectAnswers"]

OBJECT = "object"  # the space
STORE = "objects"
SHARPNESS = 10.0  # cosines are multiplied by it before the softmax of `read`


class ObjectAnswers:
    """Questions to the tables; nothing here changes them."""

    def __init__(self, tables: ObjectTables, dim: int) -> None:
        self._tables, self._dim = tables, dim
        self.places: Places | None = None  # who knows which frames show a region; None where nobody does

    def search(self, query: Query) -> list[Evidence]:
        """The tokens most like a vector, best first, each with its first box and when it was seen.

        Scores are cosines, of several lines in `what` their mean. `during` and `stream` narrow.

        Raises:
            SpaceError: for another space than "object".
            ObservationError: if `what` is missing or of another length, or a place is asked for where none are kept.
        """
        rows, scores = self._scored(query)
        mean = scores.mean(axis=0)
        best = first(mean, query.top_k)
        return self._evidence(rows[best], mean[best].tolist(), query.during)

    def read(self, query: Query) -> Readout:
        """Attention over the tokens; the values are their vectors, as well as they were kept.

        The weights are differentiable in `query.what`; `evidence` has one entry for each, row after row.

        Raises:
            SpaceError: for another space than "object".
            ObservationError: if `what` is missing or of another length, or a place is asked for where none are kept.
        """
        rows, scores = self._scored(query)
        at = np.stack([first(line, query.top_k) for line in scores])
        chosen, table = rows[at], self._tables.tokens.table
        codec = self._tables.codec
        decoded = codec.decode({name: table[name][chosen.reshape(-1)] for name in codec.columns})
        tokens = torch.from_numpy(decoded.reshape(*chosen.shape, self._dim))
        assert query.what is not None
        weight, value = weigh(
            query.what.float().cpu(),
            tokens,
            tokens,
            torch.ones(chosen.shape, dtype=torch.bool),
            sharpness=SHARPNESS,
        )
        told = np.take_along_axis(scores, at, axis=1).reshape(-1).tolist()
        return Readout(
            value=value,
            weight=weight,
            evidence=self._evidence(chosen.reshape(-1), told, query.during),
            token=tokens,
        )

    # -- what is in sight -------------------------------------------------------------------------------------

    def sighted(self, stream: str, since_s: float) -> list[Sight]:
        """The tokens that a stream showed since a time, that one included."""
        tables, ids = self._tables, self._tables.tokens.table["id"]
        shown = shown_since(tables.tokens, tables.occurrences, tables.streams, stream, since_s)
        return [Sight(STORE, at, (int(ids[at]),)) for at in np.flatnonzero(shown).tolist()]

    def prepared(self, space: str, what: Tensor) -> Float32[np.ndarray, "q d"]:
        """A question in the form that `likeness` takes; see `search` for what it raises."""
        return self._tables.codec.query(self._what(Query(what=what, space=space)))

    def likeness(self, row: int, space: str, prepared: Float32[np.ndarray, "q d"]) -> float | None:
        """The score that `search` would give one token; None in another space."""
        if space != OBJECT:
            return None
        table, codec = self._tables.tokens.table, self._tables.codec
        columns = {name: table[name][row : row + 1] for name in codec.columns}
        return float(codec.scores(columns, prepared).mean())

    def told(self, row: int, space: str, prepared: Float32[np.ndarray, "q d"], score: float) -> Evidence:
        """One token as an answer with a calibrated score; it is told by where it was first seen."""
        return self._evidence(np.array([row]), [score], None)[0]

    def _scored(self, query: Query) -> tuple[Int64[np.ndarray, " n"], Float32[np.ndarray, "q n"]]:
        """The rows that a question is about, and how much each line of it is like each of them."""
        what, codec, table = self._what(query), self._tables.codec, self._tables.tokens.table
        rows = self._allowed(query)
        columns = {name: table[name][rows] for name in codec.columns}
        return rows, codec.scores(columns, codec.query(what))[:, :, 0]

    def _what(self, query: Query) -> Float32[np.ndarray, "q dim"]:
        if query.space != OBJECT:
            raise SpaceError(f"this memory holds the space {OBJECT!r}, the query asks for {query.space!r}")
        if query.within is not None and self.places is None:
            raise ObservationError(NO_PLACES)
        what = query.what
        if what is None or not len(what) or what.shape[1] != self._dim:
            found = "nothing" if what is None else f"shape {tuple(what.shape)}"
            raise ObservationError(f"objects are asked for by lines of {self._dim} numbers, got {found}")
        lines = what.detach().cpu().numpy().astype(np.float32)
        if not np.isfinite(lines).all():
            raise ObservationError("the query holds NaN or infinity")
        return lines

    def _allowed(self, query: Query) -> Int64[np.ndarray, " n"]:
        """Rows of tokens seen in a stream and within a time."""
        tables, table = self._tables, self._tables.tokens.table
        allowed = table.live.copy()
        if query.stream is not None:
            stream = tables.streams.row(query.stream)
            allowed &= table["stream"][: table.high] == (0xFF if stream is None else stream)
        if query.during is not None:
            spans = tables.occurrences.table
            live = np.flatnonzero(spans.live)
            owner = spans["owner"][live].astype(np.int64)
            stream_of = table["stream"][owner].astype(np.int64)
            start, end = (
                tables.streams.table["origin_s"][stream_of] + spans[side][live] / TICKS
                for side in ("start", "end")
            )
            seen = np.zeros(table.high, np.bool_)
            seen[owner[(start <= query.during.end_s) & (query.during.start_s <= end)]] = True
            allowed &= seen
        if query.within is not None and self.places is not None:
            columns = (table[name][: table.high].astype(np.int64) for name in ("stream", "frame"))
            allowed &= self.places(query.within, np.stack(tuple(columns), axis=1))
        return np.flatnonzero(allowed)

    def _evidence(
        self, rows: Int64[np.ndarray, " k"], scores: Sequence[float], during: Interval | None
    ) -> list[Evidence]:
        """Tokens' rows as answers."""
        tables, table, followed = self._tables, self._tables.tokens.table, self._tables.followed()
        spans = tables.occurrences.rows_of(rows)
        found = []
        for row, score in zip(rows.tolist(), scores, strict=True):
            stream = int(table["stream"][row])
            times = tuple(
                Interval(*(tables.streams.seconds(stream, tick) for tick in tables.occurrences.span(int(r))))
                for r in spans[row]
            )
            own = Interval(
                *(
                    tables.streams.seconds(stream, tick)
                    for tick in tables.occurrences.span(int(table["own"][row]))
                )
            )
            left, top, right, bottom = (table["box"][row] / 255).tolist()
            evidence = Evidence(
                t_s=tables.streams.seconds(stream, tables.first_tick(row)),
                score=float(score),
                space=OBJECT,
                store=STORE,
                exemplar=int(table["id"][row]),
                frame=int(table["frame"][row]),
                interval=own,
                occurrences=times,
                stream=tables.streams.name(stream),
                box=BoundingBox(left, top, right, bottom),
                object=int(followed[row]) or None,
            )
            found.append(evidence if during is None else told_by(evidence, during))
        return found

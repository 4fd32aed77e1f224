"""What happened, and when: events, exemplars and their occurrences, within a number of bytes.

The first picture of something new becomes an exemplar; whatever is near an exemplar only prolongs its
occurrence or opens another one. So repeats cost a few bytes and are never averaged away: how often, when last
and what came before stay answerable. When the room is used up, the exemplar that tells least beside its nearest
neighbour goes. That raises the distance from which on something is new, just as much as the stream demands,
without knowing its length. docs/memory.md has the equations and the bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from streammem.errors import ObservationError
from streammem.interface import SpaceSpec, State
from streammem.memory.episodic_answers import EpisodicAnswers
from streammem.memory.episodic_config import EpisodicConfig
from streammem.memory.episodic_tables import EpisodicTables
from streammem.memory.novelty import cell_novelty
from streammem.types import Changes, Features, Observation

__all__ = ["EpisodicConfig", "EpisodicMemory"]

Entries = Mapping[str, Mapping[str, NDArray[Any]]]
FRAMES = 1 << 32


class EpisodicMemory(EpisodicAnswers):
    """Several streams side by side under one budget; an exemplar belongs to one stream.

    Args:
        config: the knobs.
        spaces: what features will come; "pixel" (one vector a frame) with every frame, others when they do.
        budget_bytes: never exceeded, neither by what is in use nor by what is reserved.
        details: whether `write` will be told of small new things that no space here shows; 2 bytes an exemplar.

    Raises:
        BudgetError: if the budget is too small to work with; it names the minimum.
        ObservationError: if there is no space "pixel".
    """

    def __init__(
        self,
        config: EpisodicConfig,
        spaces: Mapping[str, SpaceSpec],
        budget_bytes: int,
        *,
        details: bool = False,
    ) -> None:
        super().__init__(EpisodicTables(config, spaces, budget_bytes, details=details), config, spaces)
        self.budget_bytes = budget_bytes

    # -- writing ---------------------------------------------------------------------------------------------

    def write(self, observation: Observation, features: Features, *, detail: float = 0.0) -> Changes:
        """Take one frame in and say what it changed. The cost does not depend on how long the stream is.

        `detail` says how new the newest small thing in the frame is, in units of what counts as new. Above 1 the
        frame's picture is kept although the whole looks the same, as a moment that changes nothing else.

        Raises:
            OrderError: if time does not move forward within the stream.
            ObservationError: for features that are missing, of another shape or not finite, and for one stream
                too many. After an error the memory is as it was.
        """
        matrices = self._checked(observation, features)
        tables = self._tables
        before = sum(tables.ledger("dropped").values())
        entries = tables.encode(matrices)
        stream, joined = tables.streams.enter(observation)
        start, end = tables.streams.ticks(stream, observation.t_s)
        opened, closed = self._cut(stream, entries, start, end, joined)
        added = self._place(observation, stream, entries, (start, end), detail)
        return Changes(
            opened=opened,
            closed=closed,
            added=added,
            dropped=sum(tables.ledger("dropped").values()) - before,
            nbytes=self.nbytes(),
            encoded=len(entries) > 1,
            detail=detail,
        )

    def _checked(self, observation: Observation, features: Features) -> dict[str, Float32[np.ndarray, "_ _"]]:
        """All features as arrays, or an error before anything is touched."""
        if "pixel" not in features.spaces:
            raise ObservationError(
                f"every frame needs features of the space 'pixel', got {sorted(features.spaces)}: encode it with "
                "the classic encoder"
            )
        matrices = {}
        for name, tensor in features.spaces.items():
            if name not in self._specs:
                continue  # another store's space
            spec, matrix = self._specs[name], tensor.detach().cpu().numpy().astype(np.float32, copy=False)
            if matrix.shape != (spec.cells, spec.dim):
                raise ObservationError(
                    f"space {name!r} has {spec.cells} vectors of {spec.dim} numbers, got {matrix.shape}: use the "
                    "encoder that this memory was made with"
                )
            if not np.isfinite(matrix).all():
                raise ObservationError(
                    f"features of frame {observation.index} in {name!r} hold NaN or infinity: drop the frame"
                )
            matrices[name] = matrix
        if not 0 <= observation.index < FRAMES:
            raise ObservationError(f"a frame's index lies in 0 to {FRAMES - 1}, got {observation.index}")
        self._tables.streams.check(observation)
        return matrices

    def _cut(
        self, stream: int, entries: Entries, start: int, end: int, joined: bool
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Prolong the stream's event, or end it here and open another."""
        tables = self._tables
        state, rows = tables.streams.table, tables.events.table
        row = int(state["event"][stream]) - 1
        view = tables.streams.view(stream, tables.gauge.columns)
        if not joined:
            tables.gauge.reset(view)
        begun = int(rows["start"][row]) if row >= 0 else 0
        pixel = entries["pixel"]
        found = tables.gauge.step(view, start, pixel["code"][0], pixel["norm"][0], begun)
        if joined and found is None:
            rows["end"][row] = end
            return (), ()
        closed = (int(rows["id"][row]),) if row >= 0 else ()
        at, surprise = (start, 1.0) if found is None else (found.at, found.surprise)
        if row >= 0 and found is not None:
            rows["end"][row] = at
        if rows.full:
            tables.events.make_room()
            tables.count("events", dropped=1)
        id = tables.ledger("created")["events"]
        tables.count("events", created=1)
        state["event"][stream] = tables.events.open(id, stream, at, surprise) + 1
        rows["end"][int(state["event"][stream]) - 1] = end
        return (id,), closed

    def _place(
        self, observation: Observation, stream: int, entries: Entries, span: tuple[int, int], detail: float
    ) -> tuple[int, ...]:
        """New, or something known: then its occurrence goes on, or another one begins."""
        tables = self._tables
        exemplars = tables.exemplars
        far = exemplars.distances(tables.codes(entries), stream)
        known = len(far) > 0 and bool(np.isfinite(far).any())
        best = int(far.argmin()) if known else -1
        cells = cell_novelty(tables, entries, far) if known else 0.0
        if not known or far[best] > 1.0 or cells > 1.0:
            told = max(float(far[best]), cells) if known else np.inf
            victim = exemplars.least() if exemplars.table.full else None
            if victim is None or not known or told > exemplars.information()[victim]:
                row, id = self._add(observation, stream, entries, span, far, max(cells, detail), victim)
                tables.streams.table["exemplar"][stream] = row + 1
                return (id,)
        self._sight(best, stream, span)
        self._complete(best, entries)
        return self._keep_moment(observation, stream, entries, span, far, detail) if detail > 1.0 else ()

    def _keep_moment(
        self,
        observation: Observation,
        stream: int,
        entries: Entries,
        span: tuple[int, int],
        far: Float32[np.ndarray, " n"],
        detail: float,
    ) -> tuple[int, ...]:
        """The picture of a small new thing; where there is no room, at the cost of one that was less new."""
        exemplars = self._tables.exemplars
        victim = None
        if exemplars.table.full:
            moments = np.flatnonzero(exemplars.moments())
            victim = exemplars.least(moments) if len(moments) else None
            if victim is None or detail <= exemplars.information()[victim]:
                return ()
        pixel = {"pixel": entries["pixel"]}
        return (self._add(observation, stream, pixel, span, far, detail, victim, moment=True)[1],)

    def _sight(self, row: int, stream: int, span: tuple[int, int]) -> None:
        """A known exemplar is in sight."""
        tables = self._tables
        latest = int(tables.exemplars.table["latest"][row])
        _, until = tables.occurrences.span(latest)
        since = int(tables.streams.table["since"][stream])
        tables.streams.table["exemplar"][stream] = row + 1
        if until >= since and span[0] - until <= tables.join_gap(stream):
            tables.occurrences.extend(latest, span[1])
        else:
            tables.open_occurrence(row, *span)

    def _complete(self, row: int, entries: Entries) -> None:
        """Give a known exemplar the codes that it came without."""
        tables, table = self._tables, self._tables.exemplars.table
        missing = [name for name in tables.spaces if name in entries and not table[f"row_{name}"][row]]
        for name in missing:
            tables.attach(name, row, entries[name])
        if any(name in tables.exemplars.whole for name in missing):
            tables.exemplars.refresh([row, *tables.exemplars.leaning_on(row)])

    def _add(
        self,
        observation: Observation,
        stream: int,
        entries: Entries,
        span: tuple[int, int],
        far: Float32[np.ndarray, " n"],
        detail: float,
        victim: int | None,
        *,
        moment: bool = False,
    ) -> tuple[int, int]:
        """A new exemplar's row and id, in place of `victim` where the table is full."""
        tables, table = self._tables, self._tables.exemplars.table
        if victim is not None:
            tables.evict(victim)
            far[victim] = np.inf
        row = table.allocate()
        id = tables.ledger("created")["exemplars"]
        tables.count("exemplars", created=1)
        values = {"id": id, "frame": observation.index, "t_s": observation.t_s, "stream": stream}
        for name, value in {**values, **entries["pixel"], **({"moment": True} if moment else {})}.items():
            table[name][row] = value
        around = np.full(table.high, np.inf, np.float32)
        shared = min(len(far), table.high)
        around[:shared] = far[:shared]
        tables.exemplars.entered(row, around)
        if "detail" in table.columns:
            table["detail"][row] = detail
        for name in tables.spaces:
            if name in entries:
                tables.attach(name, row, entries[name])
        table["own"][row] = tables.open_occurrence(row, *span)
        tables.keep_snapshot(row, observation.rgb)
        return row, id

    # -- keeping ---------------------------------------------------------------------------------------------

    def stream_row(self, name: str) -> int | None:
        """The number of a stream, None if it never came."""
        return self._tables.streams.row(name)

    def stream_name(self, row: int) -> str:
        """What the stream of a number is called."""
        return self._tables.streams.name(row)

    @property
    def most_streams(self) -> int:
        """Streams that there is room for."""
        return self._tables.streams.table.capacity

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many of each kind were let go so far, exactly."""
        return self._tables.ledger("dropped")

    @property
    def created(self) -> Mapping[str, int]:
        """How many of each kind there ever were: those that live, were dropped, or joined with another."""
        return self._tables.ledger("created")

    @property
    def joined(self) -> Mapping[str, int]:
        """How many became one with another: occurrences that met when their exemplars did."""
        return self._tables.ledger("joined")

    def counts(self) -> dict[str, int]:
        """How many events, exemplars, snapshots and occurrences there are."""
        live = self._tables.live()
        return {kind: live[kind] for kind in ("events", "exemplars", "snapshots", "occurrences")}

    def nbytes(self) -> int:
        """Bytes of everything kept: exactly those of the arrays in `state`."""
        return sum(self.parts().values())

    def parts(self) -> Mapping[str, int]:
        """The same by part."""
        return self._tables.parts()

    def reserved(self) -> int:
        """Bytes set aside from the start, at most the budget."""
        return self._tables.reserved()

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        return self._tables.state()

    def restore(self, state: State) -> None:
        """Go on from a saved state.

        Raises:
            StoreDamagedError: if it was not saved by a memory of this configuration, these spaces and budget.
        """
        self._tables.restore(state)

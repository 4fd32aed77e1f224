"""Small things that come and go: each changed region of the picture, by itself, with its box.

A whole picture's code says little about a thing that covers a twentieth of it, and the codes of all cells of all
pictures are thousands of times too large. So only what stands out from its background is looked at
(`ChangedRegions`), and each such region is described as if it were a picture of its own. From there on it goes as
with whole pictures: something new becomes a token, something known prolongs the token's occurrence or opens
another one, and when the room is used up the token nearest to another goes. docs/benchmarks.md has what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from numpy.typing import NDArray
from torch import Tensor

from streammem.errors import BudgetError, ObservationError, OrderError, SpaceError, StoreDamagedError
from streammem.interface import SpaceSpec, State
from streammem.memory.codes import DenseCodec
from streammem.memory.exemplars import ALONE, Exemplars
from streammem.memory.occurrences import COLUMNS as OCCURRENCE_COLUMNS
from streammem.memory.occurrences import Occurrences
from streammem.memory.regions import ChangedRegions, RegionConfig
from streammem.memory.token_table import Column, TokenTable
from streammem.types import BoundingBox, Changes, Evidence, Features, Interval, Observation, Query, Readout

__all__ = ["ObjectConfig", "ObjectMemory"]

TICKS = 100  # a second
FEWEST = 8  # tokens
Describe = Callable[[UInt8[np.ndarray, "h w 3"]], Float32[np.ndarray, " d"]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectConfig:
    """What is a thing, and what is a new one."""

    novelty: float = 0.15  # cosine distance from every token beyond which a thing is new
    dim: int = 48  # int8 dimensions of a code
    occurrences: float = 1.5  # room for so many intervals a token
    join_gap_s: float = 3.0  # out of sight for longer, and it comes a second time
    regions: RegionConfig = field(default_factory=RegionConfig)

    def __post_init__(self) -> None:
        if not (self.novelty > 0 and self.dim >= 1 and self.occurrences >= 1 and self.join_gap_s >= 0):
            raise ObservationError(
                f"objects need a novelty above 0, at least 1 dimension and occurrence, got {self}"
            )


class ObjectMemory:
    """Tokens of one stream's changed regions, in the space "object".

    Args:
        config: the knobs.
        describe: a picture of any size to a vector of `dim` numbers; regions and queries go through the same one.
        dim: of its vectors.
        budget_bytes: never exceeded, neither by what is in use nor by what is reserved.

    Raises:
        BudgetError: if the budget is too small; it names the minimum.
    """

    def __init__(self, config: ObjectConfig, describe: Describe, dim: int, budget_bytes: int) -> None:
        self.config, self._describe, self.budget_bytes = config, describe, budget_bytes
        self._regions = ChangedRegions(config.regions)
        self._codec = DenseCodec(SpaceSpec(dim=dim), config.dim)
        self._clock = np.full(2, np.nan)  # origin and last time of the stream
        self._ledger = np.zeros(2, np.uint32)  # tokens created, dropped
        columns = {
            "id": Column(np.uint32),
            "frame": Column(np.uint32),
            "stream": Column(np.uint8),
            "box": Column(np.uint8, (4,)),  # where it was first seen, in 1/255 of the picture
            "own": Column(np.uint16),  # row of the occurrence in which it was first seen
            "latest": Column(np.uint16),  # row of the one that may still grow
            "nearest": Column(np.uint16),
            "distance": Column(np.float16),
            **self._codec.columns,
        }
        occurrence = TokenTable.row_bytes(OCCURRENCE_COLUMNS)
        row = TokenTable.row_bytes(columns) + config.occurrences * occurrence
        fixed = self._regions.nbytes() + self._clock.nbytes + self._ledger.nbytes + occurrence
        rows = int((budget_bytes - fixed) / row)
        if rows < FEWEST:
            raise BudgetError(
                f"objects need at least {int(fixed + FEWEST * row) + 1} bytes, got {budget_bytes}"
            )
        rows = min(rows, int((ALONE - 1) / config.occurrences))
        table = TokenTable(columns, rows)
        self.tokens = Exemplars(table, self._codec, {}, {"pixel": config.novelty})
        self.occurrences = Occurrences(int(rows * config.occurrences) + 1)  # always one to spare

    # -- writing ---------------------------------------------------------------------------------------------

    def write(self, observation: Observation, features: Features | None = None) -> Changes:
        """Take one frame in; `features` are not needed, the regions are described here.

        Raises:
            OrderError: if time does not move forward.
        """
        last_s = float(self._clock[1])
        if observation.t_s <= last_s:
            raise OrderError(
                f"frame {observation.index} at {observation.t_s:.3f} s follows one at {last_s:.3f} s: "
                "one memory of objects follows one stream"
            )
        if np.isnan(self._clock[0]):
            self._clock[0] = observation.t_s
        self._clock[1] = observation.t_s
        before = int(self._ledger[1])
        added = [
            id
            for box in self._regions.step(observation.t_s, observation.rgb)
            if (id := self._place(observation, box)) is not None
        ]
        return Changes(added=tuple(added), dropped=int(self._ledger[1]) - before, nbytes=self.nbytes())

    def _place(self, observation: Observation, box: BoundingBox) -> int | None:
        """New, or known; says the new token's id."""
        left, top, right, bottom = box.pixels(observation.rgb.shape[1], observation.rgb.shape[0])
        part = np.ascontiguousarray(observation.rgb[top:bottom, left:right])
        entry = self._codec.encode(self._describe(part)[None])
        far = self.tokens.distances({"pixel": (entry["code"], entry["norm"])}, 0)
        best = int(far.argmin()) if len(far) else -1
        tick = round((observation.t_s - float(self._clock[0])) * TICKS)
        if best >= 0 and far[best] <= 1.0:
            self._sight(best, tick)
            return None
        if self.tokens.table.full:
            victim = self.tokens.least()
            if best >= 0 and far[best] <= self.tokens.information()[victim]:
                return None
            self._evict(victim)
            far[victim] = np.inf
        return self._add(observation.index, entry, box, far, tick)

    def _sight(self, row: int, tick: int) -> None:
        latest = int(self.tokens.table["latest"][row])
        if tick - self.occurrences.span(latest)[1] <= self.config.join_gap_s * TICKS:
            self.occurrences.extend(latest, tick)
        else:
            self._open(row, tick)

    def _open(self, row: int, tick: int) -> None:
        """A new interval, at the cost of the shortest repeat of whoever has most of them.

        A token's first sighting stays as long as the token: that is what its box belongs to.
        """
        table = self.tokens.table
        if self.occurrences.table.full:
            live = np.flatnonzero(table.live)
            gone = self.occurrences.make_room(table["own"][live].astype(np.int64))
            lost = live[table["latest"][live] == gone]
            for owner in lost.tolist():
                rows = self.occurrences.rows(owner)
                table["latest"][owner] = rows[-1] if len(rows) else 0
        table["latest"][row] = self.occurrences.open(row, tick, tick)

    def _add(
        self,
        index: int,
        entry: Mapping[str, NDArray[Any]],
        box: BoundingBox,
        far: Float32[np.ndarray, " n"],
        tick: int,
    ) -> int:
        table = self.tokens.table
        row, id = table.allocate(), int(self._ledger[0])
        self._ledger[0] += 1
        edges = np.rint(np.array([box.left, box.top, box.right, box.bottom]) * 255)
        for name, value in {"id": id, "frame": index, "box": edges, **entry}.items():
            table[name][row] = value
        around = np.full(table.high, np.inf, np.float32)
        around[: min(len(far), table.high)] = far[: table.high]
        around[~table.live] = np.inf
        self.tokens.entered(row, around)
        self._open(row, tick)
        table["own"][row] = table["latest"][row]
        return id

    def _evict(self, row: int) -> None:
        """Let a token go, and when it was seen: its nearest neighbour is another thing."""
        self.occurrences.drop(row)
        leaning = self.tokens.leaning_on(row)
        self.tokens.table.free(row)
        self.tokens.refresh(leaning)
        self._ledger[1] += 1

    # -- asking ----------------------------------------------------------------------------------------------

    def search(self, query: Query) -> list[Evidence]:
        """The tokens most like a vector, best first, each with its box and when it was seen.

        Raises:
            SpaceError: for another space than "object".
        """
        if query.space != "object" or query.what is None:
            raise SpaceError(f"this memory holds the space 'object', the query asks for {query.space!r}")
        table = self.tokens.table
        rows = np.flatnonzero(table.live)
        if not len(rows):
            return []
        what = self._codec.query(query.what.detach().cpu().numpy().astype(np.float32))
        codes = {name: table[name][rows] for name in self._codec.columns}
        score = self._codec.scores(codes, what).max(axis=(0, 2))
        found = (self._evidence(int(rows[i]), float(score[i])) for i in np.argsort(-score, kind="stable"))
        during = query.during
        kept = (one for one in found if during is None or any(during.overlaps(o) for o in one.occurrences))
        return [one for one, _ in zip(kept, range(query.top_k), strict=False)]

    def _evidence(self, row: int, score: float) -> Evidence:
        table, origin_s = self.tokens.table, float(self._clock[0])
        spans = [self.occurrences.span(int(r)) for r in self.occurrences.rows(row)]
        times = tuple(Interval(origin_s + a / TICKS, origin_s + b / TICKS) for a, b in spans)
        first = times[0]  # repeats come later
        left, top, right, bottom = (table["box"][row] / 255).tolist()
        return Evidence(
            t_s=first.start_s,
            score=score,
            space="object",
            store="objects",
            exemplar=int(table["id"][row]),
            frame=int(table["frame"][row]),
            interval=first,
            occurrences=times,
            box=BoundingBox(left, top, right, bottom),
        )

    def read(self, query: Query) -> Readout:
        """Attention over the best tokens; the values are their vectors, as well as they were kept."""
        hits = self.search(query)
        by_id = {int(self.tokens.table["id"][r]): int(r) for r in np.flatnonzero(self.tokens.table.live)}
        rows = [by_id[hit.exemplar] for hit in hits]
        codes = {name: self.tokens.table[name][rows] for name in self._codec.columns}
        values: Float[Tensor, "k v"] = torch.from_numpy(self._codec.decode(codes)[:, 0])
        weight = torch.softmax(10.0 * torch.tensor([[hit.score for hit in hits]]), dim=-1)
        return Readout(value=weight @ values, weight=weight, evidence=hits)

    # -- keeping ---------------------------------------------------------------------------------------------

    @property
    def dropped(self) -> int:
        """Tokens let go so far."""
        return int(self._ledger[1])

    def nbytes(self) -> int:
        """Bytes of everything kept: exactly those of the arrays in `state`."""
        tables = self.tokens.table.nbytes() + self.occurrences.table.nbytes()
        return tables + self._regions.nbytes() + self._clock.nbytes + self._ledger.nbytes

    def _parts(self) -> dict[str, Any]:
        return {"tokens": self.tokens.table, "occurrences": self.occurrences.table, "regions": self._regions}

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        own = {"clock": self._clock.copy(), "ledger": self._ledger.copy()}
        return own | {f"{p}/{k}": a for p, part in self._parts().items() for k, a in part.state().items()}

    def restore(self, state: State) -> None:
        """Go on from a saved state.

        Raises:
            StoreDamagedError: if it was not saved by a memory of this configuration and budget.
        """
        if not {"clock", "ledger", "regions/background"} <= set(state):
            raise StoreDamagedError(f"no state of a memory of objects, it holds {sorted(state)[:4]}")
        for name, part in self._parts().items():
            prefix = f"{name}/"
            part.restore({k.removeprefix(prefix): a for k, a in state.items() if k.startswith(prefix)})
        self._clock[:], self._ledger[:] = state["clock"], state["ledger"]

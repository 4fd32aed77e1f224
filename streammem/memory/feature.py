"""The feature memory: what a video's frames looked like, cell by cell, and where each object was in them.

XMem's three memories (Cheng & Schwing 2022): sensory (a state an object), working (recent frames), long-term
(prototypes). Where the original is wrong or stops, this one goes on: objects come and go at any time and each counts
its own tokens, nothing crashes at the edges, the bytes are bounded (docs/segmentation.md lists the differences).

A frame is read first, then written, if it is one to remember:

    memory = FeatureMemory(FeatureConfig(objects=2), FeatureShape(rows=30, columns=54, key_dim=64, value_dim=512))
    memory.add_objects([1, 2])
    memory.write(key, shrinkage, selection, {1: value1, 2: value2}, t_s=0.0, frame=0)
    readout = memory.read(key, selection)  # (2, 1620, 512)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from streammem.budget import parse_bytes
from streammem.errors import BudgetError, ObservationError, OrderError
from streammem.interface import State
from streammem.memory.attention import gathered
from streammem.memory.consolidation import Prototypes, consolidate
from streammem.memory.feature_config import FeatureConfig, FeatureShape
from streammem.memory.feature_layout import FeatureLayout
from streammem.memory.feature_read import affinities, query_rows, scratch_size
from streammem.memory.feature_room import LEDGER, NOTHING, Beside, plan_room
from streammem.memory.feature_state import load, save, saved_bytes
from streammem.memory.feature_table import FeatureTable
from streammem.memory.long_term import LongTermMemory
from streammem.memory.sensory import SensoryMemory
from streammem.memory.working import WorkingMemory

__all__ = ["FeatureConfig", "FeatureMemory", "FeatureShape"]


class FeatureMemory:
    """Tokens of one video with frames of one size.

    Args:
        config: how much is kept, and the budget.
        shape: cells of a frame and the sizes of keys and values.
        device: where the columns live, as torch writes it: the network's.
        beside: bytes that the owner keeps under the same budget.

    Raises:
        BudgetError: if the budget holds not even the least; it says what would do.
    """

    def __init__(
        self,
        config: FeatureConfig,
        shape: FeatureShape,
        *,
        device: str | torch.device = "cpu",
        beside: Beside = NOTHING,
    ) -> None:
        self.config, self.shape = config, shape
        self.room = plan_room(config, shape, beside)
        self.budget = parse_bytes(config.budget)
        self.device = torch.device(device)
        self.table = FeatureTable(shape, self.room.long_term, self.room.slots, self.device)
        self.working = WorkingMemory(self.table, self.room.references)
        self.long_term = LongTermMemory(self.table)
        self.sensory = SensoryMemory(shape, config.objects, self.device)
        self._ledger = np.array([0] * (len(LEDGER) - 1) + [-1], np.int64)
        self.last_prototypes: Prototypes | None = None  # of the latest consolidation
        self._layout: FeatureLayout | None = None
        with torch.inference_mode(False):
            self._scratch = torch.empty(scratch_size(self.table.rows, self.device), device=self.device)

    # -- objects ---------------------------------------------------------------------------------------------

    @property
    def objects(self) -> tuple[int, ...]:
        """The live objects, in the order in which they came; readouts have the same."""
        return tuple(self.table.values)

    def add_objects(self, numbers: Sequence[int]) -> None:
        """Make room for new objects; nothing counts for them until it is written.

        Raises:
            ObservationError: if one is there already, or named twice.
            BudgetError: if not all of them fit; none is added then.
        """
        self.check_objects(numbers)
        for number in numbers:
            self.table.add(number)
        if self.shape.hidden_dim:
            self.sensory.add(len(numbers))
        self._layout = None

    def check_objects(self, numbers: Sequence[int]) -> None:
        """Raise what `add_objects` would raise, and change nothing."""
        known = [number for number in numbers if number in self.table.values]
        if known or len(set(numbers)) < len(numbers):
            raise ObservationError(
                f"objects {list(numbers)} cannot be added: {known or 'one of them'} would be there twice; "
                "remove the old one first, or take another number"
            )
        total = len(self.objects) + len(numbers)
        if total > self.most_objects:
            raise BudgetError(
                f"{len(self.objects)} objects are followed and the budget of {self.budget:,} bytes holds "
                f"{self.most_objects}: with {len(numbers)} more it would take {self.room.nbytes(total):,}. Remove "
                f"some, give a larger budget, or plan with objects={total}, which keeps fewer frames and prototypes"
            )

    @property
    def most_objects(self) -> int:
        """Objects that fit the budget."""
        return (self.budget - self.room.table_bytes) // self.room.object_bytes

    def remove_object(self, number: int) -> None:
        """Forget an object, and all frames and prototypes that counted for it alone.

        Raises:
            ObservationError: if there is no such object.
        """
        if number not in self.table.values:
            raise ObservationError(f"there is no object {number} to remove, only {list(self.objects)}")
        if self.shape.hidden_dim:
            self.sensory.remove(self.objects.index(number))
        self.table.remove(number)
        for slot in self.working.unseen():
            self.working.drop(slot)
            self._count("dropped_frames", 1)
        self.working.keep_first()
        self._count("evicted", self.long_term.keep(self.table.counted(self.long_term.rows())))
        self._layout = None

    # -- frames ----------------------------------------------------------------------------------------------

    @torch.no_grad()
    def write(
        self,
        key: Float[Tensor, "cells k"],
        shrinkage: Float[Tensor, " cells"],
        selection: Float[Tensor, "cells k"] | None,
        values: Mapping[int, Float[Tensor, "cells v"]],
        *,
        t_s: float,
        frame: int,
        permanent: bool = False,
    ) -> None:
        """Remember a frame; then consolidate, if the working memory is full.

        Args:
            key: one a cell, row by row.
            shrinkage: one a cell.
            selection: one a cell; needed with long-term memory, where cells become queries.
            values: one a cell, for the objects for which this frame shall count. For others (lost, or not there yet)
                it never will. Without any nothing is stored.
            t_s: time of the frame.
            frame: its number; frames are written in order.
            permanent: it stays in the working memory, as the first frame does, until more than `references` such
                frames came after it.

        Raises:
            ObservationError: if an object is unknown, a shape is wrong, or a number is not finite; nothing is written.
            OrderError: if a later frame was written before.
        """
        self._check_frame(key, shrinkage, selection, values)
        last = int(self._ledger[-1])
        if frame <= last:
            raise OrderError(
                f"frame {frame} comes after frame {last}: write frames in their order, each once"
            )
        if not values:
            return
        if not self.room.long_term and self.working.frames.full:
            self._drop_oldest()
        self._ledger[-1] = frame
        self._count("stored", 1)
        self.working.store(key, shrinkage, selection, values, t_s=t_s, frame=frame, permanent=permanent)
        if self.room.long_term:
            if len(self.working.passing()) + 1 >= self.room.working_max:
                self._consolidate()
        else:
            while len(self.working.passing()) + 1 > self.room.working_max:
                self._drop_oldest()
        self._layout = None

    @torch.no_grad()
    def read(
        self, key: Float[Tensor, "q k"], selection: Float[Tensor, "q k"], *, count_usage: bool = True
    ) -> Float32[Tensor, "n q v"]:
        """What the memory says about each cell, for every object in the order of `objects`.

        Zero for an object for which nothing was ever written.

        Args:
            key: queries.
            selection: how much each number of them counts.
            count_usage: whether tokens remember that they were read; false leaves the memory as it is.

        Raises:
            ObservationError: if shapes are wrong or a number is not finite.
        """
        query = query_rows(key.to(self.device, torch.float32), selection.to(self.device, torch.float32))
        wanted = (len(key), self.shape.key_dim)
        if tuple(key.shape) != wanted or tuple(selection.shape) != wanted or not bool(query.isfinite().all()):
            raise ObservationError(
                f"queries and selections are finite, of shape {wanted}, got {tuple(key.shape)} and "
                f"{tuple(selection.shape)}: check the network's output (a NaN in the frame spreads)"
            )
        readout = torch.empty(len(self.objects), len(key), self.shape.value_dim, device=self.device)
        layout = self._laid_out()
        if not len(layout.columns.rows) or not len(key):
            return readout.zero_()
        found = affinities(
            query, self.table.match, layout.columns, layout.penalties, self.config.top_k, self._scratch
        )
        planes = list(self.table.values.values())
        for affinity, objects in zip(found, layout.objects, strict=True):
            for place in objects:
                readout[place] = gathered(affinity.weight, affinity.row, planes[place])
        if count_usage and self.room.long_term:
            layout.count_usage(self.table, found)
        return readout

    def _laid_out(self) -> FeatureLayout:
        if self._layout is None:
            self._layout = FeatureLayout.of(self.table, len(self.long_term), self.working.slots())
        return self._layout

    def _consolidate(self) -> None:
        passing = self.working.passing()
        leaving = passing[: len(passing) - (self.config.working_min - 1)]
        self._count("evicted", self.long_term.evict(self.room.long_term - self.config.prototypes))
        self.last_prototypes = consolidate(self.table, self.working.frames, leaving, self.config.prototypes)
        if self.last_prototypes is not None:
            self.long_term.add(self.last_prototypes)
            self._count("prototypes", len(self.last_prototypes.key))
        for slot in leaving:
            self.working.drop(slot)
        self._count("consolidated", len(leaving))

    def _drop_oldest(self) -> None:
        self.working.drop(self.working.passing()[0])
        self._count("dropped_frames", 1)

    def _count(self, what: str, number: int) -> None:
        self._ledger[LEDGER.index(what)] += number

    def _check_frame(
        self,
        key: Tensor,
        shrinkage: Tensor,
        selection: Tensor | None,
        values: Mapping[int, Tensor],
    ) -> None:
        unknown = [number for number in values if number not in self.table.values]
        if unknown:
            raise ObservationError(f"objects {unknown} are not followed: add_objects comes before write")
        if selection is None and self.room.long_term:
            raise ObservationError(
                "the long-term memory needs the selection of each frame: give it with the key"
            )
        shape = self.shape
        parts = {"key": (key, (shape.cells, shape.key_dim)), "shrinkage": (shrinkage, (shape.cells,))}
        if selection is not None:
            parts["selection"] = (selection, (shape.cells, shape.key_dim))
        for number, value in values.items():
            parts[f"value of object {number}"] = (value, (shape.cells, shape.value_dim))
        for name, (found, wanted) in parts.items():
            if tuple(found.shape) != wanted:
                raise ObservationError(f"{name} should have the shape {wanted}, got {tuple(found.shape)}")
            # The squares of keys are stored as well.
            if not bool((found.square() if name == "key" else found).isfinite().all()):
                raise ObservationError(
                    f"{name} of this frame is not finite: it would spoil every later read, so nothing was written"
                )

    # -- bytes and state -------------------------------------------------------------------------------------

    def sizes(self) -> tuple[int, int]:
        """Tokens in the working and in the long-term memory."""
        return len(self.working) * self.shape.cells, len(self.long_term)

    def counts(self) -> dict[str, int]:
        """What happened so far: frames stored, dropped and consolidated, prototypes made and evicted."""
        return {name: int(number) for name, number in zip(LEDGER[:-1], self._ledger, strict=False)}

    def nbytes(self) -> int:
        """Bytes of the arrays in `state`; never above `reserved`."""
        return saved_bytes(self)

    def reserved(self) -> int:
        """Bytes of everything set aside, the owner's included; never above the budget.

        Scratch memory of a read is not counted.
        """
        hidden = SensoryMemory.object_bytes(self.shape) * (self.sensory.capacity - len(self.objects))
        return self.room.nbytes(len(self.objects)) + max(0, hidden)

    def state(self) -> State:
        """All that is needed to go on bit for bit, as named arrays."""
        return save(self)

    def restore(self, state: State) -> None:
        """Take over a saved state in place of all that is here.

        Raises:
            StoreDamagedError: if it was not saved by a memory of this configuration and shape; nothing changes then.
            BudgetError: if it holds more objects than fit; nothing changes then.
        """
        load(self, state)
        self._layout = None

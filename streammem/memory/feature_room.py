"""How many frames and prototypes of which sizes fit a budget."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from streammem.budget import parse_bytes
from streammem.errors import BudgetError
from streammem.memory.feature_config import FeatureConfig, FeatureShape
from streammem.memory.feature_table import FeatureTable
from streammem.memory.long_term import PROTOTYPE_COLUMNS
from streammem.memory.sensory import SensoryMemory
from streammem.memory.working import FRAME_COLUMNS
from streammem.token_table import TokenTable

__all__ = ["LEDGER", "NOTHING", "Beside", "FeatureRoom", "plan_room"]

# Counters of 8 bytes each, and behind them the number of the last frame.
LEDGER = ("stored", "dropped_frames", "consolidated", "prototypes", "evicted", "last_frame")


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """Bytes that whoever owns the memory keeps under the same budget: once, and for each object."""

    frame: int = 0
    object: int = 0


NOTHING = Beside()


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureRoom:
    """What a memory sets aside."""

    shape: FeatureShape
    working_max: int
    references: int
    long_term: int
    beside: Beside = NOTHING

    @property
    def slots(self) -> int:
        """Frames that there is room for."""
        return self.working_max + self.references

    @property
    def table_bytes(self) -> int:
        """Bytes before the first object."""
        books = self.slots * TokenTable.row_bytes(FRAME_COLUMNS)
        books += max(1, self.long_term) * TokenTable.row_bytes(PROTOTYPE_COLUMNS) + 8 * len(LEDGER)
        return FeatureTable.table_bytes(self.shape, self.long_term, self.slots) + books + self.beside.frame

    @property
    def object_bytes(self) -> int:
        """Bytes that each object adds, its number included."""
        plane = FeatureTable.object_bytes(self.shape, self.long_term, self.slots)
        return plane + SensoryMemory.object_bytes(self.shape) + 8 + self.beside.object

    def nbytes(self, objects: int) -> int:
        """Bytes with so many objects."""
        return self.table_bytes + objects * self.object_bytes


def plan_room(config: FeatureConfig, shape: FeatureShape, beside: Beside = NOTHING) -> FeatureRoom:
    """The largest memory within the budget for the planned number of objects.

    What does not fit is cut in this order: frames on their way to the long-term memory, references, prototypes.

    Raises:
        BudgetError: if the least does not fit; it says how many bytes that takes.
    """
    budget, sized = parse_bytes(config.budget), partial(FeatureRoom, shape=shape, beside=beside)
    least = 2 * config.prototypes if config.long_term else 0
    sizes = [
        *(
            (kept, config.references, config.long_term)
            for kept in range(config.working_max, config.working_min, -1)
        ),
        *((config.working_min + 1, kept, config.long_term) for kept in range(config.references - 1, -1, -1)),
    ]
    for working, references, long_term in sizes:
        room = sized(working_max=working, references=references, long_term=long_term)
        if room.nbytes(config.objects) <= budget:
            return room
    smallest = sized(working_max=config.working_min + 1, references=0, long_term=least)
    spare = budget - smallest.nbytes(config.objects)
    if spare < 0:
        raise BudgetError(
            f"{budget:,} bytes are too few for {config.objects} objects of {shape.rows}x{shape.columns} cells, "
            f"{budget - spare:,} are the minimum here (working_min + 1 frames and {least} prototypes): give more, "
            "plan for fewer objects, or make the frames smaller"
        )
    each = sized(working_max=config.working_min + 1, references=0, long_term=least + 1)
    row = each.nbytes(config.objects) - smallest.nbytes(config.objects)
    long_term = min(config.long_term, least + spare // row) if config.long_term else 0
    return sized(working_max=config.working_min + 1, references=0, long_term=long_term)

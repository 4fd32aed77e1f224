"""Which memory the engine works on, and how it is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from streammem.errors import ObservationError, StoreClockError, StoreFullError

if TYPE_CHECKING:
    from streammem.app.server.settings import LiveSettings
    from streammem.stream import StreamMemory

__all__ = ["EngineSettings", "open_memory"]

NEW_BUDGET = "256 MB"  # what a day of a camera fits into, with a quarter for what is followed
TRACKING_SHARE = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineSettings:
    """The memory behind a page.

    `store` is the store's folder, None keeps the memory in the engine's process alone, where it does not outlive it.
    `budget` and `encoder` are those of a new store: where None, 256 MB and "lite"; a store that is there goes on as it
    was made, and refuses others. `track` makes a new store that can follow objects.
    """

    store: Path | None = None
    budget: str | int | None = None
    encoder: str | None = None
    device: str = "cpu"
    track: bool = True

    def __post_init__(self) -> None:
        if self.device not in ("cpu", "cuda") and not self.device.startswith("cuda:"):
            raise ObservationError(f"the device is 'cpu', 'cuda' or 'cuda:N', got {self.device!r}")

    @classmethod
    def of(cls, settings: LiveSettings) -> EngineSettings:
        """The memory that a live page's settings name."""
        return cls(
            store=settings.store,
            budget=settings.budget,
            encoder=settings.encoder,
            device=settings.device,
            track=settings.track,
        )


def open_memory(settings: EngineSettings) -> StreamMemory:
    """Make the memory or go on with it.

    Raises:
        StoreError: if the store is damaged, locked, newer, or was made otherwise.
        BudgetError: if the budget is too small to work with.
    """
    # The settings are needed at once, the memory's parts take seconds to load.
    from streammem.app.resuming import is_new
    from streammem.config import MemoryConfig
    from streammem.heads.tracking import TrackingConfig
    from streammem.stream import StreamMemory

    config, budget = None, settings.budget
    if settings.store is None or is_new(settings.store):
        budget = NEW_BUDGET if budget is None else budget
        tracking = TrackingConfig(share=TRACKING_SHARE) if settings.track else None
        config = MemoryConfig(tracking=tracking)
    memory = StreamMemory.open(
        settings.store, budget=budget, encoder=settings.encoder, config=config, device=settings.device
    )
    # A live stream does not wait for a clock that was set back or for room on the disk.
    memory.holds = (StoreClockError, StoreFullError)
    return memory

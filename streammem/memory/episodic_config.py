"""How an episodic memory keeps: its knobs, all plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from streammem.errors import ObservationError
from streammem.memory.snapshots import SnapshotConfig
from streammem.memory.surprise import SurpriseConfig

__all__ = ["EpisodicConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodicConfig:
    """Knobs of what is new, what is kept, how events are cut, and who gets how many bytes.

    Spaces without an entry in `dims` or `novelty` take the one of "other". `shares` are weights among the parts
    that are there; a part that needs less leaves the rest to the others.
    """

    # -- what is new, and what belongs together --
    novelty: dict[str, float] = field(
        default_factory=lambda: {"pixel": 0.14, "frame": 0.2, "patch": 0.5, "other": 0.3}
    )  # cosine distance from every exemplar beyond which something is new
    novel_cells: int = 3  # cells of a grid that must be new at once
    neighbours: int = 4  # nearest exemplars whose grids new cells are compared with
    join_gap_s: float = 2.0  # out of sight for longer, and it comes a second time
    jump_s: float = 10.0  # a step of time this large is a gap
    merge: float = 4.0  # a dropped exemplar's occurrences go to its nearest within this many novelties
    # -- how it is stored --
    dims: dict[str, int] = field(
        default_factory=lambda: {"pixel": 48, "frame": 256, "patch": 96, "other": 96}
    )  # int8 dimensions of a dense code
    classes: int = 8  # likeliest classes kept of each cell of a distribution space
    peaks: int = 48  # and of the whole picture, for quick searches
    max_exemplars: int = 16_384
    max_streams: int = 16
    occurrences: float = 3.0  # room for so many intervals an exemplar
    # -- who gets how much --
    shares: dict[str, float] = field(
        default_factory=lambda: {
            "pixel": 0.10,
            "events": 0.01,
            "snapshots": 0.45,
            "frame": 0.03,
            "patch": 0.27,
            "text": 0.10,
            "other": 0.10,
        }
    )
    snapshot_px: int = 384  # the longer side
    snapshot_quality: int = 80
    # -- events, see SurpriseConfig --
    surprise_gamma: float = 1.0
    surprise_floor: float = 0.04
    surprise_fallback: float = 0.12
    surprise_step_s: float = 0.5
    surprise_window: int = 256
    surprise_samples: int = 4
    shortest_event_s: float = 1.5
    # -- reading --
    sharpness: float = 10.0  # cosines are multiplied by it before the softmax of `read`

    def __post_init__(self) -> None:
        for name in ("novelty", "dims", "shares"):
            entries = getattr(self, name)
            if "other" not in entries or "pixel" not in entries or not all(v >= 0 for v in entries.values()):
                raise ObservationError(
                    f"{name} needs numbers of at least 0 for 'pixel' and 'other', got {entries}"
                )
        if not all(v > 0 for entries in (self.novelty, self.dims) for v in entries.values()):
            raise ObservationError(f"novelty and dims must be above 0, got {self.novelty} and {self.dims}")
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, int | float) and not value > 0:
                raise ObservationError(f"{item.name} must be above 0, got {value}")
        if not 4 <= self.max_exemplars <= 65_000 or self.max_streams > 255 or self.occurrences < 1:
            raise ObservationError(
                f"4 to 65,000 exemplars, at most 255 streams and at least 1 occurrence an exemplar, got {self}"
            )
        self.surprise()  # both check their own
        self.snapshots()

    def of(self, knob: str, space: str) -> float:
        """The entry of a space in `novelty`, `dims` or `shares`."""
        entries: dict[str, float] = getattr(self, knob)
        return entries.get(space, entries["other"])

    def surprise(self) -> SurpriseConfig:
        """The knobs of the surprise gauge."""
        return SurpriseConfig(
            gamma=self.surprise_gamma,
            floor=self.surprise_floor,
            fallback=self.surprise_fallback,
            step_s=self.surprise_step_s,
            window=self.surprise_window,
            samples=self.surprise_samples,
            shortest_s=self.shortest_event_s,
        )

    def snapshots(self) -> SnapshotConfig:
        """The knobs of the snapshots."""
        return SnapshotConfig(side_px=self.snapshot_px, quality=self.snapshot_quality)

"""How a memory watches and keeps, and the manifest by which a store goes on as it was made."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from streammem import __version__
from streammem.errors import ObservationError, StoreDamagedError, StoreError
from streammem.heads.recall import RecallConfig
from streammem.interface import SpaceSpec
from streammem.memory.episodic import EpisodicConfig
from streammem.memory.gate import GateConfig

__all__ = ["Manifest", "MemoryConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryConfig:
    """How a memory watches and keeps. A store is made with one and keeps it."""

    gate: GateConfig = field(default_factory=GateConfig)
    episodic: EpisodicConfig = field(default_factory=EpisodicConfig)
    recall: RecallConfig = field(default_factory=RecallConfig)
    batch: int = 8  # pictures that `watch` encodes together on a GPU
    lookahead: int = 64  # frames that it may hold back for that
    commit_every_s: float = 10.0  # of wall time
    max_streams: int = 16

    def __post_init__(self) -> None:
        if min(self.batch, self.lookahead, self.max_streams) < 1 or not self.commit_every_s > 0:
            raise ObservationError(
                f"batch, lookahead, max_streams and commit_every_s must be positive: {self}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a store was made with."""

    budget: int
    encoder: str
    spaces: dict[str, SpaceSpec]
    config: MemoryConfig

    def to_json(self) -> dict[str, Any]:
        """Plain data for the store's metadata."""
        return {"streammem": __version__, **dataclasses.asdict(self)}

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Manifest:
        """Read back what `to_json` wrote.

        Raises:
            StoreDamagedError: if it is not what this version, or an older one, writes.
        """
        try:
            config = dict(saved["config"])
            config["gate"] = GateConfig(**config["gate"])
            config["episodic"] = EpisodicConfig(**config["episodic"])
            config["recall"] = RecallConfig(**config["recall"])
            spaces = {
                name: SpaceSpec(**{**spec, "grid": spec["grid"] and tuple(spec["grid"])})
                for name, spec in saved["spaces"].items()
            }
            budget, encoder = int(saved["budget"]), str(saved["encoder"])
            return cls(budget=budget, encoder=encoder, spaces=spaces, config=MemoryConfig(**config))
        except (KeyError, TypeError, ValueError) as error:
            raise StoreDamagedError(
                f"the store's manifest cannot be read ({error!r}); it says it was written by streammem "
                f"{saved.get('streammem')}, this is {__version__}: use that version, or start a new store"
            ) from error

    def agree(self, *, budget: int | None, encoder: str | None, config: MemoryConfig | None) -> None:
        """A store goes on as it was made: a wish for something else is refused, not ignored.

        Raises:
            StoreError: if a wish that is not None differs.
        """
        for what, mine, wish in (
            ("budget", self.budget, budget),
            ("encoder", self.encoder, encoder),
            ("config", self.config, config),
        ):
            if wish is not None and wish != mine:
                raise StoreError(
                    f"this store was made with {what} {mine!r} and cannot go on with {wish!r}: "
                    f"leave {what} out, or give a new path"
                )

"""How a memory watches and keeps, and the manifest by which a store goes on as it was made."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

from streammem import __version__
from streammem.errors import ObservationError, StoreDamagedError, StoreError
from streammem.heads.recall import RecallConfig
from streammem.heads.tracking import TrackingConfig, network_identity
from streammem.interface import SpaceSpec
from streammem.memory.episodic import EpisodicConfig
from streammem.memory.gate import GateConfig
from streammem.memory.objects import ObjectConfig
from streammem.memory.spatial_config import SpatialConfig

__all__ = ["Manifest", "MemoryConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryConfig:
    """How a memory watches and keeps. A store is made with one and keeps it.

    `objects="auto"` remembers small things wherever `object_share` of the budget suffices for it, and goes without
    where it does not; an `ObjectConfig` insists, so that too small a budget is an error; None goes without.
    `tracking` follows objects that are marked (`StreamMemory.track`); what is seen of them is kept among the objects.
    `spatial` draws a map from frames that come with depth, a camera and a pose.
    """

    gate: GateConfig = field(default_factory=GateConfig)
    episodic: EpisodicConfig = field(default_factory=EpisodicConfig)
    recall: RecallConfig = field(default_factory=RecallConfig)
    objects: ObjectConfig | Literal["auto"] | None = "auto"
    object_share: float = 0.04  # of the budget, at most; what objects do not need stays with the rest
    batch: int = 8  # pictures that `watch` encodes together on a GPU
    lookahead: int = 64  # frames that it may hold back for that
    commit_every_s: float = 10.0  # of wall time
    max_streams: int = 16
    tracking: TrackingConfig | None = None
    spatial: SpatialConfig | None = None

    def __post_init__(self) -> None:
        if min(self.batch, self.lookahead, self.max_streams) < 1 or not self.commit_every_s > 0:
            raise ObservationError(
                f"batch, lookahead, max_streams and commit_every_s must be positive: {self}"
            )
        if not 0 < self.object_share < 1:
            raise ObservationError(f"object_share lies between 0 and 1, got {self.object_share}")
        if not (self.objects is None or self.objects == "auto" or isinstance(self.objects, ObjectConfig)):
            raise ObservationError(f"objects are an ObjectConfig, 'auto' or None, got {self.objects!r}")
        if self.tracking is not None and self.objects is None:
            raise ObservationError(
                "tracking keeps what it sees among the objects: leave objects='auto', or tracking=None"
            )
        shares = [part.share for part in (self.tracking, self.spatial) if part is not None]
        if sum(shares) >= 1:
            raise ObservationError(
                f"tracking and the map ask for {' and '.join(f'{share:g}' for share in shares)} of the budget: leave "
                "something to the rest"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a store was made with."""

    budget: int
    encoder: str
    spaces: dict[str, SpaceSpec]
    config: MemoryConfig
    network: str | None = None  # identity of the one that tracks

    def to_json(self) -> dict[str, Any]:
        """Plain data for the store's metadata; without tracking and map, what older versions read as well."""
        saved = dataclasses.asdict(self)
        if self.config.tracking is None:
            del saved["config"]["tracking"], saved["network"]
        if self.config.spatial is None:
            del saved["config"]["spatial"]
        return {"streammem": __version__, **saved}

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
            objects = config.get("objects")  # a store made before there were any goes on without
            config["objects"] = ObjectConfig.from_json(objects) if isinstance(objects, dict) else objects
            tracking = config.get("tracking")
            config["tracking"] = None if tracking is None else TrackingConfig.from_json(tracking)
            spatial = config.get("spatial")
            config["spatial"] = None if spatial is None else SpatialConfig.from_json(spatial)
            spaces = {
                name: SpaceSpec(**{**spec, "grid": spec["grid"] and tuple(spec["grid"])})
                for name, spec in saved["spaces"].items()
            }
            budget, encoder = int(saved["budget"]), str(saved["encoder"])
            return cls(
                budget=budget,
                encoder=encoder,
                spaces=spaces,
                config=MemoryConfig(**config),
                network=saved.get("network"),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise StoreDamagedError(
                f"the store's manifest cannot be read ({error!r}); it says it was written by streammem "
                f"{saved.get('streammem')}, this is {__version__}: use that version, or start a new store"
            ) from error

    def agree(self, *, budget: int | None, encoder: str | None, config: MemoryConfig | None) -> None:
        """A store goes on as it was made: a wish for something else is refused, not ignored.

        `objects="auto"` is no wish, and where the weights of tracking lie may change.

        Raises:
            StoreError: if a wish that is not None differs.
        """
        if config is not None and config.objects == "auto":
            config = dataclasses.replace(config, objects=self.config.objects)
        if config is not None and config.tracking is not None and self.config.tracking is not None:
            there = dataclasses.replace(config.tracking, weights=self.config.tracking.weights)
            config = dataclasses.replace(config, tracking=there)
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

    def relocated(self, config: MemoryConfig | None) -> Manifest:
        """The same, with the weights of tracking where a wish that agrees says.

        Raises:
            CheckpointError: if there are none.
            StoreError: if they are other weights.
        """
        mine, wish = self.config.tracking, None if config is None else config.tracking
        if mine is None or wish is None or wish.weights == mine.weights:
            return self
        found = network_identity(wish.weights)
        if found != self.network:
            raise StoreError(
                f"this store was made with the network {self.network}, the weights at "
                f"{wish.weights or 'the package'} are {found}: give the old ones, or a new path"
            )
        return dataclasses.replace(self, config=dataclasses.replace(self.config, tracking=wish))

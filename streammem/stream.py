"""The engine: one memory that watches, keeps, answers, commits and resumes.

import streammem as sm

memory = sm.StreamMemory.open("kitchen.zarr", budget="64 MB")
for changes in memory.watch(sm.open_source("kitchen.mp4")):
...
hits = memory.find(text="bicycle")
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np
from jaxtyping import Bool, Integer
from numpy.typing import NDArray

from streammem import __version__
from streammem.assembly import Encoders, follower, mapper
from streammem.budget import parse_bytes
from streammem.config import Manifest, MemoryConfig
from streammem.errors import (
    BudgetError,
    ObservationError,
    SpaceError,
    StoreClockError,
    StoreError,
)
from streammem.heads.following import Following, in_sight
from streammem.heads.places import PlaceQuestions
from streammem.heads.recall import Recall
from streammem.heads.segmentation import Segmentation
from streammem.heads.tracking import network_identity
from streammem.memory.accounts import Accounts, History
from streammem.memory.episodic import EpisodicMemory
from streammem.memory.objects import ObjectMemory
from streammem.memory.spatial import SpatialMemory
from streammem.memory.stores import NO_TRACKING, Stores
from streammem.notebook import as_html
from streammem.perception.encoders import open_encoder
from streammem.store import ArrayStore
from streammem.types import (
    BoundingBox,
    Changes,
    Features,
    Info,
    Observation,
    Query,
    Readout,
    StreamInfo,
)

__all__ = ["StreamMemory"]

logger = logging.getLogger(__name__)

Part = EpisodicMemory | ObjectMemory | SpatialMemory | Accounts | History | Following
DEFAULT_BUDGET = "64 MB"


class StreamMemory(PlaceQuestions):
    """A bounded memory of one or more streams; `open` makes or resumes one.

    Every frame gets the cheap `classic` descriptor, which drives change and events. Where the stream changed,
    and at most `config.gate.rate_hz` times a second, the deep encoder looks as well. A few times a second the
    regions that stand out from their background are described by themselves (`config.objects`). Objects that
    somebody marks are followed (`track`), where `config.tracking` asks for it.
    """

    def __init__(
        self, manifest: Manifest, store: ArrayStore | None, mode: Literal["a", "r"], device: str
    ) -> None:
        self.manifest, self.mode, self.device = manifest, mode, device
        self.budget, self.encoder, self.config = manifest.budget, manifest.encoder, manifest.config
        self._store, self._spaces, config = store, manifest.spaces, manifest.config
        self._encoders = Encoders(manifest.encoder, device)
        self._accounts = Accounts(most=config.max_streams, gate=config.gate, dim=self._spaces["pixel"].dim)
        self._history = History()
        own = self._accounts.nbytes() + self._history.nbytes()
        self._following = follower(manifest, device)
        own += 0 if self._following is None else self._following.budget_bytes
        spatial = mapper(manifest, self._encoders, device)
        own += 0 if spatial is None else spatial.budget_bytes
        if self.budget <= own:
            raise BudgetError(
                f"{self.budget:,} bytes are too few: the books of {config.max_streams} streams and the shares of "
                f"tracking and the map alone take {own:,}; give a larger budget, a smaller max_streams or share"
            )
        self._stores = Stores(
            config.episodic,
            self._spaces,
            self.budget - own,
            objects=config.objects,
            share=config.object_share,
            streams=config.max_streams,
            describe=self._encoders.describe,
            following=self._following is not None,
            spatial=spatial,
        )
        self._episodic = self._stores.episodic
        self._accounts.room = min(self._accounts.room, self._episodic.most_streams)
        self.holds: tuple[type[StoreError], ...] = (
            StoreClockError,
        )  # what a due commit waits out and tries again
        self.held: str | None = None  # why commits wait, if they do
        self.on_commit: Callable[[], None] = lambda: None  # told before each commit: it may take long
        self.changed: Changes | None = None  # what the last frame changed
        self._committed_at = time.monotonic()
        self._dirty = False
        self._pending: list[tuple[Observation, Features, bool, Mapping[int, BoundingBox]]] = []
        self.names: dict[int, str] = {}  # what the labels of observations are called, for the map's objects

    # -- opening and closing ---------------------------------------------------------------------------------

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        budget: int | str | None = None,
        encoder: str | None = None,
        mode: Literal["a", "r"] = "a",
        config: MemoryConfig | None = None,
        durability: Literal["kill", "power"] = "kill",
        device: str = "cpu",
    ) -> StreamMemory:
        """Make a memory or go on with one.

        Args:
            path: the store's folder; None keeps the memory in this process alone.
            budget: bytes, or text such as "64 MB"; never exceeded. A new store takes 64 MB unless told otherwise.
            encoder: the deep encoder, "lite" unless told otherwise; "classic" for none.
            mode: "a" makes a store or resumes it, and locks it for writing; "r" reads the last commit beside a
                writer, and `refresh` moves on.
            config: how to watch and keep; a store remembers it.
            durability: "kill" keeps what is committed through a killed process, "power" through a power cut.
            device: where deep features are computed, "cpu" or "cuda".

        Raises:
            StoreError: if there is no store to read, it is damaged, locked, newer, or was made otherwise.
            BudgetError: if the budget is too small to work with.
        """
        wanted = None if budget is None else parse_bytes(budget)
        if path is None:
            if mode == "r":
                raise StoreError("a memory without a path has nothing to read: give the store's folder")
            return cls._new(wanted, encoder, config, None, device)
        store = ArrayStore.open(path, mode=mode, durability=durability)
        try:
            arrays, metadata = store.read()
            if not metadata:
                return cls._new(wanted, encoder, config, store, device)
            manifest = Manifest.from_json(metadata)
            named = encoder and open_encoder(encoder, device=device).name
            manifest.agree(budget=wanted, encoder=named, config=config)
            memory = cls(manifest.relocated(config), store, mode, device)
            memory._restore(arrays)
        except BaseException:
            store.close()
            raise
        return memory

    @classmethod
    def _new(
        cls,
        budget: int | None,
        encoder: str | None,
        config: MemoryConfig | None,
        store: ArrayStore | None,
        device: str,
    ) -> StreamMemory:
        fast, deep = (open_encoder(name, device=device) for name in ("classic", encoder or "lite"))
        config = config or MemoryConfig()
        manifest = Manifest(
            budget=parse_bytes(DEFAULT_BUDGET) if budget is None else budget,
            encoder=deep.name,
            spaces={**fast.spaces, **deep.spaces},
            config=config,
            network=None if config.tracking is None else network_identity(config.tracking.weights),
        )
        memory = cls(manifest, store, "a", device)
        memory.commit()  # an interrupted first run leaves a store that says what it is
        return memory

    def close(self) -> None:
        """Commit what is new and let go of the store; may be called twice."""
        if self._store is None:
            return
        try:
            if self.mode == "a":
                self.commit()
        finally:
            self._store.close()
            self._store = None

    def __enter__(self) -> StreamMemory:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        at = "in this process" if self._store is None else str(self.path)
        return (
            f"StreamMemory({at}: {self.nbytes():,} of {self.budget:,} bytes, "
            f"{len(self._episodic.events())} events, streams {', '.join(self.streams) or 'none'})"
        )

    def _repr_html_(self) -> str:
        """What notebooks show: a strip of its events for each stream, and a table of numbers."""
        return as_html(self)

    # -- watching --------------------------------------------------------------------------------------------

    def observe(self, observation: Observation) -> Changes:
        """Take one frame in and say what it changed.

        Raises:
            OrderError: if time does not move forward within the stream; the memory stays as it was.
            ObservationError: for a picture of the wrong kind, or one stream too many.
        """
        self._flush()
        self._enter(observation)
        (changes,) = self._flush()
        self._commit_if_due()
        return changes

    def track(
        self,
        observation: Observation,
        masks: Integer[np.ndarray, "h w"] | Mapping[int, Bool[np.ndarray, "h w"]] | None = None,
        *,
        permanent: bool = False,
    ) -> Segmentation:
        """Take one frame in as `observe` does, and follow what is marked in it or was marked before.

        Where an object is present, its sighting is kept: ask by `last_seen(id)`, `count(id)` or `find(object=id)`.

        Args:
            observation: the frame; one stream at a time is tracked.
            masks: what somebody has marked in it: a picture of ids with 0 elsewhere, or a mask an id.
            permanent: keep this frame's appearance for good.

        Raises:
            OrderError: if time does not move forward within the stream.
            ObservationError: without `config.tracking`; if nothing was ever marked; for a second stream, a mask that
                does not fit, or a frame that `observe` refuses.
            BudgetError: if the share of tracking is too small for frames of this size, or for one more object.
            StoreError: for a memory that is open for reading, or other weights. After an error nothing has changed.
        """
        following = self._tracking()
        self._flush()
        self._accounts.check(observation)
        self._stores.check(observation)
        found = following.step(observation, masks, permanent=permanent)
        self._enter(observation, in_sight(found))
        self._flush()
        self._commit_if_due()
        return found

    def untrack(self, id: int) -> None:
        """Stop following an object; what was seen of it stays.

        Raises:
            ObservationError: if it is not followed, or without `config.tracking`.
            StoreError: for a memory that is open for reading, or other weights.
        """
        self._tracking().remove(id)
        self._dirty = True

    @property
    def tracked(self) -> tuple[str | None, tuple[int, ...]]:
        """The stream that is tracked now, None where none is, and the ids of the objects that are followed in it."""
        following = self._following
        return (None, ()) if following is None else (following.stream, following.ids)

    def watch(self, source: Iterable[Observation]) -> Iterator[Changes]:
        """Take a whole source in, deep looks batched; one `Changes` for each frame that was taken.

        Frames that cannot be taken (wrong shape, time not moving forward) are logged, counted and skipped.
        Leaving early loses nothing that was yielded.
        """
        # A live picture does not wait, and a CPU gains nothing from batches.
        at_once = bool(getattr(source, "live", False)) or self.device == "cpu"
        batch, lookahead = (1, 1) if at_once else (self.config.batch, self.config.lookahead)
        try:
            for observation in source:
                self.names |= getattr(source, "names", {})  # a sensor that labels may say what they mean
                try:
                    self._enter(observation)
                except ObservationError as error:
                    logger.warning("skipped a frame: %s", error)
                    self._accounts.skip(observation.stream)
                    continue
                if sum(look for _, _, look, _ in self._pending) >= batch or len(self._pending) >= lookahead:
                    yield from self._flush()
                    self._commit_if_due()
        finally:
            rest = self._flush()
        yield from rest
        self._commit_if_due()

    def _enter(
        self, observation: Observation, followed: Mapping[int, BoundingBox] = MappingProxyType({})
    ) -> None:
        self._writable()
        self._accounts.check(observation)
        (pixel,) = self._encoders["classic"].encode([observation.rgb])
        look = self._accounts.enter(observation, pixel.spaces["pixel"])
        self._pending.append((observation, pixel, look and self.encoder != "classic", followed))

    def _flush(self) -> list[Changes]:
        """Encode and write what waits. Encoders do not depend on batching, so when this happens changes nothing."""
        looks = [observation.rgb for observation, _, look, _ in self._pending if look]
        deep = iter(self._encoders[self.encoder].encode(looks) if looks else ())
        waiting, self._pending = self._pending, []
        done = []
        for observation, pixel, look, followed in waiting:
            features = pixel | next(deep) if look else pixel
            changes = self._stores.write(observation, features, followed, self.names)
            nbytes = self.nbytes()
            self._history.step(self._accounts.watched_s(), nbytes)
            self.changed = dataclasses.replace(changes, nbytes=nbytes, encoded=look)
            done.append(self.changed)
            self._dirty = True
        return done

    # -- asking ----------------------------------------------------------------------------------------------

    def read(self, query: Query) -> Readout:
        """The heads' way in: attention over the tokens of one space.

        Raises:
            SpaceError: if this memory keeps no such space.
        """
        self._settle()
        self._has(query.space)
        return self._stores.read(query)

    def info(self) -> Info:
        """Everything that can be counted."""
        self._settle()
        return Info(
            path=self.path,
            version=__version__,
            encoder=self.encoder,
            spaces={name: spec.dim for name, spec in self._stores.spaces.items()},
            streams=tuple(self._stream_info(name) for name in self.streams),
            budget=self.budget,
            nbytes=self.nbytes(),
            parts={
                **self._stores.parts(),
                **({} if self._following is None else {"tracking": self._following.nbytes()}),
                "books": self._accounts.nbytes() + self._history.nbytes(),
            },
            disk_bytes=0 if self._store is None else self._store.nbytes(),
            objects=None if self._stores.objects is None else len(self._stores.objects),
            dropped=self._stores.dropped(),
            map=None if self._stores.spatial is None else self._stores.spatial.info(),
            commits=0 if self._store is None else self._store.commits,
            held=self.held,
            history=self._history.curve(),
            **self._episodic.counts(),
        )

    def _stream_info(self, name: str) -> StreamInfo:
        row = self._accounts.row(name)
        assert row is not None
        times = {key: float(row[key]) for key in ("first_s", "last_s", "gap_s")}
        counts = {key: int(row[key]) for key in ("frames", "skipped", "missed", "gaps")}
        return StreamInfo(name=name, **(times | counts))  # type: ignore[arg-type]  # each key has its own type

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams seen so far."""
        return self._accounts.names

    @property
    def path(self) -> Path | None:
        """Where the store is; None for a memory in this process alone."""
        return None if self._store is None else Path(self._store.path)

    def nbytes(self) -> int:
        """Bytes of everything kept; never above the budget."""
        return sum(part.nbytes() for part in self._parts().values())

    def resume_at(self, stream: str = "main") -> float | None:
        """Time of the last frame seen of a stream, to seek a file to; None if it never came."""
        self._settle()
        row = self._accounts.row(stream)
        return None if row is None or not row["frames"] else float(row["last_s"])

    # -- keeping ---------------------------------------------------------------------------------------------

    def commit(self) -> None:
        """Write everything to the store at once; a reader sees all of it or nothing.

        Raises:
            StoreClockError: if the clock stands behind the last commit; nothing is lost, commit again later.
            StoreFullError: if the disk is full; the last commit is intact.
        """
        self._flush()
        if self._store is None:
            return
        self._writable()
        self.on_commit()
        self._store.commit(self._state(), self.manifest.to_json(), message=f"{len(self.streams)} streams")
        self.held, self._dirty, self._committed_at = None, False, time.monotonic()

    def _commit_if_due(self) -> None:
        waited_s = time.monotonic() - self._committed_at
        if self._store is None or not self._dirty or waited_s < self.config.commit_every_s:
            return
        try:
            self.commit()
        except self.holds as error:
            # The memory is whole without its store: keep watching and try again at the next turn.
            self.held, self._committed_at = str(error), time.monotonic()
            logger.warning("commit held back: %s", error)

    def refresh(self) -> bool:
        """A reader's step to the newest commit; says whether there was one."""
        if self._store is None or self.mode != "r" or not self._store.refresh():
            return False
        arrays, _ = self._store.read()
        self._restore(arrays)
        return True

    def _parts(self) -> dict[str, Part]:
        following = {} if self._following is None else {"tracking": self._following}
        return {
            **self._stores.by_name(),
            "accounts": self._accounts,
            "history": self._history,
            **following,
        }

    def _state(self) -> dict[str, NDArray[np.generic]]:
        return {
            f"{part}/{name}": a for part, each in self._parts().items() for name, a in each.state().items()
        }

    def _restore(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        self._sketches.clear()
        for part, each in self._parts().items():
            prefix = f"{part}/"
            each.restore(
                {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}
            )

    # -- inside ----------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Questions see every frame that was taken in."""
        if self._pending:
            self._flush()

    def _writable(self) -> None:
        if self.mode == "r":
            raise StoreError(f"{self.path} is open for reading: open it with mode='a' to write")

    def _altering(self) -> None:
        self._writable()
        self._settle()
        self._dirty = True

    def _tracking(self) -> Following:
        if self._following is None:
            raise ObservationError(NO_TRACKING)
        self._writable()
        return self._following

    def _has(self, space: str) -> None:
        if space not in self._stores.spaces:
            raise SpaceError(
                f"this memory has no space {space!r}, it has {sorted(self._stores.spaces)} from the encoder "
                f"{self.encoder!r}; 'lite' gives frame, patch and text: watch the stream into a new store with it"
            )

    def _recall(self) -> Recall:
        return Recall(
            self._stores.search,
            self._sketches,
            self._encoders.all,
            spaces=self._stores.spaces,
            config=self.config.recall,
        )

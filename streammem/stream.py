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
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float32, UInt8
from numpy.typing import NDArray

from streammem import __version__
from streammem.config import Manifest, MemoryConfig
from streammem.errors import (
    BudgetError,
    ObservationError,
    SpaceError,
    StoreClockError,
    StoreError,
)
from streammem.heads.recall import Recall, beside
from streammem.interface import Encoder
from streammem.memory.accounts import Accounts, History
from streammem.memory.budget import parse_bytes
from streammem.memory.episodic import EpisodicMemory
from streammem.memory.objects import ObjectMemory
from streammem.memory.snapshots import decode_jpeg
from streammem.memory.stores import Stores
from streammem.perception.encoders import open_encoder
from streammem.store import ArrayStore
from streammem.types import (
    Changes,
    Event,
    Evidence,
    Features,
    Info,
    Interval,
    Observation,
    Query,
    Readout,
    StreamInfo,
)

__all__ = ["StreamMemory"]

logger = logging.getLogger(__name__)

DEFAULT_BUDGET = "64 MB"
NOW = Interval(float("-inf"), float("inf"))


class StreamMemory:
    """A bounded memory of one or more streams; `open` makes or resumes one.

    Every frame gets the cheap `classic` descriptor, which drives change and events. Where the stream changed,
    and at most `config.gate.rate_hz` times a second, the deep encoder looks as well. A few times a second the
    regions that stand out from their background are described by themselves (`config.objects`).
    """

    def __init__(
        self, manifest: Manifest, store: ArrayStore | None, mode: Literal["a", "r"], device: str
    ) -> None:
        self.manifest, self.mode, self.device = manifest, mode, device
        self.budget, self.encoder, self.config = manifest.budget, manifest.encoder, manifest.config
        self._store, self._spaces, config = store, manifest.spaces, manifest.config
        self._encoders: dict[str, Encoder] = {}
        self._accounts = Accounts(most=config.max_streams, gate=config.gate, dim=self._spaces["pixel"].dim)
        self._history = History()
        own = self._accounts.nbytes() + self._history.nbytes()
        if self.budget <= own:
            raise BudgetError(
                f"{self.budget:,} bytes are too few: the books of {config.max_streams} streams alone take {own:,}; "
                "give a larger budget or a smaller max_streams"
            )
        self._stores = Stores(
            config.episodic,
            self._spaces,
            self.budget - own,
            objects=config.objects,
            share=config.object_share,
            streams=config.max_streams,
            describe=self._describe,
        )
        self._episodic = self._stores.episodic
        self._accounts.room = min(self._accounts.room, self._episodic.most_streams)
        self._held: str | None = None
        self._committed_at = time.monotonic()
        self._dirty = False
        self._pending: list[tuple[Observation, Features, bool]] = []

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
            memory = cls(manifest, store, mode, device)
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
        manifest = Manifest(
            budget=parse_bytes(DEFAULT_BUDGET) if budget is None else budget,
            encoder=deep.name,
            spaces={**fast.spaces, **deep.spaces},
            config=config or MemoryConfig(),
        )
        memory = cls(manifest, store, "a", device)
        memory._encoders = {fast.name: fast, deep.name: deep}
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
                try:
                    self._enter(observation)
                except ObservationError as error:
                    logger.warning("skipped a frame: %s", error)
                    self._accounts.skip(observation.stream)
                    continue
                if sum(look for *_, look in self._pending) >= batch or len(self._pending) >= lookahead:
                    yield from self._flush()
                    self._commit_if_due()
        finally:
            rest = self._flush()
        yield from rest
        self._commit_if_due()

    def _enter(self, observation: Observation) -> None:
        self._writable()
        self._accounts.check(observation)
        (pixel,) = self._encoder("classic").encode([observation.rgb])
        look = self._accounts.enter(observation, pixel.spaces["pixel"])
        self._pending.append((observation, pixel, look and self.encoder != "classic"))

    def _flush(self) -> list[Changes]:
        """Encode and write what waits. Encoders do not depend on batching, so when this happens changes nothing."""
        looks = [observation.rgb for observation, _, look in self._pending if look]
        deep = iter(self._encoder(self.encoder).encode(looks) if looks else ())
        waiting, self._pending = self._pending, []
        done = []
        for observation, pixel, look in waiting:
            changes = self._stores.write(observation, pixel | next(deep) if look else pixel)
            nbytes = self.nbytes()
            self._history.step(self._accounts.watched_s(), nbytes)
            done.append(dataclasses.replace(changes, nbytes=nbytes, encoded=look))
            self._dirty = True
        return done

    # -- asking ----------------------------------------------------------------------------------------------

    def find(
        self,
        *,
        image: UInt8[np.ndarray, "_ _ 3"] | None = None,
        text: str | None = None,
        at: float | None = None,
        during: Interval | None = None,
        stream: str | None = None,
        top_k: int = 5,
    ) -> list[Evidence]:
        """Where and when something was seen, best first: by picture or crop, by words, or by time.

        Raises:
            ObservationError: unless exactly one of `image`, `text` and `at` is given.
            SpaceError: if this memory's encoder cannot answer such a question.
            VocabularyError: for words that it does not know, with the nearest ones that it does.
        """
        if sum(part is not None for part in (image, text, at)) != 1:
            raise ObservationError("ask by one of image=, text= and at=; during= and stream= narrow it down")
        self._settle()
        query = Query(during=during, stream=stream, top_k=top_k)
        if text is not None:
            return self._recall().by_words(text, query)
        if image is not None:
            return self._recall().by_picture(image, query)
        assert at is not None
        hits = self._episodic.at(at, stream=stream)
        return [hit for hit in hits if during is None or hit.interval.overlaps(during)][:top_k]

    def last_seen(
        self,
        what: UInt8[np.ndarray, "_ _ 3"] | str,
        *,
        during: Interval | None = None,
        stream: str | None = None,
    ) -> Evidence | None:
        """The latest sighting of a picture or of words; its `interval` says when. None if never seen."""
        return self._recall().last(self._accepted(what, during, stream))

    def count(
        self,
        what: UInt8[np.ndarray, "_ _ 3"] | str,
        *,
        during: Interval | None = None,
        stream: str | None = None,
    ) -> int:
        """How many separate times a picture or words were seen."""
        visits = self._recall().visits(self._accepted(what, during, stream))
        inside = during or NOW
        return sum(span.overlaps(inside) for spans in visits.values() for span in spans)

    def _accepted(
        self, what: UInt8[np.ndarray, "_ _ 3"] | str, during: Interval | None, stream: str | None
    ) -> list[Evidence]:
        image, text = (None, what) if isinstance(what, str) else (what, None)
        hits = self.find(image=image, text=text, during=during, stream=stream, top_k=100)
        return [hit for hit in hits if hit.score >= self.config.recall.seen]

    def before(self, hit: Evidence, n: int = 1) -> list[Event]:
        """The `n` events of the hit's stream that end before the hit's own begins, oldest first."""
        return beside(self.timeline(stream=hit.stream), hit, -n)

    def after(self, hit: Evidence, n: int = 1) -> list[Event]:
        """The `n` events of the hit's stream that begin after the hit's own ends, oldest first."""
        return beside(self.timeline(stream=hit.stream), hit, n)

    def timeline(self, *, stream: str | None = None, during: Interval | None = None) -> list[Event]:
        """What happened, oldest first."""
        self._settle()
        return self._episodic.events(stream=stream, during=during)

    def read(self, query: Query) -> Readout:
        """The heads' way in: attention over the tokens of one space.

        Raises:
            SpaceError: if this memory keeps no such space.
        """
        self._settle()
        self._has(query.space)
        return self._stores.read(query)

    def exemplar(self, id: int) -> Evidence | None:
        """One kept exemplar with all its occurrences; None once it was dropped."""
        self._settle()
        return self._episodic.exemplar(id)

    def jpeg(self, of: Evidence | Event) -> bytes | None:
        """The stored picture that proves an answer or stands for an event; None where none was kept."""
        self._settle()
        if isinstance(of, Evidence):
            return None if of.snapshot is None else self._episodic.jpeg(of.snapshot)
        for id in of.exemplars:
            shown = self._episodic.exemplar(id)
            if shown is not None and shown.snapshot is not None:
                return self._episodic.jpeg(shown.snapshot)
        return None

    def picture(self, of: Evidence | Event) -> UInt8[np.ndarray, "_ _ 3"] | None:
        """The same as RGB."""
        return decode_jpeg(self.jpeg(of))

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
            parts={**self._stores.parts(), "books": self._accounts.nbytes() + self._history.nbytes()},
            disk_bytes=0 if self._store is None else self._store.nbytes(),
            objects=None if self._stores.objects is None else len(self._stores.objects),
            dropped=self._stores.dropped(),
            commits=0 if self._store is None else self._store.commits,
            held=self._held,
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
        self._store.commit(self._state(), self.manifest.to_json(), message=f"{len(self.streams)} streams")
        self._held, self._dirty, self._committed_at = None, False, time.monotonic()

    def _commit_if_due(self) -> None:
        waited_s = time.monotonic() - self._committed_at
        if self._store is None or not self._dirty or waited_s < self.config.commit_every_s:
            return
        try:
            self.commit()
        except StoreClockError as error:
            # The memory is whole without its store: keep watching and try again at the next turn.
            self._held, self._committed_at = str(error), time.monotonic()
            logger.warning("commit held back: %s", error)

    def refresh(self) -> bool:
        """A reader's step to the newest commit; says whether there was one."""
        if self._store is None or self.mode != "r" or not self._store.refresh():
            return False
        arrays, _ = self._store.read()
        self._restore(arrays)
        return True

    def _parts(self) -> dict[str, EpisodicMemory | ObjectMemory | Accounts | History]:
        return {**self._stores.by_name(), "accounts": self._accounts, "history": self._history}

    def _state(self) -> dict[str, NDArray[np.generic]]:
        return {
            f"{part}/{name}": a for part, each in self._parts().items() for name, a in each.state().items()
        }

    def _restore(self, arrays: dict[str, NDArray[np.generic]]) -> None:
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

    def _has(self, space: str) -> None:
        if space not in self._stores.spaces:
            raise SpaceError(
                f"this memory has no space {space!r}, it has {sorted(self._stores.spaces)} from the encoder "
                f"{self.encoder!r}; 'lite' gives frame, patch and text: watch the stream into a new store with it"
            )

    def _encoder(self, name: str) -> Encoder:
        if name not in self._encoders:
            self._encoders[name] = open_encoder(name, device=self.device)
        return self._encoders[name]

    def _describe(self, picture: UInt8[np.ndarray, "_ _ 3"]) -> Float32[np.ndarray, " d"]:
        """A small thing, cut out of its picture, as the cheap descriptor sees it."""
        (features,) = self._encoder("classic").encode([picture])
        found: Float32[np.ndarray, " d"] = features.spaces["pixel"][0].numpy()
        return found

    def _recall(self) -> Recall:
        names = ["classic"] if self.encoder == "classic" else ["classic", self.encoder]
        return Recall(
            self._stores.search,
            lambda id: decode_jpeg(self._episodic.jpeg(id)),
            [self._encoder(name) for name in names],
            spaces=self._stores.spaces,
            config=self.config.recall,
        )

"""Flat named arrays with atomic commits: Zarr v3 arrays in an Icechunk repository.

What Icechunk leaves open is closed here: one writer (`lock`), a count of commits outside the repository (`marker`),
a checksum on every chunk, expiry of old snapshots, the order of writes for a power cut, errors with remedies
(`faults`). docs/persistence.md has each fault and its answer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from streammem.errors import StoreDamagedError, StoreError
from streammem.store.chunks import digests, read_array, write_array
from streammem.store.durability import Durable, folder_bytes
from streammem.store.faults import reading, writing
from streammem.store.lock import WriterLock
from streammem.store.marker import Marker
from streammem.store.packing import pack, unpack

__all__ = ["ArrayStore", "Commit", "StoreConfig"]

logger = logging.getLogger(__name__)

BRANCH = "main"


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreConfig:
    """How a store is kept tidy."""

    upkeep_every: int = 20  # commits between two rounds of expiry and garbage collection
    grace_s: float = 60.0  # a snapshot lives at least so long, for readers that are at it
    chunk_bytes: int = 1 << 18
    pack_bytes: int = 1 << 13  # arrays up to this size are stored together

    def __post_init__(self) -> None:
        if self.upkeep_every < 1 or self.grace_s < 0 or self.chunk_bytes < 1 or self.pack_bytes < 0:
            raise StoreError(
                f"upkeep_every and chunk_bytes are at least 1, grace_s and pack_bytes at least 0, got {self}"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """What a commit did."""

    id: str
    number: int
    bytes_written: int


class ArrayStore:
    """Named arrays and one JSON document, committed together. `open` makes or resumes one."""

    def __init__(
        self,
        path: Path,
        *,
        mode: Literal["a", "r"],
        durability: Literal["kill", "power"],
        config: StoreConfig,
    ) -> None:
        self.path, self.mode, self.config = path, mode, config
        self._durable = Durable(path) if durability == "power" else None
        self._lock: WriterLock | None = None
        self._repository: Any = None
        self._marks: dict[str, list[bytes]] = {}
        self._at: str | None = None
        self.commits = 0

    @classmethod
    def exists(cls, path: str | Path) -> bool:
        """Whether there is a store at the path, whole or damaged."""
        return Marker.path(Path(path)).is_file()

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        mode: Literal["a", "r"] = "a",
        durability: Literal["kill", "power"] = "kill",
        config: StoreConfig | None = None,
    ) -> ArrayStore:
        """Open a store: "a" makes one or goes on with it and locks it, "r" reads the last commit.

        Raises:
            StoreNotFoundError: nothing there to read.
            StoreError: what is there is no store.
            StoreLockedError: another process writes to it.
            StoreVersionError: a newer streammem wrote it.
            StoreDamagedError: it is not what was committed.
        """
        if mode not in ("a", "r") or durability not in ("kill", "power"):
            raise StoreError(
                f"mode is 'a' or 'r', durability 'kill' or 'power', got {mode!r}, {durability!r}"
            )
        store = cls(Path(path), mode=mode, durability=durability, config=config or StoreConfig())
        try:
            if mode == "a":
                store._prepare()
            store._connect()
        except BaseException:
            store.close()
            raise
        return store

    def _prepare(self) -> None:
        """The folder, the lock and the marker of a writer."""
        occupied = self.path.is_file() or any(_entries(self.path))
        if occupied and not self.exists(self.path) and _entries(self.path) != ["writer.lock"]:
            Marker.read(self.path)  # says what it is instead
        with writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        self._lock = WriterLock(self.path / "writer.lock")
        if not self.exists(self.path):
            with writing(self.path):
                Marker().write(self.path, sync=self._durable is not None)

    def _connect(self) -> None:
        marker = Marker.read(self.path)
        icechunk = _icechunk()
        with reading(self.path, "the repository"):
            storage = icechunk.local_filesystem_storage(str(self.path / "data"))
            if icechunk.Repository.exists(storage):
                self._repository = icechunk.Repository.open(storage)
            elif marker.commits > 0:
                raise StoreDamagedError(
                    f"{self.path} should hold {marker.commits} commits, but its data is gone: take it from a backup"
                )
            elif self.mode == "a":
                # Nothing was ever acknowledged here: a first run that was interrupted, or a new store.
                with writing(self.path):
                    self._repository = icechunk.Repository.create(storage)
        self._load_head(marker)

    def _load_head(self, marker: Marker) -> None:
        if self._repository is None:
            return
        with reading(self.path, "the newest commit"):
            self._at = self._repository.lookup_branch(BRANCH)
            info = next(iter(self._repository.ancestry(branch=BRANCH)))
            self.commits = int((info.metadata or {}).get("number", 0))
        if self.commits < marker.commits:
            raise StoreDamagedError(
                f"{self.path} should hold {marker.commits} commits, its newest readable one is {self.commits}: take the "
                "store from a backup, or go back to that commit with ArrayStore.recover; nothing was changed"
            )

    def read(self) -> tuple[dict[str, NDArray[np.generic]], dict[str, Any]]:
        """The arrays and the document of the commit that this store stands at; both empty before the first.

        Raises:
            StoreDamagedError: if a byte of it is not what was written.
        """
        if self._repository is None or self.commits == 0:
            return {}, {}
        assert self._at is not None
        stored, table, metadata = self._read(self._at)
        if self.mode == "a":
            self._marks = {name: digests(array, self.config.chunk_bytes) for name, array in stored.items()}
        return unpack(stored, table), metadata

    def _read(
        self, snapshot: str
    ) -> tuple[dict[str, NDArray[np.generic]], dict[str, list[Any]], dict[str, Any]]:
        """What is stored, which arrays are packed together in it, and the document."""
        import zarr

        with reading(self.path, "a commit"):
            session = self._repository.readonly_session(snapshot_id=snapshot)
            root = zarr.open_group(store=session.store, mode="r")
            document = root.attrs["streammem"]
            assert isinstance(document, dict)
            names = list(document["arrays"])
        arrays = {}
        for name in names:
            with reading(self.path, f"array {name!r}"):
                arrays[name] = read_array(root, name)
        return arrays, dict(document.get("packed", {})), dict(document["metadata"])

    def commit(
        self, arrays: Mapping[str, NDArray[np.generic]], metadata: Mapping[str, Any], message: str = "commit"
    ) -> Commit:
        """Write everything at once. Only chunks that changed since the last commit are written.

        Raises:
            StoreFullError, StoreClockError, StoreLockedError, StoreError: nothing was committed, the last commit is
                intact, and the same call may be made again.
        """
        import zarr

        if self.mode == "r" or self._lock is None:
            raise StoreError(f"{self.path} is not open for writing: open it with mode='a'")
        fresh: dict[str, list[bytes]] = {}
        written = 0
        number = self.commits + 1
        stored, table = pack(arrays, self.config.pack_bytes)
        with writing(self.path):
            session = self._repository.writable_session(BRANCH)
            root = zarr.group(store=session.store) if self.commits == 0 else zarr.open_group(session.store)
            for name in self._marks.keys() - stored.keys():
                del root[name]
            for name, array in stored.items():
                marks = digests(array, self.config.chunk_bytes)
                written += write_array(
                    root, name, array, self._marks.get(name), marks, self.config.chunk_bytes
                )
                fresh[name] = marks
            root.attrs["streammem"] = {
                "arrays": sorted(stored),
                "packed": table,
                "metadata": dict(metadata),
                "number": number,
            }
            self._at = session.commit(message, {"number": number})
            if self._durable is not None:
                self._durable.sync()
        self.commits, self._marks = number, fresh
        with writing(self.path):
            Marker(commits=number).write(self.path, sync=self._durable is not None)
            if self._durable is not None:
                self._durable.sync()
        if number % self.config.upkeep_every == 0:
            self.upkeep()
        return Commit(id=str(self._at), number=number, bytes_written=written)

    def upkeep(self) -> int:
        """Let snapshots beyond the grace period go, and what only they used; says how many bytes that freed."""
        before = datetime.now(UTC) - timedelta(seconds=self.config.grace_s)
        with writing(self.path):
            self._repository.expire_snapshots(before)
            return int(self._repository.garbage_collect(before).bytes_deleted)

    def refresh(self) -> bool:
        """A reader's step to the newest commit; says whether there is a new one."""
        was = self._at
        if self._repository is None:
            self._connect()
        else:
            self._load_head(Marker.read(self.path))
        return self._at != was and self.commits > 0

    def nbytes(self) -> int:
        """Bytes of the whole folder, what waits for upkeep included."""
        return folder_bytes(self.path)

    def close(self) -> None:
        """Let go of the lock; may be called twice. What was not committed is not written."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> ArrayStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @classmethod
    def recover(cls, path: str | Path) -> tuple[int, int]:
        """Go back to the newest intact commit of a damaged store; what came after it is given up.

        Never done by itself. Every snapshot that is still there is read whole, newest first.

        Returns:
            The number of the commit that it stands at now, and how many later ones were lost.

        Raises:
            StoreDamagedError: if no commit is intact.
        """
        folder = Path(path)
        store = cls(folder, mode="r", durability="kill", config=StoreConfig())
        expected = Marker.read(folder).commits
        lock = WriterLock(folder / "writer.lock")
        try:
            icechunk = _icechunk()
            with reading(folder, "the repository"):
                storage = icechunk.local_filesystem_storage(str(folder / "data"))
                store._repository = icechunk.Repository.open(storage)
            intact = []
            for snapshot in _entries(folder / "data" / "snapshots"):
                try:
                    stored, table, metadata = store._read(snapshot)
                    unpack(stored, table)
                    number = store._number(snapshot)
                except StoreDamagedError as error:
                    logger.warning("snapshot %s is damaged: %s", snapshot, error)
                    continue
                intact.append((number, snapshot, metadata))
            if not intact:
                raise StoreDamagedError(f"no commit of {folder} is intact: take the store from a backup")
            number, snapshot, _ = max(intact, key=lambda each: each[0])
            with writing(folder):
                store._repository.reset_branch(BRANCH, snapshot)
                Marker(commits=number).write(folder)
            return number, max(0, expected - number)
        finally:
            lock.release()

    def _number(self, snapshot: str) -> int:
        import zarr

        with reading(self.path, "a commit"):
            session = self._repository.readonly_session(snapshot_id=snapshot)
            document: Any = zarr.open_group(store=session.store, mode="r").attrs["streammem"]
            return int(document["number"])


def _entries(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []


def _icechunk() -> Any:
    """Loaded on first use: it takes a third of a second that `streammem --help` does not need."""
    import icechunk

    # It warns at every opening that several processes must not commit at once; the writer lock sees to that.
    icechunk.set_logs_filter("error")
    return icechunk

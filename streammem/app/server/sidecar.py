"""What is kept beside a store that is no memory: where its streams' clocks began, what to tell of."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from pathlib import Path
from typing import Any

from streammem.errors import StoreDamagedError, StoreError, StoreVersionError

__all__ = ["Sidecar"]

VERSION = 1

logger = logging.getLogger(__name__)


class Sidecar:
    """Values by name in a JSON file, `live.zarr.json` beside `live.zarr`; written whole or not at all.

    Any thread may read, at once, and write; a disk that is slow holds up those who write alone. Without a store it is
    kept in working memory only.
    """

    def __init__(self, path: Path | None, values: dict[str, Any]) -> None:
        self._path, self._values = path, values
        self._writing = threading.Lock()  # never held by who reads: the event loop does

    @classmethod
    def open(cls, store: Path | None) -> Sidecar:
        """The sidecar of a store, which need not be there yet; None keeps nothing on disk.

        Raises:
            StoreDamagedError: if the file is there and is not what was written.
            StoreVersionError: if a newer streammem wrote it.
            StoreError: if it cannot be read.
        """
        if store is None:
            return cls(None, {})
        path = store.with_name(store.name + ".json")
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return cls(path, {})
        except UnicodeDecodeError as error:
            raise _damaged(path, str(error)) from error
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error
        return cls(path, _values(path, text))

    def get(self, key: str, default: Any = None) -> Any:
        """A copy of what was kept under this name."""
        values = self._values  # replaced as a whole, never changed
        return _copy(values[key]) if key in values else default

    def put(self, key: str, value: Any) -> None:
        """Keep a value (whatever JSON can hold); it is on the disk when this returns.

        Raises:
            StoreError: if it cannot be written; what was there before stays, on disk and here.
        """
        with self._writing:
            values = {**self._values, key: _copy(value)}
            if values == self._values:
                return
            if self._path is not None:
                _write(self._path, json.dumps({"version": VERSION, "values": values}, indent=1))
            self._values = values


def _copy(value: Any) -> Any:
    """As it would be read back from the file."""
    return json.loads(json.dumps(value, allow_nan=False))


def _values(path: Path, text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(content, dict) or not isinstance(content.get("version"), int):
        raise _damaged(path, "it has no version")
    if content["version"] > VERSION:
        raise StoreVersionError(
            f"{path} is of version {content['version']}, this streammem knows {VERSION}: use a newer streammem"
        )
    values = content.get("values")
    if not isinstance(values, dict):
        raise _damaged(path, "it has no values")
    return values


def _damaged(path: Path, why: str) -> StoreDamagedError:
    return StoreDamagedError(
        f"{path} is not what was written ({why}): put a copy of it back, or move it away; alert rules and the times "
        "of day of its streams are then lost, the memory itself is not"
    )


def _write(path: Path, text: str) -> None:
    """Beside it first, then in its place, so that there is always one whole file."""
    beside = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise StoreError(
            f"{path} cannot be written: {error.strerror or error}; make room or give the right to write"
        ) from error

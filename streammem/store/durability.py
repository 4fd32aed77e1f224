"""What reaches the disk, and how many bytes it takes there."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["Durable", "folder_bytes"]


class Durable:
    """Syncs what a folder gained since the last time: files first, then the folders that name them.

    Icechunk itself never syncs. A commit is acknowledged after this, so an acknowledged commit survives a power
    cut. One that was not may leave a name without its data; the store then says that it is damaged, and
    `ArrayStore.recover` goes back to the last whole one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._synced = folder, dict[str, tuple[int, int]]()

    def sync(self) -> None:
        """Wait until everything new is on the disk."""
        present: dict[str, tuple[int, int]] = {}
        folders = []
        for place, _, names in os.walk(self._folder):
            folders.append(place)
            for name in names:
                path = f"{place}/{name}"
                status = os.stat(path)  # noqa: PTH116 - thousands of files a commit; a Path each is slower
                present[path] = (status.st_mtime_ns, status.st_size)
        for path, version in present.items():
            if self._synced.get(path) != version:
                _sync(path)
        for place in folders:
            _sync(place)
        self._synced = present


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def folder_bytes(folder: Path) -> int:
    """Bytes of all files below a folder; those that vanish while counting do not count."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(f"{place}/{name}").st_size  # noqa: PTH116 - as above
            except FileNotFoundError:
                continue
    return total

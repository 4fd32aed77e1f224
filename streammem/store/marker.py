"""A small file beside the data that says: this is a store, of this format, with at least so many commits.

Icechunk shows a repository whose newest snapshot was cut as an empty one. The marker tells an empty store from a
damaged one, and what another program left from a store. It is replaced in one step after each commit, so it may be
one commit behind, never ahead.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from streammem.errors import StoreDamagedError, StoreError, StoreNotFoundError, StoreVersionError

__all__ = ["FORMAT", "Marker"]

FORMAT = 2  # 1 had every array by itself; it is read, and written on as 2
NAME = "streammem.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Marker:
    """What the file says."""

    format: int = FORMAT
    commits: int = 0

    @staticmethod
    def path(folder: Path) -> Path:
        """Where the file is."""
        return folder / NAME

    @classmethod
    def read(cls, folder: Path) -> Marker:
        """Read it.

        Raises:
            StoreNotFoundError: if there is nothing at the path.
            StoreError: if what is there is no store.
            StoreDamagedError: if the file cannot be understood.
            StoreVersionError: if a newer streammem wrote it.
        """
        if not folder.exists():
            raise StoreNotFoundError(f"there is no store at {folder}: make one with 'streammem watch'")
        if not folder.is_dir() or not cls.path(folder).is_file():
            kind = "folder" if folder.is_dir() else "file"
            raise StoreError(
                f"{folder} is a {kind}, but no streammem store: give the folder that 'watch' made"
            )
        try:
            saved = json.loads(cls.path(folder).read_bytes())
            marker = cls(format=int(saved["format"]), commits=int(saved["commits"]))
        except (ValueError, KeyError, TypeError) as error:
            raise StoreDamagedError(
                f"{cls.path(folder)} cannot be read ({error}): take the store from a backup, or look at what is left "
                "with ArrayStore.recover"
            ) from error
        if marker.format > FORMAT:
            raise StoreVersionError(
                f"{folder} has format {marker.format}, this streammem reads up to {FORMAT}: install a newer one"
            )
        return marker

    def write(self, folder: Path, *, sync: bool = False) -> None:
        """Replace the file in one step."""
        fresh = self.path(folder).with_suffix(".new")
        with fresh.open("w") as file:
            json.dump(asdict(self), file)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        fresh.replace(self.path(folder))

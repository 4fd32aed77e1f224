"""One writer a store. The lock belongs to the open file, so it ends with the process, however that ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from streammem.errors import StoreLockedError

__all__ = ["WriterLock"]


class WriterLock:
    """An exclusive `flock` on a file inside the store. Readers take none and are never in the way.

    Raises:
        StoreLockedError: if another process, or this one, holds it; the text names the process.
    """

    def __init__(self, path: Path) -> None:
        self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 32).decode(errors="replace").strip() or "unknown"
            self.release()
            raise StoreLockedError(
                f"{path.parent} is being written by process {holder}: wait for it, stop it, open the store with "
                "mode='r', or write to another path"
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let go; may be called twice. The file stays: removing it would let two writers lock two files."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

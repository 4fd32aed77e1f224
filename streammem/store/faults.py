"""What goes wrong beneath, in our words: one place that knows how Icechunk and Zarr say it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streammem.errors import (
    StoreClockError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StreamMemError,
)

__all__ = ["reading", "writing"]

# Icechunk has one exception; only its text tells the cases apart.
_CLOCK = ("snapshot timestamp", "clock has drifted", "older than parent")
_FULL = ("no space left", "os error 28", "disk quota", "os error 122", "file too large", "os error 27")
_RACE = ("expected parent", "conflict")


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn what happens while writing into the error tree."""
    try:
        yield
    except StreamMemError:
        raise
    except Exception as error:
        text = _whole(error)
        if any(sign in text for sign in _CLOCK):
            raise StoreClockError(
                f"the computer's clock stands behind the last commit of {folder}, or far ahead of the disk's: set the "
                "clock right, or wait; nothing in memory is lost, commit again then"
            ) from error
        if _errno(error) in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} or any(sign in text for sign in _FULL):
            raise StoreFullError(
                f"no room for a commit to {folder}: free some space and commit again; the last commit is intact"
            ) from error
        if any(sign in text for sign in _RACE):
            raise StoreLockedError(
                f"something else wrote to {folder} in between: one store has one writer; open it again"
            ) from error
        raise StoreError(f"cannot write to {folder}: {_first_line(error)}") from error


@contextmanager
def reading(folder: Path, what: str) -> Iterator[None]:
    """Turn what happens while reading into `StoreDamagedError`."""
    try:
        yield
    except StreamMemError:
        raise
    except Exception as error:
        raise StoreDamagedError(
            f"{what} of {folder} cannot be read ({_first_line(error)}): take the store from a backup, or go back to the "
            "newest intact commit with ArrayStore.recover; nothing was changed"
        ) from error


def _whole(error: BaseException) -> str:
    texts = []
    link: BaseException | None = error
    while link is not None:
        texts.append(f"{link}".lower())
        link = link.__cause__ or link.__context__
    return " ".join(texts)


def _errno(error: BaseException) -> int | None:
    return error.errno if isinstance(error, OSError) else None


def _first_line(error: BaseException) -> str:
    lines = [line.strip(" |`->x\t") for line in f"{error}".splitlines()]
    return next((line for line in lines if line), type(error).__name__)

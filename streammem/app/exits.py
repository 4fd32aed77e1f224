"""What the exit codes mean, and how an error reaches the user."""

from __future__ import annotations

from enum import IntEnum

from streammem import errors

__all__ = ["Exit", "UsageError", "exit_of"]


class UsageError(errors.StreamMemError, ValueError):
    """The command line asks for something that makes no sense."""


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    NOTHING = 1  # the question was understood, the memory holds nothing like it
    USAGE = 2  # an option, a time, a word or a budget that cannot be used
    SOURCE = 3  # a video, picture, camera or checkpoint that cannot be read
    STORE = 4  # a store that is missing, locked, damaged, too new or full
    INTERRUPTED = 130  # Ctrl-C; what was seen is committed
    TERMINATED = 143  # SIGTERM; what was seen is committed


def exit_of(error: errors.StreamMemError | OSError) -> Exit:
    """The exit code that an error ends the program with."""
    if isinstance(error, errors.StoreError):
        return Exit.STORE
    if isinstance(error, (UsageError, errors.SpaceError, errors.BudgetError)):
        return Exit.USAGE
    if isinstance(error, errors.StreamMemError):
        return Exit.SOURCE
    return Exit.USAGE  # an output file that cannot be written

"""What the terminal can show: colours and bars on a real one, plain lines through a pipe."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from rich.console import Console
from rich.text import Text

__all__ = ["Terminal", "bar", "complain", "is_plain", "megabytes", "plural", "say", "visible"]

_PIPE_COLUMNS = 160  # a pipe has no edge; tables take what they need
_SIGPIPE = 141


class Terminal(Console):
    """A console that leaves quietly when its reader does (`… | head`)."""

    def on_broken_pipe(self) -> NoReturn:
        """End as a program killed by SIGPIPE would."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(_SIGPIPE)


def output() -> Terminal:
    """Standard output."""
    return _terminal(stderr=False)


def messages() -> Terminal:
    """Standard error, for progress and errors, so that answers stay clean."""
    return _terminal(stderr=True)


def _terminal(*, stderr: bool) -> Terminal:
    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() or os.environ.get("COLUMNS") else _PIPE_COLUMNS
    return Terminal(stderr=stderr, width=wide, highlight=False, markup=False, emoji=False)


def is_plain(console: Console) -> bool:
    """Whether the console is a pipe, a file or a terminal that cannot move its cursor."""
    return not console.is_terminal or console.is_dumb_terminal


def visible(text: str) -> str:
    """The text with control characters replaced, so that a file's name cannot steer the terminal."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def complain(text: str) -> None:
    """One red line on standard error."""
    messages().print(Text(f"streammem: {visible(text)}", style="bold red"), soft_wrap=True)


def say(text: str, style: str = "") -> None:
    """One line on standard output, never wrapped in the middle of a path."""
    output().print(Text(visible(text), style=style), soft_wrap=True)


def bar(share: float, cells: int = 10) -> str:
    """A bar of block characters for a share of 0 to 1.

    >>> bar(0.5, 4)
    '██░░'
    """
    full = round(min(max(share, 0.0), 1.0) * cells)
    return "█" * full + "░" * (cells - full)


def megabytes(nbytes: float) -> str:
    """Bytes as people read them.

    >>> megabytes(512), megabytes(8192), megabytes(64_000_000)
    ('512 B', '8.2 kB', '64 MB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if nbytes >= size:
            number = nbytes / size
            return f"{number:.0f} {unit}" if number >= 10 else f"{number:.1f} {unit}"
    return f"{nbytes:.0f} B"


def plural(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> plural(1, "event"), plural(2, "event"), plural(0, "entry", "entries")
    ('1 event', '2 events', '0 entries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"

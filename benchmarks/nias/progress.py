"""Progress bars that come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

__all__ = ["Bars"]

T = TypeVar("T")


class Bars:
    """Bars on a console; on one that is no terminal they stay silent."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def bar(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar to be moved on by calling what this gives."""
        task = self._progress.add_task(label, total=total)
        try:
            yield lambda steps: self._progress.advance(task, steps)
        finally:
            self._progress.remove_task(task)

    def track(self, items: Iterable[T], label: str, total: int) -> Iterator[T]:
        """Go through items with a bar."""
        with self.bar(label, total) as tick:
            for item in items:
                yield item
                tick(1)

"""How a watch is going: one moving line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.text import Text

from streammem.app.terminal import bar, is_plain, megabytes, messages, plural
from streammem.app.times import clock
from streammem.types import Changes

__all__ = ["Display", "Tally", "display"]

_LINE_EVERY_S = 5.0


@dataclass(slots=True)
class Tally:
    """What a watch has done so far."""

    budget: int
    start_s: float = 0.0
    end_s: float | None = None  # None where nobody knows, as with a camera
    now_s: float = 0.0
    frames: int = 0
    events: int = 0
    exemplars: int = 0
    dropped: int = 0
    nbytes: int = 0
    began: float = 0.0
    lost: dict[str, int] = field(default_factory=dict)  # frames that the source could not give, by reason

    def add(self, changes: Changes) -> None:
        """Count one frame."""
        self.frames += 1
        self.events += len(changes.opened)
        self.exemplars += len(changes.added)
        self.dropped += changes.dropped
        self.nbytes = changes.nbytes

    @property
    def elapsed_s(self) -> float:
        """Wall time since the start."""
        return max(time.monotonic() - self.began, 1e-6)

    @property
    def watched_s(self) -> float:
        """Stream time taken in."""
        return max(self.now_s - self.start_s, 0.0)

    @property
    def speed(self) -> str:
        """Frames a second, and how many times as fast as the stream plays."""
        return f"{self.frames / self.elapsed_s:.0f} fps, {self.watched_s / self.elapsed_s:.1f}x"

    @property
    def kept(self) -> str:
        """What the memory holds by now."""
        dropped = f", {self.dropped:,} dropped" if self.dropped else ""
        return f"{plural(self.events, 'event')}, {plural(self.exemplars, 'exemplar')}{dropped}"

    @property
    def left(self) -> str:
        """Estimated time to go, empty where the end is not known."""
        if self.end_s is None or not self.watched_s or self.end_s <= self.now_s:
            return ""
        return f"{clock((self.end_s - self.now_s) * self.elapsed_s / self.watched_s)[:-2]} to go"


@runtime_checkable
class Display(Protocol):
    """Something that shows a tally."""

    def __enter__(self) -> Display: ...
    def __exit__(self, *_: object) -> None: ...
    def show(self, tally: Tally) -> None:
        """Called after every frame; must cost next to nothing."""


def display(*, quiet: bool) -> Display:
    """The display that suits standard error."""
    if quiet:
        return Silence()
    console = messages()
    return Lines(console) if is_plain(console) else Live(console)


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Silence:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, tally: Tally) -> None:
        """Nothing."""


class Lines(Silence):
    """A plain line every few seconds: readable in a log, no control codes."""

    def __init__(self, console: Console, every_s: float = _LINE_EVERY_S) -> None:
        self._console, self._every_s = console, every_s
        self._shown_at = time.monotonic()

    def show(self, tally: Tally) -> None:
        """Print a line if it is time for one."""
        now = time.monotonic()
        if now - self._shown_at < self._every_s:
            return
        self._shown_at = now
        end = "" if tally.end_s is None else f" of {clock(tally.end_s)}"
        memory = f"{megabytes(tally.nbytes)} of {megabytes(tally.budget)}"
        parts = [f"{clock(tally.now_s)}{end}", tally.speed, memory, tally.kept, tally.left]
        self._console.print("  ".join(part for part in parts if part), soft_wrap=True)


class _Kept(ProgressColumn):
    """Budget bar and counts of the tally that travels with the task."""

    def render(self, task: Task) -> Text:
        tally: Tally | None = task.fields.get("tally")
        if tally is None:
            return Text("")
        share = tally.nbytes / tally.budget
        return Text.assemble(
            (tally.speed, "green"),
            "  ",
            (bar(share, 6), "magenta"),
            f" {megabytes(tally.nbytes)} of {megabytes(tally.budget)}  {tally.kept}  ",
            (tally.left, "dim"),
        )


class Live(Silence):
    """One line that moves."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=16),
            TextColumn("{task.description}"),
            _Kept(),
            console=console,
            transient=True,
            refresh_per_second=8,
        )
        self._task = self._progress.add_task("opening", total=None, tally=None)

    def __enter__(self) -> Live:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, tally: Tally) -> None:
        """Hand the numbers to the thread that draws."""
        end = tally.end_s
        self._progress.update(
            self._task,
            description=clock(tally.now_s) + ("" if end is None else f" of {clock(end)}"),
            total=None if end is None else end - tally.start_s,
            completed=tally.watched_s,
            tally=tally,
        )

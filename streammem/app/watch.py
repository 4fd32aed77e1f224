"""`streammem watch`: a stream into a memory, with progress, a clean stop and a word on what to do next."""

from __future__ import annotations

import dataclasses
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from streammem.app.exits import Exit
from streammem.app.options import WatchOptions
from streammem.app.progress import Tally, display
from streammem.app.records import Record, print_json
from streammem.app.stop import Stop
from streammem.app.terminal import megabytes, messages, plural, say, visible
from streammem.app.times import clock
from streammem.config import MemoryConfig
from streammem.errors import SourceNotFoundError
from streammem.interface import Source
from streammem.memory.accounts import NAME_BYTES
from streammem.perception.sources import open_source
from streammem.stream import StreamMemory
from streammem.types import Observation

__all__ = ["After", "Tap", "run_watch", "stream_name"]

Tap = Callable[[Observation], None]
After = Callable[[StreamMemory, bool], Record]


@dataclass(frozen=True, slots=True)
class _Task:
    """What to watch, under which name, and how."""

    source: str
    name: str
    options: WatchOptions

    @property
    def store(self) -> Path:
        return self.options.store

    @property
    def shown(self) -> str:
        """The source as it may be printed: without a password."""
        return re.sub(r"//[^/@]*@", "//", self.source)


def run_watch(
    source: str,
    options: WatchOptions,
    *,
    config: MemoryConfig | None = None,
    opened: Mapping[str, Any] = MappingProxyType({}),
    tap: Tap | None = None,
    after: After | None = None,
) -> int:
    """Watch until the end, a limit or a signal; commit; say what was done.

    Args:
        source: what to watch.
        options: how.
        config: how a new memory keeps, where the options do not say it.
        opened: more for `open_source`.
        tap: is shown every frame before the memory sees it.
        after: looks at the memory once everything is committed; what it returns goes into the summary, and it prints
            the last lines unless it is told to be silent.
    """
    task = _Task(source, options.stream or stream_name(source), options)
    silent = options.quiet or options.json
    _check_present(source)
    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        memory = stack.enter_context(_open_memory(options, config))
        seen_s = memory.resume_at(task.name)
        tally = _tally(memory, options, seen_s)
        if not silent:
            _greet(task, memory, seen_s)
        if tally.end_s is None or tally.end_s > tally.start_s:
            stream = stack.enter_context(_open_stream(task, tally, opened))
            tally.end_s = _sooner(tally.end_s, stream.duration_s)
            with display(quiet=silent) as shown:
                for changes in memory.watch(_Frames(stream, stop, tally, seen_s, tap)):
                    tally.add(changes)
                    shown.show(tally)
            tally.lost = dict(stream.lost)
        memory.commit()
        record = _record(task, memory, tally, stop.by)
        if not silent:
            _sum_up(task, tally, record, stop.by)
        if after is not None:
            record |= after(memory, silent)
        elif not silent and tally.frames and stop.by is None:
            say(f"Ask it:   streammem find {task.store} --text bicycle", style="bold")
            say(f"Read it:  streammem report {task.store}", style="bold")
    if options.json:
        print_json(record)
    return {None: Exit.OK, signal.SIGINT: Exit.INTERRUPTED}.get(stop.by, Exit.TERMINATED)


def stream_name(source: str) -> str:
    """What a source's stream is called in the memory: a file's name without its ending, a host, camera-0.

    >>> stream_name("clips/kitchen.mp4"), stream_name("0"), stream_name("rtsp://user:secret@door:554/live")
    ('kitchen', 'camera-0', 'door-554-live')
    """
    if source.isdigit():
        return f"camera-{source}"
    if "://" in source:
        place = re.sub(r"[?#].*", "", source.split("://", 1)[1])
        address = place.rpartition("@")[2] if "@" in place.split("/")[0] else place
        name = re.sub(r"[^\w.]+", "-", address).strip("-")
    else:
        path = Path(source)
        name = (path.name if path.is_dir() else path.stem) or path.resolve().name
    return name.encode()[:NAME_BYTES].decode(errors="ignore") or "main"


def _check_present(source: str) -> None:
    """A mistyped path should not leave an empty store behind."""
    if not source.isdigit() and "://" not in source and not Path(source).exists():
        raise SourceNotFoundError(f"there is no file or folder {source}: check the path")


def _open_memory(options: WatchOptions, config: MemoryConfig | None) -> StreamMemory:
    if options.encode_rate is not None or options.commit_every is not None:
        config = config or MemoryConfig()
        if options.encode_rate is not None:
            config = dataclasses.replace(
                config, gate=dataclasses.replace(config.gate, rate_hz=options.encode_rate)
            )
        if options.commit_every is not None:
            config = dataclasses.replace(config, commit_every_s=options.commit_every)
    return StreamMemory.open(
        options.store,
        budget=options.budget,
        encoder=options.encoder,
        config=config,
        durability=options.durability,
        device=options.device,
    )


def _open_stream(task: _Task, tally: Tally, opened: Mapping[str, Any]) -> Source:
    uri: str | int = int(task.source) if task.source.isdigit() else task.source
    options = task.options
    return open_source(
        uri,
        stream=task.name,
        fps=options.fps,
        size=options.size,
        start_s=tally.start_s or None,
        stop_s=tally.end_s,
        **opened,
    )


def _tally(memory: StreamMemory, options: WatchOptions, seen_s: float | None) -> Tally:
    facts = memory.info()
    start_s = max(options.start or 0.0, seen_s or 0.0)
    return Tally(
        budget=facts.budget,
        start_s=start_s,
        now_s=start_s,
        end_s=options.until if options.seconds is None else start_s + options.seconds,
        events=facts.events,
        exemplars=facts.exemplars,
        nbytes=facts.nbytes,
        began=time.monotonic(),
    )


@dataclass(frozen=True, slots=True)
class _Frames:
    """The frames after the last one seen, until a signal comes; the time of each goes into the tally."""

    source: Source
    stop: Stop
    tally: Tally
    seen_s: float | None
    tap: Tap | None = None

    @property
    def live(self) -> bool:
        """As the source: what is live is not held back to be encoded together."""
        return self.source.live

    @property
    def names(self) -> dict[int, str]:
        """What labels are called, as the source says."""
        return dict(getattr(self.source, "names", {}))

    def __iter__(self) -> Iterator[Observation]:
        for frame in self.stop.until(self.source):
            if self.seen_s is None or frame.t_s > self.seen_s:
                self.tally.now_s = frame.t_s
                if self.tap is not None:
                    self.tap(frame)
                yield frame


def _sooner(a: float | None, b: float | None) -> float | None:
    return min((end for end in (a, b) if end is not None), default=None)


def _greet(task: _Task, memory: StreamMemory, seen_s: float | None) -> None:
    how = f"(stream {task.name}, encoder {memory.encoder}, budget {megabytes(memory.budget)})"
    lines = [f"{task.shown} \N{RIGHTWARDS ARROW} {task.store}  {how}"]
    if seen_s is not None:
        lines.append(
            f"{task.store} has seen {task.name} up to {clock(seen_s)}: going on from there "
            "(something else? give it its own --stream NAME)"
        )
    for line in lines:
        messages().print(visible(line), soft_wrap=True)


def _record(task: _Task, memory: StreamMemory, tally: Tally, by: signal.Signals | None) -> Record:
    facts = memory.info()
    return {
        "source": task.shown,
        "store": str(task.store),
        "stream": task.name,
        "frames": tally.frames,
        "from_s": round(tally.start_s, 6),
        "to_s": round(tally.now_s, 6),
        "elapsed_s": round(tally.elapsed_s, 3),
        "stopped_by": None if by is None else by.name,
        "events": facts.events,
        "exemplars": facts.exemplars,
        "occurrences": facts.occurrences,
        "dropped": dict(facts.dropped),
        "lost": tally.lost,
        "nbytes": facts.nbytes,
        "budget": facts.budget,
    }


def _sum_up(task: _Task, tally: Tally, record: Record, by: signal.Signals | None) -> None:
    store = task.store
    if by is not None:
        events = plural(record["events"], "event")
        say(f"Stopped at {clock(tally.now_s)}; committed {events} to {store}; run the same command to go on.")
        return
    if tally.frames == 0:
        say(f"Nothing new: {store} has seen {task.name} up to {clock(tally.now_s)}.", style="yellow")
        return
    frames = plural(tally.frames, "frame")
    say(f"Watched {clock(tally.watched_s)} in {tally.elapsed_s:.1f} s: {frames}, {tally.speed}.")
    if tally.lost:
        reasons = ", ".join(f"{count} {reason}" for reason, count in tally.lost.items())
        say(f"Frames that the source could not give: {reasons}.", style="yellow")
    gone = sum(record["dropped"].values())
    say(
        f"{store} holds {plural(record['events'], 'event')} and {plural(record['exemplars'], 'exemplar')} in "
        f"{megabytes(record['nbytes'])} of {megabytes(record['budget'])}; "
        f"{plural(gone, 'thing') if gone else 'nothing'} {'were' if gone > 1 else 'was'} dropped."
    )

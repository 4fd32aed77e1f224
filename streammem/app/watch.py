"""`streammem watch`: a stream into a memory, with progress, a clean stop and a word on what to do next."""

from __future__ import annotations

import dataclasses
import math
import re
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from streammem.app.exits import Exit
from streammem.app.options import WatchOptions
from streammem.app.progress import Tally, display
from streammem.app.records import Record, dump
from streammem.app.stop import Stop
from streammem.app.terminal import megabytes, messages, plural, say, visible
from streammem.app.times import clock
from streammem.interface import Source
from streammem.memory.accounts import NAME_BYTES
from streammem.perception.sources import open_source
from streammem.stream import MemoryConfig, StreamMemory
from streammem.types import Observation

__all__ = ["run_watch", "stream_name"]


@dataclass(frozen=True, slots=True)
class _Task:
    """What to watch, under which name, and how."""

    source: str
    name: str
    options: WatchOptions

    @property
    def store(self) -> Path:
        return self.options.store


def run_watch(source: str, options: WatchOptions) -> int:
    """Watch until the end, a limit or a signal; commit; say what was done."""
    task = _Task(source, options.stream or stream_name(source), options)
    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        memory = stack.enter_context(_open_memory(options))
        seen_s = memory.resume_at(task.name)
        stream = stack.enter_context(_open_stream(task, seen_s))
        tally = _tally(memory, stream, options, seen_s)
        if not options.quiet:
            _greet(task, memory, seen_s)
        frames = _within(stop.until(_after(stream, seen_s)), tally, options)
        with display(quiet=options.quiet or options.json) as shown:
            for changes in memory.watch(frames):
                tally.add(changes)
                shown.show(tally)
        memory.commit()
        record = _record(task, memory, tally, stop.by)
    if options.json:
        print(dump(record))  # noqa: T201
    elif not options.quiet:
        _sum_up(task, tally, record, stop.by)
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


def _open_memory(options: WatchOptions) -> StreamMemory:
    config = None
    if options.encode_rate is not None or options.commit_every is not None:
        config = MemoryConfig()
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
    )


def _open_stream(task: _Task, seen_s: float | None) -> Source:
    options = task.options
    uri: str | int = int(task.source) if task.source.isdigit() else task.source
    start_s = max(options.start or 0.0, seen_s or 0.0)
    return open_source(uri, stream=task.name, fps=options.fps, size=options.size, start_s=start_s)


def _tally(memory: StreamMemory, stream: Source, options: WatchOptions, seen_s: float | None) -> Tally:
    facts = memory.info()
    start_s = max(options.start or 0.0, seen_s or 0.0)
    ends = [stream.duration_s, options.until]
    if options.seconds is not None:
        ends.append(start_s + options.seconds)
    known = [end for end in ends if end is not None]
    return Tally(
        budget=facts.budget,
        start_s=start_s,
        now_s=start_s,
        end_s=min(known) if known else None,
        events=facts.events,
        exemplars=facts.exemplars,
        nbytes=facts.nbytes,
        began=time.monotonic(),
    )


def _after(stream: Source, seen_s: float | None) -> Iterator[Observation]:
    """Only what comes after the last frame seen. A live stream's clock starts anew: set it to go on."""
    if seen_s is None:
        yield from stream
    elif stream.live:
        shift_s: float | None = None
        for frame in stream:
            shift_s = seen_s + 1.0 - frame.t_s if shift_s is None else shift_s
            yield dataclasses.replace(frame, t_s=frame.t_s + shift_s)
    else:
        yield from (frame for frame in stream if frame.t_s > seen_s)


def _within(frames: Iterable[Observation], tally: Tally, options: WatchOptions) -> Iterator[Observation]:
    """Frames from --start until --seconds or --until are over, noting the time of each."""
    until = math.inf if options.until is None else options.until
    for frame in frames:
        if tally.frames == 0 and not tally.now_s:
            tally.start_s = frame.t_s
        if options.seconds is not None and math.isinf(until):
            until = max(frame.t_s, tally.start_s) + options.seconds
        if frame.t_s >= until:
            return
        tally.now_s = frame.t_s
        yield frame


def _greet(task: _Task, memory: StreamMemory, seen_s: float | None) -> None:
    how = f"(stream {task.name}, encoder {memory.encoder}, budget {megabytes(memory.budget)})"
    lines = [f"{task.source} \N{RIGHTWARDS ARROW} {task.store}  {how}"]
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
        "source": task.source,
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
    lost = sum(record["dropped"].values())
    say(
        f"{store} holds {plural(record['events'], 'event')} and {plural(record['exemplars'], 'exemplar')} in "
        f"{megabytes(record['nbytes'])} of {megabytes(record['budget'])}; "
        f"{plural(lost, 'thing') if lost else 'nothing'} was dropped."
    )
    say(f"Ask it:   streammem find {store} --text bicycle", style="bold")
    say(f"Read it:  streammem report {store}", style="bold")

"""`streammem track`: what was marked in the first frame, followed through a stream into files, and into a memory."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np
from jaxtyping import Int32
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from streammem.app.exits import Exit, UsageError
from streammem.app.marks import Marks
from streammem.app.options import TrackOptions
from streammem.app.records import Record, print_json
from streammem.app.resuming import Resuming, resuming, side_px
from streammem.app.stop import Stop
from streammem.app.terminal import complain, megabytes, messages, plural, say, visible
from streammem.app.times import clock
from streammem.app.track_files import TrackFiles
from streammem.heads.segmentation import Segmentation, SegmentationConfig, SegmentationHead
from streammem.perception.networks.opening import open_network
from streammem.perception.sources import open_source
from streammem.stream import StreamMemory
from streammem.types import Observation

__all__ = ["run_track"]

Labels = Int32[np.ndarray, "h w"]
Follow = Callable[[Observation, Labels | None], Segmentation]


def run_track(source: str, options: TrackOptions) -> int:
    """Follow until the end, a limit or a signal; write what was found."""
    began, silent = time.monotonic(), options.quiet or options.json
    marks = Marks(options, silent=silent)
    resumed = resuming(source, options)
    follow = _head(options) if options.store is None else None
    start_s = resumed.start_s(options.start)
    stop_s = None if options.seconds is None else (start_s or 0.0) + options.seconds
    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        uri: str | int = int(source) if source.isdigit() else source
        stream = stack.enter_context(
            open_source(uri, stream=resumed.stream, fps=options.fps, start_s=start_s, stop_s=stop_s)
        )
        video, fps = not options.no_video, stream.fps or 25.0
        files = stack.enter_context(TrackFiles(options.out, first=resumed.first, video=video, fps=fps))
        memory = _memory(options, resumed, stack)
        if memory is not None:
            follow = memory.track
            if not silent:
                _greet(source, options, resumed, memory)
        assert follow is not None
        bars = stack.enter_context(_bars(silent=silent))
        end_s = min((end for end in (stop_s, stream.duration_s) if end is not None), default=None)
        bar = bars.add_task("opening", total=None if end_s is None else end_s - (start_s or 0.0))
        for frame in resumed.fresh(stop.until(stream)):
            found = follow(frame, marks.at(files.number, frame.t_s, frame.rgb))
            files.add(frame.rgb, found)
            if found.note and not silent:
                messages().print(f"{clock(frame.t_s)}  {found.note}", soft_wrap=True)
            rate = files.frames / max(time.monotonic() - began, 1e-6)
            done_s = frame.t_s - (start_s or 0.0)
            bars.update(bar, completed=done_s, description=f"{clock(frame.t_s)}  {rate:.1f} fps")
        lost = dict(stream.lost)
        if memory is not None:
            memory.commit()
        kept = _kept(options, resumed, memory)
    shown = _shown(source)
    if not files.frames and resumed.seen_s is None and stop.by is None:
        raise UsageError(f"{visible(shown)} gave no frame to track in: check --start and --seconds")
    for fix in marks.unused:
        complain(f"--correct {fix} was not used: tracking ended after frame {files.number - 1}")
    record = _record(shown, options, files, began, stop.by, lost)
    record |= {"unused": [str(fix) for fix in marks.unused], "notes": files.notes, **kept}
    if options.json:
        print_json(record)
    elif not options.quiet:
        _sum_up(options, resumed, files, record)
    return {None: Exit.OK, signal.SIGINT: Exit.INTERRUPTED}.get(stop.by, Exit.TERMINATED)


def _shown(source: str) -> str:
    """The source as it may be printed: without a password."""
    return re.sub(r"//[^/@]*@", "//", source)


def _memory(options: TrackOptions, resumed: Resuming, stack: ExitStack) -> StreamMemory | None:
    """The memory to track in; what was seen is committed however the run ends."""
    if options.store is None:
        return None
    return stack.enter_context(
        StreamMemory.open(options.store, budget=options.budget, config=resumed.config, device=options.device)
    )


def _head(options: TrackOptions) -> Follow:
    network = open_network(options.weights, device=options.device)
    config = SegmentationConfig(side_px=side_px(options))
    return SegmentationHead(network, config, device=options.device).step


def _bars(*, silent: bool) -> Progress:
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=messages(), transient=True, disable=silent)


def _greet(source: str, options: TrackOptions, resumed: Resuming, memory: StreamMemory) -> None:
    shown = _shown(source)
    lines = [
        f"{shown} \N{RIGHTWARDS ARROW} {options.store}  "
        f"(stream {resumed.stream}, encoder {memory.encoder}, budget {megabytes(memory.budget)})"
    ]
    if resumed.seen_s is not None:
        lines.append(
            f"{options.store} has seen {resumed.stream} up to {clock(resumed.seen_s)}: going on from there with frame "
            f"{resumed.first} (something else? give it its own --stream NAME)"
        )
    for line in lines:
        messages().print(visible(line), soft_wrap=True)


def _kept(options: TrackOptions, resumed: Resuming, memory: StreamMemory | None) -> Record:
    """Where it was kept, and what that takes; nulls without a memory."""
    return {
        "store": None if options.store is None else str(options.store),
        "stream": resumed.stream,
        "first_frame": resumed.first,
        "seen_s": None if resumed.seen_s is None else round(resumed.seen_s, 6),
        "nbytes": None if memory is None else memory.nbytes(),
        "budget": None if memory is None else memory.budget,
    }


def _record(
    source: str,
    options: TrackOptions,
    files: TrackFiles,
    began: float,
    by: signal.Signals | None,
    lost: dict[str, int],
) -> Record:
    return {
        "source": source,
        "out": str(options.out),
        "frames": files.frames,
        "objects": {str(id): seen for id, seen in files.seen.items()},
        "elapsed_s": round(time.monotonic() - began, 3),
        "stopped_by": None if by is None else by.name,
        "lost": lost,
    }


def _sum_up(options: TrackOptions, resumed: Resuming, files: TrackFiles, record: Record) -> None:
    frames, elapsed_s, store = record["frames"], record["elapsed_s"], options.store
    if not frames:
        seen = (
            ""
            if resumed.seen_s is None
            else f"{store} has seen {resumed.stream} up to {clock(resumed.seen_s)}"
        )
        why = f"Stopped before the next frame{seen and ': '}" if record["stopped_by"] else "Nothing new: "
        say(f"{why}{seen}.", style="yellow")
        return
    say(
        f"Tracked {plural(len(record['objects']), 'object')} through {plural(frames, 'frame')} in {elapsed_s:.1f} s."
    )
    for id, seen in record["objects"].items():
        say(f"  object {id}: in sight in {seen} of {frames}")
    if store is not None:
        kept = f"{megabytes(record['nbytes'])} of {megabytes(record['budget'])} in {store}"
        again = "the same command without --mask, --box and --point" if options.marked else "the same command"
        say(f"Stopped; committed {kept}; {again} goes on." if record["stopped_by"] else f"Committed {kept}.")
    shown = "" if files.overlay is None else f"{files.overlay}, "
    say(
        f"Look at:  {shown}{options.out / 'masks'}, {files.tracks.name} (MOTChallenge), "
        f"{files.records.name} (COCO RLE)",
        style="bold",
    )
    if store is not None and record["objects"]:
        say(f"Ask it:   streammem find {store} --object {next(iter(record['objects']))}", style="bold")

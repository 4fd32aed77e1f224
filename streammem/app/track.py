"""`streammem track`: what was marked in the first frame, followed through a stream into files."""

from __future__ import annotations

import json
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import numpy as np
from jaxtyping import UInt8
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from streammem.app.exits import Exit, UsageError
from streammem.app.marks import Marks
from streammem.app.options import TrackOptions
from streammem.app.records import Record, print_json
from streammem.app.stop import Stop
from streammem.app.terminal import complain, messages, plural, say, visible
from streammem.app.times import clock
from streammem.app.video_writer import VideoWriter
from streammem.heads.label_pictures import write_labels
from streammem.heads.mot import mot_line
from streammem.heads.overlay import overlay
from streammem.heads.rle import coco_records
from streammem.heads.segmentation import Segmentation, SegmentationConfig, SegmentationHead
from streammem.perception.networks.opening import open_network
from streammem.perception.sources import open_source

__all__ = ["run_track"]

SIDE_PX = {True: 480, False: 288}  # with a checkpoint of XMem, with the small network


@dataclass(slots=True)
class _Results:
    """Files of one run, written as frames come."""

    out: Path
    video: VideoWriter | None
    lines: TextIO
    records: TextIO  # a JSON array, written entry by entry: hours of footage fit
    entries: int = 0
    frames: int = 0
    seen: dict[int, int] = field(default_factory=dict)  # frames in which each object was present
    notes: list[Record] = field(default_factory=list)  # what was out of the ordinary, and when

    def add(self, rgb: UInt8[np.ndarray, "h w 3"], found: Segmentation) -> None:
        """One frame."""
        write_labels(self.out / "masks" / f"{self.frames:05d}.png", found.labels)
        records = coco_records(found.labels, image=self.frames, ids=found.ids, scores=found.scores)
        told = zip(found.ids, found.boxes, found.scores, found.states, records, strict=True)
        for id, box, score, state, record in told:
            self.seen[id] = self.seen.get(id, 0) + (state == "present")
            if box is not None:
                self.lines.write(mot_line(self.frames, id, box, score) + "\n")
                whole = record | {"t_s": round(found.t_s, 6), "state": state}
                self.records.write(("[\n" if not self.entries else ",\n") + json.dumps(whole))
                self.entries += 1
        if self.video is not None:
            self.video.write(overlay(rgb, found.labels), found.t_s)
        if found.note:
            self.notes.append({"t_s": round(found.t_s, 6), "note": found.note})
        self.frames += 1

    def close(self) -> None:
        """End the array."""
        self.records.write("\n]\n" if self.entries else "[]\n")


def run_track(source: str, options: TrackOptions) -> int:
    """Follow until the end, a limit or a signal; write what was found."""
    began, silent = time.monotonic(), options.quiet or options.json
    side_px = options.side or SIDE_PX[options.weights is not None]
    marks = Marks(options, silent=silent)
    network = open_network(options.weights, device=options.device)
    head = SegmentationHead(network, SegmentationConfig(side_px=side_px), device=options.device)
    (options.out / "masks").mkdir(parents=True, exist_ok=True)
    stop_s = None if options.seconds is None else (options.start or 0.0) + options.seconds
    with ExitStack() as stack:
        stop = stack.enter_context(Stop())
        uri: str | int = int(source) if source.isdigit() else source
        stream = stack.enter_context(open_source(uri, fps=options.fps, start_s=options.start, stop_s=stop_s))
        video = None
        if not options.no_video:
            video = stack.enter_context(VideoWriter(options.out / "overlay.mp4", fps=stream.fps or 25.0))
        lines = stack.enter_context((options.out / "tracks.txt").open("w", encoding="utf-8"))
        records = stack.enter_context((options.out / "tracks.json").open("w", encoding="utf-8"))
        results = _Results(options.out, video, lines, records)
        stack.callback(results.close)
        bars = stack.enter_context(_bars(silent=silent))
        end_s = min((end for end in (stop_s, stream.duration_s) if end is not None), default=None)
        bar = bars.add_task("opening", total=None if end_s is None else end_s - (options.start or 0.0))
        for frame in stop.until(stream):
            found = head.step(frame, marks.at(results.frames, frame.t_s, frame.rgb))
            results.add(frame.rgb, found)
            if found.note and not silent:
                messages().print(f"{clock(frame.t_s)}  {found.note}", soft_wrap=True)
            rate = results.frames / max(time.monotonic() - began, 1e-6)
            done_s = frame.t_s - (options.start or 0.0)
            bars.update(bar, completed=done_s, description=f"{clock(frame.t_s)}  {rate:.1f} fps")
        lost = dict(stream.lost)
    if not results.frames:
        raise UsageError(f"{visible(source)} gave no frame to track in: check --start and --seconds")
    for fix in marks.unused:
        complain(f"--correct {fix} was not used: tracking ended after frame {results.frames - 1}")
    record = _record(source, options, results, began, stop.by, lost)
    record |= {"unused": [str(fix) for fix in marks.unused], "notes": results.notes}
    if options.json:
        print_json(record)
    elif not options.quiet:
        _sum_up(options, record)
    return {None: Exit.OK, signal.SIGINT: Exit.INTERRUPTED}.get(stop.by, Exit.TERMINATED)


def _bars(*, silent: bool) -> Progress:
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        TextColumn("{task.description}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=messages(), transient=True, disable=silent)


def _record(
    source: str,
    options: TrackOptions,
    results: _Results,
    began: float,
    by: signal.Signals | None,
    lost: dict[str, int],
) -> Record:
    return {
        "source": source,
        "out": str(options.out),
        "frames": results.frames,
        "objects": {str(id): seen for id, seen in results.seen.items()},
        "elapsed_s": round(time.monotonic() - began, 3),
        "stopped_by": None if by is None else by.name,
        "lost": lost,
    }


def _sum_up(options: TrackOptions, record: Record) -> None:
    frames, elapsed_s = record["frames"], record["elapsed_s"]
    say(
        f"Tracked {plural(len(record['objects']), 'object')} through {plural(frames, 'frame')} in {elapsed_s:.1f} s."
    )
    for id, seen in record["objects"].items():
        say(f"  object {id}: in sight in {seen} of {frames}")
    shown = "" if options.no_video else f"{options.out / 'overlay.mp4'}, "
    say(
        f"Look at:  {shown}{options.out / 'masks'}, tracks.txt (MOTChallenge), tracks.json (COCO RLE)",
        style="bold",
    )

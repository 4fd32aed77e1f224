"""`streammem timeline` and `streammem info`: what happened, and what the memory holds and takes."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from streammem.app.exits import Exit
from streammem.app.records import event_record, info_record, print_json, sighting_record
from streammem.app.terminal import bar, megabytes, output, plural, say, visible
from streammem.app.times import clock
from streammem.stream import StreamMemory
from streammem.types import Event, Evidence, Info, Interval, MapInfo, StreamInfo

__all__ = ["event_table", "run_info", "run_timeline"]

MOST_FOLLOWED = 12  # objects in the table; --json has them all


def run_timeline(
    store: Path, *, stream: str | None, during: tuple[float, float] | None, as_json: bool
) -> int:
    """List the events, oldest first."""
    with StreamMemory.open(store, mode="r") as memory:
        span = None if during is None else Interval(*during)
        events = memory.timeline(stream=stream, during=span)
        several = len(memory.streams) > 1
    if as_json:
        print_json({"store": str(store), "events": [event_record(event) for event in events]})
    elif events:
        output().print(event_table(events, several=several))
    else:
        where = "" if stream is None and during is None else " there"
        say(f"{store} has no events{where}.", style="yellow")
    return Exit.OK if events else Exit.NOTHING


def event_table(events: list[Event], *, several: bool) -> Table:
    """One row an event: when, how long, how surprising its start was, what was new."""
    most = max((event.surprise for event in events), default=0.0) or 1.0
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("event", justify="right", style="dim")
    table.add_column("from", justify="right", style="bold", no_wrap=True)
    table.add_column("to", justify="right", no_wrap=True)
    table.add_column("lasts", justify="right", no_wrap=True)
    table.add_column("surprise", no_wrap=True)
    table.add_column("things", justify="right")
    if several:
        table.add_column("stream", overflow="fold")
    for event in events:
        cells = [
            Text(str(event.id)),
            Text(clock(event.interval.start_s)),
            Text(clock(event.interval.end_s) + (" …" if event.open else "")),
            Text(f"{event.interval.duration_s:.1f} s"),
            Text(f"{bar(event.surprise / most, 6)} {event.surprise:.2f}"),
            Text(str(len(event.exemplars))),
        ]
        table.add_row(*cells, *([Text(visible(event.stream))] if several else []))
    return table


def run_info(store: Path, *, as_json: bool) -> int:
    """Say what a memory holds and what it takes."""
    with StreamMemory.open(store, mode="r") as memory:
        facts = memory.info()
        followed = [hit for id in memory.followed if (hit := memory.last_seen(id)) is not None]
    if as_json:
        print_json(info_record(facts) | {"followed": [sighting_record(hit) for hit in followed]})
    else:
        output().print(_fact_table(store, facts, followed))
    return Exit.OK


def _fact_table(store: Path, facts: Info, followed: list[Evidence]) -> Table:
    share = facts.nbytes / facts.budget if facts.budget else 0.0
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    rows = [
        ("store", str(store)),
        ("memory", f"{bar(share)} {megabytes(facts.nbytes)} of {megabytes(facts.budget)} ({share:.0%})"),
        ("parts", ", ".join(f"{name} {megabytes(size)}" for name, size in facts.parts.items())),
        ("on disk", f"{megabytes(facts.disk_bytes)}, {plural(facts.commits, 'commit')}"),
        (
            "holds",
            f"{plural(facts.events, 'event')}, {plural(facts.exemplars, 'exemplar')} seen "
            f"{plural(facts.occurrences, 'time')}, {plural(facts.snapshots, 'picture')}, {_objects(facts)}",
        ),
        (
            "dropped",
            ", ".join(f"{count:,} {kind}" for kind, count in facts.dropped.items() if count) or "nothing",
        ),
        *((("map", _map(facts.map)),) if facts.map is not None else ()),
        ("encoder", f"{facts.encoder}: {', '.join(f'{name} {dim}' for name, dim in facts.spaces.items())}"),
        *((("waiting", facts.held),) if facts.held else ()),
        *((f"stream {stream.name}", _stream(stream)) for stream in facts.streams),
        *((("followed", _followed(followed)),) if followed else ()),
    ]
    for name, value in rows:
        table.add_row(Text(visible(name)), Text(visible(value)))
    return table


def _objects(facts: Info) -> str:
    if facts.objects is None:
        return "no small things (not wanted, or too few bytes)"
    return plural(facts.objects, "small thing")


def _map(info: MapInfo) -> str:
    left_out = ", ".join(f"{count:,} {reason}" for reason, count in info.skipped.items())
    return (
        f"{plural(info.surface, 'surface voxel')} of {100 * info.voxel_m:g} cm from {plural(info.frames, 'frame')}"
        f"{f' (left out: {left_out})' if left_out else ''}, {plural(info.objects, 'object')}, "
        f"{plural(info.snapshots, 'snapshot')}, {plural(info.landmarks, 'landmark')}, "
        f"{plural(info.frontiers, 'frontier')}"
    )


def _followed(sightings: list[Evidence]) -> str:
    told = [f"{hit.object} (last seen {clock(hit.t_s)} of {hit.stream})" for hit in sightings[:MOST_FOLLOWED]]
    more = len(sightings) - len(told)
    return ", ".join([*told, *([f"{more} more"] if more else [])])


def _stream(stream: StreamInfo) -> str:
    losses = [
        f"{count:,} {what}"
        for what, count in (("missed", stream.missed), ("skipped", stream.skipped), ("gaps", stream.gaps))
        if count
    ]
    lost = f" ({', '.join(losses)})" if losses else ""
    return f"{clock(stream.first_s)} to {clock(stream.last_s)}, {plural(stream.frames, 'frame')}{lost}"

"""A memory as notebooks show it: a strip of its events for each stream, and a table of numbers, as one piece of HTML.

It needs nothing but itself, takes the page's own colours, and stays small however long the stream was.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from jaxtyping import UInt8

from streammem.types import Event, Info, StreamInfo

__all__ = ["Shown", "as_html"]

MOST_PICTURES = 24  # in all strips together
MOST_STREAMS = 8
PICTURE_BYTES = 150_000  # of all pictures together, as text
HEIGHT_PX, WIDTH_PX = 96, 256  # of one picture, at most
QUALITY = 65
_LINE = "1px solid rgba(128,128,128,.4)"
_CELL = 'style="padding:2px 12px 2px 0;text-align:left;background:none"'


@runtime_checkable
class Shown(Protocol):
    """What is shown of a memory."""

    def info(self) -> Info:
        """Everything that can be counted."""

    def timeline(self, *, stream: str | None = None) -> list[Event]:
        """What happened, oldest first."""

    def picture(self, of: Event) -> UInt8[np.ndarray, "_ _ 3"] | None:
        """The picture that stands for an event; None where none was kept."""


def as_html(memory: Shown) -> str:
    """The memory as HTML of at most some 200 kB; what users named is text in it, never markup."""
    info = memory.info()
    shown = info.streams[:MOST_STREAMS]
    events = {stream.name: memory.timeline(stream=stream.name) for stream in shown}
    each = max(2, MOST_PICTURES // max(1, len(shown)))
    room = PICTURE_BYTES
    strips = []
    for stream in shown:
        figures = []
        for event in spread(events[stream.name], each):
            figure, used = _figure(memory, event, room)
            room -= used
            figures.append(figure)
        strips.append(_strip(stream, len(events[stream.name]), figures))
    if len(info.streams) > len(shown):
        strips.append(f"<div>and {len(info.streams) - len(shown)} more streams</div>")
    body = (
        "".join(strips)
        or "<div>Nothing yet: give it frames with <code>observe</code> or <code>watch</code>.</div>"
    )
    return (
        f'<div style="font-family:system-ui,sans-serif;font-size:13px;line-height:1.5">{_head(info)}{body}'
        f"{_table(info) if info.streams else ''}</div>"
    )


def spread(events: Sequence[Event], most: int) -> list[Event]:
    """At most so many of them, evenly, with the first and the last."""
    if len(events) <= most:
        return list(events)
    return [events[round(at * (len(events) - 1) / (most - 1))] for at in range(most)]


def clock(t_s: float) -> str:
    """Seconds as h:mm:ss, without hours where there are none.

    >>> clock(83.4), clock(3723), clock(0)
    ('1:23', '1:02:03', '0:00')
    """
    minutes, seconds = divmod(round(abs(t_s)), 60)
    hours, minutes = divmod(minutes, 60)
    ahead = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{'-' if round(t_s) < 0 else ''}{ahead}:{seconds:02d}"


def _head(info: Info) -> str:
    where = "in this process" if info.path is None else f"<code>{html.escape(info.path.name)}</code>"
    share = min(1.0, info.nbytes / info.budget)
    told = f"{_megabytes(info.nbytes)} of {_megabytes(info.budget)}"
    return (
        f"<div><b>StreamMemory</b> {where}, encoder {html.escape(info.encoder)}: {told}</div>"
        f'<div role="img" aria-label="{100 * share:.0f} % of the budget in use" '
        f'style="width:240px;height:6px;border:{_LINE};border-radius:3px;margin:2px 0 8px">'
        f'<div style="width:{100 * share:.1f}%;height:100%;background:#d98200;border-radius:3px"></div></div>'
    )


def _strip(stream: StreamInfo, events: int, figures: list[str]) -> str:
    span = f"{clock(stream.first_s)} to {clock(stream.last_s)}, {_count(events, 'event')}"
    return (
        f'<div style="margin-top:4px"><b>{html.escape(stream.name)}</b> {span}</div>'
        f'<div style="display:flex;gap:6px;overflow-x:auto;padding:2px 0 6px">{"".join(figures)}</div>'
    )


def _figure(memory: Shown, event: Event, room: int) -> tuple[str, int]:
    """One event with its picture, and the bytes that the picture takes; without one where there is no room."""
    picture = memory.picture(event)
    source = "" if picture is None else _address(picture)
    when = clock(event.interval.start_s)
    box = f"height:{HEIGHT_PX}px;border-radius:4px;display:block"
    if not source or len(source) > room:
        shown, used = f'<div style="{box};width:{HEIGHT_PX}px;border:{_LINE}"></div>', 0
    else:
        shown = f'<img src="{source}" alt="event {event.id} at {when}" style="{box};max-width:none;margin:0">'
        used = len(source)
    going = " …" if event.open else ""
    return (
        f'<div style="flex:none" title="event {event.id}, surprise {event.surprise:.2f}">{shown}'
        f'<div style="font-size:11px;opacity:.75">{when}{going}</div></div>',
        used,
    )


def _address(picture: UInt8[np.ndarray, "_ _ 3"]) -> str:
    height, width = picture.shape[:2]
    scale = min(1.0, HEIGHT_PX / height, WIDTH_PX / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg.tobytes()).decode('ascii')}"


def _table(info: Info) -> str:
    dropped = ", ".join(f"{n:,} {kind.replace('_', ' ')}" for kind, n in info.dropped.items() if n)
    rows = {
        "frames": f"{sum(stream.frames for stream in info.streams):,}",
        "missed, skipped": f"{sum(s.missed for s in info.streams):,}, {sum(s.skipped for s in info.streams):,}",
        "events": f"{info.events:,}",
        "pictures kept": f"{info.snapshots:,} of {_count(info.exemplars, 'exemplar')}",
        "seen again": f"{max(0, info.occurrences - info.exemplars):,} times",
        "small things": "not followed" if info.objects is None else f"{info.objects:,}",
        "forgotten": html.escape(dropped) or "nothing",
    }
    if info.path is not None:
        rows["on disk"] = _megabytes(info.disk_bytes)
    if info.map is not None:
        rows["map"] = f"{_count(info.map.objects, 'object')}, {info.map.surface:,} voxels"
    if info.held is not None:
        rows["not committed"] = html.escape(info.held)
    cells = "".join(
        f"<tr><td {_CELL}>{name}</td><td {_CELL}>{value}</td></tr>" for name, value in rows.items()
    )
    return f'<table style="border-collapse:collapse;margin:4px 0">{cells}</table>'


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _megabytes(nbytes: int) -> str:
    return f"{nbytes / 1e6:,.1f} MB"

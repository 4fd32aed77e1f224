"""Times as people write and read them: 83.5, 1:23.5, 1:02:03."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from streammem.app.exits import UsageError

__all__ = ["clock", "parse_span", "parse_time", "spans"]

_PART = re.compile(r"\d+")
_LAST = re.compile(r"\d+(\.\d+)?|\.\d+")
_NAMES = re.compile(r"(?:(?P<h>[\d.]+)h)?(?:(?P<m>[\d.]+)m)?(?:(?P<s>[\d.]+)s)?")


def parse_time(text: str) -> float:
    """Seconds from `83.5`, `1:23.5`, `1:02:03`, `90s` or `1h2m3s`.

    >>> parse_time("1:23.5"), parse_time("1:02:03"), parse_time("1m30s")
    (83.5, 3723.0, 90.0)

    Raises:
        UsageError: if the text is no such time.
    """
    wrong = UsageError(f"{text!r} is no time: write seconds (83.5), m:ss (1:23.5) or h:mm:ss (1:02:03)")
    text = text.strip().lower()
    if text and text[-1] in "hms":
        return _named(text, wrong)
    parts = text.split(":")
    if len(parts) > 3 or not _LAST.fullmatch(parts[-1]) or not all(map(_PART.fullmatch, parts[:-1])):
        raise wrong
    seconds = math.fsum(float(part) * 60**power for power, part in enumerate(reversed(parts)))
    if len(parts) > 1 and any(float(part) >= 60 for part in parts[1:]):
        raise wrong
    return seconds


def _named(text: str, wrong: UsageError) -> float:
    found = _NAMES.fullmatch(text)
    given = {unit: part for unit, part in found.groupdict().items() if part} if found else {}
    if not given or not all(map(_LAST.fullmatch, given.values())):
        raise wrong
    return math.fsum(float(part) * {"h": 3600, "m": 60, "s": 1}[unit] for unit, part in given.items())


def parse_span(text: str) -> tuple[float, float]:
    """Start and end in seconds from `0:10..1:00`; either end may be left out.

    Raises:
        UsageError: if there is no `..`, an end is no time, or it runs backward.
    """
    start, dots, end = text.partition("..")
    if not dots:
        raise UsageError(
            f"{text!r} is no span of time: write START..END, for example 0:10..1:00, 90.. or ..2:00"
        )
    first = parse_time(start) if start.strip() else -math.inf
    last = parse_time(end) if end.strip() else math.inf
    if first > last:
        raise UsageError(f"the span {text!r} runs backward: write the earlier time first")
    return first, last


def clock(t_s: float) -> str:
    """A time to the tenth of a second.

    >>> clock(83.46), clock(3723), clock(59.96)
    ('1:23.5', '1:02:03.0', '1:00.0')
    """
    if not math.isfinite(t_s):
        return "…"
    sign, tenths = ("-" if round(t_s * 10) < 0 else ""), abs(round(t_s * 10))
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    ahead = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{sign}{ahead}:{rest // 10:02d}.{rest % 10}"


def spans(intervals: Iterable[tuple[float, float]], most: int = 4) -> str:
    """Intervals in one line, the first few of them.

    >>> spans([(1, 3), (8, 8.02)])
    '0:01.0-0:03.0, 0:08.0'
    """
    every = list(intervals)
    shown = [
        clock(start) if clock(start) == clock(end) else f"{clock(start)}-{clock(end)}"
        for start, end in every[:most]
    ]
    if len(every) > most:
        shown.append(f"{len(every) - most} more")
    return ", ".join(shown)

"""Bytes: read from text, shared out among parts, refused when too few."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from streammem.errors import BudgetError

__all__ = ["Part", "parse_bytes", "share_out"]

_UNITS = {"": 1, "b": 1} | {
    f"{letter}{end}": base**power
    for power, letter in enumerate("kmgt", start=1)
    for end, base in (("", 1000), ("b", 1000), ("ib", 1024))
}
_TEXT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*", re.IGNORECASE)


def parse_bytes(budget: int | str) -> int:
    """Bytes of a number or of text such as "64 MB" (decimal) or "64 MiB" (binary).

    >>> parse_bytes("64 MB"), parse_bytes("1.5KiB"), parse_bytes(8192)
    (64000000, 1536, 8192)

    Raises:
        BudgetError: if it is no number of bytes above 0.
    """
    if isinstance(budget, str):
        found = _TEXT.fullmatch(budget)
        unit = _UNITS.get(found[2].lower()) if found else None
        if found is None or unit is None:
            raise BudgetError(f"{budget!r} is no number of bytes: write it like '64 MB', '512 KiB' or 8192")
        budget = int(float(found[1]) * unit)
    if budget < 1:
        raise BudgetError(f"a budget has at least 1 byte, got {budget}")
    return budget


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One claimant: rows of `row_bytes`, between `least` and `most` of them, `weight` of what is left."""

    row_bytes: int
    weight: float
    least: int = 1
    most: int | None = None


def share_out(budget: int, parts: Mapping[str, Part]) -> dict[str, int]:
    """Rows for each part, so that all rows together take at most `budget` bytes.

    Everyone first gets its least; what is left goes by weight. Whoever reaches its most leaves the rest to the
    others, so parts that are absent or full cost nothing.

    Raises:
        BudgetError: if not even the least fits; it says how many bytes that takes.
    """
    rows = {name: part.least for name, part in parts.items()}
    left = budget - sum(part.least * part.row_bytes for part in parts.values())
    if left < 0:
        what = ", ".join(f"{name} {part.least * part.row_bytes:,}" for name, part in parts.items())
        raise BudgetError(
            f"{budget:,} bytes are too few to work with, {budget - left:,} are the minimum here ({what})"
        )
    hungry = {name for name, part in parts.items() if part.weight > 0}
    while hungry:
        total = sum(parts[name].weight for name in hungry)
        offers = {
            name: rows[name] + int(left * parts[name].weight / total) // parts[name].row_bytes
            for name in hungry
        }
        sated = {name for name in hungry if (most := parts[name].most) is not None and offers[name] >= most}
        for name in sated or hungry:
            most = parts[name].most
            take = offers[name] if most is None else max(rows[name], min(offers[name], most))
            left -= (take - rows[name]) * parts[name].row_bytes
            rows[name] = take
        hungry = hungry - sated if sated else set()
    return rows

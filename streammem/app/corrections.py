"""Masks that somebody gives later in a stream, as people write them: 120:fix.png, 4.8s:fix.png, 1:23:fix.png."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from streammem.app.exits import UsageError
from streammem.app.times import parse_time

__all__ = ["Correction", "parse_correction"]

NEAR_S = 1e-6  # times are printed with so many digits


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A label picture, and the frame that it belongs to: by number as in masks/, or the first at or after a time."""

    path: Path
    frame: int | None = None
    t_s: float | None = None

    def __str__(self) -> str:
        return f"{self.frame if self.t_s is None else f'{self.t_s:g}s'}:{self.path}"

    def due(self, frame: int, t_s: float) -> bool:
        """Whether this frame, or one before it, is the one that is meant."""
        if self.t_s is not None:
            return t_s >= self.t_s - NEAR_S
        return self.frame is not None and frame >= self.frame


def parse_correction(text: str) -> Correction:
    """A whole number before the last colon is a frame's number, anything else a time.

    >>> parse_correction("120:fix.png").frame, parse_correction("1:23:fix.png").t_s
    (120, 83.0)

    Raises:
        UsageError: if there is no file, or nothing that is a number or a time.
    """
    when, _, name = text.rpartition(":")
    if not when or not name:
        raise UsageError(
            f"{text!r} is no correction: write FRAME:FILE (120:fix.png) or TIME:FILE (4.8s:fix.png, 1:23:fix.png)"
        )
    if when.isascii() and when.isdigit():
        return Correction(path=Path(name), frame=int(when))
    return Correction(path=Path(name), t_s=parse_time(when))

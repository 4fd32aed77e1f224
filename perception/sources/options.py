"""What may be asked of any source."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from streammem.errors import ObservationError
from streammem.types import Intrinsics

__all__ = ["Backend", "LogFormat", "SourceOptions", "Times"]

Backend = Literal["auto", "pyav", "decord"]
LogFormat = Literal["7-scenes", "scannet", "redwood", "slambook", "tum", "record3d", "pictures"]
Times = Sequence[float] | NDArray[np.floating] | NDArray[np.integer]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SourceOptions:
    """Options of `open_source`; each kind of source takes those that mean something to it."""

    stream: str | None = None  # name on the observations; None: "main", or what an iterable's items say
    fps: float | None = None  # at most this many frames a second; none is ever made up
    size: int | tuple[int, int] | None = None  # long side (never enlarged), or exactly (width, height)
    start_s: float | None = None  # the first frame at or after it; for what is live, where the clock starts
    stop_s: float | None = None  # nothing at or after it
    timeout_s: float = 5.0  # silence of a live source that counts as a stall
    reconnects: int | None = 5  # attempts in a row; None for ever
    backend: Backend = "auto"
    audio: bool = True
    buffer: int = 8  # decoded frames that wait at most
    pixel_limit: int = 80_000_000  # a picture of more is refused before it is decoded
    frame_rate: float | None = None  # of arrays and folders, whose frames have no time of their own
    times: Times | None = None  # or a time for each frame
    intrinsics: Intrinsics | None = (
        None  # of an RGB-D log's depth pictures; None: what the log or its format says
    )
    depth_scale: float | None = None  # its depth units per metre; None: the same
    format: LogFormat | None = None  # how a folder is to be read; None: by what it holds

    def __post_init__(self) -> None:
        for name in ("fps", "timeout_s", "frame_rate", "depth_scale"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ObservationError(f"{name} must be a positive number, got {value}")
        for name, least in (("buffer", 1), ("pixel_limit", 1), ("reconnects", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise ObservationError(f"{name} must be at least {least}, got {value}")
        sides = (self.size,) if isinstance(self.size, int) else self.size or ()
        if any(side < 1 for side in sides):
            raise ObservationError(f"size must be a long side or (width, height) in pixels, got {self.size}")
        for name in ("start_s", "stop_s"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ObservationError(f"{name} must be finite seconds, got {value}")
        if self.start_s is not None and self.stop_s is not None and self.stop_s <= self.start_s:
            raise ObservationError(f"stop_s must come after start_s, got {self.start_s} to {self.stop_s} s")
        if self.format is not None and self.format not in get_args(LogFormat):
            raise ObservationError(
                f"format must be one of {', '.join(get_args(LogFormat))}, got {self.format!r}"
            )
        if self.times is not None and self.frame_rate is not None:
            raise ObservationError("give times or frame_rate, not both")

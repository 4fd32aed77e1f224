"""What a recorded log of colour, depth and poses is, whatever format it has on disk."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Num

from streammem.types import Intrinsics

__all__ = ["File", "Log", "Shot"]

File = Path | zipfile.Path  # on disk or inside an archive; both open and read alike


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    """One frame before it is read.

    `number` is the frame's own and rises; `t_s` is its time where the log has a clock, on any origin. `flaw` says why
    a pose is missing, `camera` is the depth's where it changes from frame to frame, `labels` is a picture of whole numbers.
    """

    number: int
    color: File
    depth: File | None = None
    pose: Float64[np.ndarray, "4 4"] | None = None
    flaw: str | None = None
    t_s: float | None = None
    camera: Intrinsics | None = None
    labels: File | None = None


@dataclass(frozen=True, kw_only=True)
class Log:
    """A log: its frames in order, and how to read them.

    Attributes:
        title: the format's name, for people.
        shots: the frames.
        camera: of the depth pictures, in their own pixels.
        depth_scale: numbers in a depth picture per metre.
        read: gets the numbers out of a depth file; (file, pixel limit) -> numbers; SourceError if it is damaged.
        origin: where the camera comes from, for people.
        alone: depth pictures that have no colour.
        up: the direction that is up in the log's world, where the format promises one.
        close: lets go of an archive.
        names: what labels are called.
    """

    title: str
    shots: list[Shot]
    camera: Intrinsics
    depth_scale: float
    read: Callable[[File, int], Num[np.ndarray, "_ _"]]
    origin: str
    alone: int = 0
    up: tuple[float, float, float] | None = None
    close: Callable[[], None] = lambda: None
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def found(self) -> str:
        """What it is, in a line."""
        n = len(self.shots)
        counts = {
            "depth": sum(shot.depth is not None for shot in self.shots),
            "pose": sum(shot.pose is not None for shot in self.shots),
        }
        labelled = sum(shot.labels is not None for shot in self.shots)
        whole = " and ".join(what for what, count in counts.items() if count == n)
        parts = [f"{n} frames" + (f" with {whole}" if whole else "")]
        parts += [f"{count} with {what}" for what, count in counts.items() if count < n]
        parts += [f"{self.camera.width}x{self.camera.height}", f"depth in {_unit(self.depth_scale)}"]
        if labelled:
            parts.append(f"{labelled} with labels")
        if self.alone:
            parts.append(f"{self.alone} depth pictures without colour")
        return f"{self.title}: {', '.join(parts)}, {self.origin}"


def _unit(scale: float) -> str:
    return {1000.0: "millimetres", 1.0: "metres"}.get(scale, f"1/{scale:g} m")

"""Plain data that travels between the floors: what comes in, what is asked, what comes out.

Seconds on the stream's own clock, metres, OpenCV camera axes (x right, y down, z forward), poses as
`world_from_camera`. Boxes in a picture are fractions of its width and height, so that they outlive a
change of resolution.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int32, UInt8

from streammem.errors import ObservationError

if TYPE_CHECKING:
    from torch import Tensor  # takes seconds to load, and a server's process can do without

__all__ = [
    "AudioChunk",
    "BoundingBox",
    "Box",
    "Changes",
    "Event",
    "Evidence",
    "Features",
    "Frontier",
    "Info",
    "Interval",
    "Intrinsics",
    "MapChange",
    "MapInfo",
    "MapObject",
    "Observation",
    "Place",
    "Query",
    "Readout",
    "Route",
    "Sphere",
    "StreamInfo",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Intrinsics:
    """A pinhole camera, in pixels of the picture that it belongs to."""

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int

    def __post_init__(self) -> None:
        if not (self.fx > 0 and self.fy > 0 and math.isfinite(self.fx) and math.isfinite(self.fy)):
            raise ObservationError(f"focal lengths must be positive pixels, got {self.fx} and {self.fy}")
        if self.width < 1 or self.height < 1:
            raise ObservationError(f"a picture of {self.width}x{self.height} pixels has no pixel")
        for name in ("fx", "fy", "cx", "cy"):
            object.__setattr__(self, name, float(getattr(self, name)))  # NumPy's numbers would widen float32

    def rescaled(self, width: int, height: int) -> Intrinsics:
        """The camera of the same picture resized to `width` x `height`.

        A pixel's centre is at +0.5 of its corner, so the principal point moves with the half pixel.

        >>> Intrinsics(fx=8, fy=8, cx=3.5, cy=1.5, width=8, height=4).rescaled(4, 2)
        Intrinsics(fx=4.0, fy=4.0, cx=1.5, cy=0.5, width=4, height=2)
        """
        if (width, height) == (self.width, self.height):
            return self
        x, y = width / self.width, height / self.height
        return Intrinsics(
            fx=self.fx * x,
            fy=self.fy * y,
            cx=(self.cx + 0.5) * x - 0.5,
            cy=(self.cy + 0.5) * y - 0.5,
            width=width,
            height=height,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioChunk:
    """Sound that goes with a frame: mono, -1..1, starting at `t_s` on the stream's clock."""

    samples: Float32[np.ndarray, " n"]
    t_s: float
    rate_hz: int = 16_000

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate_hz


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """One instant of one stream.

    `index` counts the frames that the source has made, so a jump in it is a dropped frame. `gap_s` is the
    time just before this frame of which the source has nothing (a camera that was unplugged, say). Depth and labels
    show what `rgb` shows, and may be of another size.
    """

    index: int
    t_s: float
    rgb: UInt8[np.ndarray, "h w 3"]
    depth_m: Float32[np.ndarray, "_ _"] | None = None  # metres along z; 0, NaN or negative is no measurement
    intrinsics: Intrinsics | None = None  # of the depth
    world_from_camera: Float64[np.ndarray, "4 4"] | None = None
    audio: AudioChunk | None = None
    labels: Int32[np.ndarray, "_ _"] | None = None
    action: Any = None
    proprioception: Float32[np.ndarray, " p"] | None = None
    stream: str = "main"
    gap_s: float = 0.0

    def __post_init__(self) -> None:
        if not math.isfinite(self.t_s):
            raise ObservationError(f"frame {self.index} of {self.stream!r} has the time {self.t_s}: drop it")
        shape, kind = np.shape(self.rgb), getattr(self.rgb, "dtype", None)
        if kind != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise ObservationError(
                f"rgb must be uint8 of shape (height, width, 3), got {kind} of shape {shape}: "
                "convert the picture first (cv2.cvtColor turns grey or BGR into RGB)"
            )


@dataclass(frozen=True, slots=True)
class Interval:
    """A span of stream time, both ends included; either end may be infinite.

    >>> Interval(1, 3).overlaps(Interval(3, 9)), Interval(1, 3).duration_s
    (True, 2)
    """

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not self.start_s <= self.end_s:  # NaN fails as well
            raise ObservationError(f"an interval runs forward in time, got {self.start_s} to {self.end_s} s")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    def overlaps(self, other: Interval) -> bool:
        """Whether the two share an instant."""
        return self.start_s <= other.end_s and other.start_s <= self.end_s

    def __contains__(self, t_s: float) -> bool:
        return self.start_s <= t_s <= self.end_s


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """A rectangle in a picture, as fractions of its width and height; the origin is the top left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (0 <= self.left <= self.right <= 1 and 0 <= self.top <= self.bottom <= 1):
            raise ObservationError(
                f"a box is left <= right and top <= bottom within 0..1, got "
                f"({self.left}, {self.top}, {self.right}, {self.bottom}): divide pixels by the picture's size"
            )

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom in whole pixels of a picture of this size, never empty."""
        left, top = int(self.left * width), int(self.top * height)
        return left, top, max(left + 1, round(self.right * width)), max(top + 1, round(self.bottom * height))

    def iou(self, other: BoundingBox) -> float:
        """Intersection over union, 0 to 1."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        shared = max(wide, 0.0) * max(high, 0.0)
        total = self.area + other.area - shared
        return shared / total if total > 0 else 0.0

    @property
    def area(self) -> float:
        """Share of the picture that the box covers."""
        return (self.right - self.left) * (self.bottom - self.top)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sphere:
    """Everything within `radius_m` of a point of the world, metres."""

    centre: tuple[float, float, float]
    radius_m: float

    def __post_init__(self) -> None:
        if not (self.radius_m >= 0 and all(map(math.isfinite, self.centre))):
            raise ObservationError(f"a sphere needs a finite centre and a radius >= 0, got {self}")

    def holds(self, points: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Which points lie inside, the border included."""
        away = points - np.asarray(self.centre, points.dtype)
        inside: Bool[np.ndarray, " n"] = (away * away).sum(axis=-1) <= self.radius_m**2
        return inside

    def __contains__(self, point: Sequence[float]) -> bool:
        return bool(self.holds(np.asarray(point, np.float64)[None])[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """Everything between two corners of the world, axis-aligned, metres."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    def __post_init__(self) -> None:
        if not all(low <= high for low, high in zip(self.low, self.high, strict=True)):
            raise ObservationError(f"a box needs low <= high on each axis, got {self}")

    def holds(self, points: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Which points lie inside, the faces included."""
        low, high = np.asarray(self.low, points.dtype), np.asarray(self.high, points.dtype)
        inside = np.ones(len(points), np.bool_)
        for axis, column in enumerate(points.T):  # a third of the time of a reduction over three
            inside &= (column >= low[axis]) & (column <= high[axis])
        return inside

    def __contains__(self, point: Sequence[float]) -> bool:
        return bool(self.holds(np.asarray(point, np.float64)[None])[0])


@dataclass(frozen=True, kw_only=True, slots=True)
class Features:
    """What encoders made of one observation: a matrix for each feature space.

    A space with one vector a picture has one row; a space with a grid has its cells in row-major order and
    says its rows and columns in `grids`.
    """

    spaces: Mapping[str, Float[Tensor, "_ _"]]
    grids: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for space, (rows, columns) in self.grids.items():
            if space in self.spaces and self.spaces[space].shape[0] != rows * columns:
                raise ObservationError(
                    f"space {space!r} says {rows}x{columns} cells, has {self.spaces[space].shape[0]} vectors"
                )

    def __or__(self, other: Features) -> Features:
        """Both together; where they share a space, the right one counts."""
        return Features(spaces={**self.spaces, **other.spaces}, grids={**self.grids, **other.grids})


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """What, when, where: any of them may be left open."""

    what: Float[Tensor, "q d"] | None = None
    space: str = "frame"
    during: Interval | None = None
    within: Sphere | Box | None = None
    top_k: int = 10
    stream: str | None = None

    def __post_init__(self) -> None:
        if self.top_k < 1:
            raise ObservationError(f"top_k must be at least 1, got {self.top_k}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One answer and how to check it: when, where, how sure, and which picture proves it.

    `score` is calibrated to 0..1 where the space has a calibration, else a cosine. `occurrences` are all the
    intervals in which the same thing was seen, oldest first; `interval` is the one that holds `t_s`. `store` says
    which part of the memory answers, "episodic" (whole pictures) or "objects" (small things); `exemplar` counts
    within it. `object` is the id of the followed object that this is; None where nobody followed it.
    `frame` and `box` belong to `t_s`; -1 and None where they cannot be told. `snapshot` names the stored picture of
    that moment (`StreamMemory.picture` fetches it); None where none was kept. `xyz` is where in the world it was, at
    `t_s`, and `extent` what it filled there; None where the frame had no depth or no pose. `label` is what a sensor called
    it, `gone_s` when its place was seen to be empty, `thing` the number of the map's object that it is.
    """

    t_s: float
    score: float
    space: str
    store: str
    exemplar: int
    frame: int
    interval: Interval
    occurrences: tuple[Interval, ...]
    stream: str = "main"
    event: int | None = None
    box: BoundingBox | None = None
    snapshot: int | None = None
    xyz: tuple[float, float, float] | None = None
    object: int | None = None
    extent: Box | None = None
    label: str | None = None
    gone_s: float | None = None
    thing: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A stretch of a stream in which nothing surprising happened; the last one of a stream may be open."""

    id: int
    stream: str
    interval: Interval
    exemplars: tuple[int, ...]
    surprise: float
    open: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What one observation did to the memory."""

    opened: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    added: tuple[int, ...] = ()
    dropped: int = 0
    nbytes: int = 0
    encoded: bool = False
    detail: float = 0.0  # how new the newest small thing was, in units of what counts as new; 0 for none


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where an object was, and while when: from its first to its last sighting there."""

    interval: Interval
    centre: tuple[float, float, float]
    extent: Box


@dataclass(frozen=True, kw_only=True, slots=True)
class MapObject:
    """One thing in the map, with the history of its places, oldest first; the last is where it is, or was.

    `gone_s` is when its last place was seen to be empty; None while it is believed to be there. `label` is the name
    or number that a sensor gave it; None where it was only told from its surroundings. `snapshots` are the stored
    pictures that show it, best first (`StreamMemory.picture` fetches them).
    """

    id: int
    label: str | None
    places: tuple[Place, ...]
    voxels: int
    sightings: int
    snapshots: tuple[int, ...]
    gone_s: float | None = None

    @property
    def place(self) -> Place:
        """The latest place."""
        return self.places[-1]


@dataclass(frozen=True, kw_only=True, slots=True)
class MapChange:
    """Something in the map that is other than before; `voxels` went or came at `centre` at time `t_s`."""

    t_s: float
    kind: Literal["appeared", "moved", "vanished", "removed"]  # "removed" is surface that was no object's
    centre: tuple[float, float, float]
    extent: Box
    voxels: int
    object: int | None = None
    came_from: tuple[float, float, float] | None = None  # of what moved


@dataclass(frozen=True, kw_only=True, slots=True)
class Frontier:
    """A border between known free space and the unknown, with the view that saw it best.

    `gain_m3` is the unknown volume that one expects to see from there, `normal` points into the unknown, `view` is
    the frame that looked at it best so far and `snapshot` its picture; None where none was kept.
    """

    id: int
    centre: tuple[float, float, float]
    extent: Box
    cells: int
    area_m2: float
    gain_m3: float
    normal: tuple[float, float, float]
    view: int | None = None
    snapshot: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """A way along remembered places, first to last, metres; `places` are their ids in the landmark graph."""

    places: tuple[int, ...]
    points: Float64[np.ndarray, "n 3"]
    length_m: float
    cost: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Readout:
    """Attention over tokens; differentiable in value and weight. Evidence is built when it is asked for.

    `token` is what each token says by itself, best first, where the store keeps tokens of one vector each.
    """

    value: Float[Tensor, "q v"]
    weight: Float[Tensor, "q k"]
    evidence: Sequence[Evidence]
    token: Float[Tensor, "q k v"] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamInfo:
    """One stream as a whole."""

    name: str
    frames: int
    skipped: int  # refused: wrong shape, time not moving forward
    missed: int  # never came: dropped by a live source
    first_s: float
    last_s: float
    gaps: int
    gap_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class MapInfo:
    """What a map holds. `skipped` are frames that did not draw, by reason, `removed` surface that was seen to go."""

    voxel_m: float
    frames: int
    blocks: int
    surface: int  # voxels with colour, times and features
    removed: int
    objects: int
    snapshots: int
    frontiers: int
    landmarks: int
    edges: int
    jumps: int
    skipped: dict[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Info:
    """What a memory holds."""

    path: Path | None
    version: str
    encoder: str
    spaces: dict[str, int]
    streams: tuple[StreamInfo, ...]
    budget: int
    nbytes: int
    parts: dict[str, int]
    disk_bytes: int
    events: int
    exemplars: int
    snapshots: int
    occurrences: int
    objects: int | None  # tokens of small things; None where this memory does not follow them
    map: MapInfo | None  # None for a memory that draws none
    dropped: dict[str, int]
    commits: int
    held: str | None  # why commits wait, if they do
    history: list[tuple[float, int]]

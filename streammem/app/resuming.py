"""Tracking inside a memory: what its store has seen before, and what can be asked of it now."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from streammem.app.exits import UsageError
from streammem.app.options import TrackOptions
from streammem.app.times import clock
from streammem.app.watch import stream_name
from streammem.config import MemoryConfig
from streammem.heads.segmentation import SegmentationConfig
from streammem.heads.tracking import TrackingConfig
from streammem.perception.networks.opening import open_network
from streammem.store import ArrayStore
from streammem.stream import StreamMemory
from streammem.types import Observation

__all__ = ["Resuming", "is_new", "resuming", "side_px", "tracking_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resuming:
    """Where a run begins. Without a store it begins with frame 0 of a stream without a name."""

    config: MemoryConfig | None = None
    stream: str | None = None
    seen_s: float | None = None  # time of the last frame that the memory has seen; None where there is none
    first: int = 0  # number of the next frame: how many the memory has seen

    def start_s(self, asked_s: float | None) -> float | None:
        """Where the source should begin; None for its start."""
        return max((t_s for t_s in (asked_s, self.seen_s) if t_s is not None), default=None)

    def fresh(self, frames: Iterable[Observation]) -> Iterator[Observation]:
        """The frames that the memory has not seen, their numbers counted on."""
        shift = None
        for frame in frames:
            if self.seen_s is None or frame.t_s > self.seen_s:
                shift = self.first - frame.index if shift is None else shift
                yield dataclasses.replace(frame, index=frame.index + shift)


def resuming(source: str, options: TrackOptions) -> Resuming:
    """Look into the store, where there is one, and refuse what cannot be, before anything is made.

    Raises:
        StoreError: if the store is damaged, locked or newer.
        CheckpointError: if a new store would be made with weights that cannot be loaded.
        UsageError: if nothing is marked and nothing followed; if the store follows no objects or follows them at another
            size; for a mask or a correction of a frame that was seen before.
    """
    if options.store is None:
        return Resuming()
    stream = options.stream or stream_name(source)
    if is_new(options.store):
        _check_marked(options, stream)
        if options.weights is not None:
            open_network(options.weights)  # a wrong file should not leave a store behind
        return Resuming(config=_new_config(options), stream=stream)
    with StreamMemory.open(options.store, mode="r") as memory:
        config, seen_s = _same_config(options, memory), memory.resume_at(stream)
        frames = sum(each.frames for each in memory.info().streams if each.name == stream)
    if seen_s is None:
        _check_marked(options, stream)
        return Resuming(config=config, stream=stream)
    _check_later(options, stream, seen_s, frames)
    return Resuming(config=config, stream=stream, seen_s=seen_s, first=frames)


def is_new(path: Path) -> bool:
    """Whether there is nothing, or a store that a failed first run left without a commit."""
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return True
    with ArrayStore.open(path, mode="r") as store:
        return not store.read()[1]


def side_px(options: TrackOptions) -> int:
    """Pixels of the shorter side that the network sees, as asked for or as its weights were made for."""
    return options.side or (288 if options.weights is None else 480)


def tracking_of(memory: StreamMemory, store: Path) -> TrackingConfig:
    """How a memory follows objects.

    Raises:
        UsageError: if it follows none.
    """
    if memory.config.tracking is None:
        raise UsageError(
            f"{store} follows no objects, it was made without: streammem track VIDEO --mask first.png --store NEW "
            "makes one that does"
        )
    return memory.config.tracking


def _new_config(options: TrackOptions) -> MemoryConfig:
    weights = None if options.weights is None else str(options.weights.resolve())
    segmentation = SegmentationConfig(side_px=side_px(options))
    return MemoryConfig(tracking=TrackingConfig(weights=weights, segmentation=segmentation))


def _same_config(options: TrackOptions, memory: StreamMemory) -> MemoryConfig:
    """A store's own, with its weights where they lie now."""
    assert options.store is not None
    tracking = tracking_of(memory, options.store)
    side = tracking.segmentation.side_px
    if options.side not in (None, side):
        raise UsageError(
            f"{options.store} tracks at --side {side}, not {options.side}: leave --side out, or give a new --store"
        )
    if options.weights is not None:
        tracking = dataclasses.replace(tracking, weights=str(options.weights.resolve()))
    return dataclasses.replace(memory.config, tracking=tracking)


def _check_marked(options: TrackOptions, stream: str) -> None:
    if not options.marked:
        raise UsageError(
            f"{options.store} has seen nothing of {stream}, so say what to follow: --mask first.png, or "
            "--box L,T,W,H and --point X,Y"
        )


def _check_later(options: TrackOptions, stream: str, seen_s: float, frames: int) -> None:
    """What is given now must be of frames that are still to come."""
    seen = f"{options.store} has seen {stream} up to {clock(seen_s)}, {frames} frames"
    if options.marked and (options.start is None or options.start <= seen_s):
        raise UsageError(
            f"{seen}, and goes on from there without --mask, --box and --point: leave them out; give what is marked "
            "further on as --correct WHEN:FILE, or with --start TIME its frame; give another video its own --stream"
        )
    for fix in options.correct:
        if (fix.frame is not None and fix.frame < frames) or (fix.t_s is not None and fix.t_s <= seen_s):
            raise UsageError(f"{seen}, and --correct {fix} is for one of them: leave it out")

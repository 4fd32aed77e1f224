"""A recorded log of colour, depth and poses as a stream of observations."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Float64, Int32

from streammem.depth_units import misread_depth
from streammem.errors import SourceError, UnsupportedSourceError
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.pace import frame_times
from streammem.perception.sources.pictures import read_picture
from streammem.perception.sources.rgbd.depth_pictures import in_metres
from streammem.perception.sources.rgbd.formats import open_log
from streammem.perception.sources.rgbd.labels import read_labels
from streammem.perception.sources.rgbd.log import Log, Shot
from streammem.perception.sources.size import nearest
from streammem.perception.sources.source import StreamSource
from streammem.types import Observation

__all__ = ["DEFAULT_RATE", "RgbdSource"]

logger = logging.getLogger(__name__)

DEFAULT_RATE = 30.0  # of depth cameras, for logs without a clock
SCALES = (1.0, 100.0, 1000.0, 5000.0, 10_000.0)
SAME_SHAPE = 0.03  # ScanNet's colours are 1296x968, its depths 640x480
USUAL_M = 2.0  # the median depth of a room


class RgbdSource(StreamSource):
    """Frames with depth in metres (0 where nothing was measured), the depth's intrinsics, and the camera's pose.

    Depth and intrinsics are brought to the size of the picture: depth by its nearest pixel. A frame without a valid
    pose or depth is handed out without it. Depth pictures without colour are counted in `skipped["colour"]`.

    Attributes:
        incomplete: frames that were handed out without a "pose", without "depth", or without "labels" that were listed.
        up: the direction that is up in the log's world, where its format promises one.
        names: what its labels are called, where it says so.
    """

    def __init__(self, path: Path, options: SourceOptions) -> None:
        super().__init__(str(path), options)
        self._log = open_log(path, options)
        if not any(shot.pose is not None for shot in self._log.shots):
            first = next((shot.flaw for shot in self._log.shots if shot.flaw is not None), "")
            self._log.close()
            raise UnsupportedSourceError(
                f"{path} looks like a log of the kind {self._log.title}, but none of its {len(self._log.shots)} frames "
                f'has a valid pose (the first: {first}). To read only its pictures, open it with format="pictures", or '
                "open its folder of colours"
            )
        self._times = _times(self._log.shots, options)
        self.incomplete: Counter[str] = Counter()
        self.up = self._log.up
        self.names = dict(self._log.names)
        if self._log.alone:
            self.skipped["colour"] = self._log.alone
        logger.info("%s: %s", self.name, self.found)

    @property
    def found(self) -> str:
        """What the log is, in a line."""
        return self._log.found

    @property
    def native_fps(self) -> float | None:
        """Frames a second on the average; None for a single one."""
        span_s = float(self._times[-1] - self._times[0])
        return (len(self._times) - 1) / span_s if span_s > 0 else None

    @property
    def duration_s(self) -> float | None:
        """From the first frame to the last."""
        return float(self._times[-1] - self._times[0])

    def close(self) -> None:
        """Stop and let go of threads and archives; may be called twice."""
        super().close()
        self._log.close()

    def _frames(self) -> Generator[Observation, None, None]:
        before = self.incomplete.copy()
        first_flaw: str | None = None
        judge = _Doubts(self.name, self._log)
        given = 0
        try:
            for index, t_s, shot in self._kept(zip(map(float, self._times), self._log.shots, strict=True)):
                observation = self._observation(index, t_s, shot, judge)
                if observation is None:
                    continue
                if shot.pose is None:
                    self.incomplete["pose"] += 1
                    first_flaw = first_flaw or f"frame {shot.number}: {shot.flaw}"
                given += 1
                yield observation
        finally:
            lacking = self.incomplete - before
            if lacking:
                what = ", ".join(f"{count} without {kind}" for kind, count in sorted(lacking.items()))
                why = f" (first: {first_flaw})" if first_flaw else ""
                logger.warning("%s: of %d frames %s%s", self.name, given, what, why)

    def _observation(self, index: int, t_s: float, shot: Shot, judge: _Doubts) -> Observation | None:
        options = self.options
        try:
            rgb = read_picture(shot.color, size=options.size, pixel_limit=options.pixel_limit, upright=False)
        except SourceError as error:
            self._skip("picture", str(error))
            return None
        depth = self._depth(shot, judge)
        size = (rgb.shape[1], rgb.shape[0])
        if depth is not None and not isinstance(options.size, tuple):
            judge.compare(depth, *size)
        return Observation(
            index=index,
            t_s=t_s,
            rgb=rgb,
            depth_m=None if depth is None else nearest(depth, size),
            intrinsics=(shot.camera or self._log.camera).rescaled(*size),
            world_from_camera=None if shot.pose is None else shot.pose.copy(),
            labels=self._labels(shot, size),
            stream=self._stream,
        )

    def _labels(self, shot: Shot, size: tuple[int, int]) -> Int32[np.ndarray, "_ _"] | None:
        if shot.labels is None:
            return None
        try:
            return nearest(read_labels(shot.labels, self.options.pixel_limit), size)
        except SourceError as error:
            self._lacks("labels", error)
            return None

    def _depth(self, shot: Shot, judge: _Doubts) -> Float32[np.ndarray, "_ _"] | None:
        try:
            if shot.depth is None:
                raise SourceError(f"frame {shot.number} has no depth picture")
            depth = in_metres(self._log.read(shot.depth, self.options.pixel_limit), self._log.depth_scale)
        except SourceError as error:
            self._lacks("depth", error)
            return None
        judge.look(depth)
        return depth

    def _lacks(self, what: str, error: SourceError) -> None:
        self.incomplete[what] += 1
        level = logging.WARNING if self.incomplete[what] == 1 else logging.DEBUG
        logger.log(level, "%s: handed out without %s: %s", self.name, what, error)


class _Doubts:
    """Says once if depths are in another unit than the format promises, or cut otherwise than the colours."""

    def __init__(self, name: str, log: Log) -> None:
        self._name, self._log = name, log
        self._left = 3  # frames to look at: the first may be a hand before the lens
        self._shaped = True

    def compare(self, depth_m: Float32[np.ndarray, "h w"], width: int, height: int) -> None:
        """See that depth and colour show the same, by the ratio of their sides."""
        ratio = (depth_m.shape[1] * height) / (depth_m.shape[0] * width)
        if self._shaped and abs(ratio - 1) > SAME_SHAPE:
            self._shaped = False
            logger.warning(
                "%s: colours of %dx%d and depths of %dx%d pixels have different shapes: depth is stretched over the "
                "colours, which will not lie on it; points are right all the same",
                *(self._name, width, height, depth_m.shape[1], depth_m.shape[0]),
            )

    def look(self, depth_m: Float32[np.ndarray, "h w"]) -> None:
        """See that the median depth is one."""
        if self._left == 0 or not depth_m.any():
            return
        self._left -= 1
        odd = misread_depth(depth_m)
        if odd is not None:
            self._left = 0
            median = float(np.median(depth_m[depth_m > 0])) * self._log.depth_scale
            fits = min(SCALES, key=lambda scale: abs(np.log(median / scale / USUAL_M)))
            logger.warning(
                "%s: with depth_scale=%g (units per metre) %s; depth_scale=%g would fit (a median of %.3g m)",
                *(self._name, self._log.depth_scale, odd, fits, median / fits),
            )


def _times(shots: list[Shot], options: SourceOptions) -> Float64[np.ndarray, " n"]:
    """As asked for; else by the log's own clock, from 0; else by the frames' numbers."""
    own = [shot.t_s for shot in shots if shot.t_s is not None]
    if options.times is not None:
        return frame_times(len(shots), options, default_rate=None)
    if len(own) == len(shots) and options.frame_rate is None:
        return np.array(own) - own[0]
    numbers = np.array([shot.number for shot in shots], dtype=np.float64)
    return np.asarray((numbers - numbers[0]) / (options.frame_rate or DEFAULT_RATE))

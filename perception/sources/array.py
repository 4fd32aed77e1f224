"""Frames that are already in memory, or mapped from disk, as one NumPy array."""

from collections.abc import Generator

import numpy as np
from jaxtyping import Shaped

from streammem.errors import ObservationError
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.pace import frame_times
from streammem.perception.sources.size import shrunk
from streammem.perception.sources.source import StreamSource
from streammem.types import Observation

__all__ = ["ArraySource"]


class ArraySource(StreamSource):
    """An array of shape (time, height, width, 3), with `times` or a `frame_rate`; nothing is copied."""

    threaded = False

    def __init__(self, array: Shaped[np.ndarray, "..."], options: SourceOptions) -> None:
        super().__init__(f"array {array.shape}", options)
        if array.dtype != np.uint8 or array.ndim != 4 or array.shape[3] != 3 or 0 in array.shape:
            raise ObservationError(
                f"an array of frames is uint8 of shape (time, height, width, 3), got {array.dtype} of shape "
                f"{array.shape}: convert it first (floats: np.nan_to_num, scale to 0..255, round, astype('uint8'))"
            )
        self._array = array
        self._times = frame_times(len(array), options, default_rate=None)

    @property
    def native_fps(self) -> float | None:
        """Mean rate; None for a single frame."""
        span_s = float(self._times[-1] - self._times[0])
        return (len(self._times) - 1) / span_s if span_s > 0 else self.options.frame_rate

    @property
    def duration_s(self) -> float | None:
        """From the first frame to the last."""
        return float(self._times[-1] - self._times[0])

    def _frames(self) -> Generator[Observation, None, None]:
        timed = ((float(t_s), at) for at, t_s in enumerate(self._times))
        for index, t_s, at in self._kept(timed):
            picture = shrunk(self._array[at], self.options.size)
            yield Observation(index=index, t_s=t_s, rgb=picture, stream=self._stream)

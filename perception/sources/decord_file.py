"""Video files through decord, for those who ask for it by name (`backend="decord"`)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from streammem.errors import SourceError, UnsupportedSourceError
from streammem.perception.sources.file import FileSource, open_file
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.size import shrunk
from streammem.perception.sources.video import pick_track
from streammem.types import Observation

__all__ = ["DecordSource"]


class DecordSource(FileSource):
    """A video file whose pictures come from decord; errors, sound and facts come from PyAV as in `FileSource`.

    decord's own times are 32-bit floats (a quarter of a millisecond off after an hour), so the times are those
    of the packets, where both count the same number of frames. It reads the whole index before the first picture.
    """

    def __init__(self, path: Path, options: SourceOptions) -> None:
        super().__init__(path, options)
        if self._duration_s is None:
            raise UnsupportedSourceError(f"decord cannot read {path}, which has no index: use backend='pyav'")

    def _pictures(self, stack: contextlib.ExitStack) -> Iterator[Observation]:
        reader = _reader(self._path)
        times = self._times(reader)
        from_s = self._read_from_s
        start = 0 if from_s is None else int(np.searchsorted(times, from_s))
        for index, t_s, at in self._kept((float(times[at]), at) for at in range(start, len(times))):
            try:
                picture = reader[at].asnumpy()
            except Exception as error:  # noqa: BLE001 - decord's errors have no common type
                self._skip("damaged", f"frame {at} ({error})")
                continue
            rgb = shrunk(picture, self.options.size)
            yield Observation(index=index, t_s=t_s, rgb=rgb, stream=self._stream)

    def _times(self, reader: Any) -> Float64[np.ndarray, " n"]:
        with open_file(self._path) as container:
            stream = pick_track(container, self.name, pixel_limit=self.options.pixel_limit).stream
            stamps = sorted({packet.pts for packet in container.demux(stream) if packet.pts is not None})
            if len(stamps) == len(reader) and stream.time_base is not None:
                return np.array([float(stamp * stream.time_base - self._origin) for stamp in stamps])
        own = np.asarray(reader.get_frame_timestamp(range(len(reader))), dtype=np.float64)[:, 0]
        return np.asarray(own - own[0] + self._first_s)


def _reader(path: Path) -> Any:
    try:
        import decord  # not at the top: it has no build for every computer, and nobody else needs it
    except ImportError as error:
        raise SourceError("decord is not installed here: use backend='pyav'") from error
    try:
        return decord.VideoReader(str(path), ctx=decord.cpu(0))
    except Exception as error:  # decord's errors have no common type
        raise UnsupportedSourceError(f"decord cannot read {path} ({error}): use backend='pyav'") from error

"""A folder of pictures as a video, and a single picture as one frame."""

import re
from collections.abc import Generator
from pathlib import Path

from streammem.errors import SourceError, UnsupportedSourceError
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.pace import frame_times
from streammem.perception.sources.pictures import SUFFIXES, read_picture
from streammem.perception.sources.source import StreamSource
from streammem.types import Observation

__all__ = ["DEFAULT_RATE", "FolderSource", "natural"]

DEFAULT_RATE = 25.0  # pictures have no clock


class FolderSource(StreamSource):
    """The pictures of a folder, in the natural order of their names (frame2 before frame10).

    A picture that cannot be read is logged, counted and skipped; the others keep their times.
    """

    def __init__(self, path: Path, options: SourceOptions) -> None:
        super().__init__(str(path), options)
        self._paths = [path] if path.is_file() else _pictures(path)
        self._times = frame_times(len(self._paths), options, default_rate=DEFAULT_RATE)
        if len(self._paths) == 1:  # so that a single bad picture is an error now, not an empty stream later
            read_picture(self._paths[0], size=1, pixel_limit=options.pixel_limit)

    @property
    def native_fps(self) -> float | None:
        """Pictures a second; None for a single one."""
        span_s = float(self._times[-1] - self._times[0])
        return (len(self._times) - 1) / span_s if span_s > 0 else None

    @property
    def duration_s(self) -> float | None:
        """From the first picture to the last."""
        return float(self._times[-1] - self._times[0])

    def _frames(self) -> Generator[Observation, None, None]:
        timed = zip(map(float, self._times), self._paths, strict=True)
        for index, t_s, path in self._kept(timed):
            try:
                rgb = read_picture(path, size=self.options.size, pixel_limit=self.options.pixel_limit)
            except SourceError as error:
                self._skip("picture", str(error))
                continue
            yield Observation(index=index, t_s=t_s, rgb=rgb, stream=self._stream)


def _pictures(folder: Path) -> list[Path]:
    try:
        inside = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise SourceError(f"the folder {folder} cannot be read: {error.strerror}") from error
    names = {path.name.lower() for path in inside}
    found = [
        path
        for path in inside
        if path.suffix.lower() in SUFFIXES and path.is_file() and not _is_depth(path.name.lower(), names)
    ]
    if not found:
        below = sorted(path.name for path in inside if path.is_dir())
        hint = f"open one of its folders ({', '.join(below[:5])})" if below else "give one that does"
        raise UnsupportedSourceError(
            f"the folder {folder} holds no pictures ({', '.join(sorted(SUFFIXES))}): {hint}"
        )
    return sorted(found, key=lambda path: natural(path.name))


def _is_depth(name: str, names: set[str]) -> bool:
    """Whether a file is the depth of a picture beside it (frame.depth.png, frame.color.jpg), not one of its own."""
    stem, depth, _ = name.rpartition(".depth.")
    return bool(depth) and any(f"{stem}.color{suffix}" in names for suffix in SUFFIXES)


def natural(name: str) -> list[tuple[bool, int, str]]:
    """A key that sorts numbers inside names by value.

    >>> sorted(["f10.png", "f2.png", "cover.png"], key=natural)
    ['cover.png', 'f2.png', 'f10.png']
    """
    parts = re.split(r"([0-9]+)", name.lower())
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]

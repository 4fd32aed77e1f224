"""What all kinds of sources share: a pass in a thread, counted skips, an orderly end."""

import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import ClassVar, TypeVar

from streammem.errors import SourceError
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.pace import Pace, Verdict
from streammem.perception.sources.reader import Reader
from streammem.types import Observation

__all__ = ["StreamSource"]

logger = logging.getLogger(__name__)

Frame = TypeVar("Frame")


class StreamSource(ABC):
    """A source whose kind only says what its frames are.

    Iterating starts a pass; leaving the loop, the context or `close` ends it and its thread. Files, folders
    and arrays may be iterated again, from the start.

    Attributes:
        name: what it is called in messages.
        skipped: frames that could not be delivered, counted by reason.
    """

    threaded: ClassVar[bool] = True

    def __init__(self, name: str, options: SourceOptions) -> None:
        self.name = name
        self.options = options
        self.skipped: Counter[str] = Counter()
        self._reader: Reader | None = None
        self._newest: Reader | None = None  # that of the last pass, also after its end
        self._dropped = 0
        self._closed = False

    @property
    def fps(self) -> float | None:
        """Frames a second of what is delivered, where known: the mean at a variable frame rate."""
        own = self.native_fps
        if own is None or self.options.fps is None:
            return own
        return min(own, self.options.fps)

    @property
    def native_fps(self) -> float | None:
        """Frames a second before thinning, where known."""
        return None

    @property
    def found(self) -> str | None:
        """What was recognised, in a line, where a kind has something to say: the format of a log."""
        return None

    @property
    def duration_s(self) -> float | None:
        """Length of the whole source where known; None for what is live."""
        return None

    @property
    def live(self) -> bool:
        """Whether frames are lost when nobody takes them."""
        return False

    @property
    def dropped(self) -> int:
        """Frames of a live source that nobody took in time."""
        return self._dropped + (self._reader.dropped if self._reader is not None else 0)

    @property
    def lost(self) -> Mapping[str, int]:
        """Frames so far that could not be handed out, by reason; "dropped" where nobody took them in time."""
        return {**self.skipped, **({"dropped": self.dropped} if self.dropped else {})}

    @property
    def hanging(self) -> bool:
        """Whether it was closed, and the thread that read it has not come back from a driver or a host yet."""
        return self._closed and self._newest is not None and self._newest.running

    @abstractmethod
    def _frames(self) -> Generator[Observation, None, None]:
        """One pass, inside the thread; its `finally` lets go of what it holds."""

    def _patience_s(self) -> float | None:
        """How long the consumer waits for a sign of life; None where the thread itself cannot hang."""
        return None

    def __iter__(self) -> Iterator[Observation]:
        if self._closed:
            raise SourceError(f"{self.name} was closed: open it again")
        if not self.threaded:
            yield from self._frames()
            return
        self._end_pass()
        reader = self._reader = self._newest = Reader(
            self._frames(),
            name=self.name,
            lossy=self.live,
            depth=1 if self.live else self.options.buffer,
            patience_s=self._patience_s(),
            grace_s=self.options.timeout_s + 1,
        )
        reader.start()
        try:
            while (observation := reader.take()) is not None:
                yield observation
        finally:
            reader.stop()

    def __enter__(self) -> "StreamSource":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop and let go of files, devices and threads; may be called twice."""
        self._closed = True
        self._end_pass()

    def _end_pass(self) -> None:
        if self._reader is not None:
            self._reader.stop()
            self._dropped += self._reader.dropped
            self._reader = None

    @property
    def _read_from_s(self) -> float | None:
        """Where a seek should land at the latest; None for the start."""
        return Pace(self.options).read_from_s

    def _kept(self, timed: Iterable[tuple[float, Frame]]) -> Iterator[tuple[int, float, Frame]]:
        """The frames to deliver, numbered, before anything costly is done with them."""
        pace, index = Pace(self.options), 0
        for t_s, frame in timed:
            verdict = pace.judge(t_s)
            if verdict is Verdict.END:
                return
            if verdict is Verdict.ORDER:
                self._skip("order", f"a frame at {t_s:.6f} s follows {pace.last_s:.6f} s")
            elif verdict is Verdict.KEEP:
                yield index, t_s, frame
                index += 1

    def _skip(self, reason: str, detail: str) -> None:
        """Count what could not be delivered; the first of a kind is a warning, the rest would flood the log."""
        self.skipped[reason] += 1
        level = logging.WARNING if self.skipped[reason] == 1 else logging.DEBUG
        logger.log(level, "%s: skipped (%s): %s", self.name, reason, detail)

    @property
    def _stream(self) -> str:
        return self.options.stream or "main"

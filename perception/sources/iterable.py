"""Anything that yields observations: a generator, a list, a simulator's loop."""

import dataclasses
from collections import defaultdict
from collections.abc import Generator, Iterable

from streammem.errors import ObservationError
from streammem.perception.sources.options import SourceOptions
from streammem.perception.sources.pace import Pace, Verdict
from streammem.perception.sources.size import resized
from streammem.perception.sources.source import StreamSource
from streammem.types import Observation

__all__ = ["IterableSource"]


class IterableSource(StreamSource):
    """Observations from elsewhere, checked: each stream's time moves forward, frames that do not are skipped.

    Several streams may be mixed; each has its own clock and its own rate. Runs in the caller's thread, where
    simulators want to be. A generator gives one pass only.
    """

    threaded = False

    def __init__(self, items: Iterable[Observation], options: SourceOptions) -> None:
        super().__init__(f"iterable {type(items).__name__}", options)
        self._items = items

    @property
    def native_fps(self) -> float | None:
        """What the iterable itself says."""
        return getattr(self._items, "fps", None)

    @property
    def duration_s(self) -> float | None:
        """What the iterable itself says."""
        return getattr(self._items, "duration_s", None)

    @property
    def live(self) -> bool:
        """What the iterable itself says."""
        return bool(getattr(self._items, "live", False))

    @property
    def names(self) -> dict[int, str]:
        """What labels are called, as the iterable itself says."""
        return dict(getattr(self._items, "names", {}))

    def _frames(self) -> Generator[Observation, None, None]:
        paces: defaultdict[str, Pace] = defaultdict(lambda: Pace(self.options))
        for item in self._items:
            if not isinstance(item, Observation):
                raise ObservationError(
                    f"{self.name} yields {type(item).__name__}, a source yields Observation(index=, t_s=, rgb=): "
                    "wrap each frame"
                )
            named = item
            if self.options.stream is not None and item.stream != self.options.stream:
                named = dataclasses.replace(item, stream=self.options.stream)
            pace = paces[named.stream]
            before_s = pace.last_s
            verdict = pace.judge(named.t_s)
            if verdict is Verdict.ORDER:
                self._skip("order", f"frame {item.index} at {item.t_s:.6f} s follows {before_s:.6f} s")
            elif verdict is Verdict.KEEP:
                yield resized(named, self.options.size)

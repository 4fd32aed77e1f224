"""Following objects in a live stream: a box becomes a mask, the mask an object, until somebody says stop."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence

from streammem.app.records import Record
from streammem.app.server.boxes import pixel_box
from streammem.app.server.outlines import outline
from streammem.errors import BudgetError, ObservationError, OrderError, StreamMemError
from streammem.heads.prompts import from_box
from streammem.heads.segmentation import Segmentation
from streammem.stream import StreamMemory
from streammem.types import Observation

__all__ = ["Followed"]

STEP_S = 0.001  # a frame that is looked at again comes so much later: no camera is that fast

logger = logging.getLogger(__name__)


class Followed:
    """What is followed in one memory, and where it was last."""

    def __init__(self, memory: StreamMemory) -> None:
        self._memory = memory
        self.stream: str | None = None
        self._last: list[Record] = []
        try:
            self.stream, ids = memory.tracked
        except StreamMemError as error:
            # The pictures go on all the same; who asks to follow hears the reason again.
            logger.warning("objects are not followed on: %s", error)
            ids = ()
        self._highest = max((*memory.followed, *ids), default=0)
        self._last = [_lost(id) for id in ids]

    def add(
        self, latest: Observation | None, stream: str, box: Sequence[float]
    ) -> tuple[Record, Segmentation]:
        """Follow what stands out in a box of the newest frame; says what it is called, and how its mask came about.

        Raises:
            ObservationError: if there is no frame yet, the box is none, objects of another stream are followed, or
                this memory follows none.
            BudgetError: if there is no room for one more.
        """
        if self.stream not in (None, stream):
            raise ObservationError(
                f"objects are followed in {self.stream!r}, and in one stream at a time: stop following them before "
                f"you follow something in {stream!r}"
            )
        if latest is None:
            raise ObservationError(f"no frame of {stream!r} came yet: start its source first")
        height, width = latest.rgb.shape[:2]
        prompted = from_box(latest.rgb, pixel_box(box, width, height))
        id = self._highest + 1
        again = dataclasses.replace(latest, t_s=latest.t_s + STEP_S, gap_s=0.0)
        found = self._memory.track(again, {id: prompted.mask})
        self._highest = id
        self._tell(stream, found)
        note = "; ".join(part for part in (prompted.note, found.note) if part)
        return {"object": id, "method": prompted.method, "note": note}, found

    def remove(self, id: int) -> None:
        """Stop following an object; what was seen of it stays.

        Raises:
            ObservationError: if it is not followed.
        """
        if id not in {each["object"] for each in self._last}:
            raise ObservationError(f"object {id} is not followed: nothing was changed")
        self._memory.untrack(id)
        self._last = [each for each in self._last if each["object"] != id]
        self.stream = self._memory.tracked[0]

    def step(self, observation: Observation) -> str:
        """Take a frame of the followed stream in; a text where something was out of the ordinary.

        Where no object can be followed into it (the picture changed its size, say), they are let go of and the frame
        is taken in as any other.

        Raises:
            ObservationError: if the memory refuses the frame.
        """
        try:
            found = self._memory.track(observation)
        except OrderError:
            raise
        except (ObservationError, BudgetError) as error:
            self._memory.observe(observation)
            for each in self._last:
                self._memory.untrack(each["object"])
            self.stream, self._last = self._memory.tracked[0], []
            return f"objects are not followed any more: {error}"
        self._tell(observation.stream, found)
        return found.note

    def records(self) -> list[Record]:
        """What is followed now, and where it was last."""
        return [{**each, "stream": self.stream} for each in self._last]

    def drawn(self) -> list[Record]:
        """The same, for one frame's picture."""
        return list(self._last)

    def _tell(self, stream: str, found: Segmentation) -> None:
        self.stream = stream
        high, wide = found.labels.shape
        self._last = []
        for id, box, state, score in zip(found.ids, found.boxes, found.states, found.scores, strict=True):
            here = None
            if box is not None:
                left, top, width, height = box
                here = [left / wide, top / high, (left + width) / wide, (top + height) / high]
            self._last.append(
                {
                    "object": id,
                    "box": None if here is None else [round(at, 4) for at in here],
                    "state": state,
                    "score": round(float(score), 4),
                    "outline": [] if box is None else outline(found.labels, id, box),
                }
            )


def _lost(id: int) -> Record:
    return {"object": id, "box": None, "state": "lost", "score": 0.0, "outline": []}

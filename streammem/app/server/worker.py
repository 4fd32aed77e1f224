"""The one who owns the memory: takes frames, answers, and tells what it sees. One thread, no process of its own."""

from __future__ import annotations

import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8

from streammem.app.records import Record, event_record
from streammem.app.server.alerts import Alerts
from streammem.app.server.followed import Followed
from streammem.app.server.meters import Meters
from streammem.app.server.verbs import VERBS
from streammem.errors import ObservationError, SpaceError, StreamMemError, VocabularyError
from streammem.stream import StreamMemory
from streammem.types import Changes, Observation

__all__ = ["Worker"]

logger = logging.getLogger(__name__)
Tell = Callable[[dict[str, Any]], None]


class Worker:
    """A memory at work.

    Args:
        memory: open for writing; whoever opened it closes it.
        tell: hears the news: "seen" for each frame, "events", "alert", and "engine" with a message where something
            is out of the ordinary.
    """

    def __init__(self, memory: StreamMemory, tell: Tell) -> None:
        self.memory, self._tell = memory, tell
        self.meters = Meters()
        self.followed = Followed(memory)
        self.alerts = Alerts((), memory)
        self._latest: dict[str, Observation] = {}
        self._event = {event.stream: event.id for event in memory.timeline()}
        self._indices: dict[str, int] = defaultdict(lambda: -1)  # of frames that came with a question
        self._indices |= {stream.name: stream.frames for stream in memory.info().streams}
        self._said: dict[str, str] = {}  # last message of a kind, told once

    def greeting(self) -> Record:
        """What the memory has seen so far, and what it can do."""
        memory = self.memory
        return {
            "streams": {name: memory.resume_at(name) for name in memory.streams},
            "followed": self.followed.records(),
            "capabilities": {
                "follow": memory.config.tracking is not None,
                "text": _has_words(memory),
                "encoder": memory.encoder,
            },
        }

    def warm_up(self) -> None:
        """Load what is loaded at first use, before anybody waits for it."""
        with contextlib.suppress(SpaceError):
            self.memory.find(image=np.zeros((64, 64, 3), np.uint8), top_k=1)

    def rehearse(self) -> bool:
        """Use a moment in which nothing else waits; false if there is nothing to do. Takes some 20 ms at most."""
        return self.memory.rehearse()

    # -- frames ----------------------------------------------------------------------------------------------

    def take(self, observation: Observation, captured_ns: int, *, dropped: int = 0) -> None:
        """Take a frame in and tell what came of it; one that is refused is counted and told once, never fatal.

        Args:
            observation: the frame.
            captured_ns: when it was captured, `time.monotonic_ns`.
            dropped: frames of its stream so far that a newer one replaced.
        """
        stream = observation.stream
        try:
            changes = self._enter(observation)
        except Exception as error:
            self.meters.refused(stream)
            if not isinstance(error, StreamMemError):
                logger.exception("a frame of %r failed", stream)
            self._once(f"frames of {stream}", f"a frame of {stream!r} was not taken in: {error}")
            return
        lag_s = (time.monotonic_ns() - captured_ns) / 1e9
        self.meters.frame(stream, lag_s=lag_s, dropped=dropped)
        self._report(observation, changes, time.time() - lag_s)

    def observe(self, stream: str, t_s: float, rgb: UInt8[np.ndarray, "_ _ 3"]) -> Changes:
        """Take a frame in that came with a question.

        Raises:
            ObservationError: if the memory refuses it; OrderError if its time does not move forward.
        """
        began_ns = time.monotonic_ns()
        observation = Observation(index=self._indices[stream] + 1, t_s=t_s, rgb=rgb, stream=stream)
        changes = self._enter(observation)
        lag_s = (time.monotonic_ns() - began_ns) / 1e9
        self.meters.frame(stream, lag_s=lag_s, dropped=0)
        self._report(observation, changes, time.time() - lag_s)
        return changes

    def follow(self, stream: str, box: Sequence[float]) -> Record:
        """Follow what stands out in a box of a stream's newest frame; see `Followed.add`."""
        record, _ = self.followed.add(self._latest.get(stream), stream, box)
        return record

    def _enter(self, observation: Observation) -> Changes:
        if observation.stream == self.followed.stream:
            note = self.followed.step(observation)
            self._once(f"followed in {observation.stream}", note)
            changes = self.memory.changed
            assert changes is not None  # a frame was just taken in
        else:
            changes = self.memory.observe(observation)
        self._latest[observation.stream] = observation
        self._indices[observation.stream] = observation.index
        self._once("commits", "" if self.memory.held is None else f"commits wait: {self.memory.held}")
        return changes

    # -- news ------------------------------------------------------------------------------------------------

    def _report(self, observation: Observation, changes: Changes, captured_s: float) -> None:
        stream = observation.stream
        if changes.opened:
            self._event[stream] = changes.opened[-1]
        self._tell(
            {
                "type": "seen",
                "stream": stream,
                "seq": observation.index,
                "t_s": round(observation.t_s, 6),
                "captured_s": round(captured_s, 6),
                "boxes": self.followed.drawn() if stream == self.followed.stream else [],
                "event": self._event.get(stream),
                "encoded": changes.encoded,
            }
        )
        if changes.opened or changes.closed:
            self._tell(
                {
                    "type": "events",
                    "stream": stream,
                    "opened": self._events(changes.opened),
                    "closed": self._events(changes.closed),
                }
            )
        try:
            for alert in self.alerts.check(stream, observation.t_s, changes):
                self._tell(dict(alert))
        except Exception as error:  # the frame is in the memory: nothing else may come of a rule that fails
            logger.exception("alerts could not be checked")
            self._once("alerts", f"alerts could not be checked: {error}")

    def _events(self, ids: Sequence[int]) -> list[Record]:
        found = (self.memory.event(id) for id in ids)
        return [event_record(event) for event in found if event is not None]

    def _once(self, kind: str, message: str) -> None:
        """Tell and log something out of the ordinary, and that it is over (""), but not again while it lasts."""
        if self._said.get(kind, "") == message:
            return
        self._said[kind] = message
        if message:
            logger.warning("%s", message)
            self._tell({"type": "engine", "message": message})

    # -- questions -------------------------------------------------------------------------------------------

    def answer(self, verb: str, arguments: dict[str, Any]) -> Any:
        """Answer one of `verbs.VERBS`.

        Raises:
            ObservationError: for another verb.
            StreamMemError: what the memory raises.
        """
        known = VERBS.get(verb)
        if known is None:
            raise ObservationError(f"there is no verb {verb!r}, there are {', '.join(VERBS)}")
        return known(self, **arguments)


def _has_words(memory: StreamMemory) -> bool:
    """Whether the memory's encoder knows words."""
    try:
        memory.find(text="person", top_k=1)
    except VocabularyError:
        return True
    except SpaceError:
        return False
    return True

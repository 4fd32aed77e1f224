"""The thread that reads a source, and what waits between it and the consumer."""

import contextlib
import dataclasses
import logging
import threading
import time
from collections import deque
from collections.abc import Generator

from streammem.errors import SourceStalledError
from streammem.perception.sources.sound import joined
from streammem.types import Observation

__all__ = ["Reader", "heir"]

logger = logging.getLogger(__name__)

KEPT_SOUND_S = 10.0  # of frames that were dropped; a consumer that is slower than this is not listening


class Reader:
    """One pass over a source: a thread fills a queue, `take` empties it.

    Two rules, one for each kind of source. What waits for us (a file) is read `depth` frames ahead and then
    the thread waits. What does not wait (a camera) is always drained: a new frame takes the place of the
    oldest one waiting, the drop is counted, and its sound and its gap go on with the frame that follows.
    """

    def __init__(
        self,
        frames: Generator[Observation, None, None],
        *,
        name: str,
        lossy: bool,
        depth: int,
        patience_s: float | None = None,
        grace_s: float = 5.0,
    ) -> None:
        self.dropped = 0
        self._frames, self._name = frames, name
        self._lossy, self._depth = lossy, depth
        self._patience_s, self._grace_s = patience_s, grace_s
        self._waiting: deque[Observation] = deque()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._ended = False
        self._error: BaseException | None = None
        self._alive_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"source {name}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether its thread is there."""
        return self._thread.is_alive()

    def take(self) -> Observation | None:
        """The next observation, None at the end.

        Raises:
            SourceStalledError: if the thread showed no sign of life within the patience.
            Exception: whatever the source raised, once everything read before it was taken; it is raised once.
        """
        with self._changed:
            while not self._waiting and not self._ended:
                left_s = None
                if self._patience_s is not None:
                    left_s = self._alive_s + self._patience_s - time.monotonic()
                    if left_s <= 0:
                        self._grace_s = 0.1  # it hangs: there is no point in waiting for it to end
                        raise SourceStalledError(
                            f"{self._name} sent nothing for {self._patience_s:g} s: see that it is connected and "
                            "that no other program holds it, or raise timeout_s"
                        )
                self._changed.wait(left_s)
            if self._waiting:
                observation = self._waiting.popleft()
                self._changed.notify_all()
                return observation
        error, self._error = self._error, None
        if error is None:
            return None
        try:
            raise error
        finally:
            # An error knows the frames it came through, and with them the open connection of who failed. Held from
            # here it would hold itself, and the connection, until the collector comes by, which may be hours.
            del error

    def alive(self, for_s: float) -> None:
        """Say from inside that no frame is no stall: the source is connecting again for so long."""
        self._alive_s = time.monotonic() + for_s

    def pause(self, seconds: float) -> bool:
        """Sleep inside the thread; True if the reader was stopped meanwhile."""
        return self._stopping.wait(seconds)

    def stop(self) -> None:
        """End the thread and let go of what it holds; may be called twice."""
        with self._changed:
            self._stopping.set()
            self._ended = True
            self._waiting.clear()
            self._changed.notify_all()
        # The collector may finalise a forgotten iterator inside the very thread that feeds it.
        if self._thread.ident is None or self._thread is threading.current_thread():
            return
        self._thread.join(self._grace_s)
        if self._thread.is_alive():
            logger.warning("%s does not answer; its thread ends when the device or host does", self._name)
        self._error = None  # nobody takes it any more

    def _run(self) -> None:
        try:
            with contextlib.closing(self._frames):
                for observation in self._frames:
                    if not self._put(observation):
                        break
        except BaseException as error:  # noqa: BLE001 - raised again where the consumer stands
            self._error = None if self._stopping.is_set() else error
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _put(self, observation: Observation) -> bool:
        with self._changed:
            self._alive_s = time.monotonic()
            while len(self._waiting) >= self._depth and not self._stopping.is_set():
                if not self._lossy:
                    self._changed.wait()
                    continue
                observation = heir(self._waiting.popleft(), observation)
                self.dropped += 1
            if self._stopping.is_set():
                return False
            self._waiting.append(observation)
            self._changed.notify_all()
        return True


def heir(dropped: Observation, successor: Observation) -> Observation:
    """The successor with the sound and the gap of a dropped frame, which must not vanish with its picture."""
    sound = (
        joined(dropped.audio, successor.audio, most_s=KEPT_SOUND_S)
        if successor.gap_s == 0
        else successor.audio
    )
    gap_s = dropped.gap_s + successor.gap_s
    if sound is successor.audio and gap_s == successor.gap_s:
        return successor
    return dataclasses.replace(successor, audio=sound, gap_s=gap_s)

"""The server's side of the memory: asks it, hears from it, and starts its process again where that dies.

engine = Engine(EngineSettings(store=Path("live.zarr")), news=print)
await engine.start()
engine.slot("camera-0").put(observation)             # from any thread; the newest wins
await engine.ask("find", text="bicycle", top_k=5)    # see verbs.py
await engine.close()
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from streammem.app.records import Record
from streammem.app.refusals import OPENING, BusyError
from streammem.app.server.opening import EngineSettings
from streammem.app.server.process import EngineProcess, Message
from streammem.app.server.slots import FrameSlot
from streammem.app.server.watchdog import Watchdog
from streammem.errors import EngineLostError, StreamMemError

__all__ = ["Engine", "EngineSettings"]

CLOSE_S = 4.0  # until the last commit begins
COMMIT_S = 30.0  # for that commit: it takes well below a second, but disks differ
END_S = 1.0  # for the process to end by itself after that
FIRST_RETRY_S, LAST_RETRY_S = 0.25, 30.0
STEADY_S = 60.0  # a process that lived so long did not die of how it was started
SILENCE_S = 60.0  # without a sign of life, and a process hangs
OPENING_S = 1800.0  # so long may it be silent at first: weights may have to come over a slow line
DIED = "ended unexpectedly"
LOST = "the memory's process cannot answer, {why}; it starts again by itself: ask again in a moment"

logger = logging.getLogger(__name__)
News = Callable[[dict[str, Any]], None]


class Engine:
    """Owns the process that owns the memory. All methods but `slot` belong to the event loop that called `start`.

    Where the process dies or hangs, it is started again and goes on from the store's last commit, with the same slots.
    Alerts live in it: whoever keeps the rules adds them again when the news say that it is `alive`.

    Args:
        settings: which memory.
        news: hears what the memory says of itself: what was seen, events, alerts, the engine's fate. Called on the
            event loop.
        born: its process, where that was started already with the same settings.
        silence_s: how long the process may give no sign of life.

    Attributes:
        alive: whether the memory answers.
        opening: whether it is opened for the first time, and nobody can be answered yet.
        restarts: how often its process had to be started again.
    """

    def __init__(
        self,
        settings: EngineSettings,
        news: News,
        born: EngineProcess | None = None,
        *,
        silence_s: float = SILENCE_S,
    ) -> None:
        self.settings, self.restarts, self.alive, self.opening = settings, 0, False, True
        self._news, self._silence_s = news, silence_s
        self._born = born
        self._process: EngineProcess | None = None
        self._given_up: EngineProcess | None = None
        self._run = 0  # which process; what an earlier one still said does not count
        self._slots: dict[str, FrameSlot] = {}
        self._lock = threading.Lock()  # over the slots and the process that hears of them
        self._greeted: asyncio.Future[Record] | None = None
        self._committing = asyncio.Event()  # the memory begins its last commit
        self._closed = asyncio.Event()
        self._failed: BaseException | None = None  # why that commit failed
        self._pending: dict[int, asyncio.Future[Any]] = {}
        self._asked = 0
        self._closing = False
        self._delay_s, self._since_s = FIRST_RETRY_S, 0.0
        self._reviving: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._watchdog = Watchdog(silence_s)

    # -- life ------------------------------------------------------------------------------------------------

    async def start(self) -> Record:
        """Start the process and open the memory; says what it has seen so far.

        Returns:
            "streams": time of the last frame by stream; "followed": objects that are followed on; "capabilities".

        Raises:
            StreamMemError: as `StreamMemory.open` does; EngineLostError if the process ends without a word.
        """
        try:
            return await self._launch()
        finally:
            self.opening = False

    async def close(self) -> None:
        """Commit, end the process and let go of everything; may be called twice.

        Raises:
            StoreError: if the last commit failed; the one before is intact.
        """
        self._closing = True
        for slot in self._slots.values():
            slot.close()
        if self._reviving is not None:
            self._reviving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reviving
        process = self._process
        if process is not None:
            await self._end(process)
        for slot in self._slots.values():
            slot.release()
        failed, self._failed = self._failed, None
        if failed is not None:
            raise failed

    async def _end(self, process: EngineProcess) -> None:
        """Have the memory commit, and its process end."""
        process.send("close")
        begins_s = COMMIT_S if self._watchdog.excused else CLOSE_S  # a commit may be under way
        if not await _within(begins_s, self._committing) or not await _within(COMMIT_S, self._closed):
            logger.error("the memory's process does not answer and is ended by force; its last commit holds")
        await self._let_go(process, "it was closed")

    async def _launch(self) -> Record:
        """Start a process and wait until its memory is open."""
        loop = asyncio.get_running_loop()
        self._run += 1
        run, greeted = self._run, loop.create_future()
        self._greeted = greeted
        self._committing.clear()
        self._closed.clear()
        self._watchdog = watchdog = Watchdog(self._silence_s, excused_s=OPENING_S)

        def heard(message: Message) -> None:
            """On the listener's thread."""
            watchdog.heard(*message[1:] if message[0] == "alive" else ())
            if message[0] == "alive":
                return
            if message[0] == "took":
                self._slots[message[1]].took()
                return
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._hear, run, message)

        process, self._born = self._born, None
        if process is None:
            process = await asyncio.to_thread(EngineProcess, self.settings)
        process.listen(heard)
        with self._lock:
            self._process = process
            for stream, slot in self._slots.items():
                process.send("slot", stream, file=slot)
        self._watching = loop.create_task(self._watch(run, watchdog))
        try:
            greeting: Record = await greeted
        except BaseException:
            await self._let_go(process, "it could not start")
            raise
        self.alive, self._since_s = True, time.monotonic()
        return greeting

    async def _let_go(self, process: EngineProcess, why: str) -> None:
        with self._lock:
            self._process = None
        self.alive = False
        if self._watching is not None:
            self._watching.cancel()
        self._fail_all(why)
        await asyncio.to_thread(process.end, END_S)

    async def _watch(self, run: int, watchdog: Watchdog) -> None:
        """See that a process gives signs of life; one that gives none is as good as dead."""
        while run == self._run and not self._closing:
            since_s = time.monotonic()
            await asyncio.sleep(watchdog.look_s)
            silent_s = watchdog.bites(time.monotonic() - since_s)
            if silent_s is not None:
                self._gone(f"gave no sign of life for {silent_s:.0f} s")
                return

    async def _revive(self, process: EngineProcess, why: str) -> None:
        """Start again, and go on trying, ever more seldom."""
        await self._let_go(process, f"it {why}")
        if time.monotonic() - self._since_s > STEADY_S:
            self._delay_s = FIRST_RETRY_S
        while True:
            await asyncio.sleep(self._delay_s)
            self._delay_s = min(2 * self._delay_s, LAST_RETRY_S)
            try:
                greeting = await self._launch()
                break
            except StreamMemError as error:
                logger.error("the memory could not be opened again: %s", error)
                self._tell_fate(
                    f"the memory could not be opened again, next try in {self._delay_s:g} s: {error}"
                )
        self.restarts += 1
        where = "from its last commit" if self.settings.store else "empty: it has no store"
        fate = f"the memory's process {why}; it was started again and goes on, {where}"
        logger.warning("%s", fate)
        self._tell_fate(fate, streams=greeting["streams"])

    # -- frames and questions --------------------------------------------------------------------------------

    def slot(self, stream: str) -> FrameSlot:
        """Where the frames of a stream go in; made on first use, outlives the process. From any thread."""
        with self._lock:
            slot = self._slots.get(stream)
            if slot is None:
                slot = self._slots[stream] = FrameSlot(stream, self._ring)
                if self._process is not None:
                    self._process.send("slot", stream, file=slot)
            return slot

    async def ask(self, verb: str, /, **arguments: Any) -> Any:
        """Have the memory answer, before it takes its next frame.

        Raises:
            BusyError: while the memory is opened for the first time.
            EngineLostError: if the process is not there, or dies before it answers.
            StreamMemError: whatever the memory raised, with the same text.
        """
        if self.opening:
            raise BusyError(OPENING)
        process = self._process
        if process is None or not self.alive:
            raise EngineLostError(LOST.format(why="it is not there"))
        self._asked += 1
        number, answer = self._asked, asyncio.get_running_loop().create_future()
        self._pending[number] = answer
        process.send("ask", number, verb, arguments)
        try:
            return await answer
        finally:
            self._pending.pop(number, None)

    def _ring(self) -> None:
        process = self._process
        if process is not None:
            process.ring()

    # -- what the process says -------------------------------------------------------------------------------

    def _hear(self, run: int, message: Message) -> None:
        if run != self._run:
            return
        kind, *rest = message
        if kind in ("answer", "error"):
            number, content = rest
            _settle(self._pending.get(number), content, failed=kind == "error")
        elif kind == "news":
            self._tell(rest[0])
        elif kind in ("hello", "failed"):
            _settle(self._greeted, rest[0], failed=kind == "failed")
        elif kind == "closing":
            self._committing.set()
        elif kind == "closed":
            self._failed = rest[0]
            self._closed.set()
        else:
            self._gone()

    def _gone(self, why: str = DIED) -> None:
        process = self._process
        self._committing.set()
        self._closed.set()
        self.alive = False
        self._fail_all(f"it {why}")
        if self._greeted is not None and not self._greeted.done():
            self._greeted.set_exception(
                EngineLostError(f"the memory's process {why} before the memory was open: start it again")
            )
        elif process is not None and process is not self._given_up and not self._closing:
            self._given_up = process  # it may be found hanging and die, both at once
            logger.error("the memory's process %s", why)
            self._tell_fate(f"the memory's process {why}; it starts again")
            self._reviving = asyncio.get_running_loop().create_task(self._revive(process, why))

    def _fail_all(self, why: str) -> None:
        for answer in self._pending.values():
            _settle(answer, EngineLostError(LOST.format(why=why)), failed=True)

    def _tell_fate(self, message: str, **more: Any) -> None:
        self._tell({"type": "engine", "message": message, **more})

    def _tell(self, news: dict[str, Any]) -> None:
        if news.get("type") == "engine":
            news |= {"alive": self.alive, "opening": self.opening, "restarts": self.restarts}
        try:
            self._news(news)
        except Exception:
            logger.exception("whoever hears the news failed at %s", news.get("type"))


def _settle(answer: asyncio.Future[Any] | None, content: Any, *, failed: bool) -> None:
    """Give an answer, or an error, to whoever still waits for it."""
    if answer is None or answer.done():
        return
    if failed:
        answer.set_exception(content)
    else:
        answer.set_result(content)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Whether something happens in time."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()

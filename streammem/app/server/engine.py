"""The server's side of the memory: asks it, hears from it, and starts its process again where that dies.

engine = Engine(EngineSettings(store=Path("live.zarr")), news=print)
await engine.start()
engine.slot("camera-0").put(observation)             # from any thread; the newest wins
await engine.ask("find", text="bicycle", top_k=5)    # see verbs.py
await engine.close()
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

from streammem.app.server.opening import EngineSettings
from streammem.app.server.slots import FrameSlot
from streammem.errors import EngineLostError, StreamMemError

__all__ = ["Engine", "EngineSettings"]

CLOSE_S = 5.0  # for the last commit; longer only while it says that it is still at it
FIRST_RETRY_S, LAST_RETRY_S = 0.5, 30.0
STEADY_S = 60.0  # after which a new loss counts as the first again

logger = logging.getLogger(__name__)
News = Callable[[dict[str, Any]], None]


class Engine:
    """Owns the process that owns the memory. All methods but `slot` belong to the event loop that called `start`.

    Args:
        settings: which memory.
        news: hears what the memory says of itself: what was seen, events, alerts, the engine's fate. Called on the
            event loop.
    """

    def __init__(self, settings: EngineSettings, news: News) -> None:
        self.settings, self.restarts = settings, 0
        self.alive = False
        self._news = news
            self._slots: dict[str, FrameSlot] = {}
        self._lock = threading.Lock()  # slots are made from any thread
        self._pending: dict[int, asyncio.Future[Any]] = {}
        self._asked = 0
        self._rules: dict[str, dict[str, Any]] = {}  # alerts to watch for again after a restart
        self._closing = False
        self._reviving: asyncio.Task[None] | None = None
        self._delay_s, self._since_s = FIRST_RETRY_S, 0.0

    async def start(self) -> dict[str, Any]:
        """Start the process and open the memory; says what it has seen so far.

        Returns:
            "streams": time of the last frame by stream; "followed": objects that are followed on; "capabilities".

        Raises:
            StreamMemError: as `StreamMemory.open` does; EngineLostError if the process ends without a word.
        """
        raise NotImplementedError

    async def ask(self, verb: str, /, **arguments: Any) -> Any:
        """Have the memory answer, before it takes its next frame.

        Raises:
            EngineLostError: if the process is not there, or dies before it answers.
            StreamMemError: whatever the memory raised, with the same text.
        """
        raise NotImplementedError

    def slot(self, stream: str) -> FrameSlot:
        """Where the frames of a stream go in; made on first use, outlives the process. From any thread."""
        raise NotImplementedError

    async def close(self) -> None:
        """Commit, end the process and let go of everything; may be called twice."""
        raise NotImplementedError

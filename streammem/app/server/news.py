"""What happens, told to everybody who listens: one bounded queue a listener, and no queue waits for another."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Mapping
from typing import Any

from streammem.errors import StreamMemError

__all__ = ["NewsQueue", "Newsroom", "SlowListenerError"]

MOST = 256  # messages that a listener may be behind
MOST_SEEN = 30  # of them what was seen in one frame each: older than a second nobody draws them

_STATES = frozenset({"stats", "streams"})  # the newest says all
_DROPPED = ("seen", *sorted(_STATES))  # what may be dropped where a listener is slow, first to last

_log = logging.getLogger(__name__)


class SlowListenerError(StreamMemError):
    """A listener is so far behind that something would be lost which must not be: events, alerts."""


class NewsQueue:
    """What one listener has not heard yet, oldest first, as JSON.

    What was seen in single frames is dropped first, and of a state only the newest is kept; events, alerts and the
    engine's fate are never dropped: where they do not fit, the listener is told to come again.
    """

    def __init__(self, most: int = MOST, most_seen: int = MOST_SEEN) -> None:
        self._most, self._most_seen = most, most_seen
        self._items: deque[tuple[str, str]] = deque()
        self._seen = 0
        self._overflown = False
        self._ready = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    def put(self, kind: str, text: str) -> None:
        """Take a message, dropping what this listener can miss."""
        if self._overflown:
            return
        if kind in _STATES or (kind == "seen" and self._seen >= self._most_seen):
            self._drop(kind)
        if len(self._items) >= self._most and not any(map(self._drop, _DROPPED)):
            self._overflown = True
            self._items.clear()
        else:
            self._items.append((kind, text))
            self._seen += kind == "seen"
        self._ready.set()

    async def next(self) -> str:
        """The oldest message, once there is one.

        Raises:
            SlowListenerError: if messages came faster than they were taken, for too long.
        """
        while not self._items:
            if self._overflown:
                raise SlowListenerError(
                    f"more than {self._most} messages wait for this listener: connect again and ask for what was missed"
                )
            self._ready.clear()
            await self._ready.wait()
        kind, text = self._items.popleft()
        self._seen -= kind == "seen"
        return text

    def _drop(self, kind: str) -> bool:
        """Drop the oldest message of a kind; false where there is none."""
        for place, (other, _) in enumerate(self._items):
            if other == kind:
                del self._items[place]
                self._seen -= kind == "seen"
                return True
        return False


class Newsroom:
    """Hands every message to every listener; all of it on the event loop's thread."""

    def __init__(self) -> None:
        self._queues: set[NewsQueue] = set()

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._queues)

    def join(self) -> NewsQueue:
        """A new listener, who hears what happens from now on."""
        queue = NewsQueue()
        self._queues.add(queue)
        return queue

    def leave(self, queue: NewsQueue) -> None:
        """The listener is gone; once more does no harm."""
        self._queues.discard(queue)

    def publish(self, item: Mapping[str, Any]) -> None:
        """Tell everybody. The message is written once, however many listen."""
        if not self._queues:
            return
        try:
            text = json.dumps(item, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError):  # a mistake of ours must not end the one who told us
            _log.exception("news of type %r cannot be written as JSON: nobody hears it", item.get("type"))
            return
        kind = str(item.get("type"))
        for queue in self._queues:
            queue.put(kind, text)

"""Alerts that go out: to addresses named in the configuration, and to standard output.

Only the configuration names addresses; a rule refers to one by its name. Redirects are not followed, proxies of the
environment are not used, and what comes back is not read. Addresses often hold secrets, so none is ever logged.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streammem import __version__
from streammem.app.exits import UsageError
from streammem.app.records import Record

if TYPE_CHECKING:
    import httpx

__all__ = ["Webhooks"]

TIMEOUT_S = 5.0
BACKOFF_S = (1.0, 5.0)  # before the second and the third try
MOST_WAITING = 64  # alerts for each address
LATER = (408, 425, 429)  # refusals that may pass; so may every 5xx

logger = logging.getLogger(__name__)


class Webhooks:
    """Posts alerts as JSON to configured addresses; made and used on the event loop.

    Each address has its own queue and task, so that a dead one holds up no other.

    Args:
        urls: addresses by name, http or https.
        backoff_s: pauses between tries, one fewer than there are tries.
        transport: what stands in for the network; for tests.

    Raises:
        UsageError: for an address that is not http or https.
    """

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        backoff_s: Sequence[float] = BACKOFF_S,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        for name, url in urls.items():
            _check(name, url)
        self._urls, self._backoff_s, self._transport = dict(urls), tuple(backoff_s), transport
        self._waiting: dict[str, deque[bytes]] = {name: deque() for name in urls}
        self._news = {name: asyncio.Event() for name in urls}
        self._tasks: list[asyncio.Task[None]] = []
        self._client: httpx.AsyncClient | None = None
        self._counts = dict.fromkeys(("sent", "failed", "dropped"), 0)

    @property
    def names(self) -> tuple[str, ...]:
        """What may stand in a rule's `webhook`."""
        return tuple(self._urls)

    @property
    def counts(self) -> dict[str, int]:
        """Alerts so far: "sent", "failed" for good, "dropped" because too many waited or nobody has that name."""
        return dict(self._counts)

    async def start(self) -> None:
        """Begin to send; once is enough."""
        if self._tasks or not self._urls:
            return
        import httpx

        # It would log each address, with what is secret in it, as soon as anybody turns logging on.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT_S,
            follow_redirects=False,
            trust_env=False,
            transport=self._transport,
            headers={"User-Agent": f"streammem/{__version__}"},
        )
        self._tasks = [asyncio.create_task(self._serve(name), name=f"webhook {name}") for name in self._urls]

    def send(self, alert: Record) -> None:
        """Post an alert where its `webhook` names an address; never waits."""
        name = alert.get("webhook")
        if name is None:
            return
        if name not in self._urls:
            logger.warning("there is no webhook %r: add it to [webhooks] of the configuration", name)
            self._counts["dropped"] += 1
            return
        waiting = self._waiting[name]
        if len(waiting) >= MOST_WAITING:
            waiting.popleft()
            self._counts["dropped"] += 1
        waiting.append(json.dumps(alert, ensure_ascii=False, allow_nan=False).encode())
        self._news[name].set()

    async def close(self) -> None:
        """Stop at once; what still waits is counted as dropped. May be called twice."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        if self._client is not None:
            await self._client.aclose()
            self._client = None
        for waiting in self._waiting.values():
            self._counts["dropped"] += len(waiting)
            waiting.clear()

    async def _serve(self, name: str) -> None:
        waiting, news = self._waiting[name], self._news[name]
        while True:
            await news.wait()
            news.clear()
            while waiting:
                outcome = "dropped"  # unless it comes to an end
                try:
                    outcome = "sent" if await self._post(name, waiting.popleft()) else "failed"
                finally:
                    self._counts[outcome] += 1

    async def _post(self, name: str, body: bytes) -> bool:
        """Try until it is taken, refused for good, or tried often enough; says whether it was taken."""
        problem = ""
        for pause_s in (*self._backoff_s, None):
            problem, passing = await self._try(name, body)
            if not problem:
                return True
            if not passing or pause_s is None:
                break
            await asyncio.sleep(pause_s)
        logger.warning("webhook %s did not take an alert: %s", name, problem)
        return False

    async def _try(self, name: str, body: bytes) -> tuple[str, bool]:
        """One try: what went wrong, "" for nothing, and whether that may pass."""
        import httpx

        assert self._client is not None
        headers = {"Content-Type": "application/json"}
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),  # a trickle of header bytes resets the client's own
                self._client.stream("POST", self._urls[name], content=body, headers=headers) as answer,
            ):
                code = answer.status_code
        except (httpx.HTTPError, TimeoutError) as error:
            return type(error).__name__, True
        if 200 <= code < 300:
            return "", False
        text = f"status {code}" + (", a redirect, which is not followed" if 300 <= code < 400 else "")
        return text, code >= 500 or code in LATER


def _check(name: str, url: str) -> None:
    import httpx

    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        fits = False
    if not fits:
        raise UsageError(f"webhook {name}: the address must begin with http:// or https:// and name a host")

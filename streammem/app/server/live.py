"""What the routes share: the parts, one way to ask the memory, who hears news, and the alert rules on disk."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from streammem.app.records import Record
from streammem.app.refusals import BusyError, UnknownError
from streammem.app.server.cards import Addresses
from streammem.app.server.news import Newsroom
from streammem.app.server.parts import Calls, Keeps, Remembers, Runs, Shows
from streammem.app.server.uploads import Uploads
from streammem.errors import ObservationError, SpaceError, StreamMemError

if TYPE_CHECKING:
    from streammem.app.server.settings import LiveSettings

__all__ = ["Live"]

PATIENCE_S = 10.0  # for one answer of the memory
SOON_S = 2.0  # for what a page waits for before it shows anything
MOST_ASKED = 64  # questions under way; more are refused at once
RECENT = 100  # alerts that a page which comes later still sees
RULES = "alerts"  # where the sidecar keeps the alert rules

_log = logging.getLogger(__name__)


class Live:
    """The parts of a running server, and what connects them. All of it belongs to the event loop's thread."""

    def __init__(
        self,
        settings: LiveSettings,
        engine: Remembers,
        streams: Runs,
        hub: Shows,
        webhooks: Calls,
        sidecar: Keeps,
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.settings, self.engine, self.streams, self.hub = settings, engine, streams, hub
        self.webhooks, self.sidecar = webhooks, sidecar
        self.uploads = Uploads(settings.limits)
        self.addresses = Addresses()
        self.newsroom = Newsroom()
        self.watching = 0  # who look at moving pictures without a socket
        self.opened: Mapping[str, Any] = {}  # what `engine.start` said
        self.stats: Record | None = None  # of at most a second ago, while somebody listens
        self.recent: deque[Record] = deque(maxlen=RECENT)
        self._patience_s = patience_s
        self._asked = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changing = False
        self._lists: dict[str, list[Any]] = {}
        self._refused: dict[str, Record] = {}
        self._restoring, self._keeping = asyncio.Lock(), asyncio.Lock()
        self._greeted = -1  # after how many restarts of the memory all pages were told anew
        self._chores: set[asyncio.Task[None]] = set()

    async def ask(self, verb: str, /, **arguments: Any) -> Any:
        """What the memory answers.

        Raises:
            BusyError: if no answer came within ten seconds, or too many questions are under way.
            StreamMemError: whatever the memory raised.
        """
        return await self._within(self._patience_s, verb, arguments)

    async def alter(self, verb: str, /, **arguments: Any) -> Any:
        """Have the memory do something. It is done even where nobody waits for it, so there is more patience.

        Raises:
            BusyError: if it was not done within thirty seconds, or too many questions are under way.
            StreamMemError: whatever the memory raised.
        """
        return await self._within(3 * self._patience_s, verb, arguments)

    async def _within(self, patience_s: float, verb: str, arguments: dict[str, Any]) -> Any:
        if self._asked >= MOST_ASKED:
            raise BusyError(f"{MOST_ASKED} questions are under way: wait for answers before asking more")
        self._asked += 1
        try:
            async with asyncio.timeout(patience_s) as limit:
                return await self.engine.ask(verb, **arguments)
        except TimeoutError:
            if not limit.expired():
                raise  # the memory's own
            raise BusyError(
                f"the memory gave no answer within {patience_s:g} s: try again, or stop a stream"
            ) from None
        finally:
            self._asked -= 1

    def streams_by_name(self) -> dict[str, Record]:
        """How the streams stand."""
        return {state["name"]: state for state in self.streams.states()}

    def cards(self, hits: Iterable[Mapping[str, Any]]) -> list[Record]:
        """The memory's answers as a browser wants them."""
        streams = self.streams_by_name()
        return [self.addresses.card(hit, streams) for hit in hits]

    def check_stream(self, name: str) -> None:
        """See that there is such a stream.

        Raises:
            UnknownError: if there is none.
        """
        known = self.streams_by_name()
        if name not in known:
            raise UnknownError(f"there is no stream {name!r}: there are {', '.join(known) or 'none'}")

    async def state(self) -> Record:
        """What a page needs to begin: streams, followed objects, what can be asked, alerts."""
        from streammem import __version__

        followed, rules = await asyncio.gather(self._told("followed"), self._told("alerts"))
        return {
            "version": __version__,
            "streams": self.streams.states(),
            "followed": followed,
            "capabilities": dict(self.opened.get("capabilities", {})),
            "webhooks": list(self.webhooks.names),
            "alerts": {
                "rules": [self.addresses.rule(rule) for rule in self._with_refused(rules)],
                "recent": list(self.recent),
            },
            "engine": {
                "alive": self.engine.alive,
                "opening": self.engine.opening,
                "restarts": self.engine.restarts,
            },
        }

    async def _told(self, verb: str) -> list[Any]:
        """A list that the memory keeps; where it has no time to say, or is lost, what it said last."""
        if not self.engine.alive:
            return self._lists.get(verb, [])
        try:
            self._lists[verb] = list(await self._within(min(SOON_S, self._patience_s), verb, {}))
        except StreamMemError as error:
            _log.warning("%s: %s", verb, error)
        return self._lists.get(verb, [])

    # News

    def receive(self, item: Mapping[str, Any]) -> None:
        """Hear news of the memory: everybody listening is told, alerts are remembered and posted."""
        kind = item.get("type")
        if kind == "alert":
            self.webhooks.send(dict(item))
            item = self.addresses.alert(item)
            self.recent.append(item)
            self._do(self.keep_rules())  # when a rule fired last outlives a restart
        elif kind == "engine" and item.get("alive"):
            self.addresses.renew()
            self._do(self._begin_again(int(item.get("restarts", 0))))
        self.newsroom.publish(item)

    async def _begin_again(self, restarts: int) -> None:
        """The memory is there, or there again: it is told what to watch for, and every page what it has now."""
        await self.restore_rules()
        if restarts == self._greeted:
            return  # it only had something to say
        self._greeted = restarts
        await self._tell_stats()
        self.newsroom.publish(await self.hello())

    async def hello(self) -> Record:
        """What a page is told first of all, and again when the memory is there, or there again."""
        return {"type": "hello", **await self.state(), "stats": self.stats}

    def changed(self) -> None:
        """A stream stands otherwise than before; may be called from any thread, and tells in bundles."""
        if self._loop is None or self._changing or self._loop.is_closed():
            return
        self._changing = True
        self._loop.call_soon_threadsafe(self._tell_streams)

    def _tell_streams(self) -> None:
        self._changing = False
        self.newsroom.publish({"type": "streams", "streams": self.streams.states()})

    async def run(self, every_s: float = 1.0) -> None:
        """Tell the figures each second, while somebody listens; until cancelled."""
        self._loop = asyncio.get_running_loop()
        if self.engine.alive:
            await self.restore_rules()
        while True:
            began = time.monotonic()
            if self.newsroom.listeners:
                if self.engine.alive:
                    await self._tell_stats()
                self._tell_streams()
            await asyncio.sleep(max(0.0, began + every_s - time.monotonic()))

    async def _tell_stats(self) -> None:
        try:
            self.stats = dict(await self.ask("stats"))
        except StreamMemError as error:
            _log.warning("no figures: %s", error)
            return
        self.newsroom.publish({**self.stats, "type": "stats"})

    async def tell_followed(self) -> None:
        """Tell every page what is followed now."""
        self.newsroom.publish({"type": "followed", "followed": await self._told("followed")})

    # Alert rules

    async def rules(self) -> list[Record]:
        """The alert rules: those that are watched for, and those that this memory refused, with `problem`."""
        return self._with_refused(list(await self.ask("alerts")))

    def _with_refused(self, watched: list[Record]) -> list[Record]:
        known = {rule["id"] for rule in watched}
        return [*watched, *(rule for id, rule in self._refused.items() if id not in known)]

    async def remove_rule(self, id: str) -> bool:
        """Watch for one thing less; false where there is no such rule."""
        if id not in {rule["id"] for rule in await self.rules()}:
            return False
        if self._refused.pop(id, None) is None:
            await self.alter("alert_remove", id=id)
        await self.keep_rules()
        return True

    async def keep_rules(self) -> None:
        """Write the alert rules beside the store, and tell every page."""
        rules = await self.rules()
        self.newsroom.publish({"type": "rules", "rules": [self.addresses.rule(rule) for rule in rules]})
        kept = [{key: value for key, value in rule.items() if key != "problem"} for rule in rules]
        # In order; and where the disk is slow one thread waits for it, not one for each alert.
        async with self._keeping:
            await asyncio.to_thread(self.sidecar.put, RULES, kept)

    async def restore_rules(self) -> None:
        """Tell a memory that was just opened what to watch for; a rule that it refuses is kept all the same."""
        async with self._restoring:  # who asks twice at once must not add a rule twice
            try:
                known = {rule["id"] for rule in await self.ask("alerts")}
            except StreamMemError as error:
                _log.warning("alert rules are not restored: %s", error)
                return
            for rule in self.sidecar.get(RULES, []):
                if rule["id"] not in known:
                    await self._restore(rule)

    async def _restore(self, rule: Record) -> None:
        try:
            await self.alter("alert_add", rule=rule)
        except (ObservationError, SpaceError) as error:
            _log.warning("alert rule %r is not watched for: %s", rule.get("name"), error)
            self._refused[rule["id"]] = {**rule, "problem": str(error)}
        except StreamMemError as error:  # there is no memory; when one comes it is told again
            _log.warning("alert rule %r is not restored: %s", rule.get("name"), error)

    # Work that nobody waits for

    def _do(self, chore: Any) -> None:
        task = asyncio.get_running_loop().create_task(self._quietly(chore))
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def _quietly(self, chore: Any) -> None:
        try:
            await chore
        except (StreamMemError, OSError) as error:
            _log.warning("alert rules: %s", error)

    async def close(self) -> None:
        """Finish what nobody waits for, and let go of the threads."""
        if self._chores:
            await asyncio.wait(self._chores, timeout=self._patience_s)
        self.uploads.close()

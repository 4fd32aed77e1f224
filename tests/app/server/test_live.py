"""What connects the parts: rules that outlive the memory's process, pictures decoded a few at a time."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from live_parts import Server, picture

from streammem.app.refusals import BusyError
from streammem.app.server import uploads
from streammem.errors import EngineLostError, SpaceError, StoreFullError

RULES = [{"id": "one", "name": "dog", "text": "dog"}, {"id": "two", "name": "cat", "text": "cat"}]


def test_rules_are_restored_once_however_often_it_is_asked() -> None:
    async def run() -> None:
        server = Server()
        server.sidecar.put("alerts", RULES)
        await asyncio.gather(*(server.live.restore_rules() for _ in range(5)))
        assert server.engine.rules == RULES

    asyncio.run(run())


def refusing(server: Server, text: str, error: Exception) -> None:
    add: Callable[..., Any] = server.engine.answers["alert_add"]

    def choosy(rule: dict[str, Any]) -> Any:
        if rule["text"] == text:
            raise error
        return add(rule)

    server.engine.answers["alert_add"] = choosy


def test_a_rule_that_is_refused_is_shown_kept_and_can_be_removed() -> None:
    async def run() -> None:
        server = Server()
        server.sidecar.put("alerts", RULES)
        refusing(server, "cat", SpaceError("this encoder knows no words"))
        await server.live.restore_rules()
        assert [rule.get("problem") for rule in await server.live.rules()] == [
            None,
            "this encoder knows no words",
        ]
        await server.live.keep_rules()
        assert server.sidecar.get("alerts") == RULES
        assert await server.live.remove_rule("two")
        assert not await server.live.remove_rule("two")
        assert server.sidecar.get("alerts") == RULES[:1]

    asyncio.run(run())


def test_rules_wait_on_disk_for_a_memory_that_is_lost() -> None:
    async def run() -> None:
        server = Server()
        server.sidecar.put("alerts", RULES)
        server.engine.answers["alerts"] = EngineLostError("gone")
        await server.live.restore_rules()
        assert server.sidecar.get("alerts") == RULES

    asyncio.run(run())


def test_a_disk_that_is_full_is_logged_not_raised(caplog) -> None:
    async def run() -> None:
        server = Server()
        server.sidecar.put = lambda *_: (_ for _ in ()).throw(StoreFullError("no room"))
        server.live.receive({"type": "alert", "id": "a", "snapshot": None})
        await server.live.close()
        assert server.live.recent[0]["picture"] is None

    asyncio.run(run())
    assert "no room" in caplog.text


def test_what_is_done_has_more_patience_than_what_is_asked() -> None:
    async def run() -> None:
        server = Server()
        server.live._patience_s = 0.02

        async def slow(**_: Any) -> int:
            await asyncio.sleep(0.03)
            return 1

        server.engine.answers["count"] = server.engine.answers["follow"] = slow
        assert await server.live.alter("follow") == 1
        with pytest.raises(BusyError, match=r"0\.02 s"):
            await server.live.ask("count")

    asyncio.run(run())


def test_a_time_out_of_the_memory_s_own_is_passed_on() -> None:
    async def run() -> None:
        server = Server()
        server.engine.answers["count"] = TimeoutError("its own")
        with pytest.raises(TimeoutError, match="its own"):
            await server.live.ask("count")

    asyncio.run(run())


def test_too_many_pictures_at_once_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(uploads, "MOST_WAITING", 3)

    async def run() -> list[Any]:
        decode = Server().live.uploads.decode
        several: list[Coroutine[Any, Any, Any]] = [decode(picture()) for _ in range(5)]
        return await asyncio.gather(*several, return_exceptions=True)

    done = asyncio.run(run())
    assert [type(one).__name__ for one in done] == ["ndarray"] * 3 + ["BusyError"] * 2


def test_a_page_that_comes_while_the_memory_is_busy_sees_what_it_said_last() -> None:
    async def run() -> None:
        server = Server()
        server.live._patience_s = 0.02
        before = (await server.live.state())["followed"]
        server.engine.answers["followed"] = lambda: asyncio.Event().wait()
        assert (await server.live.state())["followed"] == before != []

    asyncio.run(run())


def test_pages_are_told_anew_when_the_memory_is_there_and_there_again() -> None:
    def news(restarts: int, message: str = "") -> dict[str, Any]:
        return {"type": "engine", "alive": True, "opening": False, "restarts": restarts, "message": message}

    async def run() -> list[str]:
        server = Server()
        server.engine.alive, server.engine.opening = False, True
        before = await server.live.hello()
        assert before["engine"] == {"alive": False, "opening": True, "restarts": 0} and not before["followed"]
        listener = server.live.newsroom.join()
        server.engine.alive, server.engine.opening = True, False
        for item in (news(0), news(0, "commits wait"), news(1)):
            server.live.receive(item)
            await asyncio.wait(server.live._chores)
        return [json.loads(await listener.next())["type"] for _ in range(len(listener))]

    told = [kind for kind in asyncio.run(run()) if kind != "stats"]
    assert told == ["engine", "hello", "engine", "engine", "hello"]

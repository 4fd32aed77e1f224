"""The page's socket: pictures for credit, news in order, nonsense survived, nothing left behind."""

import asyncio
import gc
import json
import random
import struct
import threading

import pytest
from live_parts import STATS, Server, Socket

from streammem.app.server import sockets
from streammem.app.server.pictures import HEADER


def talking(talk) -> None:
    """Run a conversation with a new server; afterwards nobody looks, listens or runs."""

    async def run() -> None:
        server = Server()
        await talk(server)
        assert server.idle
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


def test_hello_has_the_state_and_the_figures() -> None:
    async def talk(server: Server) -> None:
        server.live.stats = STATS
        socket = Socket(server.app, "/api/live")
        hello = await socket.hear()
        assert (hello["type"], hello["stats"]) == ("hello", STATS)
        assert [stream["name"] for stream in hello["streams"]] == ["door", "phone", "robot"]
        await socket.leave()

    talking(talk)


def test_a_picture_for_each_credit_and_always_the_newest() -> None:
    async def talk(server: Server) -> None:
        socket = Socket(server.app, "/api/live")
        await socket.hear()
        server.streams.publish("door", seq=1)
        socket.say({"type": "show", "stream": "door"})
        socket.say({"type": "credit", "n": 1})
        assert HEADER.unpack_from(await socket.hear())[6] == 1
        for seq in range(2, 9):
            server.streams.publish("door", seq=seq)
        socket.say({"type": "ping", "t": 5})
        assert await socket.hear() == {"type": "pong", "t": 5}
        assert socket.heard() == 0
        socket.say({"type": "credit", "n": 1})
        picture = await socket.hear()
        assert (HEADER.unpack_from(picture)[6], picture[HEADER.size :][:2]) == (8, b"\xff\xd8")
        await socket.leave()

    talking(talk)


def test_news_reach_every_page() -> None:
    async def talk(server: Server) -> None:
        pages = [Socket(server.app, "/api/live") for _ in range(3)]
        for page in pages:
            await page.hear()
        server.live.receive({"type": "events", "stream": "door", "opened": [], "closed": []})
        server.live.receive({"type": "alert", "id": "a", "rule": "r", "snapshot": 7, "webhook": "hall"})
        for page in pages:
            assert (await page.hear())["type"] == "events"
            assert (await page.hear_of("alert"))["picture"].startswith("/api/snapshots/7-")
            await page.leave()
        assert len(server.bells.sent) == len(server.live.recent) == 1
        await server.live.close()

    talking(talk)


def test_figures_and_streams_come_by_themselves() -> None:
    async def talk(server: Server) -> None:
        running = asyncio.ensure_future(server.live.run(every_s=0.01))
        socket = Socket(server.app, "/api/live")
        assert (await socket.hear_of("stats"))["budget"] == 1000
        server.streams.records["door"]["status"] = "lost"
        while (await socket.hear_of("streams"))["streams"][0]["status"] != "lost":
            pass
        await socket.leave()
        running.cancel()
        await asyncio.wait([running])

    talking(talk)


def test_changes_of_streams_are_told_in_bundles_from_any_thread() -> None:
    async def talk(server: Server) -> None:
        running = asyncio.ensure_future(server.live.run(every_s=60))
        socket = Socket(server.app, "/api/live")
        await socket.hear()
        thread = threading.Thread(target=lambda: [server.live.changed() for _ in range(100)])
        thread.start()
        thread.join()  # holds the loop, so that all of them are one bundle
        await socket.hear_of("streams")
        assert socket.heard() < 3
        await socket.leave()
        running.cancel()
        await asyncio.wait([running])

    talking(talk)


def test_rules_are_restored_after_a_restart_of_the_memory() -> None:
    async def talk(server: Server) -> None:
        server.sidecar.put("alerts", [{"id": "one", "name": "dog", "text": "dog"}])
        before = server.live.addresses.edition
        server.live.receive({"type": "engine", "alive": True, "restarts": 1, "message": ""})
        await server.live.close()
        assert [rule["id"] for rule in server.engine.rules] == ["one"]
        assert server.live.addresses.edition != before

    talking(talk)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no json",
        b"binary",
        "[" * 1000,
        "[" * 5000,
        '{"type":"credit","n":NaN}',
        '{"type":"ping","t":Infinity}',
        {"type": "credit", "n": 0},
        {"type": "credit", "n": 5},
        {"type": "credit", "n": True},
        {"type": "credit", "n": "1"},
        {"type": "show"},
        {"type": "show", "stream": "window"},
        {"type": "show", "stream": {"name": "door"}},
        {"type": "show", "stream": "door", "more": 1},
        {"type": "unknown"},
        [],
        None,
        3,
    ],
)
def test_nonsense_is_answered_and_the_talk_goes_on(message) -> None:
    async def talk(server: Server) -> None:
        socket = Socket(server.app, "/api/live")
        await socket.hear()
        socket.say(message)
        assert (await socket.hear())["type"] == "error"
        socket.say({"type": "ping", "t": 1})
        assert (await socket.hear())["type"] == "pong"
        await socket.leave()

    talking(talk)


def test_too_much_nonsense_ends_it() -> None:
    async def talk(server: Server) -> None:
        socket = Socket(server.app, "/api/live")
        await socket.hear()
        for _ in range(100):
            socket.say("nonsense")
        assert await socket.until_closed() == 1008
        await asyncio.wait_for(socket.task, 5)

    talking(talk)


def test_who_never_reads_is_sent_away(monkeypatch) -> None:
    monkeypatch.setattr(sockets, "SEND_S", 0.02)

    async def talk(server: Server) -> None:
        socket = Socket(server.app, "/api/live")
        await socket.hear()
        socket.reading.clear()
        server.live.receive({"type": "events", "stream": "door", "opened": [], "closed": []})
        await asyncio.wait_for(socket.task, 5)
        assert socket.task.done() and server.hub.viewers == 0

    talking(talk)


def test_who_reads_too_slowly_is_told_to_come_again() -> None:
    async def talk(server: Server) -> None:
        socket = Socket(server.app, "/api/live")
        await socket.hear()
        socket.reading.clear()
        for n in range(300):
            server.live.receive({"type": "events", "stream": "door", "opened": [n], "closed": []})
        await asyncio.sleep(0)
        socket.reading.set()
        assert await socket.until_closed() == 1013
        await asyncio.wait_for(socket.task, 5)

    talking(talk)


def test_errors_of_ours_are_not_hidden() -> None:
    async def talk(server: Server) -> None:
        server.streams.states = lambda: 1 / 0
        socket = Socket(server.app, "/api/live")
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(socket.task, 5)

    talking(talk)


def objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def test_a_thousand_pages_come_and_go() -> None:
    async def talk(server: Server) -> None:
        server.streams.publish("door")
        before = 0
        for n in range(1000):
            socket = Socket(server.app, "/api/live")
            if n % 3:
                await socket.hear()
                socket.say({"type": "show", "stream": "door"})
                socket.say({"type": "credit", "n": 2})
            await socket.leave(abort=n % 2 == 0)
            if n == 100:
                before = objects()
        assert objects() - before < 200

    talking(talk)


def hostile(rng: random.Random) -> str | bytes:
    """A random, mutated or plain message."""
    if rng.random() < 0.2:
        return rng.randbytes(rng.randrange(200))
    valid = rng.choice([
        {"type": "show", "stream": rng.choice(["door", "phone", None, 3])},
        {"type": "credit", "n": rng.choice([1, 4, 2**70, -1, 0.5, None])},
        {"type": "ping", "t": rng.choice([0, 1e308, -1e17, "x"])},
        [[[{}]]],
    ])  # fmt: skip
    text = json.dumps(valid)
    for _ in range(rng.choice([0, 0, 1, 3])):
        place = rng.randrange(len(text) + 1)
        text = text[:place] + chr(rng.choice([0, 34, 44, 91, 123, 0x2028, 0x1F600])) + text[place + 1 :]
    return text * rng.choice([1, 1, 1, 50])


def test_ten_thousand_hostile_messages_do_no_harm() -> None:
    async def talk(server: Server) -> None:
        rng, before, left = random.Random(7), 0, 10_000
        server.streams.publish("door")
        while left > 0:
            socket = Socket(server.app, "/api/live")
            for _ in range(sent := rng.randrange(1, 100)):
                socket.say(hostile(rng))
            left -= sent
            await socket.hear()
            await socket.leave(abort=rng.random() < 0.5)
            if left < 7000:
                before = before or objects()
        assert objects() - before < 200
        honest = Socket(server.app, "/api/live")
        await honest.hear()
        honest.say({"type": "ping", "t": 1})
        assert (await honest.hear())["type"] == "pong"
        await honest.leave()

    talking(talk)


def test_header_is_as_documented() -> None:
    assert HEADER.size == struct.calcsize("<4sBBHHHIdd") == 32

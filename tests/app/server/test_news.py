"""News: nobody waits, nothing grows, and events and alerts are never lost without saying so."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streammem.app.server.news import MOST, MOST_SEEN, NewsQueue, Newsroom, SlowListenerError


def taken(queue: NewsQueue) -> list[str]:
    async def take() -> list[str]:
        return [await queue.next() for _ in range(len(queue))]

    return asyncio.run(take())


def test_messages_come_in_order() -> None:
    queue = NewsQueue()
    for n in range(5):
        queue.put("events", str(n))
    assert taken(queue) == list("01234")


def test_of_a_state_only_the_newest_is_kept() -> None:
    queue = NewsQueue()
    for kind, text in [("stats", "a"), ("events", "b"), ("streams", "c"), ("stats", "d")]:
        queue.put(kind, text)
    assert taken(queue) == ["b", "c", "d"]


@given(
    st.lists(st.sampled_from(["seen", "seen", "seen", "events", "alert", "stats", "streams"]), max_size=400)
)
def test_events_and_alerts_are_never_dropped(kinds: list[str]) -> None:
    queue = NewsQueue(most=100_000)
    for n, kind in enumerate(kinds):
        queue.put(kind, f"{kind} {n}")
    left = taken(queue)
    kept = [text for text in left if text.split()[0] in ("events", "alert")]
    assert kept == [f"{kind} {n}" for n, kind in enumerate(kinds) if kind in ("events", "alert")]
    seen = [f"{kind} {n}" for n, kind in enumerate(kinds) if kind == "seen"]
    assert [text for text in left if text.startswith("seen")] == seen[-MOST_SEEN:]


@given(st.lists(st.sampled_from(["seen", "events", "stats", "engine"]), max_size=400))
def test_a_queue_is_bounded_or_says_that_it_ran_over(kinds: list[str]) -> None:
    queue = NewsQueue()
    for kind in kinds:
        queue.put(kind, "x")
        assert len(queue) <= MOST
    if sum(kind in ("events", "engine") for kind in kinds) > MOST:
        with pytest.raises(SlowListenerError, match="256"):
            asyncio.run(queue.next())


def test_what_was_seen_gives_way_to_events() -> None:
    queue = NewsQueue(most=4)
    for kind in ["seen", "seen", "events", "stats", "alert", "events", "alert"]:
        queue.put(kind, kind)
    assert taken(queue) == ["events", "alert", "events", "alert"]


def test_a_listener_is_woken() -> None:
    async def talk() -> str:
        queue = NewsQueue()
        waiting = asyncio.ensure_future(queue.next())
        await asyncio.sleep(0)
        queue.put("events", "now")
        return await asyncio.wait_for(waiting, 5)

    assert asyncio.run(talk()) == "now"


def test_everybody_hears_the_same() -> None:
    room = Newsroom()
    one, other = room.join(), room.join()
    room.publish({"type": "events", "opened": []})
    room.leave(other)
    room.leave(other)
    room.publish({"type": "events", "opened": [1]})
    assert [json.loads(text) for text in taken(one)] == [
        {"type": "events", "opened": []},
        {"type": "events", "opened": [1]},
    ]
    assert (len(other), room.listeners) == (1, 1)


def test_what_is_no_json_is_logged_and_heard_by_nobody(caplog) -> None:
    room = Newsroom()
    queue = room.join()
    room.publish({"type": "seen", "t_s": float("nan")})
    assert len(queue) == 0
    assert "'seen' cannot be written" in caplog.text

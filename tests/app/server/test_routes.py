"""Every route: what it asks of the memory, what it answers, and what it says when it cannot."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from live_parts import BUCKET, CARD, CHANGES, EVENT, STATS, TOKEN, Server, picture

from streammem import errors
from streammem.app.server.live import MOST_ASKED

ANYTHING = Server().app
JSON = {"Content-Type": "application/json"}
JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def client(server: Server) -> Iterator[TestClient]:
    with TestClient(server.app) as client:
        yield client


def test_health_says_no_more_than_that_it_is_there(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"ok": True}


def test_token_becomes_a_cookie_that_opens(client: TestClient) -> None:
    assert client.get("/api/session").status_code == 401
    begun = client.post("/api/session", json={"token": TOKEN})
    assert begun.status_code == 204
    assert "HttpOnly" in begun.headers["set-cookie"]
    assert TOKEN not in begun.headers["set-cookie"]
    assert client.get("/api/session").status_code == 204
    assert client.delete("/api/session").status_code == 204
    assert client.get("/api/session").status_code == 401


def test_wrong_token_is_refused(client: TestClient) -> None:
    answer = client.post("/api/session", json={"token": "something else entirely"})
    assert (answer.status_code, answer.json()["kind"]) == (401, "TokenError")
    assert "set-cookie" not in answer.headers


def test_state_has_all_that_a_page_needs(client: TestClient, server: Server) -> None:
    server.live.opened = {"capabilities": {"follow": True, "text": True, "encoder": "lite"}}
    state = client.get("/api/state").json()
    assert [stream["name"] for stream in state["streams"]] == ["door", "phone", "robot"]
    assert state["capabilities"]["text"] is True
    assert state["webhooks"] == ["hall"]
    assert state["followed"][0]["object"] == 3
    assert state["engine"] == {"alive": True, "opening": False, "restarts": 0}


def test_state_comes_without_a_memory_too(client: TestClient, server: Server) -> None:
    server.engine.answers["followed"] = errors.EngineLostError("gone")
    server.engine.answers["alerts"] = errors.EngineLostError("gone")
    server.engine.alive = False
    state = client.get("/api/state").json()
    assert (state["followed"], state["engine"]["alive"]) == ([], False)


def test_stats(client: TestClient) -> None:
    assert client.get("/api/stats").json() == STATS


def test_find_by_words(client: TestClient, server: Server) -> None:
    body = client.post("/api/find", json={"text": "bicycle", "during": [1, 9], "stream": "door"}).json()
    assert server.engine.last("find") == {
        "text": "bicycle",
        "stream": "door",
        "during": [1.0, 9.0],
        "top_k": 10,
    }
    assert (body["question"], body["best_score"], body["seen"]) == ({"text": "bicycle"}, 0.91, 0.5)
    (card,) = body["hits"]
    assert card["picture"] == f"/api/snapshots/7-{server.live.addresses.edition}.jpg"
    assert (card["ago_s"], card["times"], card["box"]) == (6.0, 2, CARD["box"])


@pytest.mark.parametrize("question", [{"text": "dog"}, {"at_s": 83.5}, {"object": 3}])
def test_find_asks_what_was_asked(client: TestClient, server: Server, question) -> None:
    assert client.post("/api/find", json={**question, "top_k": 3}).status_code == 200
    assert server.engine.last("find") == {**question, "stream": None, "during": None, "top_k": 3}


def test_find_by_picture(client: TestClient, server: Server) -> None:
    found = client.post("/api/find/picture?end_s=9&top_k=2", content=picture(40, 30), headers=JPEG)
    assert found.json()["question"] == {"picture": {"width": 40, "height": 30}}
    asked = server.engine.last("find")
    assert asked["image"].shape == (30, 40, 3)
    assert (asked["during"], asked["top_k"]) == ([None, 9.0], 2)


def test_last_seen_and_count(client: TestClient, server: Server) -> None:
    assert client.post("/api/last_seen", json={"text": "dog"}).json()["hit"]["t_s"] == CARD["t_s"]
    assert client.post("/api/count", json={"object": 3}).json() == {"count": 2}
    assert server.engine.last("count") == {"object": 3, "stream": None, "during": None}
    for verb in ("last_seen", "count"):
        assert client.post(f"/api/{verb}/picture", content=picture(), headers=JPEG).status_code == 200
        assert server.engine.last(verb)["image"].shape == (24, 32, 3)
    server.engine.answers["last_seen"] = None
    assert client.post("/api/last_seen", json={"text": "dog"}).json() == {"hit": None}


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({}, "got none"),
        ({"text": "dog", "at_s": 3}, "got text and at_s"),
        ({"text": ""}, "at least 1 character"),
        ({"text": "dog", "during": [9, 1]}, "runs backward"),
        ({"text": "dog", "top_k": 0}, "top_k"),
        ({"text": "dog", "colour": "red"}, "colour"),
    ],
)
def test_questions_that_make_no_sense_say_why(client: TestClient, question, says: str) -> None:
    answer = client.post("/api/find", json=question)
    assert (answer.status_code, answer.json()["kind"]) == (422, "ObservationError")
    assert says in answer.json()["error"]


def test_times_backward_are_refused(client: TestClient) -> None:
    answer = client.post("/api/find/picture?start_s=9&end_s=1", content=picture(), headers=JPEG)
    assert "earlier time first" in answer.json()["error"]


def test_timeline_and_events(client: TestClient, server: Server) -> None:
    assert client.get("/api/timeline?stream=door&most=9").json() == {"span": [0.0, 14.0], "buckets": [BUCKET]}
    assert server.engine.last("timeline") == {"stream": "door", "start_s": None, "end_s": None, "most": 9}
    assert client.get("/api/events/5").json() == EVENT
    assert client.get("/api/events/6").status_code == 404
    assert client.get("/api/events/7.jpg?width=64").headers["content-type"] == "image/jpeg"
    assert server.engine.last("picture") == {"event": 7, "width": 64}
    assert client.get("/api/events/8.jpg").status_code == 204


def test_a_card_s_picture_may_be_kept_for_ever(client: TestClient, server: Server) -> None:
    address = server.live.addresses.snapshot(7)
    answer = client.get(f"{address}?width=64")
    assert answer.content == picture()
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    asked = server.engine.count
    again = client.get(f"{address}?width=64", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content, server.engine.count) == (304, b"", asked)


def test_a_number_alone_is_asked_for_each_time(client: TestClient) -> None:
    assert client.get("/api/snapshots/7.jpg").headers["cache-control"] == "private, no-cache"
    assert client.get("/api/snapshots/8.jpg").status_code == 404


def test_after_a_restart_addresses_of_before_are_refused(client: TestClient, server: Server) -> None:
    before = server.live.addresses.snapshot(7)
    server.live.addresses.renew()
    assert client.get(before).status_code == 404


def test_start_and_stop(client: TestClient) -> None:
    assert client.post("/api/streams/door/start").json()["status"] == "live"
    assert client.post("/api/streams/door/stop").json()["status"] == "stopped"
    assert client.post("/api/streams/window/start").status_code == 404


def test_newest_picture(client: TestClient, server: Server) -> None:
    assert client.get("/api/streams/door/latest.jpg").status_code == 404
    server.streams.publish("door", seq=9)
    answer = client.get("/api/streams/door/latest.jpg")
    assert answer.content[:2] == b"\xff\xd8"
    assert (answer.headers["x-seq"], answer.headers["cache-control"]) == ("9", "no-store")


def test_observe(client: TestClient, server: Server) -> None:
    answer = client.post("/api/observe?stream=robot&t_s=3.5", content=picture(), headers=JPEG)
    assert answer.json() == {**CHANGES, "t_s": 3.5}
    client.post("/api/observe?stream=robot", content=picture(), headers=JPEG)
    asked = server.engine.last("observe")
    assert (asked["stream"], asked["t_s"], asked["rgb"].shape) == ("robot", 21.5, (24, 32, 3))
    refused = client.post("/api/observe?stream=door", content=picture(), headers=JPEG)
    assert "own source" in refused.json()["error"]


def test_follow(client: TestClient, server: Server) -> None:
    followed = client.post("/api/follow", json={"stream": "door", "box": [0.1, 0.2, 0.4, 0.6]})
    assert followed.json() == {"object": 3, "method": "box", "note": ""}
    assert server.engine.last("follow") == {"stream": "door", "box": [0.1, 0.2, 0.4, 0.6]}
    assert client.delete("/api/follow/3").status_code == 204
    assert client.delete("/api/follow/4").status_code == 404


@pytest.mark.parametrize("box", [[0.4, 0.2, 0.1, 0.6], [0, 0, 2, 1], [0, 0, 1], ["a", 0, 1, 1]])
def test_boxes_that_are_none_are_refused(client: TestClient, box) -> None:
    assert client.post("/api/follow", json={"stream": "door", "box": box}).status_code == 422


def test_alerts_by_words(client: TestClient, server: Server) -> None:
    added = client.post("/api/alerts", json={"text": "bicycle", "webhook": "hall"})
    assert added.status_code == 201
    rule = added.json()
    assert (rule["name"], rule["threshold"], rule["picture"]) == ("bicycle", 0.5, None)
    assert [kept["id"] for kept in server.sidecar.get("alerts")] == [rule["id"]]
    assert client.get("/api/alerts").json()["rules"][0]["id"] == rule["id"]
    assert client.delete(f"/api/alerts/{rule['id']}").status_code == 204
    assert client.delete(f"/api/alerts/{rule['id']}").status_code == 404
    assert server.sidecar.get("alerts") == []


def test_alerts_by_example(client: TestClient, server: Server) -> None:
    rule = client.post("/api/alerts/picture?name=cup", content=picture(1024, 512, "PNG"), headers=JPEG).json()
    assert "example" not in rule
    assert client.get(rule["picture"]).content[:2] == b"\xff\xd8"
    assert server.engine.rules[0]["example"].startswith("/9j/")
    assert client.get("/api/alerts/nobody.jpg").status_code == 404


def test_webhooks_that_are_not_configured_are_refused(client: TestClient) -> None:
    answer = client.post("/api/alerts", json={"text": "dog", "webhook": "https://elsewhere.example"})
    assert (answer.status_code, "which has: hall" in answer.json()["error"]) == (422, True)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.ObservationError("what"), 422),
        (errors.OrderError("when"), 422),
        (errors.SpaceError("where"), 422),
        (errors.StoreFullError("full"), 503),
        (errors.EngineLostError("lost"), 503),
        (errors.StreamMemError("who knows"), 503),
    ],
)
def test_errors_of_the_memory_reach_the_client(
    client: TestClient, server: Server, error, status: int
) -> None:
    server.engine.answers["count"] = error
    answer = client.post("/api/count", json={"text": "dog"})
    assert (answer.status_code, answer.json()) == (
        status,
        {"error": str(error), "kind": type(error).__name__},
    )


def test_words_near_an_unknown_one_are_named(client: TestClient, server: Server) -> None:
    server.engine.answers["find"] = errors.VocabularyError("no bicyle", nearest=("bicycle",))
    assert client.post("/api/find", json={"text": "bicyle"}).json()["nearest"] == ["bicycle"]


def test_a_memory_that_does_not_answer_is_given_up(client: TestClient, server: Server) -> None:
    server.live._patience_s = 0.01
    server.engine.answers["count"] = lambda **_: asyncio.Event().wait()
    answer = client.post("/api/count", json={"text": "dog"})
    assert (answer.status_code, answer.json()["kind"]) == (503, "BusyError")
    assert server.live._asked == 0


def test_too_many_questions_at_once_are_refused(client: TestClient, server: Server) -> None:
    server.live._asked = MOST_ASKED
    assert client.post("/api/count", json={"text": "dog"}).status_code == 503


@pytest.mark.parametrize("body", [b"", b"no picture", picture()[:200], picture(4, 4)])
def test_what_is_no_picture_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/find/picture", content=body, headers=JPEG)
    assert (answer.status_code, answer.json()["kind"]) == (422, "ObservationError")


def test_unknown_addresses_and_methods_are_answered_as_errors(client: TestClient) -> None:
    assert client.get("/api/nothing").json()["kind"] == "UnknownError"
    assert client.put("/api/find").status_code == 405


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["text", "at_s", "object", "during", "stream", "top_k", "box"]), inner
            )
        ),
        max_leaves=8,
    )
)
def test_whatever_is_asked_is_answered_or_refused(body: object) -> None:
    async def ask() -> None:
        transport = httpx.ASGITransport(ANYTHING)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            for path in ("/api/find", "/api/count", "/api/follow", "/api/alerts"):
                answer = await client.post(path, content=json.dumps(body), headers=JSON)
                assert answer.status_code in (200, 201, 404, 422)
                assert answer.status_code < 300 or set(answer.json()) == {"error", "kind"}

    asyncio.run(ask())


def test_moving_pictures_without_a_socket() -> None:
    async def look() -> list[bytes]:
        server = Server()
        server.streams.publish("door")
        sent: list[bytes] = []
        some, gone = asyncio.Event(), asyncio.Event()

        async def send(message) -> None:
            sent.append(message.get("body", b""))
            some.set()

        async def receive():
            await gone.wait()
            return {"type": "http.disconnect"}

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": "GET",
            "path": "/api/streams/door/live.mjpeg",
            "query_string": b"",
            "headers": [],
        }
        looking = asyncio.ensure_future(server.app(scope, receive, send))
        for seq in range(2, 5):
            while len(sent) < seq:
                some.clear()
                await asyncio.wait_for(some.wait(), 5)
            server.streams.publish("door", seq=seq)
        gone.set()
        await asyncio.wait_for(looking, 5)
        assert (server.idle, server.live.watching) == (True, 0)
        return sent

    parts = asyncio.run(look())
    assert all(part.startswith(b"--picture\r\nContent-Type: image/jpeg") for part in parts[1:4])


def test_everything_is_described() -> None:
    description = Server().app.openapi()
    operations = [
        (path, verb, operation)
        for path, verbs in description["paths"].items()
        for verb, operation in verbs.items()
    ]
    assert len(operations) == 28
    for path, verb, operation in operations:
        assert len(operation["description"]) > 15, f"{verb} {path} does not say what it does"
    for name, model in description["components"]["schemas"].items():
        assert "description" in model or name.endswith("ValidationError"), f"{name} says nothing"
    assert len(description["components"]["schemas"]["Question"]["examples"]) == 4
    assert "image/jpeg" in description["paths"]["/api/find/picture"]["post"]["requestBody"]["content"]

"""The threats of docs/security.md, one by one, to HTTP and to WebSockets alike."""

import asyncio
import functools
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_parts import TOKEN
from live_requests import (
    BEARER,
    COOKIE,
    HOST,
    JSON,
    ORIGIN,
    PAGE,
    Echo,
    ask,
    guard,
    scope_of,
    sent,
)

from streammem.app.server import security
from streammem.app.server.rates import Bucket
from streammem.app.server.security import CONTENT_SECURITY_POLICY
from streammem.app.server.settings import Limits

BOTH = pytest.mark.parametrize(("method", "path"), [("GET", "/api/state"), ("WS", "/api/live")])
ACTS = pytest.mark.parametrize(("method", "path"), [("POST", "/api/find"), ("WS", "/api/live")])
OPEN = (200, 101)


# Who asks under another name: DNS rebinding


@BOTH
@pytest.mark.parametrize("host", ["127.0.0.1:8750", "localhost:8750", "[::1]:8750", "LOCALHOST:8750"])
def test_own_names_are_answered(method: str, path: str, host: str) -> None:
    assert ask(guard(), method, path, {"host": host} | BEARER).status in OPEN


@BOTH
@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8750",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1.evil.example:8750",
        "localhost.:8750",
        "::1:8750",
        "[::1]",
        "[::ffff:127.0.0.1]:8750",
        "0.0.0.0:8750",
        "127.1:8750",
        "user@127.0.0.1:8750",
        " ",
    ],
)
def test_other_names_are_not_answered(method: str, path: str, host: str) -> None:
    app = Echo()
    answer = ask(guard(app), method, path, {"host": host} | BEARER)
    assert (answer.status, answer.json["kind"]) == (403, "ForbiddenError")
    assert app.requests == 0


@BOTH
def test_rebound_name_is_refused_though_origin_and_host_agree(method: str, path: str) -> None:
    headers = {"host": "evil.example:8750", "origin": "http://evil.example:8750"} | COOKIE
    assert ask(guard(), method, path, headers | {"sec-fetch-site": "same-origin"}).status == 403


@BOTH
@pytest.mark.parametrize("hosts", [(), (HOST, HOST), (HOST, "evil.example")])
def test_exactly_one_host_is_named(method: str, path: str, hosts: tuple[str, ...]) -> None:
    headers = [*BEARER.items(), *(("host", host) for host in hosts or ("",))]
    assert ask(guard(), method, path, headers).status == 403


def test_even_the_page_and_health_are_not_for_other_names() -> None:
    for path in ("/", "/page/main.js", "/healthz"):
        assert ask(guard(), "GET", path, {"host": "evil.example"}).status == 403


# Pages elsewhere: cross-site requests and WebSockets


@ACTS
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost:3000",
        "http://127.0.0.1",
        "https://127.0.0.1:8750",
        "http://127.0.0.1:8750.evil.example",
        "file://",
        "null",
        " ",
    ],
)
@pytest.mark.parametrize("keys", [COOKIE, BEARER, COOKIE | BEARER])
def test_other_origins_are_refused_whatever_they_know(
    method: str, path: str, origin: str, keys: dict[str, str]
) -> None:
    app = Echo()
    answer = ask(guard(app), method, path, keys | JSON | {"origin": origin}, [b"{}"])
    assert (answer.status, app.requests) == (403, 0)


@ACTS
def test_own_origin_with_the_cookie_is_let_in(method: str, path: str) -> None:
    assert ask(guard(), method, path, PAGE | JSON, [b"{}"]).status in OPEN


@ACTS
def test_without_an_origin_the_cookie_is_not_enough(method: str, path: str) -> None:
    assert ask(guard(), method, path, COOKIE | JSON, [b"{}"]).status == 403


@ACTS
def test_without_an_origin_a_bearer_is_let_in(method: str, path: str) -> None:
    assert ask(guard(), method, path, BEARER | JSON, [b"{}"]).status in OPEN


@ACTS
def test_two_origins_are_refused(method: str, path: str) -> None:
    headers = [*(PAGE | JSON).items(), ("origin", "https://evil.example")]
    assert ask(guard(), method, path, headers, [b"{}"]).status == 403


def test_reading_from_elsewhere_is_refused_too() -> None:
    assert ask(guard(), "GET", "/api/state", COOKIE | {"origin": "null"}).status == 403


@BOTH
@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_what_a_browser_says_comes_from_elsewhere_is_refused(method: str, path: str, site: str) -> None:
    assert ask(guard(), method, path, PAGE | {"sec-fetch-site": site}).status == 403
    assert ask(guard(), method, path, BEARER | {"sec-fetch-site": site}).status == 403


@BOTH
@pytest.mark.parametrize("site", ["same-origin", "none", ""])
def test_what_comes_from_the_page_or_its_user_is_let_in(method: str, path: str, site: str) -> None:
    assert ask(guard(), method, path, PAGE | {"sec-fetch-site": site}).status in OPEN


def test_a_link_elsewhere_may_lead_to_the_page_and_to_nothing_else() -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert ask(guard(), "GET", "/", link).status == 200
    assert ask(guard(), "GET", "/api/state", COOKIE | link).status == 403
    assert ask(guard(), "GET", "/", link | {"sec-fetch-dest": "iframe"}).status == 403


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_bodies_that_forms_can_send_are_refused(kind: str) -> None:
    headers = PAGE | {"content-type": kind, "content-length": "2"}
    assert ask(guard(), "POST", "/api/find", headers, [b"{}"]).status == 415
    chunked = PAGE | {"content-type": kind, "transfer-encoding": "chunked"}
    assert ask(guard(), "POST", "/api/find", chunked, [b"{}"]).status == 415


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "image/jpeg", "image/webp"]
)
def test_json_and_pictures_are_taken(kind: str) -> None:
    headers = PAGE | {"content-type": kind, "content-length": "2"}
    assert ask(guard(), "POST", "/api/find", headers, [b"{}"]).status == 200


def test_a_request_without_a_body_needs_no_type() -> None:
    assert ask(guard(), "POST", "/api/streams/door/start", PAGE | {"content-length": "0"}).status == 200
    assert ask(guard(), "DELETE", "/api/follow/3", PAGE).status == 200


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "PUT", "PATCH"])
def test_methods_without_a_use_are_refused(method: str) -> None:
    assert ask(guard(), method, "/api/state", PAGE).status == 405


def test_no_answer_lets_another_page_read_it() -> None:
    for headers in (PAGE, PAGE | {"origin": "https://evil.example"}):
        answer = ask(guard(), "GET", "/api/state", headers)
        assert not [name for name in answer.headers if name.startswith("access-control")]


# Other users and the network: the token


@BOTH
@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"authorization": "Bearer wrong-token-wrong-token"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": "Bearer "},
        {"authorization": TOKEN},
        {"cookie": f"streammem-8750={TOKEN}"},
        {"cookie": "streammem-8750="},
        {"cookie": COOKIE["cookie"].replace("8750", "8751")},
        {"cookie": f"{COOKIE['cookie']}0"},
        {"authorization": "Bearer \xff\xfe"},
    ],
)
def test_who_has_no_key_gets_nothing(method: str, path: str, keys: dict[str, str]) -> None:
    app = Echo()
    assert ask(guard(app), method, path, {"origin": ORIGIN} | keys).status in (401, 403)
    assert app.requests == 0


def test_loopback_needs_the_token_too() -> None:
    answer = ask(guard(), "GET", "/api/state", client=("127.0.0.1", 4000))
    assert (answer.status, answer.json["kind"], answer.headers["www-authenticate"]) == (
        401,
        "TokenError",
        "Bearer",
    )


def test_the_page_its_files_and_health_need_no_token() -> None:
    for path in ("/", "/page/main.js", "/healthz", "/favicon.ico"):
        assert ask(guard(), "GET", path).status == 200
    assert ask(guard(), "POST", "/api/session", JSON | {"origin": ORIGIN}, [b"{}"]).status == 200


@pytest.mark.parametrize(
    "path", ["/api/session", "/api/openapi.json", "/api/state", "/anything", "//", "/page"]
)
def test_everything_else_needs_it(path: str) -> None:
    assert ask(guard(), "GET", path).status in (401, 404)


@BOTH
@pytest.mark.parametrize("name", ["token", "TOKEN", "access_token"])
def test_a_token_in_the_query_is_refused_even_where_it_is_right(method: str, path: str, name: str) -> None:
    answer = ask(guard(), method, f"{path}?{name}={TOKEN}", PAGE)
    assert answer.status == 400
    assert "#token" in answer.json["error"]
    assert TOKEN not in answer.json["error"]


def test_one_right_cookie_among_others_is_enough() -> None:
    headers = {"cookie": f"streammem-8750=other; a=b; {COOKIE['cookie']}", "origin": ORIGIN}
    assert ask(guard(), "GET", "/api/state", headers).status == 200


# What a browser may do with an answer


def test_every_answer_carries_the_strict_headers() -> None:
    answers = [ask(guard(), "GET", "/"), ask(guard(), "GET", "/api/state"), ask(guard(), "WS", "/api/live")]
    for answer in answers:
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["permissions-policy"].startswith("camera=(self), microphone=()")
    assert [answer.headers.get("cache-control") for answer in answers] == [None, "no-store", "no-store"]


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    policy = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "https:"} & set(
        CONTENT_SECURITY_POLICY.split()
    )


def test_an_application_cannot_weaken_the_headers() -> None:
    async def weak(scope, receive, send):
        headers = [(b"Content-Security-Policy", b"default-src *"), (b"cache-control", b"private, max-age=60")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    answer = ask(guard(weak), "GET", "/api/snapshots/7.jpg", PAGE)
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["cache-control"] == "private, max-age=60"


# Too much of everything


def body_of(size: int, part: int = 65_536) -> list[bytes]:
    return [bytes(part)] * (size // part)


@pytest.mark.parametrize("kind", ["application/json", "image/jpeg"])
def test_fifty_megabytes_are_refused_while_they_come_and_not_kept(kind: str) -> None:
    app, limits = Echo(), Limits(picture_bytes=1_000_000)
    headers = PAGE | {"content-type": kind, "transfer-encoding": "chunked"}
    answer = ask(guard(app, limits=limits), "POST", "/api/find", headers, body_of(50_000_000))
    most = limits.json_bytes if kind == "application/json" else limits.picture_bytes
    assert (answer.status, answer.json["kind"]) == (413, "TooLargeError")
    assert app.bytes <= most
    assert answer.parts_taken <= most // 65_536 + 1


@pytest.mark.parametrize("length", ["50000000", "9" * 40, "-1", "2, 2", "0x10"])
def test_a_length_that_is_too_large_is_refused_before_a_byte_is_read(length: str) -> None:
    headers = PAGE | {"content-type": "image/png", "content-length": length}
    answer = ask(guard(), "POST", "/api/find/picture", headers, body_of(50_000_000))
    assert (answer.status, answer.parts_taken) == (413, 0)


def test_packed_bodies_are_refused() -> None:
    headers = PAGE | JSON | {"content-length": "100", "content-encoding": "gzip"}
    assert ask(guard(), "POST", "/api/find", headers).status == 415


def test_what_a_handler_makes_of_a_broken_body_does_not_count() -> None:
    async def clumsy(scope, receive, send):
        try:
            while (await receive()).get("more_body"):
                pass
        except Exception:  # noqa: BLE001 - as frameworks do
            await send({"type": "http.response.start", "status": 400, "headers": []})
            await send({"type": "http.response.body", "body": b"bad body"})

    headers = PAGE | JSON | {"transfer-encoding": "chunked"}
    assert ask(guard(clumsy), "POST", "/api/find", headers, body_of(1_000_000)).status == 413


def test_a_body_that_does_not_come_is_given_up() -> None:
    async def never():
        yield b"{"
        await asyncio.Event().wait()

    headers = PAGE | JSON | {"content-length": "100"}
    answer = ask(guard(limits=Limits(body_s=0.05)), "POST", "/api/find", headers, never())
    assert (answer.status, answer.json["kind"]) == (408, "SlowError")


def test_who_asks_too_often_waits() -> None:
    app = guard(limits=Limits(requests_per_s=0.001, burst=3))
    answers = [ask(app, "GET", "/api/state", PAGE) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json["kind"] == "TooManyError"
    assert int(answers[-1].headers["retry-after"]) > 0


def test_strangers_do_not_use_up_the_rate_of_who_has_the_token() -> None:
    app = guard(limits=Limits(requests_per_s=0.001, burst=3))
    assert [ask(app, "GET", "/api/state").status for _ in range(4)] == [401, 401, 401, 429]
    assert ask(app, "GET", "/api/state", PAGE).status == 200


def test_websockets_count_as_requests() -> None:
    app = guard(limits=Limits(requests_per_s=0.001, burst=1))
    assert [ask(app, "WS", "/api/live", PAGE).status for _ in range(2)] == [101, 429]


def test_tokens_cannot_be_tried_out() -> None:
    app, headers = guard(limits=Limits(sessions_per_minute=6)), JSON | {"origin": ORIGIN}
    assert [ask(app, "POST", "/api/session", headers, [b"{}"]).status for _ in range(4)] == [
        200,
        200,
        200,
        429,
    ]


def test_too_many_sockets_are_refused_and_one_that_closes_makes_room() -> None:
    async def turn() -> list[int]:
        app = guard(held := Held(), limits=Limits(sockets=2))
        opened = [asyncio.create_task(sent(app, "WS", "/api/live", PAGE)) for _ in range(2)]
        await asyncio.wait_for(held.both.wait(), 10)
        refused = await sent(app, "WS", "/api/live", PAGE)
        held.release.set()
        await asyncio.gather(*opened)
        again = await sent(app, "WS", "/api/live", PAGE)
        return [refused.status, again.status, app.sockets]

    assert asyncio.run(turn()) == [429, 101, 0]


class Held:
    """Accepts WebSockets and keeps them open until released."""

    def __init__(self) -> None:
        self.open, self.both, self.release = 0, asyncio.Event(), asyncio.Event()

    async def __call__(self, scope, receive, send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.open += 1
        if self.open == 2:
            self.both.set()
        await self.release.wait()


def test_a_socket_that_says_too_much_is_read_more_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)
        now[0] += seconds

    async def talk() -> int:
        left = iter(range(60))

        async def receive():
            return {"type": "websocket.receive" if next(left, None) is not None else "websocket.disconnect"}

        scope = scope_of("websocket", "WS", "/api/live", [("host", HOST), *PAGE.items()])
        await guard(app, limits=Limits(messages_per_s=10.0))(scope, receive, lambda _: asyncio.sleep(0))
        return app.messages

    app, now = Echo(), [0.0]
    monkeypatch.setattr(security, "Bucket", functools.partial(Bucket, clock=lambda: now[0]))
    monkeypatch.setattr(security, "pause", pause)
    assert asyncio.run(talk()) == 59  # the first was the connect
    assert sum(paused) == pytest.approx((60 - 20) / 10, abs=0.11)  # 20 were saved up


TEXT = st.text(st.characters(max_codepoint=255), max_size=40)
NAMES = st.sampled_from(
    [
        "host",
        "origin",
        "cookie",
        "authorization",
        "content-type",
        "content-length",
        "transfer-encoding",
        "sec-fetch-site",
    ]
)
GOOD = st.sampled_from(
    [HOST, ORIGIN, *COOKIE.values(), *BEARER.values(), "application/json", "2", "chunked", "none"]
)


@given(
    st.sampled_from(["GET", "HEAD", "POST", "DELETE", "WS", "PATCH", "\x00"]),
    st.sampled_from(["/", "/api/state", "/api/session", "/page/a", ""]),
    TEXT,
    st.lists(st.tuples(NAMES, TEXT | GOOD), max_size=8),
)
def test_whatever_comes_is_answered(
    method: str, path: str, rest: str, headers: list[tuple[str, str]]
) -> None:
    target = path + quote(rest, safe="/?%=&\\")
    answer = ask(guard(), method, target, headers, [b"{}"])
    assert answer.status in (101, 200, 400, 401, 403, 404, 405, 413, 415)
    known = any(value in (*COOKIE.values(), *BEARER.values()) for _, value in headers)
    assert known or answer.status not in OPEN or path in ("/", "/page/a", "/api/session")

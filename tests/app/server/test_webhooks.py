"""Webhooks: what is sent, tried again, dropped and refused, against a made-up network and a real local server."""

import asyncio
import io
import json
import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from streammem.app.exits import UsageError
from streammem.app.server import webhooks as module
from streammem.app.server.printing import print_alert
from streammem.app.server.webhooks import Webhooks

ALERT = {"type": "alert", "name": "Kätzchen", "t_s": 1.5, "box": None, "webhook": "phone"}
SECRET = "http://example.test/hook?key=SECRET"


def settled(hooks: Webhooks, total: int) -> Callable[[], bool]:
    return lambda: sum(hooks.counts.values()) >= total


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.001)


def sent(handler, alerts=(ALERT,), **options) -> tuple[dict[str, int], list[httpx.Request]]:
    """The counts and requests of a run in which each request is answered by `handler(how many came before)`."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        reply = handler(len(requests) - 1)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def run() -> dict[str, int]:
        hooks = Webhooks(
            {"phone": SECRET}, backoff_s=(0, 0), transport=httpx.MockTransport(answer), **options
        )
        await hooks.start()
        await hooks.start()
        for alert in alerts:
            hooks.send(dict(alert))
        await until(settled(hooks, len([alert for alert in alerts if alert["webhook"]])))
        await hooks.close()
        await hooks.close()
        return hooks.counts

    return asyncio.run(run()), requests


def test_posts_the_alert_as_json():
    counts, (request,) = sent(lambda n: httpx.Response(204))
    assert counts == {"sent": 1, "failed": 0, "dropped": 0}
    assert request.method == "POST" and str(request.url) == SECRET
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == ALERT


@pytest.mark.parametrize("trouble", [500, 503, 429, httpx.ConnectError("no"), httpx.ReadTimeout("late")])
def test_tries_again_what_may_pass(trouble):
    def answer(n):
        if n == 2:
            return httpx.Response(200)
        return trouble if isinstance(trouble, Exception) else httpx.Response(trouble)

    counts, requests = sent(answer)
    assert counts["sent"] == 1 and len(requests) == 3


def test_gives_up_after_three_tries_and_goes_on(caplog):
    counts, requests = sent(lambda n: httpx.Response(500 if n < 3 else 200), [ALERT, ALERT])
    assert counts == {"sent": 1, "failed": 1, "dropped": 0} and len(requests) == 4
    assert "webhook phone" in caplog.text and "status 500" in caplog.text


@pytest.mark.parametrize("code", [301, 307, 308, 400, 401, 404])
def test_what_is_refused_for_good_is_not_tried_again_nor_followed(code, caplog):
    counts, requests = sent(lambda n: httpx.Response(code, headers={"Location": "http://10.0.0.1/"}))
    assert counts["failed"] == 1 and len(requests) == 1


def test_no_address_is_ever_logged(caplog):
    caplog.set_level(logging.DEBUG)
    sent(lambda n: httpx.ConnectError(f"cannot reach {SECRET}"))
    sent(lambda n: httpx.Response(404))
    assert caplog.text and "SECRET" not in caplog.text and "example.test" not in caplog.text


def test_alerts_without_an_address_go_nowhere(caplog):
    other = [ALERT | {"webhook": None}, {"name": "x", "webhook": None}, ALERT | {"webhook": "mail"}]
    counts, requests = sent(lambda n: httpx.Response(200), other)
    assert counts["dropped"] == 1 and not requests and "no webhook 'mail'" in caplog.text


def test_the_oldest_of_too_many_is_dropped(monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    alerts = [ALERT | {"t_s": n} for n in range(5)]
    counts, requests = sent(lambda n: httpx.Response(200), alerts)
    assert counts == {"sent": 2, "failed": 0, "dropped": 3}
    assert [json.loads(request.content)["t_s"] for request in requests] == [3, 4]


def test_a_dead_address_holds_up_no_other_and_close_does_not_wait():
    async def run() -> dict[str, int]:
        async def answer(request: httpx.Request) -> httpx.Response:
            if request.url.host == "dead.test":
                await asyncio.Event().wait()
            return httpx.Response(200)

        urls = {"dead": "http://dead.test", "phone": "http://phone.test"}
        hooks = Webhooks(urls, transport=httpx.MockTransport(answer))
        await hooks.start()
        for _ in range(3):
            hooks.send(ALERT | {"webhook": "dead"})
            hooks.send(ALERT)
        await until(lambda: hooks.counts["sent"] == 3)
        async with asyncio.timeout(1):
            await hooks.close()
        return hooks.counts

    assert asyncio.run(run()) == {"sent": 3, "failed": 0, "dropped": 3}


def test_an_answer_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT_S", 0.02)

    async def run() -> dict[str, int]:
        async def answer(request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

        hooks = Webhooks({"phone": SECRET}, backoff_s=(0,), transport=httpx.MockTransport(answer))
        await hooks.start()
        hooks.send(ALERT)
        await until(settled(hooks, 1))
        await hooks.close()
        return hooks.counts

    assert asyncio.run(run())["failed"] == 1


class Taken(BaseHTTPRequestHandler):
    """Notes what comes; redirects from /away."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, json.loads(body)))  # type: ignore[attr-defined]  # ours, see below
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "/secret")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_over_a_real_connection():
    server = HTTPServer(("127.0.0.1", 0), Taken)
    server.taken = []  # type: ignore[attr-defined]  # a list of our own on the library's server
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"

    async def run() -> dict[str, int]:
        hooks = Webhooks({"phone": f"{base}/here", "away": f"{base}/away"})
        await hooks.start()
        hooks.send(ALERT)
        hooks.send(ALERT | {"webhook": "away"})
        await until(settled(hooks, 2))
        await hooks.close()
        return hooks.counts

    try:
        assert asyncio.run(run()) == {"sent": 1, "failed": 1, "dropped": 0}
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert sorted(path for path, _ in server.taken) == ["/away", "/here"]  # type: ignore[attr-defined]  # the test's own server


@pytest.mark.parametrize(
    "url",
    ["ftp://x/", "file:///etc/passwd", "http://", "javascript:alert(1)", "x", "http://[::1", "http://x:0/"],
)
def test_refuses_addresses_that_are_not_http(url):
    with pytest.raises(UsageError, match="webhook phone"):
        Webhooks({"phone": url})


def test_no_addresses_need_no_task():
    async def run() -> tuple[tuple[str, ...], int]:
        hooks = Webhooks({})
        await hooks.start()
        tasks = len(asyncio.all_tasks())
        hooks.send(ALERT | {"webhook": None})
        await hooks.close()
        return hooks.names, tasks

    assert asyncio.run(run()) == ((), 1)


def test_prints_a_line_of_json(capsys):
    print_alert(ALERT)
    line = capsys.readouterr().out
    assert line.count("\n") == 1 and json.loads(line) == ALERT


def test_a_closed_output_is_no_disaster(caplog, monkeypatch):
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError("gone")

    monkeypatch.setattr("sys.stdout", Closed())
    print_alert(ALERT)
    assert "could not be printed" in caplog.text

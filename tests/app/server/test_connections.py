"""A real port and bare sockets: who dawdles, sends too much, opens too many, or reads nothing."""

import base64
import os
import ssl
import struct
import subprocess
import threading
from pathlib import Path

import pytest
from live_parts import Server
from live_ports import dial, head, read_all, read_head, serving
from live_requests import Echo

from streammem.app.server.settings import Limits, LiveSettings

OPENSSL = [
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost",
]


def upgrade(settings: LiveSettings, *headers: str, bears: bool = True) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return head(
        settings,
        "GET /api/live",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        *headers,
        bears=bears,
    )


def frame(body: bytes, opcode: int = 1) -> bytes:
    """A masked WebSocket frame with a mask of zeros."""
    size = bytes([0x80 | len(body)]) if len(body) < 126 else struct.pack(">BQ", 0xFF, len(body))
    return bytes([0x80 | opcode]) + size + bytes(4) + body


def test_a_head_that_never_ends_is_broken_off() -> None:
    with serving(Echo(), limits=Limits(header_s=0.2)) as settings, dial(settings) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127")
        assert read_all(connection) == b""


def test_a_connection_that_says_nothing_is_broken_off() -> None:
    with serving(Echo(), limits=Limits(header_s=0.2)) as settings, dial(settings) as connection:
        assert read_all(connection) == b""


def test_the_second_head_is_timed_as_the_first_was() -> None:
    with serving(Echo(), limits=Limits(header_s=0.2)) as settings, dial(settings) as connection:
        connection.sendall(head(settings, "GET /healthz"))
        assert "200 OK" in read_head(connection)
        connection.sendall(b"GET / HTTP/1.1\r\n")
        assert read_all(connection).endswith(b"here\r\n0\r\n\r\n")


def test_a_head_without_end_is_refused() -> None:
    with serving(Echo()) as settings, dial(settings) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000)
        assert b"200 OK" not in read_all(connection)


def test_a_body_that_dawdles_is_answered_and_given_up() -> None:
    with serving(Echo(), limits=Limits(body_s=0.2)) as settings, dial(settings) as connection:
        connection.sendall(
            head(settings, "POST /api/find", "Content-Type: application/json", "Content-Length: 9")
        )
        connection.sendall(b"{")
        said = read_all(connection)  # answered, then broken off, as the rest still does not come
        assert said.startswith(b"HTTP/1.1 408")


def test_fifty_megabytes_get_their_answer_and_take_no_memory() -> None:
    app = Echo()
    with serving(app, limits=Limits(picture_bytes=1_000_000)) as settings, dial(settings) as connection:
        connection.sendall(
            head(settings, "POST /api/find/picture", "Content-Type: image/png", "Transfer-Encoding: chunked")
        )
        part = b"10000\r\n" + bytes(65_536) + b"\r\n"
        for _ in range(50_000_000 // 65_536):
            connection.sendall(part)
        connection.sendall(b"0\r\n\r\n")
        assert "413 " in read_head(connection)
        assert app.bytes <= 1_000_000


def test_a_length_of_fifty_megabytes_is_answered_before_any_of_it_comes() -> None:
    app = Echo()
    with serving(app) as settings, dial(settings) as connection:
        connection.sendall(
            head(settings, "POST /api/find/picture", "Content-Type: image/png", "Content-Length: 50000000")
        )
        assert "413 " in read_head(connection)
        assert app.requests == 0


def test_more_connections_than_there_may_be_are_broken_off() -> None:
    limits = Limits(connections=2)
    with serving(Echo(), limits=limits) as settings, dial(settings) as first, dial(settings) as second:
        for connection in (first, second):
            connection.sendall(head(settings, "GET /healthz"))
            assert "200 OK" in read_head(connection)
        with dial(settings) as third:
            assert read_all(third) == b""


class Flood:
    """Sends without end, to an answer or a WebSocket; tells when that is over."""

    def __init__(self) -> None:
        self.over = threading.Event()

    async def __call__(self, scope, receive, send) -> None:
        try:
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.accept"})
                while True:
                    await send({"type": "websocket.send", "bytes": bytes(1_000_000)})
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(1000):
                await send({"type": "http.response.body", "body": bytes(1_000_000), "more_body": True})
        finally:
            self.over.set()


@pytest.mark.parametrize("kind", ["answer", "websocket"])
def test_who_does_not_read_is_broken_off(kind: str) -> None:
    app = Flood()
    with serving(app, limits=Limits(answer_s=0.2)) as settings, dial(settings) as connection:
        connection.sendall(upgrade(settings) if kind == "websocket" else head(settings, "GET /api/stats"))
        assert "HTTP/1.1" in read_head(connection)
        assert app.over.wait(20)  # what is sent fills the buffers on the way and waits there


def test_a_websocket_is_not_taken_for_a_slow_body() -> None:
    limits = Limits(body_s=0.05, header_s=0.05)
    with serving(Echo(), limits=limits) as settings, dial(settings) as connection:
        connection.sendall(upgrade(settings))
        assert "101 Switching" in read_head(connection)
        connection.settimeout(0.4)
        with pytest.raises(TimeoutError):
            connection.recv(1)


@pytest.mark.parametrize(
    ("headers", "bears", "status"),
    [
        ([], True, 101),
        ([], False, 403),
        (["Origin: https://evil.example"], True, 403),
        (["Origin: null"], True, 403),
        (["Origin: ORIGIN"], False, 401),
        (["Origin: ORIGIN"], True, 101),
        (["Origin: ORIGIN", "Sec-Fetch-Site: cross-site"], True, 403),
    ],
)
def test_websockets_pass_the_same_checks(
    headers: list[str], bears: bool, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(Server().app) as settings, dial(settings) as connection:
        origin = f"http://127.0.0.1:{settings.port}"
        given = [text.replace("ORIGIN", origin) for text in headers]
        connection.sendall(upgrade(settings, *given, bears=bears))
        assert read_head(connection).startswith(f"HTTP/1.1 {status}")
    said = [record.name.rpartition(".")[2] for record in caplog.records]
    assert said == ([] if status == 101 else ["refused"])  # what strangers do fills no log


def test_a_message_that_is_too_large_closes_the_socket() -> None:
    app = Echo()
    with serving(app, limits=Limits(message_bytes=1000)) as settings, dial(settings) as connection:
        connection.sendall(upgrade(settings))
        assert "101 Switching" in read_head(connection)
        connection.sendall(frame(b"a" * 900))
        connection.sendall(frame(b"a" * 1001))
        said = read_all(connection)
        assert said[:1] == b"\x88"  # a close
        assert struct.unpack(">H", said[2:4]) == (1009,)
        assert app.messages == 1


def test_deflate_is_off_even_where_it_is_asked_for() -> None:
    with serving(Echo()) as settings, dial(settings) as connection:
        connection.sendall(upgrade(settings, "Sec-WebSocket-Extensions: permessage-deflate"))
        assert "permessage-deflate" not in read_head(connection).lower()


def test_nothing_is_said_of_the_server_and_proxies_are_not_believed() -> None:
    with serving(Server().app) as settings, dial(settings) as connection:
        connection.sendall(
            head(settings, "GET /api/state", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Host: evil.example")
        )
        said = read_head(connection)
        assert "200 OK" in said
        assert "\r\nserver:" not in said.lower()


@pytest.mark.parametrize(
    "junk",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS to a plain port
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n" * 1000,
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ],
)
def test_junk_is_refused_and_the_server_goes_on(junk: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with serving(Echo(), limits=Limits(header_s=0.2)) as settings:
        with dial(settings) as connection:
            connection.sendall(junk)
            assert b"200 OK" not in read_all(connection)
        with dial(settings) as connection:
            connection.sendall(head(settings, "GET /healthz"))
            assert "200 OK" in read_head(connection)


def test_the_page_comes_over_tls(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = subprocess.run(
        [*OPENSSL, "-keyout", str(key), "-out", str(certificate)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no openssl to make a certificate with")
    context = ssl.create_default_context(cafile=str(certificate))
    with (
        serving(Server().app, certificate=certificate, key=key) as settings,
        dial(settings, context) as connection,
    ):
        body = f'{{"token": "{settings.token}"}}'
        connection.sendall(
            head(
                settings,
                "POST /api/session",
                f"Origin: https://127.0.0.1:{settings.port}",
                "Content-Type: application/json",
                f"Content-Length: {len(body)}",
                bears=False,
            )
            + body.encode()
        )
        said = read_head(connection)
        assert said.startswith("HTTP/1.1 204")
        assert "HttpOnly; SameSite=Strict; Secure" in said

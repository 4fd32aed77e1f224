"""The port, the certificate, and the address that is printed."""

import socket
from pathlib import Path

import pytest

from streammem.app.exits import UsageError
from streammem.app.server.listening import address_of_page, check_certificate, listen
from streammem.app.server.settings import LiveSettings


@pytest.fixture
def taken() -> int:
    with listen(LiveSettings(port=0), exact=True) as first:
        yield first.getsockname()[1]


def test_next_free_port_is_taken(taken: int) -> None:
    with listen(LiveSettings(port=taken), exact=False) as second:
        assert taken < second.getsockname()[1] < taken + 20


def test_port_that_was_asked_for_is_taken_or_refused(taken: int) -> None:
    with pytest.raises(UsageError, match=f"port {taken} is taken.*another --port"):
        listen(LiveSettings(port=taken), exact=True)


def test_only_loopback_listens_unless_told_otherwise() -> None:
    with listen(LiveSettings(port=0), exact=True) as found:
        assert found.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0.0.0.0"])
def test_hosts_that_it_listens_on(host: str) -> None:
    with listen(LiveSettings(host=host, port=0), exact=True) as found:
        assert found.family == socket.AF_INET


@pytest.mark.parametrize("host", ["::1", "[::1]", "::"])
def test_hosts_of_ipv6(host: str) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with listen(LiveSettings(host=host, port=0), exact=True) as found:
        assert found.family == socket.AF_INET6


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_host_that_is_not_ours_is_named(host: str) -> None:
    with pytest.raises(UsageError, match=f"{host} is no address of this computer.*127.0.0.1"):
        listen(LiveSettings(host=host, port=0), exact=True)


@pytest.mark.parametrize(
    ("host", "page"),
    [
        ("127.0.0.1", "http://127.0.0.1:8750/#token=t"),
        ("localhost", "http://localhost:8750/#token=t"),
        ("::1", "http://[::1]:8750/#token=t"),
        ("[::1]", "http://[::1]:8750/#token=t"),
        ("0.0.0.0", "http://127.0.0.1:8750/#token=t"),
        ("::", "http://127.0.0.1:8750/#token=t"),
        ("192.168.1.4", "http://192.168.1.4:8750/#token=t"),
    ],
)
def test_address_of_the_page(host: str, page: str) -> None:
    assert address_of_page(LiveSettings(host=host), 8750, "t") == page


def test_address_says_https_with_a_certificate() -> None:
    settings = LiveSettings(certificate=Path("cert.pem"))
    assert address_of_page(settings, 8750, "t") == "https://127.0.0.1:8750/#token=t"


def test_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file .*cert.pem"):
        check_certificate(LiveSettings(certificate=tmp_path / "cert.pem"))


def test_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cert.pem"
    file.write_text("hello")
    with pytest.raises(UsageError, match="cert.pem cannot be used.*PEM"):
        check_certificate(LiveSettings(certificate=file))

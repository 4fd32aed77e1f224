"""Which names are the server's own."""

from pathlib import Path

import pytest

from streammem.app.server.reach import is_loopback, reach_of
from streammem.app.server.settings import LiveSettings

HERE = ("127.0.0.1", 8750)


def test_loopback_knows_its_three_names() -> None:
    reach = reach_of(LiveSettings(), 8750)
    assert reach.hosts == {"127.0.0.1:8750", "localhost:8750", "[::1]:8750"}
    assert reach.origins == {f"http://{host}" for host in reach.hosts}


def test_default_port_may_be_left_out() -> None:
    reach = reach_of(LiveSettings(), 80)
    assert reach.knows_host("localhost")
    assert reach.knows_host("localhost:80")
    assert reach.knows_origin("http://localhost")


def test_tls_changes_the_origin() -> None:
    reach = reach_of(LiveSettings(certificate=Path("cert.pem")), 8750)
    assert reach.knows_origin("https://localhost:8750")
    assert not reach.knows_origin("http://localhost:8750")


@pytest.mark.parametrize(
    ("name", "host", "origin"),
    [
        ("studio.local", "studio.local:8750", "http://studio.local:8750"),
        ("localhost:9000", "localhost:9000", "http://localhost:9000"),
        ("https://memory.example.org", "memory.example.org", "https://memory.example.org"),
        ("https://memory.example.org:444", "memory.example.org:444", "https://memory.example.org:444"),
        ("[fe80::1]", "[fe80::1]:8750", "http://[fe80::1]:8750"),
    ],
)
def test_names_are_added(name: str, host: str, origin: str) -> None:
    reach = reach_of(LiveSettings(names=(name,)), 8750)
    assert reach.knows_host(host)
    assert reach.knows_host(host.upper())
    assert reach.knows_origin(origin)
    assert not reach.knows_host("other.example:8750")


def test_address_that_it_is_bound_to_is_its_name() -> None:
    assert reach_of(LiveSettings(host="192.168.1.4"), 8750).knows_host("192.168.1.4:8750")
    assert reach_of(LiveSettings(host="2001:DB8::4"), 8750).knows_host("[2001:db8::4]:8750")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_everywhere_means_the_address_that_the_connection_came_in_on(host: str) -> None:
    reach = reach_of(LiveSettings(host=host), 8750)
    assert reach.knows_host("192.168.1.4:8750", ("192.168.1.4", 8750))
    assert reach.knows_host("192.168.1.4:8750", ("::ffff:192.168.1.4", 8750))
    assert reach.knows_host("[fe80::1]:8750", ("fe80::1%eth0", 8750))
    assert reach.knows_origin("http://192.168.1.4:8750", ("192.168.1.4", 8750))
    assert not reach.knows_host("192.168.1.5:8750", ("192.168.1.4", 8750))
    assert not reach.knows_host("evil.example:8750", ("192.168.1.4", 8750))
    assert not reach.knows_host("0.0.0.0:8750", ("192.168.1.4", 8750))


def test_bound_to_one_address_others_of_the_computer_do_not_count() -> None:
    assert not reach_of(LiveSettings(), 8750).knows_host("192.168.1.4:8750", ("192.168.1.4", 8750))


@pytest.mark.parametrize("origin", ["null", "", "127.0.0.1:8750", "http://", "ftp://127.0.0.1:8750"])
def test_what_is_no_origin_of_ours(origin: str) -> None:
    assert not reach_of(LiveSettings(), 8750).knows_origin(origin, HERE)


def test_loopback() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "127.8.8.8", "[::1]", "localhost")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "::", "192.168.1.4", "localhost.evil.example")] == [
        False
    ] * 4

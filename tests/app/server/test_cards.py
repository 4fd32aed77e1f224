"""Cards for a browser: how long ago, on which clock, and where the picture is."""

import pytest
from live_parts import CARD

from streammem.app.server.cards import Addresses


@pytest.mark.parametrize(
    ("state", "ago_s"),
    [
        ({"origin_unix_s": 1000.0, "t_s": 15.0}, 86.0),  # by the wall, even where the stream stands still
        ({"origin_unix_s": None, "t_s": 15.0}, 1.0),  # a file: by where it stands
        ({"origin_unix_s": None, "t_s": 3.0}, 0.0),  # a file that plays again
        ({"origin_unix_s": None, "t_s": None}, None),
    ],
)
def test_how_long_ago(state: dict, ago_s: float | None) -> None:
    card = Addresses().card(CARD, {"door": state}, now_unix_s=1100.0)
    assert (card["ago_s"], card["origin_unix_s"]) == (ago_s, state["origin_unix_s"])


def test_a_stream_that_is_not_configured_any_more() -> None:
    card = Addresses().card({**CARD, "picture": None}, {})
    assert (card["ago_s"], card["origin_unix_s"], card["picture"]) == (None, None, None)


def test_addresses_change_when_numbers_may() -> None:
    addresses = Addresses()
    before = addresses.snapshot(7)
    addresses.renew()
    assert addresses.snapshot(7) != before
    assert addresses.snapshot(None) is None


def test_a_rule_s_example_is_an_address() -> None:
    rule = Addresses().rule({"id": "a", "name": "cup", "example": "bytes", "fired_s": {}})
    assert rule == {"id": "a", "name": "cup", "picture": "/api/alerts/a.jpg"}

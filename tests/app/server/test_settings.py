"""Settings, and addresses as they may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streammem.app.exits import UsageError
from streammem.app.server.addresses import kind_of, stream_name
from streammem.app.server.settings import Limits, LiveSettings, SourceSettings
from streammem.perception.addresses import scrubbed, shown

SECRET = "hunter2"


@pytest.mark.parametrize(
    "address",
    [
        f"rtsp://me:{SECRET}@door:554/live",
        f"rtsp://{SECRET}@door/live",
        f"rtsp://me:{SECRET}/@door/live",
        f"rtsp://me:{SECRET}?x@door/live",
        f"rtsp://me:{SECRET}#x@door/live",
        f"rtsp://me:a@{SECRET}@door/live",
        f"http://door/video?user=me&password={SECRET}",
        f"http://door/video?{SECRET}",
        f"http://door/video#{SECRET}",
        f"rtsp://door/user=me_password={SECRET}_channel=1_stream=0.sdp",
        f"rtsp://door/user=me&pwd={SECRET}&channel=1",
        f"http://door/{'a' * 20};token={SECRET};b",
    ],
)
def test_no_password_is_shown(address: str) -> None:
    source = SourceSettings(name="door", address=address)
    settings = LiveSettings(sources=(source,), token=f"{SECRET}-{SECRET}-{SECRET}")
    message = scrubbed(f"[Errno 5] cannot open '{address}' (twice: {address})")
    for text in (
        source.shown,
        shown(address),
        stream_name(address),
        message,
        repr(source),
        repr(settings),
        str(settings),
    ):
        assert SECRET not in text
    assert "door" in source.shown


def test_addresses_of_webhooks_are_not_repeated() -> None:
    settings = LiveSettings(webhooks={"hall": f"https://hall.example/{SECRET}"})
    assert SECRET not in repr(settings)


@given(st.text(max_size=30), st.text(max_size=30))
def test_showing_never_fails(before: str, after: str) -> None:
    assert isinstance(shown(f"{before}://{after}"), str)
    assert isinstance(scrubbed(f"{before} rtsp://{after}"), str)
    assert 1 <= len(stream_name(f"{before}x/{after}").encode()) <= 64


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0", "camera"),
        ("/dev/video2", "camera"),
        ("RTSP://door/live", "network"),
        ("clips/kitchen.mp4", "file"),
        ("/", "folder"),
        ("browser", "browser"),
        ("api", "api"),
    ],
)
def test_kinds(address: str, kind: str) -> None:
    assert kind_of(address) == kind


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "exec://rm", "concat://a|b", "gopher://a", "data://text"]
)
def test_schemes_that_could_read_or_run_something_are_refused(address: str) -> None:
    with pytest.raises(UsageError, match="rtsp"):
        SourceSettings(name="door", address=address)


@pytest.mark.parametrize(
    "name", ["", "../up", "a/b", "a\\b", "a\nb", "x" * 65, "ä" * 40, ".hidden", "a\0b", "a%2fb"]
)
def test_names_are_plain(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be called"):
        SourceSettings(name=name, address="0")


def test_address_may_not_be_empty() -> None:
    with pytest.raises(UsageError, match="no address"):
        SourceSettings(name="door", address=" ")


def test_two_streams_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="two streams are called door"):
        LiveSettings(
            sources=(SourceSettings(name="door", address="0"), SourceSettings(name="door", address="1"))
        )


def test_source_is_found_by_its_name() -> None:
    door = SourceSettings(name="door", address="0")
    assert LiveSettings(sources=(door,)).source("door") is door
    assert LiveSettings(sources=(door,)).source("yard") is None


@pytest.mark.parametrize("name", ["pixels", "sockets", "body_s"])
def test_limits_are_above_zero(name: str) -> None:
    with pytest.raises(UsageError, match=f"limits.{name}"):
        Limits(**{name: 0 if name != "body_s" else -1.0})

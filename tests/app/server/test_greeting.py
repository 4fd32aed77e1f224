"""What is said at the start and at the end, and when the browser opens."""

import sys
from pathlib import Path

import pytest

from streammem.app.server import greeting
from streammem.app.server.settings import LiveSettings, SourceSettings

TOKEN = "a-token-for-the-tests"
SOURCES = (
    SourceSettings(name="door", address="rtsp://me:hunter2@door/live"),
    SourceSettings(name="camera-0", address="0", start=False),
    SourceSettings(name="phone", address="browser"),
    SourceSettings(name="clip", address="clips/kitchen.mp4", pace="fast"),
)


def test_start_says_what_it_watches_and_where_it_keeps(capsys: pytest.CaptureFixture[str]) -> None:
    greeting.begin(LiveSettings(sources=SOURCES, store=Path("house.zarr")))
    said = capsys.readouterr()
    assert said.out == ""  # alerts are there
    assert "door (rtsp://door/live)" in said.err
    assert "camera-0 (camera 0), when told to" in said.err
    assert "phone (the camera of whoever opens the page)" in said.err
    assert "clip (clips/kitchen.mp4, as fast as it goes)" in said.err
    assert "house.zarr" in said.err
    assert "hunter2" not in said.err


def test_address_ends_its_own_line_and_is_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    greeting.greet(LiveSettings(token=TOKEN), 8751)
    lines = capsys.readouterr().err.splitlines()
    assert any(line.endswith(f"open  http://127.0.0.1:8751/#token={TOKEN}") for line in lines)
    assert any("Ctrl-C" in line for line in lines)


def test_an_open_memory_says_what_it_has_seen(capsys: pytest.CaptureFixture[str]) -> None:
    greeting.resumed({"streams": {"door": 83.5, "yard": None}})
    greeting.resumed({"streams": {}})
    resumed, new = capsys.readouterr().err.splitlines()
    assert "open; door seen up to 1:23.5" in resumed and "yard" not in resumed
    assert new.split() == ["memory", "open"]


def test_other_names_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    settings = LiveSettings(
        token=TOKEN, names=("studio.local", "https://memory.example.org", "localhost:9000")
    )
    greeting.greet(settings, 8750)
    said = capsys.readouterr().err
    for place in ("http://studio.local:8750", "https://memory.example.org", "http://localhost:9000"):
        assert f"{place}/#token={TOKEN}" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4"])
def test_letting_others_in_without_tls_is_warned_of(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    greeting.begin(LiveSettings(host=host))
    assert "warning" in capsys.readouterr().err
    greeting.begin(LiveSettings(host=host, certificate=Path("cert.pem")))
    assert "warning" not in capsys.readouterr().err


def test_camera_of_a_phone_needs_https(capsys: pytest.CaptureFixture[str]) -> None:
    (_, advice) = greeting.warnings_of(LiveSettings(host="0.0.0.0", sources=SOURCES))
    assert advice.startswith("phone:") and "--certificate" in advice


@pytest.mark.parametrize(
    ("settings", "scanned"),
    [
        (LiveSettings(token=TOKEN), None),
        (LiveSettings(token=TOKEN, host="192.168.1.4"), "http://192.168.1.4:8750"),
        (LiveSettings(token=TOKEN, host="0.0.0.0", names=("studio.local",)), "http://10.0.0.7:8750"),
        (LiveSettings(token=TOKEN, host="0.0.0.0", names=("https://m.example",)), "https://m.example"),
    ],
)
def test_phone_scans_the_address_that_it_reaches(
    monkeypatch: pytest.MonkeyPatch, settings: LiveSettings, scanned: str | None
) -> None:
    told: list[str] = []
    monkeypatch.setattr(greeting, "_own_address", lambda: ["10.0.0.7"])
    monkeypatch.setattr(greeting, "show_pattern", lambda text, *_, **__: bool(told.append(text)))
    greeting.greet(settings, 8750)
    assert told == ([] if scanned is None else [f"{scanned}/#token={TOKEN}"])


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_loopback_needs_no_warning(host: str) -> None:
    assert greeting.warnings_of(LiveSettings(host=host)) == []


@pytest.mark.parametrize("there", [True, False])
def test_end_says_where_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str], there: bool) -> None:
    store = tmp_path / "house.zarr"
    if there:
        store.mkdir()
    greeting.farewell(LiveSettings(store=store))
    assert ("house.zarr" in capsys.readouterr().err) is there


@pytest.mark.parametrize(
    ("wanted", "unwanted", "display", "far", "terminal", "opens"),
    [
        (True, False, False, True, False, True),
        (False, True, True, False, True, False),
        (False, False, True, False, True, True),
        (False, False, False, False, True, False),
        (False, False, True, True, True, False),
        (False, False, True, False, False, False),
    ],
)
def test_when_the_browser_opens(
    monkeypatch: pytest.MonkeyPatch,
    wanted: bool,
    unwanted: bool,
    display: bool,
    far: bool,
    terminal: bool,
    opens: bool,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name, there in (("DISPLAY", display), ("SSH_CONNECTION", far), ("WAYLAND_DISPLAY", False)):
        monkeypatch.setenv(name, "1") if there else monkeypatch.delenv(name, raising=False)
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: terminal, raising=False)
    assert greeting.may_open(wanted=wanted, unwanted=unwanted) is opens

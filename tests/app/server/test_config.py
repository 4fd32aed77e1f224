"""The configuration file: what it may say, and how an error in it is told."""

from pathlib import Path

import pytest

from streammem.app.exits import UsageError
from streammem.app.server.config import read_config

WHOLE = """
store = "house.zarr"
budget = "1GB"
encoder = "lite"
device = "cpu"
track = false
host = "0.0.0.0"
port = 9000
names = ["studio.local", "https://memory.example.org"]
token = "0123456789abcdef"
certificate = "tls/cert.pem"
key = "/etc/tls/key.pem"
alerts = ["bicycle", "dog"]

[sources]
door = "rtsp://me:secret@door/live"
phone = "browser"

[sources.clip]
address = "clips/kitchen.mp4"
pace = "fast"
start = false

[webhooks]
hall = "https://hall.example/ring?key=secret"

[limits]
sockets = 8
body_s = 5
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "live.toml"
    made.touch(mode=0o600)
    return made


def test_whole_file_is_read(file: Path) -> None:
    file.write_text(WHOLE)
    settings = read_config(file)
    assert settings.store == file.parent / "house.zarr"
    assert (settings.budget, settings.track, settings.host, settings.port) == ("1GB", False, "0.0.0.0", 9000)
    assert settings.names == ("studio.local", "https://memory.example.org")
    assert (settings.certificate, settings.key) == (file.parent / "tls/cert.pem", Path("/etc/tls/key.pem"))
    assert settings.alerts == ("bicycle", "dog")
    assert (settings.limits.sockets, settings.limits.body_s) == (8, 5.0)
    door, phone, clip = settings.sources
    assert (door.kind, door.address, phone.kind) == ("network", "rtsp://me:secret@door/live", "browser")
    assert (clip.address, clip.pace, clip.start) == (str(file.parent / "clips/kitchen.mp4"), "fast", False)


def test_empty_file_leaves_everything_as_it_is(file: Path) -> None:
    settings = read_config(file)
    assert (settings.store, settings.host, settings.port, settings.sources) == (None, "127.0.0.1", 8750, ())


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        ("stroe = 'a'", "stroe", "did you mean store"),
        ("colour = 'red'", "colour", "use "),
        ("port = '8750'", "port", "whole number"),
        ("port = true", "port", "whole number"),
        ("port = 70000", "port", "65535"),
        ("track = 1", "track", "true or false"),
        ("store = 3", "store", "text in quotes"),
        ("host = ''", "host", "text in quotes"),
        ("host = 'a b'", "host", "127.0.0.1"),
        ("names = 'a'", "names", "list of texts"),
        ("names = ['http://a/b']", "names", "host:port"),
        ("alerts = ['']", "alerts", "text in quotes"),
        ("alerts = [' ']", "alerts", "what to tell of"),
        ("budget = 'much'", "budget", "64 MB"),
        ("budget = 1.5", "budget", "256MB"),
        ("token = 'short'", "token", "16 to 256"),
        ("token = 12345678901234567890", "token", "text in quotes"),
        ("key = 'key.pem'", "key", "certificate"),
        ("sources = 'rtsp://me:secret@door'", "sources", "table"),
        ("[sources.door]\npace = 'fast'", "sources.door", "address"),
        ("[sources.door]\naddress = 1", "sources.door.address", "text in quotes"),
        ("[sources.door]\naddress = '0'\npace = 'slow'", "sources.door.pace", '"real" or "fast"'),
        ("[sources.door]\naddress = '0'\nstart = 'yes'", "sources.door.start", "true or false"),
        ("[sources.door]\nadress = '0'", "sources.door.adress", "did you mean sources.door.address"),
        ("[sources]\ndoor = 'exec:rm -rf /'", "sources", ""),
        ("[sources]\ndoor = 'file:///etc/passwd'", "door", "rtsp"),
        ("[sources]\ndoor = 'concat://a'", "door", "rtsp"),
        ("[sources]\n'../up' = '0'", "../up", "letters"),
        ("[webhooks]\nhall = 'ftp://hall.example'", "webhooks.hall", "http"),
        ("[webhooks]\nhall = 'file:///etc/passwd'", "webhooks.hall", "http"),
        ("[limits]\nsocket = 3", "limits.socket", "did you mean limits.sockets"),
        ("[limits]\nsockets = 0", "limits.sockets", "above 0"),
        ("[limits]\nsockets = 2.5", "limits.sockets", "whole number"),
        ("[limits]\nbody_s = 'long'", "limits.body_s", "number"),
        ("[limits]\nbody_s = nan", "limits.body_s", "above 0"),
        ("store = live.zarr", "live.toml", "quotes"),
    ],
)
def test_error_names_the_file_the_key_and_the_remedy(file: Path, text: str, key: str, remedy: str) -> None:
    file.write_text(text)
    if "exec:" in text:  # no scheme: it is the name of a file, which is not there
        assert read_config(file).sources[0].kind == "file"
        return
    with pytest.raises(UsageError) as caught:
        read_config(file)
    said = str(caught.value)
    assert str(file) in said
    assert key in said
    assert remedy in said
    assert "secret" not in said
    assert "12345678901234567890" not in said


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="check --config"):
        read_config(tmp_path / "live.toml")


def test_file_that_is_no_text_is_named(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no TOML"):
        read_config(file)


def test_passwords_that_others_can_read_are_warned_of(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(WHOLE)
    read_config(file)
    assert capsys.readouterr().err == ""
    file.chmod(0o644)
    read_config(file)
    assert f"chmod 600 {file}" in capsys.readouterr().err

"""The token: where it is kept, and what stands for it in a browser."""

from pathlib import Path

import pytest

from streammem.app.exits import UsageError
from streammem.app.server.keys import Keys, kept_token
from streammem.app.server.settings import LiveSettings

TOKEN = "a-token-for-the-tests"
PLAIN = {"headers": [], "scheme": "http"}


def test_cookie_is_strict_and_does_not_hold_the_token() -> None:
    cookie = Keys(TOKEN, port=8750).cookie(PLAIN)
    value, *flags = cookie.split("; ")
    assert value.startswith("streammem-8750=")
    assert TOKEN not in cookie
    assert flags == ["Path=/", "HttpOnly", "SameSite=Strict"]


@pytest.mark.parametrize(
    "scope", [{"headers": [], "scheme": "https"}, {"headers": [(b"origin", b"https://memory.example.org")]}]
)
def test_cookie_is_secure_where_there_is_tls(scope: dict[str, object]) -> None:
    assert Keys(TOKEN).cookie(scope).endswith("; Secure")


def test_cookie_is_taken_back() -> None:
    assert "Max-Age=0" in Keys(TOKEN).no_cookie(PLAIN)


def test_cookie_of_another_token_or_port_does_not_open() -> None:
    keys = Keys(TOKEN, port=8750)
    for other in (Keys(f"{TOKEN}2", port=8750), Keys(TOKEN, port=8751)):
        cookie = other.cookie(PLAIN).split(";")[0].encode()
        assert not keys.opens({"headers": [(b"cookie", cookie)]})


def test_token_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    settings = LiveSettings(store=tmp_path / "deep" / "live.zarr")
    token = kept_token(settings)
    file = tmp_path / "deep" / "live.zarr.token"
    assert len(token) >= 43
    assert kept_token(settings) == token == file.read_text().strip()
    assert file.stat().st_mode & 0o777 == 0o600
    assert list((tmp_path / "deep").iterdir()) == [file]


def test_token_of_the_settings_is_not_written(tmp_path: Path) -> None:
    assert kept_token(LiveSettings(store=tmp_path / "live.zarr", token=TOKEN)) == TOKEN
    assert not list(tmp_path.iterdir())


def test_memory_without_a_store_gets_a_new_token_each_time() -> None:
    assert kept_token(LiveSettings()) != kept_token(LiveSettings())


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_token_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "live.zarr.token"
    file.write_text(TOKEN)
    file.chmod(mode)
    with pytest.raises(UsageError, match="remove the file"):
        kept_token(LiveSettings(store=tmp_path / "live.zarr"))


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40, b"with\x00zero in the middle"])
def test_file_that_holds_no_token_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "live.zarr.token"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(UsageError, match="remove the file"):
        kept_token(LiveSettings(store=tmp_path / "live.zarr"))


def test_link_in_the_tokens_place_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(TOKEN)
    elsewhere.chmod(0o600)
    (tmp_path / "live.zarr.token").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="remove the file"):
        kept_token(LiveSettings(store=tmp_path / "live.zarr"))


def test_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="set token"):
        kept_token(LiveSettings(store=tmp_path / "file" / "live.zarr"))

"""`streammem live`: what its options and a configuration file say together."""

from pathlib import Path

import pytest

from streammem.app.cli import run
from streammem.app.exits import Exit, UsageError
from streammem.app.live_options import LiveOptions, source_of
from streammem.errors import SourceNotFoundError


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "live.toml"
    file.write_text(
        'store = "house.zarr"\nport = 9000\nalerts = ["dog"]\nnames = ["a"]\n[sources]\ndoor = "rtsp://door/live"\n'
    )
    return file


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("0", "camera-0", "0"),
        ("door=0", "door", "0"),
        ("browser", "browser", "browser"),
        ("my phone=browser", "my phone", "browser"),
        ("rtsp://me:secret@door/live?a=b", "door-live", "rtsp://me:secret@door/live?a=b"),
        ("rtsp://door/user=me_password=secret", "door-user-_password", "rtsp://door/user=me_password=secret"),
        ("http://door/video?user=me", "door-video", "http://door/video?user=me"),
        ("yard=http://door/video?user=me", "yard", "http://door/video?user=me"),
        ("clips/kitchen.mp4", "kitchen", "clips/kitchen.mp4"),
    ],
)
def test_sources_may_have_names(text: str, name: str, address: str) -> None:
    source = source_of(text)
    assert (source.name, source.address) == (name, address)


def test_file_with_an_equals_sign_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a=b.mp4").touch()
    assert source_of("a=b.mp4").address == "a=b.mp4"


def test_without_a_source_it_is_the_first_camera_and_the_browsers(monkeypatch: pytest.MonkeyPatch) -> None:
    for found, wanted in (([], ["browser"]), (["video2", "video10"], ["2", "browser"])):
        monkeypatch.setattr(Path, "glob", lambda *_, found=found: [Path("/dev") / name for name in found])
        assert [source.address for source in LiveOptions().settings([]).sources] == wanted


def test_store_has_a_name_of_its_own() -> None:
    assert LiveOptions().settings(["0"]).store == Path("live.zarr")


def test_options_come_before_the_file(config: Path) -> None:
    options = LiveOptions(config=config, store=Path("other.zarr"), alert=("cat",), name=("b",), no_track=True)
    settings = options.settings(["yard=1"])
    assert [source.name for source in settings.sources] == ["door", "yard"]
    assert (settings.store, settings.port, settings.track) == (Path("other.zarr"), 9000, False)
    assert (settings.alerts, settings.names) == (("dog", "cat"), ("a", "b"))
    assert LiveOptions(config=config).settings([]).store == config.parent / "house.zarr"


def test_source_of_the_same_name_takes_the_files_place(config: Path) -> None:
    sources = LiveOptions(config=config).settings(["door=0"]).sources
    assert [(source.name, source.address) for source in sources] == [("door", "0")]


def test_two_sources_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="two streams are called door"):
        LiveOptions().settings(["door=0", "door=1"])


def test_pace_is_for_all() -> None:
    assert LiveOptions(pace="fast").settings(["0"]).sources[0].pace == "fast"


def test_only_a_port_that_somebody_wrote_down_is_exact(config: Path) -> None:
    assert not LiveOptions().exact_port
    assert LiveOptions(port=8750).exact_port
    assert LiveOptions(config=config).exact_port


def test_file_that_is_not_there_is_told_before_anything_is_made() -> None:
    with pytest.raises(SourceNotFoundError, match="check the path"):
        LiveOptions().settings(["clips/no.mp4"])


def test_opening_and_not_opening_contradict() -> None:
    with pytest.raises(UsageError, match="--open and --no-browser"):
        LiveOptions(open=True, no_browser=True).check()
    with pytest.raises(UsageError, match="65535"):
        LiveOptions(port=70_000).check()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["no-such.mp4"], Exit.SOURCE, "no file or folder no-such.mp4"),
        (["0", "--port", "99999"], Exit.USAGE, "65535"),
        (["file:///etc/passwd"], Exit.USAGE, "no stream that can be opened"),
        (["0", "--config", "no-such.toml"], Exit.USAGE, "check --config"),
        (["0", "--certificate", "no-such.pem"], Exit.USAGE, "no-such.pem"),
        (["0", "--host", "192.0.2.1"], Exit.USAGE, "no address of this computer"),
        (["0", "--name", "a/b"], Exit.USAGE, "host:port"),
    ],
)
def test_mistakes_end_at_once_and_leave_nothing(
    arguments: list[str],
    code: Exit,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["live", *arguments]) == code
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["live", "--help"]) == Exit.OK
    said = capsys.readouterr().out
    for word in (
        "streammem live kitchen.mp4",
        "browser",
        "--alert",
        "--certificate",
        "--no-browser",
        "Ctrl-C",
    ):
        assert word in said

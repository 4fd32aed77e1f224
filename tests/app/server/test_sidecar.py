"""What is kept beside a store: read back as it was, never lost silently."""

import json
import threading
from pathlib import Path

import pytest

from streammem.app.server import sidecar as sidecar_module
from streammem.app.server.sidecar import Sidecar
from streammem.errors import StoreDamagedError, StoreError, StoreVersionError


def test_values_are_there_after_opening_again(tmp_path: Path) -> None:
    store = tmp_path / "live.zarr"
    Sidecar.open(store).put("alerts", [{"text": "bicycle"}])
    assert Sidecar.open(store).get("alerts") == [{"text": "bicycle"}]
    assert [path.name for path in tmp_path.iterdir()] == ["live.zarr.json"]


def test_without_a_store_it_is_kept_for_the_run() -> None:
    sidecar = Sidecar.open(None)
    sidecar.put("a", 1)
    assert sidecar.get("a") == 1
    assert sidecar.get("b", "none") == "none"


def test_what_is_given_out_is_a_copy() -> None:
    sidecar = Sidecar.open(None)
    sidecar.put("a", [1])
    sidecar.get("a").append(2)
    assert sidecar.get("a") == [1]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"version": 1}', '{"version": 1, "values": 3}', "\xff"]
)
def test_damaged_file_is_an_error_and_stays(tmp_path: Path, text: str) -> None:
    path = tmp_path / "live.zarr.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(StoreDamagedError, match="move it away"):
        Sidecar.open(tmp_path / "live.zarr")
    assert path.read_text(encoding="latin-1") == text


def test_file_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "live.zarr.json").write_text(json.dumps({"version": 2, "values": {}}))
    with pytest.raises(StoreVersionError, match="newer streammem"):
        Sidecar.open(tmp_path / "live.zarr")


def test_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sidecar = Sidecar.open(tmp_path / "live.zarr")
    sidecar.put("a", 1)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        sidecar.put("a", 2)
    assert sidecar.get("a") == Sidecar.open(tmp_path / "live.zarr").get("a") == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_unreadable_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "live.zarr.json").mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        Sidecar.open(tmp_path / "live.zarr")


def test_threads_do_not_lose_each_others_values(tmp_path: Path) -> None:
    sidecar = Sidecar.open(tmp_path / "live.zarr")
    threads = [threading.Thread(target=sidecar.put, args=(f"key {n}", n)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = Sidecar.open(tmp_path / "live.zarr")
    assert [again.get(f"key {n}") for n in range(16)] == list(range(16))


def test_who_reads_does_not_wait_for_a_slow_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep, awake = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        asleep.set()
        assert awake.wait(10)

    sidecar = Sidecar.open(tmp_path / "live.zarr")
    sidecar.put("a", 1)
    monkeypatch.setattr(sidecar_module, "_write", slow)
    writer = threading.Thread(target=sidecar.put, args=("a", 2))
    writer.start()
    assert asleep.wait(10)
    assert sidecar.get("a") == 1  # in this thread: it would wait for ever
    awake.set()
    writer.join(10)
    assert sidecar.get("a") == 2

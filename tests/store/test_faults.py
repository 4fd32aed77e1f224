"""Damage is said, never guessed over; a store that cannot be written to keeps what it has."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from streammem.errors import StoreClockError, StoreDamagedError, StoreError, StoreFullError, StoreLockedError
from streammem.store import ArrayStore, StoreConfig
from streammem.store.faults import writing


def committed(path: Path, commits: int = 3) -> Path:
    with ArrayStore.open(path, config=StoreConfig(upkeep_every=100)) as store:
        for number in range(1, commits + 1):
            store.commit({"a": np.full(5000, number), "pool": np.arange(number * 1000)}, {"n": number})
    return path


def read(path: Path) -> int:
    with ArrayStore.open(path, mode="r") as store:
        arrays, metadata = store.read()
    number = metadata["n"]
    assert (arrays["a"] == number).all() and len(arrays["pool"]) == number * 1000
    return int(number)


def newest(folder: Path) -> Path:
    return max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)


def test_flipped_byte_is_found(tmp_path: Path) -> None:
    store = committed(tmp_path / "s", commits=1)
    for chunk in (store / "data" / "chunks").iterdir():
        data = bytearray(chunk.read_bytes())
        data[len(data) // 2] ^= 1
        chunk.write_bytes(data)
        with pytest.raises(StoreDamagedError, match=r"array '(a|pool|packed)'.*recover"):
            read(store)
        data[len(data) // 2] ^= 1
        chunk.write_bytes(data)
    assert read(store) == 1


@pytest.mark.parametrize("part", ["snapshots", "manifests", "chunks"])
@pytest.mark.parametrize("damage", ["cut", "gone", "empty"])
@pytest.mark.parametrize("mode", ["a", "r"])
def test_damage_is_said_and_nothing_is_started_afresh(
    tmp_path: Path, part: str, damage: str, mode: str
) -> None:
    store = committed(tmp_path / "s")
    victim = newest(store / "data" / part)
    data = victim.read_bytes()
    if damage == "gone":
        victim.unlink()
    else:
        victim.write_bytes(b"" if damage == "empty" else data[: len(data) // 2])
    with pytest.raises(StoreDamagedError), ArrayStore.open(store, mode=mode) as opened:
        opened.read()
    victim.write_bytes(data)
    assert read(store) == 3


@pytest.mark.parametrize("part", ["snapshots", "manifests", "chunks"])
def test_recover_goes_back_one_commit_and_says_so(tmp_path: Path, part: str) -> None:
    store = committed(tmp_path / "s")
    newest(store / "data" / part).write_bytes(b"cut")
    assert ArrayStore.recover(store) == (2, 1)
    assert read(store) == 2
    with ArrayStore.open(store) as again:
        again.read()
        again.commit({"a": np.full(5000, 3), "pool": np.arange(3000)}, {"n": 3})
    assert read(store) == 3


def test_recover_refuses_what_is_beyond_help_or_in_use(tmp_path: Path) -> None:
    store = committed(tmp_path / "s")
    with ArrayStore.open(store), pytest.raises(StoreLockedError):
        ArrayStore.recover(store)
    for chunk in (store / "data" / "chunks").iterdir():
        chunk.unlink()
    with pytest.raises(StoreDamagedError, match="no commit of .* is intact"):
        ArrayStore.recover(store)


def test_data_that_vanished_is_not_a_new_store(tmp_path: Path) -> None:
    store = committed(tmp_path / "s")
    (store / "data").rename(tmp_path / "elsewhere")
    with pytest.raises(StoreDamagedError, match="should hold 3 commits"):
        ArrayStore.open(store)
    assert not any((store / "data").rglob("*"))


@pytest.mark.parametrize("text", ["", "{", '{"format": 1}', "[]"])
def test_marker_that_cannot_be_read_is_said(tmp_path: Path, text: str) -> None:
    store = committed(tmp_path / "s", commits=1)
    (store / "streammem.json").write_text(text)
    with pytest.raises(StoreDamagedError, match=r"streammem\.json"):
        ArrayStore.open(store)


def test_creation_that_was_interrupted_begins_again(tmp_path: Path) -> None:
    for leftover in ("folder", "marker", "repository"):
        path = tmp_path / leftover
        path.mkdir()
        if leftover != "folder":
            (path / "streammem.json").write_text('{"format": 1, "commits": 0}')
        if leftover == "repository":
            ArrayStore.open(path).close()
        with ArrayStore.open(path) as store:
            store.commit({"a": np.arange(3)}, {"n": 1})
            arrays, metadata = store.read()
        assert arrays["a"].tolist() == [0, 1, 2]
        assert metadata == {"n": 1}


def test_clock_set_back_holds_commits_and_loses_nothing(tmp_path: Path) -> None:
    faketime = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if faketime is None:
        pytest.skip("no libfaketime here to set a process's clock back with")
    store = committed(tmp_path / "s", commits=1)
    code = f"""
        import numpy as np
        from streammem.errors import StoreClockError
        from streammem.store import ArrayStore
        with ArrayStore.open({str(store)!r}) as store:
            store.read()
            try:
                store.commit({{"a": np.arange(4)}}, {{"n": 2}})
            except StoreClockError as error:
                print(error)
    """
    clock = {**os.environ, "LD_PRELOAD": str(faketime), "FAKETIME": "-30s"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        env=clock,
    )
    assert done.returncode == 0 and "set the clock right" in done.stdout, done.stderr
    assert read(store) == 1
    with ArrayStore.open(store) as again:
        again.read()
        again.commit({"a": np.full(5000, 2), "pool": np.arange(2000)}, {"n": 2})
    assert read(store) == 2


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("session error: invalid snapshot timestamp ordering. parent: `..`, child: `..`", StoreClockError),
        ("snapshot timestamp is invalid, please verify if the machine clock has drifted", StoreClockError),
        ("storage error: No space left on device (os error 28)", StoreFullError),
        ("session error: conflict, expected parent X, actual parent Y", StoreLockedError),
        ("something else", StoreError),
    ],
)
def test_what_icechunk_says_is_translated(tmp_path: Path, text: str, error: type[StoreError]) -> None:
    with pytest.raises(error) as caught, writing(tmp_path):
        raise RuntimeError(text)
    assert type(caught.value) is error and str(tmp_path) in str(caught.value)


def test_full_disk_keeps_the_last_commit(tmp_path: Path) -> None:
    code = f"""
        import numpy as np, os, subprocess, sys
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", {str(tmp_path)!r}]).returncode: sys.exit(77)
        from streammem.errors import StoreFullError
        from streammem.store import ArrayStore
        with ArrayStore.open({str(tmp_path)!r} + "/s") as store:
            rng, done = np.random.default_rng(0), 0
            try:
                while done < 100:
                    store.commit({{"a": rng.integers(0, 255, 400_000, dtype=np.uint8)}}, {{"n": done}})
                    done += 1
            except StoreFullError as error:
                print(error)
        with ArrayStore.open({str(tmp_path)!r} + "/s", mode="r") as store:
            arrays, metadata = store.read()
        assert 3 < done < 100 and metadata["n"] == done - 1, (done, metadata)
    """
    command = ["unshare", "-Urm", sys.executable, "-P", "-c", textwrap.dedent(code)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare here to mount a small disk with")
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("a small disk cannot be mounted here")
    assert done.returncode == 0 and "free some space" in done.stdout, done.stderr

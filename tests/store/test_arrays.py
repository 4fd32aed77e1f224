"""What was committed comes back to the bit, whatever it was and whatever came in between."""

import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from streammem.errors import StoreError, StoreLockedError, StoreNotFoundError, StoreVersionError
from streammem.store import ArrayStore, StoreConfig

KINDS = [
    np.bool_,
    np.uint8,
    np.uint16,
    np.uint32,
    np.int8,
    np.int32,
    np.int64,
    np.float16,
    np.float32,
    np.float64,
]
SMALL = StoreConfig(chunk_bytes=64, upkeep_every=3, grace_s=0.0)

ARRAYS = st.dictionaries(
    st.sampled_from(["a", "b", "group/a", "group/deep/c"]),
    st.sampled_from(KINDS).flatmap(
        lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=40))
    ),
    max_size=3,
)


def same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> bool:
    """Equal in names, dtypes, shapes and every bit."""
    return found.keys() == wanted.keys() and all(
        (found[name].dtype, found[name].shape, found[name].tobytes()) == (a.dtype, a.shape, a.tobytes())
        for name, a in wanted.items()
    )


@given(st.lists(ARRAYS, min_size=1, max_size=3))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_round_trip_to_the_bit(versions: list[dict[str, np.ndarray]]) -> None:
    with tempfile.TemporaryDirectory() as folder, ArrayStore.open(f"{folder}/s", config=SMALL) as store:
        for number, arrays in enumerate(versions):
            store.commit(arrays, {"number": number})
        with ArrayStore.open(f"{folder}/s", mode="r") as reader:
            found, metadata = reader.read()
        assert same(found, versions[-1]) and metadata == {"number": len(versions) - 1}


class AgainstADictionary(RuleBasedStateMachine):
    """Commits, changes, crashes and reopenings in any order: the store is what was last acknowledged."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = ArrayStore.open(self.path, config=SMALL)
        self.now: dict[str, np.ndarray] = {}
        self.committed: dict[str, np.ndarray] = {}

    @property
    def path(self) -> str:
        return f"{self.folder.name}/s"

    @rule(name=st.sampled_from("abc"), rows=st.integers(0, 60), seed=st.integers(0, 9))
    def write(self, name: str, rows: int, seed: int) -> None:
        self.now[name] = np.random.default_rng(seed).integers(0, 99, (rows, 3))

    @rule(name=st.sampled_from("abc"), at=st.integers(0, 59))
    def change_one_number(self, name: str, at: int) -> None:
        if name in self.now and at < len(self.now[name]):
            self.now[name][at] += 1

    @rule(name=st.sampled_from("abc"))
    def forget(self, name: str) -> None:
        self.now.pop(name, None)

    @rule()
    def commit(self) -> None:
        self.store.commit(self.now, {"names": sorted(self.now)})
        self.committed = {name: array.copy() for name, array in self.now.items()}

    @rule()
    def crash_and_reopen(self) -> None:
        self.store.close()  # never writes: what was not committed is gone
        self.store = ArrayStore.open(self.path, config=SMALL)
        self.now, _ = self.store.read()

    @invariant()
    def reader_sees_the_last_commit(self) -> None:
        if hasattr(self, "store"):
            with ArrayStore.open(self.path, mode="r") as reader:
                assert same(reader.read()[0], self.committed)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


AgainstADictionary.TestCase.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
TestAgainstADictionary = AgainstADictionary.TestCase


def test_only_changed_chunks_are_written(tmp_path: Path) -> None:
    pool = np.zeros(1_000_000, np.uint8)
    with ArrayStore.open(tmp_path / "s", config=StoreConfig(chunk_bytes=10_000)) as store:
        assert store.commit({"pool": pool}, {}).bytes_written == 1_000_000
        pool[500_000] = 1
        assert store.commit({"pool": pool}, {}).bytes_written == 10_000
        assert store.commit({"pool": pool}, {}).bytes_written == 0
    with ArrayStore.open(tmp_path / "s", config=StoreConfig(chunk_bytes=10_000)) as store:
        store.read()
        pool[0] = 1
        assert store.commit({"pool": pool}, {}).bytes_written == 10_000


def test_reader_stays_until_it_refreshes(tmp_path: Path) -> None:
    with ArrayStore.open(tmp_path / "s") as writer:
        writer.commit({"a": np.arange(3)}, {"n": 1})
        reader = ArrayStore.open(tmp_path / "s", mode="r")
        writer.commit({"a": np.arange(4)}, {"n": 2})
        assert reader.read()[1] == {"n": 1}
        assert reader.refresh() and reader.read()[1] == {"n": 2}
        assert not reader.refresh()


def test_reader_of_a_store_without_commits_waits_for_the_first(tmp_path: Path) -> None:
    with ArrayStore.open(tmp_path / "s") as writer:
        reader = ArrayStore.open(tmp_path / "s", mode="r")
        assert reader.read() == ({}, {}) and not reader.refresh()
        writer.commit({"a": np.arange(3)}, {"n": 1})
        assert reader.refresh() and reader.read()[1] == {"n": 1}


def test_folder_does_not_grow(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(200, 50))
    config = StoreConfig(upkeep_every=10, grace_s=0.0)
    with ArrayStore.open(tmp_path / "s", config=config) as store:
        store.commit({"a": rows}, {})
        once = store.nbytes()
        for number in range(120):
            rows[number] = number
            store.commit({"a": rows}, {})
            assert store.nbytes() < 14 * once
        store.upkeep()
        assert store.nbytes() < 3 * once


def test_second_writer_is_refused_and_the_first_unharmed(tmp_path: Path) -> None:
    with ArrayStore.open(tmp_path / "s") as first:
        first.commit({"a": np.arange(3)}, {})
        with pytest.raises(StoreLockedError, match=r"process \d+.*mode='r'"):
            ArrayStore.open(tmp_path / "s")
        first.commit({"a": np.arange(4)}, {})
    with ArrayStore.open(tmp_path / "s") as second:
        assert len(second.read()[0]["a"]) == 4


def child(code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-P", "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("acknowledged", [1, 4, 11])
def test_kill_loses_nothing_acknowledged_and_frees_the_lock(tmp_path: Path, acknowledged: int) -> None:
    code = f"""
        import numpy as np
        from streammem.store import ArrayStore, StoreConfig
        store = ArrayStore.open({str(tmp_path / "s")!r}, config=StoreConfig(upkeep_every=3, grace_s=0.0))
        for n in range(10_000):
            store.commit({{"a": np.full(50_000, n), "b": np.full(7, n)}}, {{"n": n}})
            print(n, flush=True)
    """
    with child(code) as process:
        assert process.stdout is not None
        last = [int(process.stdout.readline()) for _ in range(acknowledged)][-1]
        process.send_signal(signal.SIGKILL)
        last = max([last, *(int(line) for line in process.stdout.read().split())])
    with ArrayStore.open(tmp_path / "s") as store:
        arrays, metadata = store.read()
        assert last <= metadata["n"] <= last + 1
        assert all((array == metadata["n"]).all() for array in arrays.values())
        store.commit(arrays, {"n": -1})


def test_durable_commits_sync_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from streammem.store import durability

    synced: list[str] = []
    real = durability._sync
    monkeypatch.setattr(durability, "_sync", lambda path: (synced.append(path), real(path)))
    with ArrayStore.open(tmp_path / "s", durability="power") as store:
        store.commit({"a": np.arange(1000)}, {})
        present = {str(path) for path in (tmp_path / "s").rglob("*") if path.is_file()}
        assert present <= set(synced) and str(tmp_path / "s" / "data" / "chunks") in synced
        synced.clear()
        store.commit({"a": np.arange(1001)}, {})
        assert 0 < len([path for path in synced if Path(path).is_file()]) < len(present) + 6


@pytest.mark.parametrize("make", ["nothing", "file", "folder"])
def test_what_is_no_store_is_said(tmp_path: Path, make: str) -> None:
    path = tmp_path / "x"
    if make == "file":
        path.write_bytes(b"not a store")
    elif make == "folder":
        path.mkdir()
        (path / "holiday.jpg").touch()
    with pytest.raises(
        StoreNotFoundError if make == "nothing" else StoreError, match="no store|no streammem"
    ):
        ArrayStore.open(path, mode="r")
    if make != "nothing":
        with pytest.raises(StoreError, match=f"is a {make}"):
            ArrayStore.open(path)


def test_newer_format_is_refused(tmp_path: Path) -> None:
    ArrayStore.open(tmp_path / "s").close()
    (tmp_path / "s" / "streammem.json").write_text('{"format": 99, "commits": 0}')
    for mode in ("a", "r"):
        with pytest.raises(StoreVersionError, match="install a newer one"):
            ArrayStore.open(tmp_path / "s", mode=mode)


def test_reader_may_not_write_and_modes_are_checked(tmp_path: Path) -> None:
    ArrayStore.open(tmp_path / "s").close()
    with ArrayStore.open(tmp_path / "s", mode="r") as reader, pytest.raises(StoreError, match="mode='a'"):
        reader.commit({}, {})
    with pytest.raises(StoreError, match="at least 1"):
        StoreConfig(upkeep_every=0)

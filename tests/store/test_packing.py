"""Small arrays are stored together and come back as they were."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import StoreDamagedError
from streammem.store import ArrayStore, StoreConfig
from streammem.store.packing import PACKED, pack, unpack

KINDS = st.sampled_from([np.bool_, np.uint8, np.int32, np.float16, np.float64])
ARRAYS = st.dictionaries(
    st.text("ab/", min_size=1, max_size=6),
    st.tuples(KINDS, st.lists(st.integers(0, 5), max_size=3)).map(
        lambda made: np.arange(np.prod(made[1], dtype=int)).reshape(made[1]).astype(made[0])
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(ARRAYS, st.integers(0, 400))
def test_there_and_back(arrays: dict[str, np.ndarray], most: int) -> None:
    stored, table = pack(arrays, most)
    assert all(array.nbytes > most for name, array in stored.items() if name != PACKED)
    found = unpack(stored, table)
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_a_store_has_few_arrays_however_many_it_is_given(tmp_path) -> None:
    arrays = {f"part/{i}": np.full(i, i, np.int64) for i in range(50)} | {"large": np.zeros(5000)}
    with ArrayStore.open(tmp_path / "s") as store:
        store.commit(arrays, {})
        assert sorted(store._marks) == ["large", PACKED]
        arrays["part/3"] = np.zeros(3000)  # outgrows the others
        store.commit(arrays, {})
        assert sorted(store._marks) == ["large", PACKED, "part/3"]
    with ArrayStore.open(tmp_path / "s", mode="r") as reader:
        found, _ = reader.read()
    assert all(np.array_equal(found[name], array) for name, array in arrays.items())


def test_a_store_of_the_first_format_goes_on(tmp_path) -> None:
    arrays = {"a": np.arange(3), "b": np.arange(4.0)}
    with ArrayStore.open(tmp_path / "s", config=StoreConfig(pack_bytes=0)) as store:
        store.commit(arrays, {})
        assert sorted(store._marks) == ["a", "b"]
    with ArrayStore.open(tmp_path / "s") as store:
        assert np.array_equal(store.read()[0]["a"], arrays["a"])
        store.commit(arrays, {})
    with ArrayStore.open(tmp_path / "s", mode="r") as reader:
        found, _ = reader.read()
    assert np.array_equal(found["a"], arrays["a"]) and np.array_equal(found["b"], arrays["b"])


def test_bytes_that_are_cut_off_are_damage() -> None:
    stored, table = pack({"a": np.arange(10)}, 100)
    with pytest.raises(StoreDamagedError, match="'a'"):
        unpack({PACKED: stored[PACKED][:40]}, table)
    with pytest.raises(StoreDamagedError, match="'a'"):
        unpack({}, table)
    for entry in ([], ["<i8", [3]], ["nonsense", [3], 0], ["<i8", "x", 0]):
        with pytest.raises(StoreDamagedError, match="'a'"):
            unpack(stored, {"a": entry})
    with pytest.raises(ValueError, match="packed"):
        pack({PACKED: np.zeros(1)}, 8)

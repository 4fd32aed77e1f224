"""Files of OctoMap: theirs and ours are the same bytes, and a broken one is refused."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import ObservationError, StoreDamagedError, StoreNotFoundError
from streammem.spatial.bt import read_bt, write_bt

pyoctomap = pytest.importorskip("pyoctomap")
VOXEL_M = 0.05
NONE = np.zeros((0, 3))


def scattered(seed: int, reach: int = 12, count: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Occupied and free voxels about the origin, with a solid free cube among them."""
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(-reach, reach, (count, 3)), axis=0)
    cube = np.stack(np.meshgrid(*[np.arange(16, 32)] * 3), axis=-1).reshape(-1, 3)
    half = len(keys) // 2
    order = rng.permutation(len(keys))
    return (keys[order[:half]] + 0.5) * VOXEL_M, (np.concatenate([keys[order[half:]], cube]) + 0.5) * VOXEL_M


def voxels(points: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(key) for key in np.floor(points / VOXEL_M).astype(int).tolist()}


def body(path: Path) -> bytes:
    return path.read_bytes().partition(b"\ndata\n")[2]


@given(st.integers(0, 1000), st.integers(1, 40))
@settings(max_examples=10)
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, seed: int, reach: int) -> None:
    path = tmp_path_factory.mktemp("bt") / "map.bt"
    occupied, free = scattered(seed, reach)
    write_bt(path, occupied, free, VOXEL_M)
    read = read_bt(path)
    assert read.voxel_m == VOXEL_M
    wanted = voxels(occupied), voxels(free) - voxels(occupied)
    assert (voxels(read.occupied), voxels(read.free)) == wanted
    assert (len(read.occupied), len(read.free)) == tuple(map(len, wanted))


def test_octomap_reads_ours_and_writes_the_same_bytes(tmp_path: Path) -> None:
    occupied, free = scattered(1)
    write_bt(tmp_path / "ours.bt", occupied, free, VOXEL_M)
    tree = pyoctomap.OcTree(1.0)
    assert tree.readBinary(str(tmp_path / "ours.bt")) and tree.getResolution() == VOXEL_M
    assert all(tree.isNodeOccupied(tree.search(point)) for point in occupied[::7])
    assert not any(tree.isNodeOccupied(tree.search(point)) for point in free[::97])
    tree.writeBinary(str(tmp_path / "theirs.bt"))
    assert body(tmp_path / "theirs.bt") == body(tmp_path / "ours.bt")


def test_ours_reads_what_octomap_made(tmp_path: Path) -> None:
    tree = pyoctomap.OcTree(VOXEL_M)
    occupied, free = scattered(2, count=300)
    for points, hit in ((occupied, True), (free[:2000], False)):
        for point in points:
            tree.updateNode(point, hit, lazy_eval=True)
    tree.updateInnerOccupancy()
    tree.writeBinary(str(tmp_path / "theirs.bt"))
    read = read_bt(tmp_path / "theirs.bt")
    assert voxels(read.occupied) == voxels(occupied) and voxels(read.free) == voxels(free[:2000])


def test_what_is_both_is_occupied_and_nothing_is_a_map_too(tmp_path: Path) -> None:
    point = np.array([[0.01, -0.01, 3.0]])
    write_bt(tmp_path / "both.bt", point, point, VOXEL_M)
    read = read_bt(tmp_path / "both.bt")
    np.testing.assert_allclose(read.occupied, [[0.025, -0.025, 3.025]])
    assert len(read.free) == 0
    write_bt(tmp_path / "both.bt", NONE, NONE, VOXEL_M)
    assert [len(part) for part in read_bt(tmp_path / "both.bt")[:2]] == [0, 0]
    assert pyoctomap.OcTree(1.0).readBinary(str(tmp_path / "both.bt"))
    assert [path.name for path in tmp_path.iterdir()] == ["both.bt"]


@pytest.mark.parametrize(
    ("point", "voxel_m"),
    [([np.nan, 0, 0], 0.05), ([1700.0, 0, 0], 0.05), ([0, 0, 0], 0.0), ([0, 0, 0], np.inf)],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, point: list[float], voxel_m: float) -> None:
    with pytest.raises(ObservationError):
        write_bt(tmp_path / "map.bt", np.array([point], float), NONE, voxel_m)
    assert not list(tmp_path.iterdir())


HEAD = "# Octomap OcTree binary file\nid OcTree\nsize {}\nres {}\ndata\n"
DAMAGED = {
    "first line": b"# Octomap OcTree file\ndata\n",
    "no line 'data'": HEAD.format(1, 0.1).encode()[:-5],
    "only 'OcTree'": HEAD.format(1, 0.1).replace("id OcTree", "id ColorOcTree").encode(),
    "needs numbers": HEAD.format("many", 0.1).encode(),
    "which cannot be": HEAD.format(1, -0.1).encode(),
    "holds none": HEAD.format(10**18, 0.1).encode(),
    "middle of a node": HEAD.format(2, 0.1).encode() + b"\x01",
    "holds 2": HEAD.format(10**18, 0.1).encode() + b"\x01\x00",
    "too few": HEAD.format(2, 0.1).encode() + b"\x03\x00",
    "too many": HEAD.format(2, 0.1).encode() + b"\x01\x00\x01\x00",
    "16 levels": HEAD.format(18, 0.1).encode() + b"\x03\x00" * 16 + b"\x01\x00",
    "more than": HEAD.format(2, 0.1).encode() + b"\x01\x00",  # one leaf of 32768³ voxels
}


@pytest.mark.parametrize("message", DAMAGED)
def test_damage_is_named(tmp_path: Path, message: str) -> None:
    (tmp_path / "map.bt").write_bytes(DAMAGED[message])
    with pytest.raises(StoreDamagedError, match=message):
        read_bt(tmp_path / "map.bt")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFoundError):
        read_bt(tmp_path / "map.bt")


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8), st.integers(0, 10_000))
def test_any_damage_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], cut: int
) -> None:
    path = tmp_path_factory.mktemp("bt") / "map.bt"
    write_bt(path, *scattered(3, count=60), VOXEL_M)
    content = bytearray(path.read_bytes())
    for at, value in changes:
        content[at % len(content)] = value
    path.write_bytes(content[: cut if cut < len(content) else None])
    with contextlib.suppress(StoreDamagedError):
        assert len(read_bt(path, most_voxels=100_000).occupied) <= 100_000

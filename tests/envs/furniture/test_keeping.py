"""What is kept comes back; what was damaged is not trusted."""

import dataclasses
import logging
from pathlib import Path

import numpy as np
import pytest

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.solids import box
from streammem.envs.furniture.keeping import cache_folder, keep, kept


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "streammem" / "furniture"


def mesh() -> Mesh:
    picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    return dataclasses.replace(
        box((0, 0, 0), (1, 1, 1), (1, 2, 3)), surfaces=("a/0",), pictures={"a/0": picture}
    )


def test_what_is_kept_comes_back(folder: Path) -> None:
    keep("abc", mesh())
    back = kept("abc")
    assert back is not None
    for field in ("vertices", "normals", "colours", "uv", "surface", "triangles"):
        assert np.array_equal(getattr(back, field), getattr(mesh(), field))
        assert getattr(back, field).dtype == getattr(mesh(), field).dtype
    assert back.surfaces == ("a/0",)
    assert np.array_equal(back.pictures["a/0"], mesh().pictures["a/0"])
    assert [path.name for path in folder.iterdir()] == ["abc.npz"]


def test_what_was_never_kept_is_none() -> None:
    assert kept("nothing") is None


@pytest.mark.parametrize("cut", [0, 10, 600, -40])
def test_a_damaged_file_is_said_and_not_trusted(
    folder: Path, cut: int, caplog: pytest.LogCaptureFixture
) -> None:
    keep("abc", mesh())
    data = (folder / "abc.npz").read_bytes()
    (folder / "abc.npz").write_bytes(data[:cut])
    with caplog.at_level(logging.WARNING):
        assert kept("abc") is None
    assert "damaged" in caplog.text


def test_arrays_that_do_not_fit_together_are_not_trusted(caplog: pytest.LogCaptureFixture) -> None:
    keep("abc", dataclasses.replace(mesh(), triangles=np.array([[0, 1, 99]], np.int32)))
    with caplog.at_level(logging.WARNING):
        assert kept("abc") is None
    assert "fit together" in caplog.text


def test_a_folder_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with caplog.at_level(logging.WARNING):
        keep("abc", mesh())
    assert "cannot be kept" in caplog.text


def test_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/someone")
    assert cache_folder() == Path("/home/someone/.cache/streammem/furniture")

"""Zips: found by any spelling of a name, never unpacked beyond what a model needs."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from tiny_catalogue import write_catalogue

from streammem.envs.furniture import archive
from streammem.envs.furniture.archive import Archive
from streammem.errors import SourceNotFoundError, UnsupportedSourceError


def test_names_are_found_however_they_are_spelt(tmp_path: Path) -> None:
    files = Archive(write_catalogue(tmp_path / "a.sh3f"))
    plain = files.read("tiny/table/wood.png")
    for name in (
        "/tiny/table/wood.png",
        "tiny\\table\\wood.png",
        "tiny/ball/../table/wood.png",
        "../tiny/table/wood.png",
    ):
        assert files.read(name) == plain


def test_a_member_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MEMBER_MB", 1)
    monkeypatch.setattr(archive, "RATIO", 100)
    noise = np.random.default_rng(0).bytes((1 << 20) + 1)
    path = write_catalogue(tmp_path / "a.sh3f", bomb=noise, dense=bytes(1 << 20))
    for name in ("bomb", "dense"):
        with pytest.raises(UnsupportedSourceError, match="unpacks from"):
            Archive(path).read(name)


def test_what_is_not_there_or_no_zip_is_refused(tmp_path: Path) -> None:
    path = write_catalogue(tmp_path / "a.sh3f")
    with pytest.raises(SourceNotFoundError, match="no 'nothing'"):
        Archive(path).read("nothing")
    with pytest.raises(SourceNotFoundError, match="no catalogue"):
        Archive(tmp_path / "b.sh3f")
    (tmp_path / "c.sh3f").write_bytes(path.read_bytes()[:200])
    with pytest.raises(UnsupportedSourceError, match="no readable zip"):
        Archive(tmp_path / "c.sh3f")


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    path = write_catalogue(tmp_path / "a.sh3f")
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as opened:
        at = opened.getinfo("tiny/table/wood.png").header_offset
    data[at + 60 : at + 90] = bytes(30)
    path.write_bytes(data)
    with pytest.raises(UnsupportedSourceError, match="cannot be unpacked"):
        Archive(path).read("tiny/table/wood.png")


def test_the_digest_tells_folders_and_contents_apart(tmp_path: Path) -> None:
    first = Archive(write_catalogue(tmp_path / "a.sh3f"))
    second = Archive(write_catalogue(tmp_path / "b.sh3f", tiny__ball__thing_dot_mtl="newmtl red\n"))
    assert first.digest("/tiny/table") == second.digest("tiny/table")
    assert first.digest("tiny/ball") != second.digest("tiny/ball")
    assert first.fingerprint != second.fingerprint

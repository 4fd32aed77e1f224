from pathlib import Path

import pytest

from streammem.spatial.whole_file import write_whole


def test_a_file_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    write_whole(tmp_path / "map", b"one")
    write_whole(tmp_path / "map", b"two")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("map", b"two")]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "map").mkdir()
    with pytest.raises(OSError, match="map"):
        write_whole(tmp_path / "map", b"one")
    assert [file.name for file in tmp_path.iterdir()] == ["map"]

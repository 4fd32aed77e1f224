"""Entries: in metres, without those that make no sense."""

import logging
from pathlib import Path

import pytest
from tiny_catalogue import LIST, write_catalogue

from streammem.envs.furniture.catalogue import read_catalogue
from streammem.errors import UnsupportedSourceError


def test_entries_are_read_in_metres(tmp_path: Path) -> None:
    table, ball, _ = read_catalogue(write_catalogue(tmp_path / "a.sh3f")).entries
    assert (table.name, table.kind, table.creator, table.licence) == ("Table", "Living room", "Renée", "CC0")
    assert (table.width_m, table.depth_m, table.height_m) == (1.2, 0.8, 0.75)
    assert (table.top_m, table.path, table.movable, table.elevation_m) == (0.75, "tiny/thing", True, 0.0)
    assert ball.top_m is None


def test_entries_that_make_no_sense_are_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        catalogue = read_catalogue(write_catalogue(tmp_path / "a.sh3f"))
    assert catalogue.skipped == 2
    assert "entry 4 is left out" in caplog.text
    assert "entry 5 is left out" in caplog.text


@pytest.mark.parametrize(
    "line", ["modelRotation#1=1 0 0", "modelRotation#1=a b", "elevation#1=-5", "width#1="]
)
def test_bad_numbers_leave_an_entry_out(tmp_path: Path, line: str) -> None:
    path = write_catalogue(tmp_path / "a.sh3f", PluginFurnitureCatalog_dot_properties=f"{LIST}\n{line}\n")
    assert read_catalogue(path).skipped == 3


def test_a_zip_without_a_list_is_no_catalogue(tmp_path: Path) -> None:
    (tmp_path / "empty.sh3f").write_bytes(b"PK\x05\x06" + bytes(18))
    with pytest.raises(UnsupportedSourceError, match="no PluginFurnitureCatalog"):
        read_catalogue(tmp_path / "empty.sh3f")

"""Models: upright, in our axes, at their declared size, with colours and pictures."""

import builtins
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_catalogue import MTL, box_obj, picture, write_catalogue

from streammem.envs.furniture.catalogue import Entry, read_catalogue
from streammem.envs.furniture.reading import Piece, read_model
from streammem.errors import UnsupportedSourceError


def read(tmp_path: Path, obj: str, *, wood: bytes | None = None, **changes: Any) -> list[Piece]:
    """The table's entry with another model."""
    more = {} if wood is None else {"tiny__table__wood_dot_png": wood}
    catalogue = read_catalogue(write_catalogue(tmp_path / "a.sh3f", tiny__table__thing_dot_obj=obj, **more))
    return read_model(catalogue.archive, replace(catalogue.entries[0], **changes))


def test_the_box_is_the_declared_one_on_the_floor(tmp_path: Path) -> None:
    (piece,) = read(tmp_path, box_obj(((3, 1, -2), (9, 5, 8))))
    np.testing.assert_allclose(piece.corners.min((0, 1)), (-0.6, -0.4, 0), atol=1e-9)
    np.testing.assert_allclose(piece.corners.max((0, 1)), (0.6, 0.4, 0.75), atol=1e-9)
    assert piece.colour == (255, 0, 0)


def test_up_is_up_and_the_front_faces_minus_y(tmp_path: Path) -> None:
    """A large box with a small one on top, in front of it and at its right: toward +y, +z and +x in the file."""
    (piece,) = read(tmp_path, box_obj(((0, 0, 0), (4, 4, 4)), ((3, 4, 3), (4, 5, 4))))
    top = piece.corners[piece.corners[..., 2] > 0.74]
    assert top[:, 0].min() > 0.25
    assert top[:, 1].max() < -0.15


def test_triangles_look_outward(tmp_path: Path) -> None:
    (piece,) = read(tmp_path, box_obj(((0, 0, 0), (1, 1, 1))))
    away = piece.corners.mean(1) - (0, 0, 0.375)
    normal = np.cross(piece.corners[:, 1] - piece.corners[:, 0], piece.corners[:, 2] - piece.corners[:, 0])
    assert ((normal * away).sum(1) > 0).all()


def test_the_catalogue_turns_a_model(tmp_path: Path) -> None:
    """About x by a quarter turn: what was up comes to the front."""
    obj = box_obj(((0, 0, 0), (1, 4, 1)), ((0, 4, 0), (0.1, 4.5, 0.1)))
    (piece,) = read(tmp_path, obj, turn=(1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0))
    front = piece.corners[piece.corners[..., 1] < -0.39]
    assert front[:, 0].max() < -0.45


def test_pictures_come_with_their_first_row_on_top(tmp_path: Path) -> None:
    (piece,) = read(tmp_path, box_obj(((0, 0, 0), (1, 1, 1)), material="wood"))
    assert piece.picture is not None
    assert piece.uv is not None
    assert piece.picture[:120].mean() > 100
    assert piece.picture[136:].max() == 0
    assert sorted(np.unique(piece.uv)) == [0, 1]


def test_glass_is_pale_and_a_lost_picture_grey(tmp_path: Path) -> None:
    (glass,) = read(tmp_path, box_obj(((0, 0, 0), (1, 1, 1)), material="glass"))
    (lost,) = read(tmp_path, box_obj(((0, 0, 0), (1, 1, 1)), material="lost"))
    assert min(glass.colour) > 120
    assert min(lost.colour) > 120


def test_triangles_on_clear_parts_of_a_picture_are_left_out(tmp_path: Path) -> None:
    obj = box_obj(((0, 0, 0), (1, 1, 1)), material="wood")
    (half,) = read(tmp_path, obj, wood=picture((9, 9, 9, 255)))  # the lower half is clear
    assert half.picture is not None
    assert half.picture.max() <= 9
    with pytest.raises(UnsupportedSourceError, match="0 triangles"):
        read(tmp_path, obj, wood=picture((9, 9, 9, 0)))


@pytest.mark.parametrize(
    "obj", ["", "v 0 0 0\n", "f 1 2 3\n", "v 0 0 x\nf 1 1 1\n", "v nan nan nan\nf 1 1 1\n"]
)
def test_broken_models_are_refused(tmp_path: Path, obj: str) -> None:
    with pytest.raises(UnsupportedSourceError):
        read(tmp_path, obj)


def test_a_damaged_picture_leaves_the_colour(tmp_path: Path) -> None:
    (piece,) = read(tmp_path, box_obj(((0, 0, 0), (1, 1, 1)), material="wood"), wood=picture()[:60])
    assert piece.picture is None
    assert min(piece.colour) > 120


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedSourceError, match="no OBJ"):
        read(tmp_path, box_obj(((0, 0, 0), (1, 1, 1))), model="/tiny/table/wood.png")


def test_without_trimesh_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def fake(name: str, *more: Any) -> Any:
        if name == "trimesh":
            raise ImportError(name)
        return real(name, *more)

    entry = Entry(name="a", kind="", tags=(), model="a.obj", width_m=1, depth_m=1, height_m=1)
    archive = read_catalogue(write_catalogue(tmp_path / "a.sh3f", a_dot_obj=MTL)).archive
    monkeypatch.setattr(builtins, "__import__", fake)
    with pytest.raises(ImportError, match=r"streammem\[furniture\]"):
        read_model(archive, entry)

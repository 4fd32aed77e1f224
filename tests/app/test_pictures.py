"""A question's picture is opened with care; an answer's carries its box."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from streammem.app.pictures import MOST_PIXELS, boxed, file_name, open_picture, shrunk
from streammem.errors import SourceNotFoundError, UnsupportedSourceError
from streammem.types import BoundingBox


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1"])
def test_every_kind_of_picture_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "picture.png"
    Image.new("RGB", (7, 5), (200, 30, 30)).convert(mode).save(path)
    assert open_picture(path).shape == (5, 7, 3) and open_picture(path).dtype == np.uint8


def test_upright_as_the_camera_says(tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # a phone held upright
    Image.new("RGB", (40, 20)).save(path, exif=exif)
    assert open_picture(path).shape == (40, 20, 3)


def test_missing_picture(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="no picture at"):
        open_picture(tmp_path / "nothing.png")


def test_cut_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    Image.effect_noise((64, 64), 50).save(path)
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(UnsupportedSourceError, match="cannot be read as a picture"):
        open_picture(path)


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"%PDF-1.4"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(content)
    with pytest.raises(UnsupportedSourceError, match="give a JPEG, PNG"):
        open_picture(path)


@pytest.mark.parametrize("side", [8_400, 10_000, 13_500])
def test_a_bomb_is_refused_by_its_header(tmp_path: Path, side: int) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (side, side)).save(path)
    assert path.stat().st_size < 200_000 < MOST_PIXELS
    with pytest.raises(UnsupportedSourceError, match="shrink it"):
        open_picture(path)


def test_the_box_is_drawn_where_it_is() -> None:
    grey = np.full((60, 80, 3), 128, dtype=np.uint8)
    drawn = np.asarray(boxed(grey, BoundingBox(0.25, 0.25, 0.75, 0.75)))
    changed = (drawn != grey).any(axis=2)
    assert changed[15:45, 20:60].sum() == changed.sum() > 0
    assert not changed[24:36, 30:50].any()
    assert (np.asarray(boxed(grey, None)) == grey).all()


@pytest.mark.parametrize("box", [(0, 0, 1, 1), (1, 1, 1, 1), (0.5, 0.5, 0.5, 0.5)])
def test_boxes_at_the_rim_can_be_drawn(box: tuple[float, float, float, float]) -> None:
    assert boxed(np.zeros((9, 7, 3), dtype=np.uint8), BoundingBox(*box)).size == (7, 9)


def test_shrinking_leaves_small_pictures_alone() -> None:
    packed = io.BytesIO()
    Image.effect_noise((300, 200), 40).convert("RGB").save(packed, "JPEG")
    assert shrunk(packed.getvalue(), 300) == packed.getvalue()
    assert Image.open(io.BytesIO(shrunk(packed.getvalue(), 150))).size == (150, 100)


def test_names_stay_in_their_folder() -> None:
    assert file_name("01", "../../etc/passwd", "1:02.3") == "01_etc_passwd_1_02.3"
    assert file_name("..", "") == "x_x"

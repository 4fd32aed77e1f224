"""Label pictures there and back, and what other tools write."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from streammem.errors import ObservationError, SourceNotFoundError, UnsupportedSourceError
from streammem.heads.label_pictures import LabelPicture, read_labels, write_labels
from streammem.heads.palette import colours

LABELS = np.array([[0, 1, 2], [3, 2, 0]], np.int32)


def saved(folder: Path, array: np.ndarray, mode: str | None = None) -> Path:
    path = folder / "labels.png"
    picture = Image.fromarray(array)
    (picture if mode is None else picture.convert(mode)).save(path)
    return path


def test_palette_is_that_of_davis() -> None:
    table = colours()
    known = {0: (0, 0, 0), 1: (128, 0, 0), 2: (0, 128, 0), 3: (128, 128, 0), 4: (0, 0, 128), 8: (64, 0, 0)}
    known |= {15: (192, 128, 128), 20: (0, 64, 128), 21: (128, 64, 128), 255: (224, 224, 192)}
    assert {label: tuple(table[label].tolist()) for label in known} == known
    assert len({tuple(colour) for colour in table.tolist()}) == 256


@settings(max_examples=30)
@given(
    labels=arrays(np.int32, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.integers(0, 65534))
)
def test_there_and_back(tmp_path_factory: pytest.TempPathFactory, labels: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("labels") / "labels.png"
    write_labels(path, labels)
    assert np.array_equal(read_labels(path).labels, labels)


def test_few_objects_are_a_palette_picture(tmp_path: Path) -> None:
    write_labels(tmp_path / "a.png", LABELS)
    with Image.open(tmp_path / "a.png") as opened:
        assert opened.mode == "P"
        assert np.array_equal(np.asarray(opened.convert("RGB")), colours()[LABELS])


def test_many_objects_are_sixteen_bits(tmp_path: Path) -> None:
    write_labels(tmp_path / "a.png", LABELS * 300)
    with Image.open(tmp_path / "a.png") as opened:
        assert opened.mode.startswith("I;16")
    assert read_labels(tmp_path / "a.png").objects == (300, 600, 900)


@pytest.mark.parametrize("bad", [-1, 65535])
def test_labels_that_do_not_fit_are_refused(tmp_path: Path, bad: int) -> None:
    with pytest.raises(ObservationError, match="0..65534"):
        write_labels(tmp_path / "a.png", np.full((2, 2), bad, np.int32))


def test_void_is_no_object(tmp_path: Path) -> None:
    read = read_labels(saved(tmp_path, np.array([[0, 1, 255]], np.uint8)))
    assert read.labels.tolist() == [[0, 1, 0]] and read.void.tolist() == [[False, False, True]]
    assert read.kind == "labels"


@pytest.mark.parametrize(
    ("array", "mode"),
    [
        (np.array([[0, 255]], np.uint8), None),
        (np.array([[0, 65535]], np.uint16), None),
        (np.array([[0, 255]], np.uint8), "1"),
    ],
)
def test_black_and_white_is_one_object(tmp_path: Path, array: np.ndarray, mode: str | None) -> None:
    read = read_labels(saved(tmp_path, array, mode))
    assert (read.kind, read.labels.tolist(), read.void.any()) == ("binary", [[0, 1]], False)


def test_whoever_knows_better_says_so(tmp_path: Path) -> None:
    path = saved(tmp_path, np.array([[0, 255]], np.uint8))
    assert read_labels(path, binary=False).void.tolist() == [[False, True]]
    assert read_labels(saved(tmp_path, np.array([[0, 7]], np.uint8)), binary=True).labels.tolist() == [[0, 1]]


def test_palette_white_is_void_not_an_object(tmp_path: Path) -> None:
    picture = Image.fromarray(np.array([[0, 255]], np.uint8))
    picture.putpalette(colours().tobytes())
    picture.save(tmp_path / "a.png")
    assert read_labels(tmp_path / "a.png").void.tolist() == [[False, True]]


def test_the_palettes_own_colours_are_understood(tmp_path: Path) -> None:
    read = read_labels(saved(tmp_path, colours()[LABELS]))
    assert read.kind == "colours" and np.array_equal(read.labels, LABELS)


def test_other_colours_are_refused_with_their_count(tmp_path: Path) -> None:
    rgb = np.array([[[0, 0, 0], [255, 10, 30], [9, 9, 9]]], np.uint8)
    with pytest.raises(UnsupportedSourceError, match="3 colours, 2 of them"):
        read_labels(saved(tmp_path, rgb))


def test_transparency_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedSourceError, match="transparent"):
        read_labels(saved(tmp_path, np.zeros((2, 2, 4), np.uint8)))


def test_jpeg_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.jpg")
    with pytest.raises(UnsupportedSourceError, match="JPEG"):
        read_labels(tmp_path / "a.jpg")


def test_no_file_and_no_picture(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError):
        read_labels(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(UnsupportedSourceError):
        read_labels(tmp_path / "a.png")


def test_truncated_picture_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, np.random.default_rng(0).integers(0, 5, (90, 90)).astype(np.uint8))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UnsupportedSourceError, match="cannot be read"):
        read_labels(path)


def test_too_many_pixels_are_refused_by_the_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streammem.heads.label_pictures.MOST_PIXELS", 5)
    with pytest.raises(UnsupportedSourceError, match="3x2 pixels"):
        read_labels(saved(tmp_path, LABELS.astype(np.uint8)))


def test_objects_are_in_order() -> None:
    picture = LabelPicture(labels=LABELS, void=LABELS > 9, kind="labels")
    assert picture.objects == (1, 2, 3)

"""Label pictures beside the colours of a log."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from streammem.errors import UnsupportedSourceError
from streammem.perception.sources import open_source


@pytest.fixture
def log(tmp_path: Path, tum: Callable[..., Path]) -> Path:
    """Three frames with labels of 16 bits, 32 bits, and of none."""
    folder = tum(tmp_path / "log", 3, delay_s=0.0)
    cv2.imwrite(str(folder / "a.png"), np.full((48, 64), 65535, np.uint16))
    Image.fromarray(np.full((24, 32), 70_000, np.int32)).save(folder / "b.tif")
    (folder / "labels.txt").write_text("100.0 a.png\n100.04 b.tif\n")
    (folder / "names.json").write_text(json.dumps({"70000": "cup"}))
    return folder


def test_labels_come_with_their_frames(log: Path) -> None:
    with open_source(log) as source:
        first, second, third = source
    assert np.unique(first.labels).tolist() == [65535] and third.labels is None
    assert second.labels.shape == (48, 64) and np.unique(second.labels).tolist() == [70_000]
    assert (
        first.labels.dtype == np.int32 and source.names == {70_000: "cup"} and "2 with labels" in source.found
    )


@pytest.mark.parametrize("array", [np.zeros((48, 64), np.uint8), np.zeros((48, 64), np.float32)])
def test_what_is_no_label_picture_is_left_out(log: Path, array: np.ndarray) -> None:
    Image.fromarray(array).save(log / "b.tif")
    with open_source(log) as source:
        frames = list(source)
    assert frames[1].labels is None and frames[1].depth_m is not None and source.incomplete["labels"] == 1


@pytest.mark.parametrize("text", ["[]", '{"cup": 7}', "{", "[" * 100_000])
def test_names_that_are_none_are_an_error(log: Path, text: str) -> None:
    (log / "names.json").write_text(text)
    with pytest.raises(UnsupportedSourceError, match="names by label"):
        open_source(log)

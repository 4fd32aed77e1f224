"""`streammem track` as people use it."""

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from streammem.app.cli import run
from streammem.app.exits import Exit
from streammem.heads import rle
from streammem.heads.label_pictures import read_labels, write_labels


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Twelve pictures of a disc that moves over a still ground."""
    folder = tmp_path / "clip"
    folder.mkdir()
    ground = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (96, 160, 3), np.uint8), (9, 9), 3)
    for t in range(12):
        picture = ground.copy()
        cv2.circle(picture, (40 + 3 * t, 48), 18, (30, 40, 230), -1)
        cv2.imwrite(str(folder / f"{t:03d}.png"), picture)
    return folder


def disc(t: int = 0) -> np.ndarray:
    return cv2.circle(np.zeros((96, 160), np.uint8), (40 + 3 * t, 48), 18, 1, -1)


def test_follows_a_mask_into_files(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mask, out = tmp_path / "first.png", tmp_path / "out"
    write_labels(mask, disc().astype(np.int32) * 4)
    assert run(["track", str(clip), "--mask", str(mask), "--out", str(out), "--json"]) == Exit.OK
    said = json.loads(capsys.readouterr().out)
    assert said["frames"] == 12
    assert said["objects"] == {"4": 12}
    pictures = sorted((out / "masks").iterdir())
    assert len(pictures) == 12
    last = read_labels(pictures[-1]).labels == 4
    truth = disc(11) > 0
    assert (last & truth).sum() / (last | truth).sum() > 0.7
    lines = (out / "tracks.txt").read_text().splitlines()
    assert [line.split(",")[:2] for line in lines] == [[str(t + 1), "4"] for t in range(12)]
    records = json.loads((out / "tracks.json").read_text())
    assert np.array_equal(rle.decode(records[-1]["segmentation"]), last)
    with av.open(str(out / "overlay.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 12


def test_boxes_and_points_are_numbered_and_explained(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    tokens = ["track", str(clip), "--box", "20,28,42,42", "--out", str(out), "--no-video", "--seconds", "0.2"]
    assert run(tokens) == Exit.OK
    shown = capsys.readouterr()
    assert "object 1:" in shown.err
    assert "Tracked 1 object" in shown.out
    assert not (out / "overlay.mp4").exists()


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        ([], Exit.USAGE, "--mask"),
        (["--mask", "x.png", "--box", "1,2,3,4"], Exit.USAGE, "--mask"),
        (["--box", "1,2,3"], Exit.USAGE, "left,top,width,height"),
        (["--box", "a,b,c,d"], Exit.USAGE, "whole pixels"),
        (["--point", "500,500"], Exit.SOURCE, "outside"),
        (["--mask", "none.png"], Exit.SOURCE, "none.png"),
        (["--point", "5,5", "--side", "0"], Exit.USAGE, "side"),
        (["--point", "40,48", "--weights", "none.pth"], Exit.SOURCE, "none.pth"),
    ],
)
def test_what_cannot_be(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], code: Exit, says: str
) -> None:
    assert run(["track", str(clip), "--out", str(tmp_path / "out"), *more]) == code
    shown = capsys.readouterr()
    assert says in shown.out + shown.err

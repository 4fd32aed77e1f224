"""`streammem track` as people use it."""

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from streammem.app.cli import run
from streammem.app.corrections import parse_correction
from streammem.app.exits import Exit
from streammem.heads import rle
from streammem.heads.label_pictures import read_labels, write_labels


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


def squares(path: Path, size: tuple[int, int] = (96, 160), **at: int) -> str:
    """A label picture with a square of 20 pixels an object, `_id=left`."""
    labels = np.zeros(size, np.int32)
    for name, left in at.items():
        labels[30:50, left : left + 20] = int(name[1:])
    write_labels(path, labels)
    return str(path)


def masks(out: Path) -> list[np.ndarray]:
    return [read_labels(path).labels for path in sorted((out / "masks").iterdir())]


@pytest.mark.parametrize(("wanted", "left"), [("4", {4}), ("900,4", {4, 900}), ("", {4, 7, 900})])
def test_only_wanted_objects_are_followed(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], wanted: str, left: set[int]
) -> None:
    first = squares(tmp_path / "first.png", _4=10, _7=60, _900=110)
    more = ["--objects", wanted] if wanted else []
    tokens = ["track", str(clip), "--mask", first, "--out", str(tmp_path / "out"), "--no-video", "--json"]
    assert run([*tokens, "--seconds", "0.1", *more]) == Exit.OK
    assert set(json.loads(capsys.readouterr().out)["objects"]) == {str(id) for id in left}
    assert all(set(np.unique(found)) <= left | {0} for found in masks(tmp_path / "out"))
    assert set(np.unique(masks(tmp_path / "out")[0])) == left | {0}


def test_corrections_hold_at_their_frame_and_not_before(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = squares(tmp_path / "first.png", _4=10, _7=60)
    fix, new = squares(tmp_path / "fix.png", _4=90), squares(tmp_path / "new.png", _9=130)
    out = tmp_path / "out"
    tokens = ["track", str(clip), "--mask", first, "--out", str(out), "--no-video", "--json"]
    more = ["--correct", f"3:{fix}", "--correct", f"0.16s:{new}", "--correct", f"500:{fix}"]
    assert run([*tokens, *more]) == Exit.OK
    shown = capsys.readouterr()
    said = json.loads(shown.out)
    assert said["unused"] == [f"500:{fix}"] and said["notes"] == []
    assert f"--correct 500:{fix} was not used: tracking ended after frame 11" in shown.err
    found = masks(out)
    times = {r["image_id"]: r["t_s"] for r in json.loads((out / "tracks.json").read_text())}
    come = min(t for t, t_s in times.items() if t_s >= 0.16 - 1e-6)
    assert (found[3][30:50, 90:110] == 4).all() and not (found[3][:, :40] == 4).any()
    assert (found[2][:, 90:] != 4).all()
    assert [int((labels == 9).sum()) for labels in found[:come]] == [0] * come
    assert (found[come][30:50, 130:150] == 9).all()


def test_corrections_of_the_first_frame_are_painted_over_it(clip: Path, tmp_path: Path) -> None:
    first, fix = squares(tmp_path / "first.png", _4=10, _7=60), squares(tmp_path / "fix.png", _4=70)
    tokens = ["track", str(clip), "--mask", first, "--out", str(tmp_path / "out"), "--no-video", "--quiet"]
    assert run([*tokens, "--seconds", "0.01", "--correct", f"0:{fix}"]) == Exit.OK
    (found,) = masks(tmp_path / "out")
    assert (found[30:50, 70:90] == 4).all() and (found == 4).sum() == 400
    assert (found[30:50, 60:70] == 7).all() and (found == 7).sum() == 200


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (["--objects", "9"], Exit.USAGE, "no label picture holds object 9: {first} holds 4, 7"),
        (["--objects", "0"], Exit.USAGE, "0 is the ground"),
        (["--objects", "a,b"], Exit.USAGE, "labels with commas"),
        (["--correct", "fix.png"], Exit.USAGE, "no correction"),
        (["--correct", "3:"], Exit.USAGE, "no correction"),
        (["--correct", "x:fix.png"], Exit.USAGE, "'x' is no time"),
        (["--correct", "3:none.png"], Exit.SOURCE, "none.png"),
        (["--correct", "3:{empty}"], Exit.USAGE, "marks none of the objects"),
        (["--correct", "3:{first}", "--objects", "5", "--correct", "4:{five}"], Exit.USAGE, "marks none"),
        (["--correct", "1s:{first}", "--start", "2"], Exit.USAGE, "before --start 2 s"),
        (["--correct", "3:{small}"], Exit.USAGE, "small.png is 20x40, the frame 160x96"),
    ],
)
def test_objects_and_corrections_that_cannot_be(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], code: Exit, says: str
) -> None:
    names = {
        "first": squares(tmp_path / "first.png", _4=10, _7=60),
        "five": squares(tmp_path / "five.png", _5=10),
        "empty": squares(tmp_path / "empty.png"),
        "small": squares(tmp_path / "small.png", (40, 20), _4=0),
    }
    tokens = ["track", str(clip), "--mask", names["first"], "--out", str(tmp_path / "out"), "--no-video"]
    assert run([*tokens, *(token.format(**names) for token in more)]) == code
    assert says.format(**names) in capsys.readouterr().err
    if "3:{small}" in more:  # what was found before is whole
        frames = {record["image_id"] for record in json.loads((tmp_path / "out" / "tracks.json").read_text())}
        assert frames == {0, 1, 2} and len(masks(tmp_path / "out")) == 3


def test_masks_of_another_size_are_named(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = squares(tmp_path / "small.png", (40, 30), _4=0)
    assert run(["track", str(clip), "--mask", small, "--out", str(tmp_path / "out")]) == Exit.USAGE
    assert "small.png is 30x40, the frame 160x96: give it the frame's size" in capsys.readouterr().err


def test_frames_that_change_size_are_said(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in sorted(clip.iterdir())[4:]:
        cv2.imwrite(str(path), cv2.resize(cv2.imread(str(path)), (80, 48)))
    first, out = squares(tmp_path / "first.png", _4=30), tmp_path / "out"
    tokens = ["track", str(clip), "--mask", first, "--out", str(out), "--no-video"]
    assert run([*tokens, "--json"]) == Exit.OK
    (note,) = json.loads(capsys.readouterr().out)["notes"]
    assert "changed from (96, 160) to (48, 80)" in note["note"]
    assert [found.shape for found in masks(out)] == [(96, 160)] * 4 + [(48, 80)] * 8
    assert run(tokens) == Exit.OK
    assert "changed from (96, 160) to (48, 80)" in capsys.readouterr().err


def test_objects_are_chosen_from_a_mask_only(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["track", str(clip), "--point", "40,48", "--objects", "1"]) == Exit.USAGE
    assert "--mask" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "frame", "t_s", "path"),
    [
        ("120:a.png", 120, None, "a.png"),
        ("4.8s:a.png", None, 4.8, "a.png"),
        ("1:23:a/b.png", None, 83, "a/b.png"),
    ],
)
def test_corrections_are_read_as_people_write_them(text: str, frame, t_s, path: str) -> None:
    found = parse_correction(text)
    assert (found.frame, found.t_s, str(found.path)) == (frame, t_s, path)
    assert parse_correction(str(found)) == found


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

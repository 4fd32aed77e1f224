"""`streammem track --store` and what can be asked of such a memory afterwards."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from streammem import StreamMemory
from streammem.app.cli import run
from streammem.app.exits import Exit
from streammem.heads.label_pictures import read_labels, write_labels

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def printed(capsys: pytest.CaptureFixture[str], *tokens: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    code = run([str(token) for token in tokens])
    out, err = capsys.readouterr()
    return code, out, err


def masks(out: Path) -> dict[str, np.ndarray]:
    return {path.stem: read_labels(path).labels for path in sorted((out / "masks").iterdir())}


def keys(found: object) -> set[str]:
    if isinstance(found, list):
        return set().union(*map(keys, found))
    return set(found).union(*map(keys, found.values())) if isinstance(found, dict) else set()


def disc_mask(path: Path) -> Path:
    """The disc of the clip's first picture as object 4."""
    write_labels(path, cv2.circle(np.zeros((96, 160), np.uint8), (40, 48), 18, 4, -1).astype(np.int32))
    return path


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    return disc_mask(tmp_path / "first.png")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, disc_clip: Callable[[Path], Path]) -> Path:
    """A folder with a store that has tracked the first 5 of the clip's 12 pictures, and their results in out/."""
    folder = tmp_path_factory.mktemp("made")
    clip, mask = disc_clip(folder / "clip"), disc_mask(folder / "first.png")
    tokens = ["track", clip, "--mask", mask, "--store", folder / "a.zarr", "--out", folder / "out"]
    assert run([*map(str, tokens), "--seconds", "0.2", "--no-video", "--quiet"]) == Exit.OK
    return folder


@pytest.fixture
def begun(made: Path, tmp_path: Path) -> Path:
    """A copy of that store, and of its results beside it."""
    shutil.copytree(made / "out", tmp_path / "out")
    return Path(shutil.copytree(made / "a.zarr", tmp_path / "a.zarr"))


def test_two_runs_are_one(
    clip: Path, mask: Path, begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    first = (out / "tracks.txt").read_bytes()
    code, said, err = printed(capsys, "track", clip, "--store", begun, "--out", out)
    assert code == Exit.OK and "up to 0:00.2: going on from there with frame 5" in err
    assert "overlay-00005.mp4" in said and f"find {begun} --object 4" in said
    tokens = ["track", clip, "--mask", mask, "--store", tmp_path / "b.zarr", "--out", whole, "--json"]
    code, said, _ = printed(capsys, *tokens, "--stream", "clip")
    facts = json.loads(said)
    assert (facts["first_frame"], facts["seen_s"], facts["stream"]) == (0, None, "clip")
    assert facts["nbytes"] <= facts["budget"] == 64_000_000
    one, two = masks(whole), masks(out)
    assert list(one) == list(two) == [f"{number:05d}" for number in range(12)]
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert (out / "tracks.txt").read_bytes() == first
    assert (whole / "tracks.txt").read_bytes() == first + (out / "tracks-00005.txt").read_bytes()
    numbers = [record["image_id"] for record in json.loads((out / "tracks-00005.json").read_text())]
    assert numbers == list(range(5, 12))
    with StreamMemory.open(begun, mode="r") as a, StreamMemory.open(tmp_path / "b.zarr", mode="r") as b:
        assert a.last_seen(4) == b.last_seen(4) and a.find(object=4) == b.find(object=4)


def test_nothing_new_leaves_no_files(
    clip: Path, begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ["track", clip, "--store", begun, "--out", tmp_path / "out"]
    assert printed(capsys, *again)[0] == Exit.OK
    before = sorted((tmp_path / "out").rglob("*"))
    code, said, _ = printed(capsys, *again)
    assert code == Exit.OK and "Nothing new" in said and "0:00.4" in said
    code, said, _ = printed(capsys, *again, "--json")
    assert code == Exit.OK and json.loads(said)["frames"] == 0 and json.loads(said)["first_frame"] == 12
    assert sorted((tmp_path / "out").rglob("*")) == before


def test_object_is_asked_for_by_its_number(
    begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = tmp_path / "proof"
    code, said, _ = printed(capsys, "find", begun, "--object", 4, "--json", "--save-pictures", proof)
    found = json.loads(said)
    assert code == Exit.OK and found["query"]["object"] == 4 and found["times"] == 1
    assert found["last"]["frame"] == 4 and found["last"]["t_s"] == pytest.approx(0.16)
    left, right = (found["last"]["box"][side] for side in ("left", "right"))
    assert left == pytest.approx((40 + 12 - 18) / 160, abs=0.03)
    assert right == pytest.approx((40 + 12 + 18) / 160, abs=0.03)
    assert {hit["object"] for hit in found["hits"]} == {4}
    assert cv2.imread(found["hits"][-1]["picture"]) is not None
    code, said, _ = printed(capsys, "find", begun, "--object", 4)
    assert code == Exit.OK and "Object 4 was seen 1 time, last at 0:00.2, frame 4, x " in said
    assert "first at" in said and "score" not in said


def test_object_that_was_not_seen_is_said(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = printed(capsys, "find", begun, "--object", 9)
    assert code == Exit.NOTHING and "nobody followed an object 9; looks are kept of: 4" in said
    code, said, _ = printed(capsys, "find", begun, "--object", 4, "--during", "5..6")
    assert code == Exit.NOTHING and "was not seen there" in said
    code, said, _ = printed(capsys, "find", begun, "--object", 9, "--json")
    found = json.loads(said)
    assert code == Exit.NOTHING and (found["times"], found["last"], found["hits"]) == (0, None, [])


def test_info_names_what_was_followed(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, said, _ = printed(capsys, "info", begun, "--json")
    (followed,) = json.loads(said)["followed"]
    assert (followed["object"], followed["stream"], followed["frame"]) == (4, "clip", 4)
    _, said, _ = printed(capsys, "info", begun)
    assert re.search(r"followed +4 \(last seen 0:00.2 of clip\)", said)


def test_documented_keys_are_the_printed_ones(
    clip: Path, begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documented = set(re.findall(r"`(\w+)`", PAGE.read_text().split("## JSON")[1]))
    tokens = ["track", clip, "--store", begun, "--out", tmp_path / "out"]
    for command in (tokens, ["find", begun, "--object", 4], ["info", begun]):
        found = json.loads(printed(capsys, *command, "--json")[1])
        for varying in ("objects", "spaces", "parts", "dropped"):
            found.pop(varying, None)
        assert keys(found) <= documented


def test_mask_of_a_later_frame_is_given_with_its_time(
    clip: Path, begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    later = tmp_path / "later.png"
    labels = np.zeros((96, 160), np.int32)
    labels[5:25, 120:140] = 9
    write_labels(later, labels)
    tokens = ["track", clip, "--store", begun, "--out", tmp_path / "out", "--json", "--no-video"]
    code, said, _ = printed(capsys, *tokens, "--mask", later, "--start", 0.32)
    assert code == Exit.OK and json.loads(said)["objects"].keys() == {"4", "9"}
    assert json.loads(said)["first_frame"] == 5 and json.loads(said)["frames"] == 4
    assert (masks(tmp_path / "out")["00005"][5:25, 120:140] == 9).all()


def test_correction_brings_an_object_into_a_later_run(
    clip: Path, begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fix = tmp_path / "fix.png"
    labels = np.zeros((96, 160), np.int32)
    labels[5:25, 120:140] = 9
    write_labels(fix, labels)
    tokens = ["track", clip, "--store", begun, "--out", tmp_path / "out", "--json", "--no-video"]
    code, said, _ = printed(capsys, *tokens, "--correct", f"7:{fix}")
    assert code == Exit.OK and json.loads(said)["objects"].keys() == {"4", "9"}
    found = masks(tmp_path / "out")
    assert not (found["00006"] == 9).any() and (found["00007"][5:25, 120:140] == 9).all()


def test_results_of_other_frames_are_not_overwritten(
    clip: Path, begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "out" / "masks" / "00007.png"
    taken.write_bytes(b"of another run")
    code, _, err = printed(capsys, "track", clip, "--store", begun, "--out", tmp_path / "out")
    assert code == Exit.USAGE and f"goes on with frame 5, and {taken} is there already" in err
    assert taken.read_bytes() == b"of another run"
    with StreamMemory.open(begun, mode="r") as memory:
        assert memory.info().streams[0].frames == 5


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (["--mask", "{mask}"], Exit.USAGE, "goes on from there without --mask"),
        (["--mask", "{mask}", "--start", "0.1"], Exit.USAGE, "with --start TIME its frame"),
        (["--correct", "3:{mask}"], Exit.USAGE, "is for one of them"),
        (["--correct", "0.1s:{mask}"], Exit.USAGE, "is for one of them"),
        (["--stream", "other"], Exit.USAGE, "seen nothing of other, so say what to follow"),
        (["--stream", "other", "--mask", "{mask}"], Exit.SOURCE, "one stream at a time"),
        (["--side", "96"], Exit.USAGE, "tracks at --side 288, not 96"),
        (["--weights", "none.pth"], Exit.SOURCE, "none.pth"),
        (["--weights", "{mask}"], Exit.STORE, "made with the network"),
        (["--budget", "32MB"], Exit.STORE, "leave budget out"),
    ],
)
def test_what_a_store_cannot_go_on_with(
    clip: Path,
    mask: Path,
    begun: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    code: Exit,
    says: str,
) -> None:
    tokens = ["track", clip, "--store", begun, "--out", tmp_path / "new"]
    found, out, err = printed(capsys, *tokens, *(token.format(mask=mask) for token in more))
    assert (found, out) == (code, "") and says in err
    with StreamMemory.open(begun, mode="r") as memory:
        assert memory.info().streams[0].frames == 5


@pytest.mark.parametrize(
    ("source", "more", "code", "says"),
    [
        ("{clip}", ["--store", "{new}"], Exit.USAGE, "seen nothing of clip, so say what to follow"),
        ("none.mp4", ["--store", "{new}", "--mask", "{mask}"], Exit.SOURCE, "none.mp4"),
        ("{clip}", ["--store", "{new}", "--mask", "{mask}", "--weights", "{mask}"], Exit.SOURCE, "first.png"),
        ("{clip}", ["--store", "{new}", "--mask", "{mask}", "--budget", "lots"], Exit.USAGE, "64 MB"),
        ("{clip}", ["--mask", "{mask}", "--budget", "64MB"], Exit.USAGE, "give --store as well"),
        ("{clip}", ["--mask", "{mask}", "--stream", "a"], Exit.USAGE, "give --store as well"),
    ],
)
def test_mistake_leaves_no_store(
    clip: Path,
    mask: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    source: str,
    more: list[str],
    code: Exit,
    says: str,
) -> None:
    names = {"clip": clip, "mask": mask, "new": tmp_path / "new.zarr"}
    tokens = [token.format(**names) for token in [source, *more]]
    found, out, err = printed(capsys, "track", *tokens, "--out", tmp_path / "out")
    assert (found, out) == (code, "") and says in err
    assert not (tmp_path / "new.zarr").exists()


def test_too_small_a_budget_can_be_put_right(
    clip: Path, mask: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = ["track", clip, "--mask", mask, "--store", tmp_path / "a.zarr", "--out", tmp_path / "out"]
    code, _, err = printed(capsys, *tokens, "--budget", "1MB")
    assert code == Exit.USAGE and "larger budget" in err
    assert printed(capsys, *tokens, "--seconds", 0.01)[0] == Exit.OK


def test_store_that_follows_nothing_says_how_to_make_one(
    clip: Path, mask: Path, street: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = ["track", clip, "--mask", mask, "--store", street, "--out", tmp_path / "out"]
    for command in (tokens, ["find", street, "--object", 4]):
        code, out, err = printed(capsys, *command)
        assert (code, out) == (Exit.USAGE, "") and f"{street} follows no objects" in err
        assert "--store NEW" in err
    assert json.loads(printed(capsys, "info", street, "--json")[1])["followed"] == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--object", "0"], "from 1 on"),
        (["--object", "4", "--min-score", "0.5"], "leave it out"),
        (["--object", "4", "--text", "disc"], "ask one thing"),
    ],
)
def test_questions_that_cannot_be(
    street: Path, capsys: pytest.CaptureFixture[str], more: list[str], says: str
) -> None:
    code, out, err = printed(capsys, "find", street, *more)
    assert (code, out) == (Exit.USAGE, "") and says in err


def test_ctrl_c_commits_and_the_next_run_goes_on(
    clip: Path, mask: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, out = tmp_path / "s.zarr", tmp_path / "out"
    script = (
        "import itertools, os, signal, streammem.stream as s\n"
        "real, count = s.StreamMemory.track, itertools.count()\n"
        "def track(self, *given):\n"
        "    found = real(self, *given)\n"
        "    if next(count) == 6: os.kill(os.getpid(), signal.SIGINT)\n"
        "    return found\n"
        "s.StreamMemory.track = track\n"
        "from streammem.app.cli import main; main()"
    )
    tokens = ["track", str(clip), "--store", str(store), "--out", str(out), "--no-video"]
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, *tokens, "--mask", str(mask)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == Exit.INTERRUPTED == 128 + signal.SIGINT, done.stderr
    assert "committed" in done.stdout and "without --mask" in done.stdout
    with StreamMemory.open(store, mode="r") as memory:
        assert memory.info().streams[0].frames == 7
    assert printed(capsys, *tokens)[0] == Exit.OK
    assert len(masks(out)) == 12 and (out / "tracks-00007.txt").exists()

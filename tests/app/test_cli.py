"""The commands as people use them: what they print, what they return, how they end."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from streammem import StreamMemory
from streammem.app.cli import run
from streammem.app.exits import Exit


def printed(capsys: pytest.CaptureFixture[str], *tokens: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    code = run([str(token) for token in tokens])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, street: Path) -> Path:
    """A picture out of the street, as a file."""
    with StreamMemory.open(street, mode="r") as memory:
        hit = memory.find(at=8.5)[0]
        path = tmp_path_factory.mktemp("still") / "still.jpg"
        path.write_bytes(memory.jpeg(hit) or b"")
    return path


def test_words_find_a_bicycle_and_say_where(capsys: pytest.CaptureFixture[str], street: Path) -> None:
    code, out, _ = printed(capsys, "find", street, "--text", "bicycle", "--json")
    found = json.loads(out)
    assert code == Exit.OK and list(found) == ["store", "query", "min_score", "best_score", "hits"]
    best = found["hits"][0]
    assert best["score"] > 0.9 and best["t_s"] > 4 and best["times"] == len(best["occurrences"])
    assert 0 <= best["box"]["left"] < best["box"]["right"] <= 1
    code, out, _ = printed(capsys, "find", street, "--text", "bicycle")
    assert code == Exit.OK and "score" in out and "0:0" in out and "\x1b" not in out


def test_picture_finds_its_moment_and_saves_the_proof(
    capsys: pytest.CaptureFixture[str], street: Path, still: Path, tmp_path: Path
) -> None:
    code, out, _ = printed(
        capsys, "find", street, "--image", still, "--json", "--save-pictures", tmp_path / "proof"
    )
    best = json.loads(out)["hits"][0]
    assert code == Exit.OK and best["score"] > 0.9
    assert best["interval"][0] <= 8.6 and best["interval"][1] >= 7.4
    assert cv2.imread(str(next((tmp_path / "proof").iterdir()))) is not None


def test_nothing_like_that_is_said_and_returned(
    capsys: pytest.CaptureFixture[str], street: Path, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.png"
    cv2.imwrite(str(noise), np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8))
    code, out, err = printed(capsys, "find", street, "--image", noise)
    assert code == Exit.NOTHING and "Nothing like" in out + err and "best score" in out + err


def test_timeline_info_export_and_report_agree(
    capsys: pytest.CaptureFixture[str], street: Path, tmp_path: Path
) -> None:
    _, out, _ = printed(capsys, "info", street, "--json")
    facts = json.loads(out)
    _, out, _ = printed(capsys, "timeline", street, "--json")
    events = json.loads(out)
    events = events["events"] if isinstance(events, dict) else events
    assert len(events) == facts["events"] and facts["nbytes"] <= facts["budget"]
    code, _, _ = printed(capsys, "export", street, "-o", tmp_path / "all.json")
    assert code == Exit.OK and len(json.loads((tmp_path / "all.json").read_text())["events"]) == len(events)
    code, out, _ = printed(capsys, "export", street, "--format", "csv", "-o", "-")
    assert code == Exit.OK and out.splitlines()[0].startswith("kind,")
    code, _, _ = printed(capsys, "report", street, "-o", tmp_path / "page.html")
    assert code == Exit.OK and "<html" in (tmp_path / "page.html").read_text()


def test_frames_that_the_source_could_not_give_are_said(
    bikes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = tmp_path / "cut.mp4"
    with av.open(str(bikes)) as whole, av.open(str(cut), "w", options={"movflags": "faststart"}) as copy:
        track = copy.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            packet.stream = track
            if packet.dts is not None:
                copy.mux(packet)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    assert run(["watch", str(cut), "--store", str(tmp_path / "a.zarr"), "--fps", "2"]) == 0
    assert "could not give: 1 truncated" in capsys.readouterr().out
    assert run(["watch", str(cut), "--store", str(tmp_path / "b.zarr"), "--fps", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lost"] == {"truncated": 1}


def test_watching_again_finds_nothing_new(
    capsys: pytest.CaptureFixture[str], bikes: Path, tmp_path: Path
) -> None:
    command = ["watch", bikes, "--store", tmp_path / "s.zarr", "--encoder", "classic", "--json"]
    code, out, _ = printed(capsys, *command, "--seconds", "3")
    first = json.loads(out)
    assert code == Exit.OK and first["to_s"] < 3 and first["frames"] == 75
    _, out, _ = printed(capsys, *command)
    assert json.loads(out)["frames"] == 175
    code, out, _ = printed(capsys, *command)
    assert code == Exit.OK and json.loads(out)["frames"] == 0


@pytest.mark.parametrize(
    ("tokens", "code", "says"),
    [
        (["find", "{street}", "--text", "bicykle"], Exit.USAGE, "bicycle"),
        (["find", "{street}"], Exit.USAGE, "--text"),
        (["find", "{street}", "--text", "dog", "--top", "0"], Exit.USAGE, "top"),
        (["find", "{street}", "--at", "1:99"], Exit.USAGE, "1:99"),
        (["find", "{street}", "--image", "{tmp}/none.png"], Exit.SOURCE, "none.png"),
        (["find", "{tmp}/none.zarr", "--text", "dog"], Exit.STORE, "none.zarr"),
        (["info", "{tmp}"], Exit.STORE, "no streammem store"),
        (["watch", "{tmp}/none.mp4", "--store", "{tmp}/a.zarr"], Exit.SOURCE, "none.mp4"),
        (["watch", "{tmp}/empty.mp4", "--store", "{tmp}/b.zarr"], Exit.SOURCE, "empty.mp4"),
        (["watch", "{bikes}", "--store", "{tmp}/c.zarr", "--budget", "lots"], Exit.USAGE, "64 MB"),
        (["watch", "{bikes}", "--store", "{tmp}/d.zarr", "--budget", "1kB"], Exit.USAGE, "bytes"),
        (["watch", "{bikes}", "--store", "{tmp}/e.zarr", "--encoder", "magic"], Exit.USAGE, "magic"),
    ],
)
def test_each_mistake_has_its_exit_code_and_remedy(
    capsys: pytest.CaptureFixture[str],
    street: Path,
    bikes: Path,
    tmp_path: Path,
    tokens: list[str],
    code: Exit,
    says: str,
) -> None:
    (tmp_path / "empty.mp4").touch()
    filled = [token.format(street=street, bikes=bikes, tmp=tmp_path) for token in tokens]
    found, out, err = printed(capsys, *filled)
    assert (found, out) == (code, "")
    assert says in err and "Traceback" not in err


def test_ctrl_c_commits_and_says_how_to_go_on(bikes: Path, tmp_path: Path) -> None:
    store = tmp_path / "s.zarr"
    slow = ["watch", str(bikes), "--store", str(store), "--encoder", "classic", "--commit-every", "0.05"]
    script = (
        "import itertools, os, signal, streammem.stream as s\n"
        "real, count = s.StreamMemory._enter, itertools.count()\n"
        "def enter(self, frame):\n"
        "    real(self, frame)\n"
        "    if next(count) == 60: os.kill(os.getpid(), signal.SIGINT)\n"
        "s.StreamMemory._enter = enter\n"
        "from streammem.app.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, *slow], capture_output=True, text=True, check=False
    )
    assert done.returncode == Exit.INTERRUPTED == 128 + signal.SIGINT, done.stderr
    assert "committed" in done.stdout + done.stderr and "go on" in done.stdout + done.stderr
    with StreamMemory.open(store, mode="r") as memory:
        assert memory.info().streams[0].frames >= 61


def test_help_is_instant_and_teaches() -> None:
    script = (
        "import sys\nfrom streammem.app.cli import run\ncode = run(['--help'])\n"
        "heavy = {'torch', 'cv2', 'timm', 'zarr', 'icechunk', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in ("watch", "find", "timeline", "report", "Exit codes"))


def test_reader_that_has_enough_is_no_error(street: Path) -> None:
    line = f"'{sys.executable}' -P -c 'from streammem.app.cli import main; main()' export '{street}' | head -c 20"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert len(done.stdout) == 20 and done.stderr == ""


def test_documented_keys_are_the_printed_ones(capsys: pytest.CaptureFixture[str], street: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text().split("## JSON")[1]
    documented = set(re.findall(r"`(\w+)`", page))

    def keys(found: object) -> set[str]:
        if isinstance(found, list):
            return set().union(*map(keys, found))
        return set(found).union(*map(keys, found.values())) if isinstance(found, dict) else set()

    for tokens in (["find", "--text", "bicycle"], ["find", "--at", "3"], ["timeline"], ["info"]):
        _, out, _ = printed(capsys, tokens[0], street, *tokens[1:], "--json")
        found = json.loads(out)
        for varying in ("spaces", "parts", "dropped"):
            found.pop(varying, None)
        assert keys(found) <= documented

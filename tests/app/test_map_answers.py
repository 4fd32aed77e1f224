"""What a map answers on the command line, in exports and on the page."""

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from app.mapped import HALF_S, ON_CABINET, room, walk, write_store
from PIL import Image

from streammem import StreamMemory
from streammem.app.cli import run
from streammem.app.exits import Exit
from streammem.app.report import page
from streammem.types import Box, MapChange

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def printed(capsys: pytest.CaptureFixture[str], *tokens: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    code = run([str(token) for token in tokens])
    out, err = capsys.readouterr()
    return code, out, err


def size(picture: str | Path) -> tuple[int, int]:
    with Image.open(picture) as opened:
        return opened.size


def found(capsys: pytest.CaptureFixture[str], *tokens: object) -> dict:
    code, out, _ = printed(capsys, *tokens, "--json")
    assert code == Exit.OK
    return json.loads(out)


@pytest.fixture(autouse=True)
def opened_once(memory: StreamMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading a store takes most of a second; what is open answers again."""
    monkeypatch.setattr(StreamMemory, "open", lambda *_, **__: memory)


@pytest.fixture(scope="module")
def memory(store: Path) -> StreamMemory:
    """The store, read from disk."""
    return StreamMemory.open(store, mode="r")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A walk in which the ball goes from the table to the cabinet, and the vase goes."""
    return write_store(tmp_path_factory.mktemp("shelf") / "room.zarr")


def test_what_moved_is_at_its_new_place(
    capsys: pytest.CaptureFixture[str], store: Path, tmp_path: Path
) -> None:
    told = found(capsys, "where", store, "--text", "ball", "--save-pictures", tmp_path)
    best = told["hits"][0]
    assert best["label"] == "ball" and best["score"] == 1 and best["gone_s"] is None
    assert np.linalg.norm(np.subtract(best["xyz"][:2], ON_CABINET[:2])) < 0.3
    assert best["times"] == 2 and best["occurrences"][0][0] == 0 and best["interval"][0] > HALF_S
    assert all(low < high for low, high in zip(*best["extent"].values(), strict=True))
    assert (
        size(best["picture"]) == (160, 120) and size(told["picture"])[0] > 500 and "ball" in best["picture"]
    )
    _, out, _ = printed(capsys, "where", store, "--text", "ball")
    assert "ball (object" in out and "second place" in out and "0:00.0" in out


def test_what_went_says_since_when(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    code, out, _ = printed(capsys, "where", store, "--text", "vase")
    assert code == Exit.OK and "gone since" in out and "not there any more" in out
    vase = found(capsys, "where", store, "--text", "vase")["hits"][0]
    assert vase["gone_s"] >= HALF_S > vase["interval"][1]


def test_by_place_by_number_and_nothing(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    x, y, _ = room().thing(room().find("table")[0]).at
    near = found(capsys, "where", store, "--near", f"{x},{y},0.7", "--radius", "0.5", "--top", "3")
    assert near["hits"][0]["label"] == "table" and near["query"]["radius_m"] == 0.5
    number = near["hits"][0]["thing"]
    assert found(capsys, "where", store, "--object", number)["hits"][0]["label"] == "table"
    for asked in (("--object", "99"), ("--near", "-50,0,0"), ("--text", "ball", "--near", "50,0,0")):
        code, out, _ = printed(capsys, "where", store, *asked)
        assert code == Exit.NOTHING and len(out.splitlines()) == 1
    code, _, err = printed(capsys, "where", store, "--text", "unicorn")
    assert code == Exit.USAGE and "lite" in err  # this memory's encoder knows no words


def test_by_picture(capsys: pytest.CaptureFixture[str], store: Path, tmp_path: Path) -> None:
    crop = tmp_path / "seen.png"
    Image.fromarray(walk()[2].rgb).save(crop)
    code, out, _ = printed(capsys, "where", store, "--image", crop, "--json")
    told = json.loads(out)
    assert code == Exit.OK and told["best_score"] > 0.9 and all(hit["xyz"] for hit in told["hits"])
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)).save(crop)
    code, out, _ = printed(capsys, "where", store, "--image", crop, "--min-score", "1")
    assert code == Exit.NOTHING and "Nothing like" in out


def test_ways(capsys: pytest.CaptureFixture[str], store: Path, tmp_path: Path) -> None:
    way = tmp_path / "new" / "way.png"
    told = found(capsys, "route", store, "--to-text", "ball", "--picture", way)
    points = told["route"]["points"]
    assert told["goal"]["label"] == "ball" and np.allclose(points[-1], told["goal"]["xyz"], atol=1e-3)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    assert told["route"]["length_m"] == pytest.approx(steps.sum(), rel=0.2)
    assert size(way)[0] > 500 and told["from"] == "last"
    code, out, _ = printed(capsys, "route", store, "--from", "3.8,1.2,1.5", "--to", "-0.5,1.8,0.9")
    assert code == Exit.OK and out.startswith(tuple("0123456789")) and "-0.50 1.80 0.90" in out
    thing = told["goal"]["thing"]
    assert found(capsys, "route", store, "--to-object", thing)["route"]["points"] == points
    code, out, _ = printed(capsys, "route", store, "--to-object", "99")
    assert code == Exit.NOTHING and "has no object 99" in out
    code, out, _ = printed(capsys, "route", store, "--to-object", "99", "--json")
    assert code == Exit.NOTHING and json.loads(out)["route"] is None


def test_changes_since_half_way(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    told = found(capsys, "changes", store, "--since", HALF_S + 0.1)["changes"]
    moved = [change for change in told if change["kind"] == "moved"]
    assert [change["label"] for change in moved] == ["ball"] and moved[0]["came_from"][0] > 2
    assert "vase" in [change["label"] for change in told if change["kind"] == "vanished"]
    code, out, _ = printed(capsys, "changes", store, "--since", HALF_S + 0.1)
    assert code == Exit.OK and "moved" in out
    assert min(change["t_s"] for change in told) > HALF_S
    code, out, _ = printed(capsys, "changes", store, "--since", "1:00:00")
    assert code == Exit.NOTHING and "Nothing changed" in out


def test_bits_of_surface_are_summed_up(
    capsys: pytest.CaptureFixture[str], store: Path, monkeypatch: pytest.MonkeyPatch, memory: StreamMemory
) -> None:
    around = Box(low=(0, 0, 0), high=(1, 1, 1))
    bits = [
        MapChange(t_s=t_s, kind="removed", centre=(0.5, 0.5, 0.5), extent=around, voxels=7)
        for t_s in (1.0, 2.0)
    ]
    monkeypatch.setattr(StreamMemory, "changes", lambda *_, **__: bits)
    code, out, _ = printed(capsys, "changes", store)
    assert code == Exit.NOTHING and "14 voxels" in out and "--all" in out and "removed" not in out
    code, out, _ = printed(capsys, "changes", store, "--all")
    assert code == Exit.OK and out.count("removed") == 2
    assert '"surface_gone":{"voxels":14,"steps":2}' in page(memory, words=[], picture_bytes=0)


def test_info_and_export_hold_the_map(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    _, out, _ = printed(capsys, "info", store)
    assert "surface voxels of 5 cm" in out and "landmarks" in out
    facts = found(capsys, "info", store)["map"]
    code, out, _ = printed(capsys, "export", store)
    content = json.loads(out)
    assert code == Exit.OK and len(content["things"]) == facts["objects"]
    assert len(content["landmarks"]) == facts["landmarks"] and len(content["ways"]) == facts["edges"]
    ball = next(thing for thing in content["things"] if thing["label"] == "ball")
    assert len(ball["places"]) == 2 and {change["kind"] for change in content["changes"]} >= {"moved"}


def test_the_page_shows_the_map(memory: StreamMemory) -> None:
    text, small = page(memory, words=[]), page(memory, words=[], picture_bytes=0)
    content = json.loads(
        re.search(r'<script type="application/json" id="memory">(.*?)</script>', text, re.S)[1]
    )
    shown = content["map"]
    address = content["pictures"][shown["picture"]]
    assert address.startswith("data:image/png;base64,")
    assert Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).size[0] > 500
    things = {thing["label"]: thing for thing in shown["things"]}
    assert things["ball"]["places"] == 2 and things["vase"]["gone_s"] is not None
    assert shown["things"][-1]["gone_s"] is not None  # what is gone comes last
    assert {"moved", "vanished"} <= {change["kind"] for change in shown["changes"]}
    assert all(
        thing["picture"] is not None for thing in shown["things"] if thing["label"] in ("ball", "sofa")
    )
    assert '"map":{' in small and '"pictures":[]' in small
    assert 'id="map-things"' in text and 'scope = "col"' in text


def keys(told: object) -> set[str]:
    if isinstance(told, list):
        return set().union(*map(keys, told))
    return set(told).union(*map(keys, told.values())) if isinstance(told, dict) else set()


def test_documented_keys_of_answers(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    documented = set(re.findall(r"`(\w+)`", PAGE.read_text().split("## JSON")[1]))
    for tokens in (
        ("where", "--text", "ball"),
        ("route", "--to-text", "ball"),
        ("changes",),
        ("export",),
    ):
        json_too = () if tokens[0] == "export" else ("--json",)
        _, out, _ = printed(capsys, tokens[0], store, *tokens[1:], *json_too)
        told = json.loads(out)
        for varying in ("spaces", "parts", "dropped"):
            told.get("info", {}).pop(varying, None)
        assert keys(told) <= documented, keys(told) - documented

"""`streammem map`: logs become maps, go on where they stopped, and are refused before anything is made."""

import json
import logging
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from app.mapped import CAMERA, FRAMES, walk, write_log

from streammem import StreamMemory
from streammem.app.cli import run
from streammem.app.exits import Exit
from streammem.app.map_options import MapOptions
from streammem.app.map_start import map_start, opened
from streammem.config import MemoryConfig
from streammem.memory.spatial_config import SpatialConfig

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def printed(capsys: pytest.CaptureFixture[str], *tokens: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    code = run([str(token) for token in tokens])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(tmp_path_factory.mktemp("logs") / "walk", walk()[: FRAMES // 2])


def plain(log: Path, store: Path, *more: object) -> tuple[object, ...]:
    return ("map", log, "--store", store, "--encoder", "classic", "--budget", "16MB", *more)


def test_a_log_becomes_a_map_in_two_runs(
    capsys: pytest.CaptureFixture[str], log: Path, tmp_path: Path
) -> None:
    store, mesh, picture = tmp_path / "room.zarr", tmp_path / "room.ply", tmp_path / "room.png"
    code, out, err = printed(capsys, *plain(log, store, "--seconds", "2"))
    assert code == Exit.OK and "7-Scenes" in err and "up in its world is (0, 0, 1)" in err
    assert "drawn by 4 frames" in out and "0.8 m" in out and f"streammem where {store}" in out
    command = plain(
        log, store, "--voxel", "0.05", "--up", "z", "--mesh", mesh, "--picture", picture, "--json"
    )
    code, out, _ = printed(capsys, *command)
    done = json.loads(out)
    drawn = done["map"]
    assert code == Exit.OK and done["frames"] == FRAMES // 2 - 4 and drawn["frames"] == FRAMES // 2
    assert drawn["surface"] > 1000 and drawn["landmarks"] >= 2 and drawn["skipped"] == {}
    assert 0 < drawn["nbytes"] <= drawn["budget"] and 0.5 < drawn["walk_m"] < 2
    assert mesh.read_bytes().startswith(b"ply") and drawn["mesh"] == str(mesh)
    assert cv2.imread(str(picture)).std() > 10 and drawn["picture"] == str(picture)
    documented = set(re.findall(r"`(\w+)`", PAGE.read_text().split("## JSON")[1]))
    assert set(done) | set(drawn) <= documented
    with StreamMemory.open(store, mode="r") as memory:
        assert memory.config.spatial.up == (0.0, 0.0, 1.0)
    assert run([str(token) for token in command]) == Exit.OK  # nothing new is no fault
    capsys.readouterr()
    for wish in (("--voxel", "0.1"), ("--far", "3"), ("--up", "-y")):
        code, _, err = printed(capsys, *plain(log, store, *wish))
        assert code == Exit.USAGE and wish[0] in err and "leave" in err


def test_frames_that_cannot_draw_are_counted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log = write_log(tmp_path / "walk", walk()[:4])
    for place, name in enumerate(sorted(path.name for path in log.glob("*.pose.txt"))[:2]):
        (log / name).write_text("not a pose" if place else "")
    store = tmp_path / "room.zarr"
    code, out, _ = printed(capsys, *plain(log, store))
    assert code == Exit.OK and "2 with no pose" in out and "drawn by 2 frames" in out
    _, out, _ = printed(capsys, "info", store)
    assert "left out: 2 no pose" in out


def test_a_video_and_depth_in_another_unit_leave_no_store(
    capsys: pytest.CaptureFixture[str], carphone: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    store = tmp_path / "room.zarr"
    code, _, err = printed(capsys, "map", carphone, "--store", store)
    assert code == Exit.SOURCE and "RGB-D log" in err and "streammem watch" in err
    log = write_log(tmp_path / "walk", walk()[:3])
    code, _, err = printed(capsys, *plain(log, store, "--depth-scale", "1"))
    assert code == Exit.SOURCE and "--depth-scale" in err
    code, _, err = printed(capsys, *plain(log, store, "--start", "60"))
    assert code == Exit.SOURCE and "no frame" in err
    (log / "camera-intrinsics.txt").unlink()
    code, _, err = printed(capsys, *plain(log, store))
    assert code == Exit.SOURCE and "here that is --intrinsics" in err
    code, _, err = printed(capsys, *plain(tmp_path / "none", store))
    assert code == Exit.SOURCE and "none" in err
    assert not store.exists()


def test_watched_stores_have_no_map(capsys: pytest.CaptureFixture[str], street: Path, log: Path) -> None:
    for command in (("where", "--near", "0,0,0"), ("route", "--to", "0,0,0"), ("changes",)):
        code, out, err = printed(capsys, command[0], street, *command[1:])
        assert (code, out) == (Exit.USAGE, "") and "has no map" in err
    code, _, err = printed(capsys, "map", log, "--store", street)
    assert code == Exit.USAGE and "has no map" in err


def test_an_empty_map_answers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    store = tmp_path / "room.zarr"
    config = MemoryConfig(spatial=SpatialConfig.drawn())
    StreamMemory.open(store, budget="16 MB", encoder="classic", config=config).close()
    for asked in (
        ("where", "--near", "0,0,0"),
        ("where", "--object", "1"),
        ("route", "--to", "0,0,0"),
        ("route", "--to", "0,0,0", "--from", "1,1,1"),
        ("changes",),
    ):
        code, out, _ = printed(capsys, asked[0], store, *asked[1:])
        assert code == Exit.NOTHING and len(out.splitlines()) == 1
        code, out, _ = printed(capsys, asked[0], store, *asked[1:], "--json")
        assert code == Exit.NOTHING and not json.loads(out).get("hits")
    for command in (("info",), ("export",), ("report", "-o", tmp_path / "page.html")):
        assert printed(capsys, command[0], store, *command[1:])[0] == Exit.OK
    assert '"map":null' in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("asked", "up"), [(None, (0, 0, 1)), ("camera", None), ((0.0, -2.0, 0.0), (0, -1, 0))]
)
def test_up_is_the_nearest_axis_or_what_the_camera_holds_up(
    log: Path, tmp_path: Path, asked: object, up: tuple[float, ...] | None
) -> None:
    options = MapOptions(store=tmp_path / "s.zarr", up=asked, intrinsics=(132, 132, 79.5, 59.5, 160, 120))
    assert opened(options)["intrinsics"] == CAMERA
    found = map_start(str(log), options).spatial.up
    assert np.allclose(found, -walk()[0].world_from_camera[:3, 1] if up is None else up, atol=1e-6)
    assert map_start(str(log), options).budget == "256MB"


@pytest.mark.parametrize(
    ("tokens", "says"),
    [
        (["map", "x", "--store", "s", "--voxel", "0"], "--voxel"),
        (["map", "x", "--store", "s", "--voxel", "2", "--far", "1"], "--far"),
        (["map", "x", "--store", "s", "--up", "sideways"], "--up"),
        (["map", "x", "--store", "s", "--up", "0,0,0"], "--up"),
        (["map", "x", "--store", "s", "--intrinsics", "1,2,3"], "fx,fy"),
        (["map", "x", "--store", "s", "--intrinsics", "500,500,320,240,640.5,480"], "whole pixels"),
        (["map", "x", "--store", "s", "--mesh", "a.obj"], ".ply"),
        (["map", "x", "--store", "s", "--picture", "a.jpg"], ".png"),
        (["map", "x", "--store", "s", "--budget", "-3"], "bytes"),
        (["where", "s"], "--text"),
        (["where", "s", "--text", "cup", "--object", "3"], "one of"),
        (["where", "s", "--text", " "], "--text is empty"),
        (["where", "s", "--near", "1,2"], "x,y,z"),
        (["where", "s", "--near", "1,2,nan"], "x,y,z"),
        (["where", "s", "--text", "cup", "--radius", "2"], "--near"),
        (["where", "s", "--near", "1,2,3", "--radius", "-1"], "--radius"),
        (["where", "s", "--object", "0"], "from 1 on"),
        (["where", "s", "--object", "2", "--near", "-1,2,3"], "leave"),
        (["where", "s", "--text", "cup", "--top", "0"], "--top"),
        (["where", "s", "--text", "cup", "--min-score", "2"], "--min-score"),
        (["route", "s"], "--to"),
        (["route", "s", "--to", "1,2,3", "--to-text", "cup"], "one of"),
        (["route", "s", "--from", "here", "--to", "1,2,3"], "--from"),
        (["route", "s", "--to-object", "0"], "from 1 on"),
        (["route", "s", "--to", "1,2,3", "--picture", "way.gif"], ".png"),
        (["changes", "s", "--since", "1:99"], "1:99"),
    ],
)
def test_each_mistake_is_named(capsys: pytest.CaptureFixture[str], tokens: list[str], says: str) -> None:
    code, out, err = printed(capsys, *tokens)
    assert (code, out) == (Exit.USAGE, "") and says in err and "Traceback" not in err


def test_help_of_the_map_is_instant(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("map", "where", "route", "changes"):
        code, out, _ = printed(capsys, command, "--help")
        assert code == Exit.OK and command in out

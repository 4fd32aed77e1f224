"""Habitat's episode files, read, written, and broken."""

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest

from streammem.envs.habitat.episode import Episode, Goal, ViewPoint
from streammem.envs.habitat.episodes import read_episodes, write_episodes
from streammem.errors import ObservationError, SourceNotFoundError, UnsupportedSourceError

# As habitat-lab's files have them: y up, the agent turned left by a quarter.
POINT = {
    "episode_id": "7",
    "scene_id": "data/scene_datasets/gibson/Adrian.glb",
    "start_position": [1.0, 0.5, -2.0],
    "start_rotation": [0, math.sqrt(0.5), 0, math.sqrt(0.5)],
    "info": {"geodesic_distance": 4.5, "difficulty": "easy"},
    "goals": [{"position": [3.0, 0.5, -4.0], "radius": 0.2}],
    "shortest_paths": None,
    "start_room": None,
}
OBJECT = {
    **POINT,
    "goals": [],
    "object_category": "chair",
    "scene_id": "hm3d/val/00800-TEEsavR23oF/TEEsavR23oF.basis.glb",
}
CHAIRS = [
    {
        "position": [3.0, 0.4, -4.0],
        "radius": None,
        "object_id": 21,
        "object_name": "chair_21",
        "object_category": "chair",
        "room_id": 2,
        "room_name": None,
        "view_points": [{"agent_state": {"position": [2.5, 0, -3.5], "rotation": [0, 0, 0, 1]}, "iou": 0.25}],
    }
]


def stored(folder: Path, data: Any, name: str = "val.json.gz") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    text = (data if isinstance(data, str) else json.dumps(data)).encode()
    file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return file


def test_point_nav(tmp_path: Path) -> None:
    (episode,) = read_episodes(stored(tmp_path, {"episodes": [POINT]})).episodes
    assert (episode.episode_id, episode.start, episode.geodesic_m) == ("7", (1.0, 2.0, 0.5), 4.5)
    assert episode.start_yaw == pytest.approx(math.pi / 2)
    assert episode.goals == (Goal(position=(3.0, 4.0, 0.5), radius_m=0.2),)
    assert episode.info["difficulty"] == "easy"


def test_object_nav_has_goals_by_category(tmp_path: Path) -> None:
    data = {
        "episodes": [OBJECT],
        "goals_by_category": {"TEEsavR23oF.basis.glb_chair": CHAIRS},
        "category_to_task_category_id": {"chair": 0},
    }
    found = read_episodes(stored(tmp_path, data))
    (goal,) = found.episodes[0].goals
    assert (goal.object_id, goal.room, goal.category, found.categories) == (21, 2, "chair", {"chair": 0})
    assert goal.view_points == (ViewPoint(position=(2.5, 3.5, 0.0), iou=0.25),)


def test_scenes_in_files_of_their_own(tmp_path: Path) -> None:
    main = {"episodes": [], "content_scenes_path": "{data_path}/content/{scene}.json.gz"}
    stored(tmp_path, {"episodes": [POINT]}, "content/a.json.gz")
    stored(tmp_path, {"episodes": [{**POINT, "episode_id": "8"}]}, "content/b.json.gz")
    assert [e.episode_id for e in read_episodes(stored(tmp_path, main)).episodes] == ["7", "8"]


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_there_and_back(tmp_path: Path, name: str) -> None:
    view = ViewPoint(position=(1.0, 2.0, 0.0), yaw=0.5, iou=0.1)
    goal = Goal(position=(1.0, 2.0, 0.7), object_id=3, category="cup", room=1, view_points=(view,))
    episodes = tuple(
        Episode(
            episode_id=str(i), scene=f"apartment/1/{i}", start=(i, 2.0, 0.0), start_yaw=1.0,
            goals=(goal,), category="cup", geodesic_m=3.0, info={"seed": i},
        )
        for i in range(3)
    )  # fmt: skip
    write_episodes(tmp_path / name, episodes)
    write_episodes(tmp_path / f"again_{name}", episodes)
    found = read_episodes(tmp_path / name).episodes
    assert [(e.episode_id, e.start, e.category, e.geodesic_m, e.info["seed"]) for e in found] == [
        (e.episode_id, e.start, e.category, e.geodesic_m, e.info["seed"]) for e in episodes
    ]
    assert found[0].goals[0].view_points[0].yaw == pytest.approx(0.5)
    assert (tmp_path / name).read_bytes() == (tmp_path / f"again_{name}").read_bytes()


@pytest.mark.parametrize("metres", [math.inf, None])
def test_what_cannot_be_reached_is_left_out_and_counted(tmp_path: Path, metres: float | None) -> None:
    far = {**POINT, "info": {"geodesic_distance": metres}}
    data = {"episodes": [far, POINT, OBJECT], "goals_by_category": {"TEEsavR23oF.basis.glb_chair": []}}
    found = read_episodes(stored(tmp_path, data))
    assert (len(found.episodes), found.skipped) == (1, 2)


def test_tasks_that_set_their_own_goals_have_episodes_without(tmp_path: Path) -> None:
    tour = Episode(episode_id="5", scene="apartment/1/0", start=(1.0, 2.0, 0.0), info={"seed": 5})
    write_episodes(tmp_path / "a.json", [tour])
    found = read_episodes(tmp_path / "a.json")
    assert (found.skipped, found.episodes[0].goals, found.episodes[0].info["seed"]) == (0, (), 5)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"start_position": [1.0, 2.0]}, "start_position is 3 finite numbers"),
        ({"start_position": [1.0, math.nan, 2.0]}, "finite"),
        ({"start_rotation": [0, 0, 0, 0]}, "length 1"),
        ({"goals": [{"radius": 1}]}, "'position' is missing"),
        ({"goals": [], "object_category": "bed"}, "has no 'Adrian.glb_bed'"),
        ({"goals": [7]}, "'int'"),
        ({"goals": [{"position": 7}]}, "'int'"),
        ({"goals": [{"position": [0, 0, 0], "object_id": math.inf}]}, "infinity"),
        ({"start_position": [10**400, 0, 0]}, "too large"),
    ],
)
def test_broken_episodes_are_named(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    file = stored(tmp_path, {"episodes": [POINT, {**POINT, "episode_id": "bad", **change}]})
    with pytest.raises(UnsupportedSourceError, match=rf"val\.json\.gz, episode bad: .*{why}"):
        read_episodes(file)


@pytest.mark.parametrize("data", ["{", "[]", '{"episodes": 3}', '{"episodes": [], "goals_by_category": []}'])
def test_what_is_no_episode_file(tmp_path: Path, data: str) -> None:
    with pytest.raises(UnsupportedSourceError, match=r"val\.json\.gz is no episode file"):
        read_episodes(stored(tmp_path, data))


def test_cut_short_missing_and_leading_elsewhere(tmp_path: Path) -> None:
    whole = stored(tmp_path, {"episodes": [POINT] * 50})
    (tmp_path / "short.json.gz").write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(UnsupportedSourceError, match="short"):
        read_episodes(tmp_path / "short.json.gz")
    damaged = bytearray(whole.read_bytes())
    damaged[20:40] = bytes(20)
    (tmp_path / "damaged.json.gz").write_bytes(damaged)
    with pytest.raises(UnsupportedSourceError, match="damaged"):
        read_episodes(tmp_path / "damaged.json.gz")
    with pytest.raises(SourceNotFoundError, match="none"):
        read_episodes(tmp_path / "none.json")
    with pytest.raises(UnsupportedSourceError, match="leads out"):
        read_episodes(stored(tmp_path, {"episodes": [], "content_scenes_path": "../{scene}.json"}))


def test_one_list_of_goals_for_a_scene_and_category(tmp_path: Path) -> None:
    one = Episode(
        episode_id="1", scene="a", start=(0, 0, 0), category="cup", goals=(Goal(position=(0, 0, 0)),)
    )
    two = Episode(
        episode_id="2", scene="a", start=(0, 0, 0), category="cup", goals=(Goal(position=(1, 0, 0)),)
    )
    with pytest.raises(ObservationError, match="episode 2: a_cup"):
        write_episodes(tmp_path / "a.json", [one, two])

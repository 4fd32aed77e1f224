"""Habitat's episode files (.json or .json.gz), read and written.

The format is that of habitat-lab's PointNav and ObjectNav datasets: `episodes`, and for ObjectNav `goals_by_category`
under "<scene file>_<category>". Episodes may lie in files of their own, one for each scene, where
`content_scenes_path` says. Axes are turned on the way (see `axes.py`).
"""

from __future__ import annotations

import gzip
import json
import logging
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from streammem.envs.habitat.axes import from_habitat, quaternion_of_yaw, to_habitat, yaw_of_quaternion
from streammem.envs.habitat.episode import Episode, Goal, ViewPoint
from streammem.errors import ObservationError, PoseError, SourceNotFoundError, UnsupportedSourceError

__all__ = ["EpisodeFile", "read_episodes", "write_episodes"]

_log = logging.getLogger(__name__)
_MOST_BYTES = 1 << 30  # of one file, unpacked
_OWN = frozenset(("episode_id", "scene_id", "start_position", "start_rotation", "goals", "object_category"))


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeFile:
    """What was read.

    Attributes:
        episodes: those that can be played, in the file's order.
        skipped: how many were left out because no goal can be reached: an infinite distance, or a category without
            objects. Episodes that have neither goals nor a category are for tasks that set their own.
        categories: the number of each category, where the file has them.
    """

    episodes: tuple[Episode, ...]
    skipped: int = 0
    categories: Mapping[str, int]


def read_episodes(path: str | Path) -> EpisodeFile:
    """The episodes of a file, and of those that it points to.

    Raises:
        SourceNotFoundError: if there is no such file.
        UnsupportedSourceError: if it is no episode file, or an episode is broken; the text names both.
    """
    file = Path(path)
    data = _loaded(file)
    found = _Reader(file, data)
    content = data.get("content_scenes_path")
    if content and not found.episodes and not found.skipped:
        for part in _content_files(file, content):
            more = _Reader(part, _loaded(part))
            found.episodes += more.episodes
            found.skipped += more.skipped
    if found.skipped:
        _log.warning("%s: %d episodes left out: their goals cannot be reached", file, found.skipped)
    numbers = data.get("category_to_task_category_id", {})
    if not isinstance(numbers, dict):
        raise UnsupportedSourceError(f"{file}: category_to_task_category_id must be a dictionary")
    return EpisodeFile(episodes=tuple(found.episodes), skipped=found.skipped, categories=numbers)


def write_episodes(
    path: str | Path, episodes: Sequence[Episode], *, categories: Mapping[str, int] | None = None
) -> None:
    """Write a file that Habitat's PointNav (or, where episodes have categories, ObjectNav) dataset reads.

    The same episodes give the same bytes.

    Raises:
        ObservationError: if episodes of one scene and category have different goals: the format has one list.
    """
    data: dict[str, Any] = {"episodes": [_written(episode) for episode in episodes]}
    by_category: dict[str, list[dict[str, Any]]] = {}
    for episode in episodes:
        if episode.category is None:
            continue
        key, goals = _key(episode.scene, episode.category), [_written_goal(g) for g in episode.goals]
        if by_category.setdefault(key, goals) != goals:
            raise ObservationError(
                f"episode {episode.episode_id}: {key} has other goals than before; write them to another file"
            )
    if by_category:
        data["goals_by_category"] = by_category
        names = sorted({episode.category for episode in episodes if episode.category is not None})
        numbers = categories or {name: number for number, name in enumerate(names)}
        data["category_to_task_category_id"] = dict(numbers)
    text = json.dumps(data, allow_nan=True).encode()
    file = Path(path)
    file.write_bytes(gzip.compress(text, mtime=0) if file.suffix == ".gz" else text)


class _Reader:
    """The episodes of one file's content."""

    def __init__(self, file: Path, data: dict[str, Any]) -> None:
        self.file = file
        self.episodes: list[Episode] = []
        self.skipped = 0
        listed, groups = data.get("episodes"), data.get("goals_by_category", {})
        if not isinstance(listed, list) or not isinstance(groups, dict):
            raise UnsupportedSourceError(
                f'{file} is no episode file: "episodes" is a list, "goals_by_category" a dictionary'
            )
        self._groups = groups
        self._read: dict[str, tuple[Goal, ...]] = {}
        for number, entry in enumerate(listed):
            name = (
                f"episode {entry.get('episode_id', number)}" if isinstance(entry, dict) else f"entry {number}"
            )
            try:
                episode = self._episode(entry)
            except (KeyError, TypeError, ValueError, OverflowError, AttributeError, PoseError) as error:
                why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
                raise UnsupportedSourceError(f"{file}, {name}: {why}; mend it or leave it out") from error
            if math.isinf(episode.geodesic_m) or (episode.category is not None and not episode.goals):
                self.skipped += 1
            else:
                self.episodes.append(episode)

    def _episode(self, entry: Any) -> Episode:
        info = entry.get("info") or {}
        metres = info.get("geodesic_distance", math.nan)
        scene, category = str(entry["scene_id"]), entry.get("object_category")
        goals = tuple(_goal(goal) for goal in entry.get("goals") or ())
        if not goals and category is not None:
            goals = self._group(_key(scene, str(category)))
        return Episode(
            episode_id=str(entry["episode_id"]),
            scene=scene,
            start=from_habitat(_numbers(entry["start_position"], "start_position")),
            start_yaw=yaw_of_quaternion(_rotation(entry["start_rotation"], "start_rotation")),
            goals=goals,
            category=None if category is None else str(category),
            geodesic_m=math.inf if metres is None else float(metres),  # null is how some write infinity
            info={**{k: v for k, v in entry.items() if k not in _OWN and k != "info"}, **info},
        )

    def _group(self, key: str) -> tuple[Goal, ...]:
        """The goals of a scene and a category: shared by its episodes, so read once."""
        if key not in self._read:
            if key not in self._groups:
                raise ValueError(f"goals_by_category has no {key!r}")
            self._read[key] = tuple(_goal(goal) for goal in self._groups[key])
        return self._read[key]


def _goal(entry: Any) -> Goal:
    radius, number, room = entry.get("radius"), entry.get("object_id"), entry.get("room_id")
    views = []
    for view in entry.get("view_points") or ():
        state = view["agent_state"]
        views.append(
            ViewPoint(
                position=from_habitat(_numbers(state["position"], "a view point's position")),
                yaw=yaw_of_quaternion(
                    _rotation(state.get("rotation", (0, 0, 0, 1)), "a view point's rotation")
                ),
                iou=float(view.get("iou") or 0.0),
            )
        )
    return Goal(
        position=from_habitat(_numbers(entry["position"], "a goal's position")),
        radius_m=None if radius is None else float(radius),
        object_id=None if number is None else int(number),
        category=entry.get("object_category"),
        name=entry.get("object_name"),
        room=None if room is None else int(room),
        view_points=tuple(views),
    )


def _written(episode: Episode) -> dict[str, Any]:
    """An episode in the format's words; goals of a category lie elsewhere in the file."""
    nothing = episode.category is not None
    info = dict(episode.info)
    if not math.isnan(episode.geodesic_m):
        info["geodesic_distance"] = episode.geodesic_m
    found: dict[str, Any] = {
        "episode_id": episode.episode_id,
        "scene_id": episode.scene,
        "start_position": list(to_habitat(episode.start)),
        "start_rotation": list(quaternion_of_yaw(episode.start_yaw)),
        "info": info,
        "goals": [] if nothing else [_written_goal(goal) for goal in episode.goals],
        "shortest_paths": None,
    }
    if nothing:
        found["object_category"] = episode.category
    return found


def _written_goal(goal: Goal) -> dict[str, Any]:
    found: dict[str, Any] = {"position": list(to_habitat(goal.position)), "radius": goal.radius_m}
    if goal.object_id is not None:
        views = [
            {
                "agent_state": {
                    "position": list(to_habitat(view.position)),
                    "rotation": list(quaternion_of_yaw(view.yaw)),
                },
                "iou": view.iou,
            }
            for view in goal.view_points
        ]
        found |= {"object_id": goal.object_id, "object_name": goal.name, "object_category": goal.category}
        found |= {"room_id": goal.room, "room_name": None, "view_points": views}
    return found


def _key(scene: str, category: str) -> str:
    """How habitat-lab names a scene's goals of one category."""
    return f"{PurePosixPath(scene).name}_{category}"


def _numbers(value: Any, what: str) -> tuple[float, float, float]:
    numbers = _finite(value, 3, what)
    return (numbers[0], numbers[1], numbers[2])


def _rotation(value: Any, what: str) -> tuple[float, float, float, float]:
    numbers = _finite(value, 4, what)
    return (numbers[0], numbers[1], numbers[2], numbers[3])


def _finite(value: Any, count: int, what: str) -> list[float]:
    numbers = [float(number) for number in value]
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{what} is {count} finite numbers, got {numbers}")
    return numbers


def _content_files(file: Path, pattern: Any) -> list[Path]:
    """The files that `content_scenes_path` means; they must lie below the file's own folder."""
    folder = file.parent
    if not isinstance(pattern, str) or "{scene}" not in pattern:
        raise UnsupportedSourceError(
            f"{file}: content_scenes_path is a path with {{scene}} in it, got {pattern!r}"
        )
    below = pattern.replace("{data_path}", ".").replace("{scene}", "*")
    if PurePosixPath(below).is_absolute() or ".." in PurePosixPath(below).parts:
        raise UnsupportedSourceError(f"{file}: content_scenes_path leads out of its folder: {pattern!r}")
    return sorted(folder.glob(PurePosixPath(below).as_posix()))


def _loaded(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise SourceNotFoundError(f"no episode file {file}")
    try:
        with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as stream:
            text = stream.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            raise ValueError(f"more than {_MOST_BYTES} bytes")
        data = json.loads(text)
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise UnsupportedSourceError(f"{file} is no episode file: {error}") from error
    if not isinstance(data, dict):
        raise UnsupportedSourceError(f"{file} is no episode file: it holds a {type(data).__name__}")
    return data

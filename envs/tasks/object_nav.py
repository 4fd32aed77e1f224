"""ObjectNav: go to any object of a category (Batra et al. 2020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from streammem.envs.apartment.categories import CATEGORIES
from streammem.envs.apartment.viewpoints import ViewConfig, all_view_points
from streammem.envs.apartment.world import memo
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.episode import Episode, Goal, ViewPoint
from streammem.envs.tasks.goal_task import GoalTask
from streammem.envs.tasks.places import free_yaw
from streammem.envs.tasks.situation import Situation
from streammem.errors import EpisodeError, ObservationError

__all__ = ["GOAL_CATEGORIES", "ObjectNav"]

GOAL_CATEGORIES = tuple(category.name for category in CATEGORIES.values() if category.goal)


class ObjectNav(GoalTask):
    """Stop nearer than 0.1 m to a view point of an object of the category `objectgoal`.

    View points are within 1 m of an object and see it: not through walls, unlike a mere radius.
    """

    name = "ObjectNav"
    success_distance_m = 0.1

    def __init__(
        self,
        *,
        categories: Sequence[str] = GOAL_CATEGORIES,
        nearest_m: float = 1.0,
        farthest_m: float = 30.0,
    ) -> None:
        unknown = [name for name in categories if name not in CATEGORIES]
        if unknown or not categories:
            raise ObservationError(
                f"goals are some of {', '.join(CATEGORIES)}; got {', '.join(categories) or 'none'}"
            )
        if not 0 < nearest_m < farthest_m:
            raise ObservationError(
                f"goals lie from more than 0 m to farther, got {nearest_m} to {farthest_m} m"
            )
        super().__init__()
        self.categories = tuple(categories)
        self.nearest_m, self.farthest_m = nearest_m, farthest_m

    def observation_spaces(self, agent: AgentConfig) -> Mapping[str, gymnasium.Space[Any]]:
        """The number of the category among `categories`."""
        return {"objectgoal": spaces.Box(0, len(self.categories) - 1, (1,), np.int64)}

    def draw(self, situation: Situation) -> Episode | None:
        """A category of the scene that can be seen from somewhere, and a start far enough from all of its objects."""
        there = {thing.category for thing in situation.scene.things}
        present = [name for name in self.categories if name in there]
        for number in situation.rng.permutation(len(present)).tolist():
            goals = goals_of(situation, present[number])
            if not goals:
                continue
            field = situation.distances([view.position[:2] for goal in goals for view in goal.view_points])
            metres = field.metres[situation.grid.free]
            fit = situation.grid.middles()[(metres >= self.nearest_m) & (metres <= self.farthest_m)]
            if len(fit):
                x, y = fit[int(situation.rng.integers(len(fit)))].tolist()
                return Episode(
                    episode_id=str(int(situation.rng.integers(1 << 31))),
                    scene=situation.scene.name,
                    start=(x, y, 0.0),
                    start_yaw=free_yaw(situation),
                    goals=goals,
                    category=present[number],
                )
        return None

    def begin(self, situation: Situation, episode: Episode | None) -> Episode | None:
        """The given episode, or one of this scene.

        Raises:
            ObservationError: if the given episode's category is not among `categories`, or no goal can be reached.
        """
        if episode is not None and episode.category not in self.categories:
            raise ObservationError(
                f"episode {episode.episode_id} asks for {episode.category!r}; make the environment with "
                'task_options={"categories": ...} that have it'
            )
        return super().begin(situation, episode)

    def observe(self, situation: Situation) -> dict[str, Any]:
        """`objectgoal`."""
        return {"objectgoal": np.array([self.categories.index(self._category(situation))], np.int64)}

    def information(self, situation: Situation) -> dict[str, Any]:
        """The category in words."""
        category = self._category(situation)
        article = "an" if category[0] in "aeiou" else "a"
        return {"object_category": category, "instruction": f"Go to {article} {category}."}

    def _category(self, situation: Situation) -> str:
        if situation.episode is None or situation.episode.category is None:
            raise EpisodeError("ObjectNav has no goal yet: begin an episode first")
        return situation.episode.category


def goals_of(situation: Situation, category: str) -> tuple[Goal, ...]:
    """All things of a category that can be seen from somewhere, with their view points.

    They are remembered with the scene for as long as nothing has been moved.
    """
    world, agent = situation.world, situation.agent
    known = memo(world.scene).setdefault("object_goals", {}) if world.version == 0 else {}
    key = (category, agent.camera_height_m, agent.radius_m, agent.height_m)
    if key not in known:
        known[key] = _seen(situation, category)
    found: tuple[Goal, ...] = known[key]
    return found


def _seen(situation: Situation, category: str) -> tuple[Goal, ...]:
    world = situation.world
    config = ViewConfig(camera_height_m=situation.agent.camera_height_m)
    found = []
    for thing, views in all_view_points(world, category, situation.grid, config).items():
        x, y, z = world.at(thing)
        points = tuple(ViewPoint(position=(*view.at, 0.0), yaw=view.yaw, iou=view.coverage) for view in views)
        found.append(
            Goal(
                position=(float(x), float(y), float(z)),
                object_id=thing,
                category=category,
                name=f"{category}_{thing}",
                room=int(world.rooms[thing]),
                view_points=points,
            )
        )
    return tuple(found)

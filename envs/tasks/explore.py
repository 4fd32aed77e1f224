"""Explore: see as much of the free floor as the steps allow. Habitat has no such task; the measures are its papers'.

Chaplot et al. 2020 ("Learning to Explore using Active Neural SLAM") reward the area that is newly seen and report it in
square metres and as a fraction of what there is to see; so does this.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import cv2
import gymnasium
import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float64, Int64

from streammem.envs.apartment.distances import DistanceField
from streammem.envs.apartment.navigation import CELL_M
from streammem.envs.habitat.actions import STOP, TURN_LEFT, TURN_RIGHT
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.episode import Episode
from streammem.envs.headings import wrapped
from streammem.envs.tasks.follow import Follower
from streammem.envs.tasks.places import free_place, free_places, free_yaw
from streammem.envs.tasks.seen import floor_seen
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.task import AgentPose, Verdict
from streammem.errors import ObservationError

__all__ = ["Explore"]

_LARGE_CELLS = 40
_OFF_M = 0.25  # a step: so far off the free floor a given start may lie
_NEAR_M, _FAR_M = 1.4, 3.0  # from where the oracle looks at a spot


class Explore:
    """Cells of the free floor that the agent can reach count once the camera has seen the floor there.

    The episode ends when the agent says stop; that is right once the fraction `enough` is seen.
    """

    name = "Explore"

    def __init__(self, *, enough: float = 0.95) -> None:
        if not 0 < enough <= 1:
            raise ObservationError(f"enough is a fraction above 0, up to 1, got {enough}")
        self.enough = enough
        self.cells: Float64[np.ndarray, "n 2"] = np.zeros((0, 2))
        self.seen: Bool[np.ndarray, " n"] = np.zeros(0, np.bool_)
        self._left: Int64[np.ndarray, " _"] = np.zeros(0, np.int64)  # rows of cells that were not seen
        self._there: Float64[np.ndarray, "_ 2"] = np.zeros((0, 2))  # and those cells
        self._stopped = False
        self._oracle = _Oracle()

    def action_space(self, agent: AgentConfig) -> spaces.Discrete:
        """The body's actions."""
        return spaces.Discrete(len(agent.actions))

    def observation_spaces(self, agent: AgentConfig) -> Mapping[str, gymnasium.Space[Any]]:
        """Nothing of its own."""
        return {}

    def begin(self, situation: Situation, episode: Episode | None) -> Episode | None:
        """Anywhere in the apartment; None where the given episode begins off the floor that can be explored."""
        self._stopped, self._oracle = False, _Oracle()
        start = free_place(situation)
        if episode is None and start is not None:
            episode = Episode(
                episode_id=str(int(situation.rng.integers(1 << 31))),
                scene=situation.scene.name,
                start=(*start, 0.0),
                start_yaw=free_yaw(situation),
            )
        if episode is not None and not _on_floor(situation, episode):
            return None
        if episode is not None:
            self.cells = free_places(situation)
            self.seen = np.zeros(len(self.cells), np.bool_)
            # Numbers of one kind lie side by side.
            self._left, self._there = np.arange(len(self.cells)), np.asfortranarray(self.cells)
            self._look(situation, AgentPose(episode.start[0], episode.start[1], episode.start_yaw))
        return episode

    def steer(self, situation: Situation, action: int) -> int | AgentPose | None:
        """The action itself."""
        return action

    def judge(self, situation: Situation, action: int) -> Verdict:
        """The square metres that are newly seen."""
        before = len(self._left)
        self._look(situation, None)
        self._stopped = action == STOP
        return Verdict(reward=(before - len(self._left)) * CELL_M**2, terminated=self._stopped)

    def observe(self, situation: Situation) -> dict[str, Any]:
        """Nothing of its own."""
        return {}

    def measures(self, situation: Situation) -> dict[str, Any]:
        """Area and fraction of the floor that was seen, and whether the agent stopped with enough of it."""
        count = len(self.cells) - len(self._left)
        fraction = count / len(self.cells) if count else 0.0
        return {
            "seen_m2": count * CELL_M**2,
            "seen_fraction": fraction,
            "success": float(self._stopped and fraction >= self.enough),
            "path_m": situation.path_m,
            "collisions": {"count": float(situation.collisions), "is_collision": float(situation.collided)},
        }

    def information(self, situation: Situation) -> dict[str, Any]:
        """What there is to do, in words."""
        return {"instruction": "See the floor of the flat."}

    def oracle_action(self, situation: Situation) -> int:
        """To the nearest place from which a spot that was not seen yet can be."""
        if self.seen.mean() >= self.enough:
            return STOP
        return self._oracle.action(situation, self._there)

    def _look(self, situation: Situation, pose: AgentPose | None) -> None:
        frame = situation.frame() if pose is None else situation.view(pose)
        camera = situation.world_from_camera if pose is None else situation.camera_at(pose)
        found = floor_seen(situation, frame, camera, self._there)
        if found.any():
            self.seen[self._left[found]] = True
            self._left = self._left[~found]
            self._there = np.asfortranarray(self._there[~found])


def _on_floor(situation: Situation, episode: Episode) -> bool:
    """Whether an episode begins in the largest free area, or as near to it as a body that is put there is moved."""
    grid, start = situation.grid, episode.start[:2]
    near = grid.snap(start, area=grid.largest_area)
    return near is not None and math.dist(near, start) <= _OFF_M


class _Oracle:
    """Goes where it can look at the nearest spot that was not seen."""

    def __init__(self) -> None:
        self._follower = Follower()
        self._spot: Float64[np.ndarray, " 2"] | None = None
        self._field: DistanceField | None = None
        self._tried: set[tuple[float, float]] = set()

    def action(self, situation: Situation, unseen: Float64[np.ndarray, "n 2"]) -> int:
        """The next action."""
        spot, field = self._spot, self._field
        if spot is None or field is None or not (unseen == spot).all(1).any():
            spot = self._spot = self._next(situation, unseen)
            field = self._field = situation.grid.distances(self._viewing(situation, spot))
        if field.at(situation.xy) >= CELL_M:
            return self._follower.action(situation, field, arrived_m=CELL_M)
        off = wrapped(situation.turned_toward(float(spot[0]), float(spot[1])) - situation.pose.yaw)
        if abs(off) <= math.radians(situation.agent.turn_deg) / 2:
            self._tried.add((float(spot[0]), float(spot[1])))  # looked, and it still hides: the next one
            self._spot = None
        return TURN_LEFT if off > 0 else TURN_RIGHT

    def _next(self, situation: Situation, unseen: Float64[np.ndarray, "n 2"]) -> Float64[np.ndarray, " 2"]:
        """The nearest on foot, of those that were not looked at in vain; of large unseen areas, while there are any."""
        grid = situation.grid
        column, row = np.floor((unseen - np.array(grid.origin)) / CELL_M).astype(np.int64).T
        metres = grid.distances([situation.xy]).metres[row, column]
        mask = np.zeros(grid.free.shape, np.uint8)
        mask[row, column] = 1
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        large = stats[labels[row, column], cv2.CC_STAT_AREA] >= _LARGE_CELLS
        if np.isfinite(metres[large]).any():
            metres[~large] = math.inf
        metres[[(x, y) in self._tried for x, y in unseen.tolist()]] = math.inf
        return np.asarray(unseen[int(np.argmin(metres))])

    def _viewing(self, situation: Situation, spot: Float64[np.ndarray, " 2"]) -> Float64[np.ndarray, "_ 2"]:
        """Places that see a spot over free floor; the spot itself if there are none."""
        places = free_places(situation)
        away = np.hypot(*(places - spot).T)
        near = places[(away >= _NEAR_M) & (away <= _FAR_M)]
        end = (float(spot[0]), float(spot[1]))
        kept = [situation.grid.clear((float(x), float(y)), end) for x, y in near]
        return near[kept] if any(kept) else spot[None]

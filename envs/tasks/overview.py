"""What people watch: the map with the agent's path and what it has seen, and everything side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8

from streammem.envs.apartment.navigation import CELL_M
from streammem.envs.rendering.panel import panel
from streammem.envs.rendering.topdown import TopDown
from streammem.envs.tasks.seen import cells_met, floor_seen
from streammem.envs.tasks.situation import Situation

__all__ = ["Overview"]

_MEASURES = 4  # of them in the panel's second line


class Overview:
    """Follows one episode; `look` is called once after reset and after every step."""

    def __init__(self, situation: Situation) -> None:
        self._map = TopDown(situation.world)
        low, high = np.array(situation.scene.extent)
        self._low = (float(low[0]), float(low[1]))
        shape = np.ceil((high - low) / CELL_M).astype(int)
        self._seen: Bool[np.ndarray, "columns rows"] = np.zeros(shape, np.bool_)
        self._middles = (np.argwhere(~self._seen) + 0.5) * CELL_M + low
        self._path: list[tuple[float, float]] = []

    def look(self, situation: Situation) -> None:
        """Take in what the agent sees now."""
        self._path.append(situation.xy)
        frame, camera = situation.frame(), situation.world_from_camera
        self._seen |= floor_seen(situation, frame, camera, self._middles).reshape(self._seen.shape)
        self._seen |= cells_met(situation, frame, camera, self._low, self._seen.shape)

    def topdown(self, situation: Situation) -> UInt8[np.ndarray, "_ _ 3"]:
        """The map, unseen parts in fog."""
        pose, episode = situation.pose, situation.episode
        goals = [] if episode is None else [goal.position[:2] for goal in episode.goals]
        return self._map.draw(
            agent=(pose.x, pose.y, pose.yaw),
            path=self._path,
            goals=goals,
            seen=self._seen,
            seen_low=self._low,
        )

    def panel(self, situation: Situation, info: Mapping[str, Any]) -> UInt8[np.ndarray, "_ _ 3"]:
        """Colour, depth, instances, map, and two lines of words."""
        frame = situation.frame()
        numbers = [f"{k} {v:.2f}" for k, v in info["measures"].items() if isinstance(v, float)][:_MEASURES]
        lines = (
            str(info.get("instruction", "")),
            "   ".join([f"step {situation.steps}", f"{situation.t_s:.1f} s", *numbers]),
        )
        return panel(frame.rgb, frame.depth_m, frame.instances, self.topdown(situation), lines)

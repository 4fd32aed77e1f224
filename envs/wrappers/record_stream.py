"""What an environment shows, written down as logs that `open_source` and `streammem map` read like real ones."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, SupportsFloat

import gymnasium

from streammem.envs.wrappers.episode_log import EpisodeLog, plain
from streammem.envs.wrappers.reading import Reader, Reading
from streammem.errors import ObservationError, StoreError
from streammem.types import Observation

__all__ = ["RecordStream"]

logger = logging.getLogger(__name__)
EPISODE = re.compile(r"\.?episode-([0-9]{5,})(?:\.part)?")


class RecordStream(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Records each episode into a folder of its own, `episode-00000` and so on; steps pass through unchanged.

    With depth, camera and pose an episode is an RGB-D log in TUM's layout (metres, z as the environment has it): `rgb/`,
    `depth/`, `rgb.txt`, `depth.txt`, `groundtruth.txt`, `camera-intrinsics.txt`, `depth-scale.txt`, and `labels/`,
    `labels.txt`, `names.json` where there are labels; `streammem map FOLDER/episode-00000 --store X` maps it. Without
    them only the pictures are kept. `steps.jsonl` has a line a frame: action, reward, the end, the plain parts of
    `info`; `episode.json` sums up. While an episode lasts its folder is called `.episode-00000.part`, and is a log
    already; at its end it gets its name in one step, so what has a name is whole.

    Args:
        env: the environment.
        folder: made where it is missing.
        resume: go on after episodes that are there; without it they are an error. Nothing is ever overwritten.
        depth_scale: depth units in a metre; 16 bits reach 13 m with 5000, 65 m with 1000. What is farther is left out.
        reading: where the environment has what.

    Raises:
        StoreError: if the folder holds episodes and `resume` is False, or cannot be written; StoreFullError if the disk
            is full. The frames before are kept.
        ObservationError: if what is shown changes its shape, or a label has more than 32 bits.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        folder: str | Path,
        *,
        resume: bool = False,
        depth_scale: float = 5000.0,
        reading: Reading | None = None,
    ) -> None:
        super().__init__(env)
        if not 0 < depth_scale < math.inf:
            raise ObservationError(f"depth_scale is units in a metre, above 0 and finite, got {depth_scale}")
        self.folder = Path(folder)
        self._scale, self._reading = depth_scale, reading or Reading()
        self._log: EpisodeLog | None = None
        self._next = _after(self.folder, resume=resume)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Finish the episode that is recorded, if there is one, and begin the next."""
        self._finish("reset")
        seen, info = self.env.reset(seed=seed, options=options)
        self._reader = Reader(self.env, self._reading)  # each log has a clock and a shape of its own
        observation = self._reader.first(seen, info)
        self._log = EpisodeLog(self.folder / f"episode-{self._next:05d}", observation, self._scale, seed=seed)
        self._next += 1
        self._write(observation, {"info": plain(info)})
        return seen, info

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Act and write down what came of it.

        Raises:
            StoreError: if the episode's recording has ended, by an error or because the episode was over.
        """
        if self._log is None:
            raise StoreError("no episode is being recorded: call reset() first")
        seen, reward, terminated, truncated, info = self.env.step(action)
        observation = self._reader.following(seen, info, action)
        told = {
            "action": plain(action),
            "reward": float(reward),
            "terminated": bool(terminated),
            "truncated": bool(truncated),
            "info": plain(info),
        }
        self._write(observation, told)
        if terminated or truncated:
            self._finish("terminated" if terminated else "truncated")
        return seen, reward, terminated, truncated, info

    def close(self) -> None:
        """Finish the episode and close the environment; may be called twice."""
        try:
            self._finish("closed")
        finally:
            super().close()

    def _write(self, observation: Observation, told: Mapping[str, Any]) -> None:
        assert self._log is not None
        try:
            self._log.append(observation, told, self._reader.names)
        except BaseException:
            log, self._log = self._log, None
            log.abandon()
            raise

    def _finish(self, by: str) -> None:
        if self._log is not None:
            log, self._log = self._log, None
            log.finish(by)


def _after(folder: Path, *, resume: bool) -> int:
    """The number of the next episode."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        inside = [found for path in folder.iterdir() if (found := EPISODE.fullmatch(path.name))]
    except OSError as error:
        raise StoreError(f"episodes cannot be written to {folder}: {error.strerror}") from error
    if inside and not resume:
        raise StoreError(
            f"{folder} holds {len(inside)} recorded episodes: give another folder, or resume=True to go on after them"
        )
    left = sorted(found.string for found in inside if found.string.endswith(".part"))
    if left:
        logger.warning(
            "%s: recordings that nobody finished: %s; they can be opened as they are", folder, left
        )
    return max((int(found[1]) for found in inside), default=-1) + 1

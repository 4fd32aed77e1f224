"""Answers of a memory as arrays of fixed size, with masks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Float32

from streammem.errors import ObservationError
from streammem.interface import Encoder
from streammem.poses import inverse, transform
from streammem.stream import StreamMemory
from streammem.types import Interval, MapObject, Observation, Query

__all__ = ["Recalled", "Things"]

MOST_S = float(np.finfo(np.float32).max)
MOST_M = 1e4  # away: a box wants an end


class Recalled:
    """The memories most like the present picture.

    Raises:
        ObservationError: if the encoder has no such space, or one of many vectors a picture.
    """

    def __init__(self, *, encoder: Encoder, space: str, top_k: int, older_than_s: float) -> None:
        if space not in encoder.spaces or encoder.spaces[space].cells != 1:
            whole = [name for name, spec in encoder.spaces.items() if spec.cells == 1]
            raise ObservationError(
                f"the encoder {encoder.name!r} has no space {space!r} with one vector a picture: it has "
                f"{', '.join(whole) or 'none'}; give another recall.space or encoder"
            )
        self._encoder, self._space, self._k, self._older_s = encoder, space, top_k, older_than_s
        self._dim = encoder.spaces[space].dim
        self.spaces: dict[str, spaces.Space[Any]] = {
            "memory_value": spaces.Box(-1.0, 1.0, (top_k, self._dim), np.float32),
            "memory_weight": spaces.Box(0.0, 1.0, (top_k,), np.float32),
            "memory_score": spaces.Box(-1.0, 1.0, (top_k,), np.float32),
            "memory_age_s": spaces.Box(0.0, MOST_S, (top_k,), np.float32),
            "memory_mask": spaces.MultiBinary(top_k),
        }

    def ask(self, memory: StreamMemory, observation: Observation) -> dict[str, Any]:
        """What the memory holds that is like this frame, which it has not taken in yet."""
        found = _empty(self.spaces)
        (features,) = self._encoder.encode([observation.rgb])
        until_s = observation.t_s - self._older_s
        during = None if self._older_s == 0 else Interval(-math.inf, until_s)
        what = features.spaces[self._space]
        readout = memory.read(Query(what=what, space=self._space, top_k=self._k, during=during))
        count = readout.weight.shape[1]
        if not count or readout.token is None:
            return found
        found["memory_value"][:count] = readout.token[0].numpy().clip(-1, 1)
        found["memory_weight"][:count] = readout.weight[0].numpy().clip(0, 1)
        found["memory_mask"][:count] = 1
        for row, evidence in enumerate(readout.evidence):
            stays = [min(stay.end_s, until_s) for stay in evidence.occurrences if stay.start_s <= until_s]
            found["memory_score"][row] = min(max(evidence.score, -1.0), 1.0)
            found["memory_age_s"][row] = max(observation.t_s - max(stays, default=evidence.t_s), 0.0)
        return found


class Things:
    """The nearest objects of the map, from where the camera is."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.spaces: dict[str, spaces.Space[Any]] = {
            "things_xyz_m": spaces.Box(-MOST_M, MOST_M, (count, 3), np.float32),
            "things_age_s": spaces.Box(0.0, MOST_S, (count,), np.float32),
            "things_gone": spaces.MultiBinary(count),
            "things_mask": spaces.MultiBinary(count),
        }

    def ask(self, memory: StreamMemory, observation: Observation) -> dict[str, Any]:
        """Where they are, nearest first, and when each was last seen there.

        Raises:
            ObservationError: if the frame has no pose.
        """
        if observation.world_from_camera is None:
            raise ObservationError(
                "where things are from here needs the camera's pose: put world_from_camera into info, or leave "
                "recall.things at 0"
            )
        found, things = _empty(self.spaces), memory.things()
        if not things:
            return found
        centres = np.array([thing.place.centre for thing in things])
        near = transform(inverse(observation.world_from_camera), centres)
        order = np.argsort(np.linalg.norm(near, axis=1), kind="stable")[: self._count]
        count = len(order)
        found["things_xyz_m"][:count] = near[order].clip(-MOST_M, MOST_M)
        found["things_age_s"][:count] = _ages(things, observation.t_s)[order]
        found["things_gone"][:count] = [things[at].gone_s is not None for at in order]
        found["things_mask"][:count] = 1
        return found


def _ages(things: list[MapObject], now_s: float) -> Float32[np.ndarray, " n"]:
    seen_s = np.array([thing.place.interval.end_s for thing in things])
    return np.maximum(now_s - seen_s, 0.0).astype(np.float32)


def _empty(described: dict[str, spaces.Space[Any]]) -> dict[str, Any]:
    return {name: np.zeros(space.shape or (), space.dtype) for name, space in described.items()}

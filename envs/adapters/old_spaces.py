"""Spaces of the old Gym as Gymnasium's, with limits that their numbers can hold."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from streammem.errors import ObservationError

__all__ = ["modern"]


def modern(space: Any) -> gymnasium.Space[Any]:
    """The same space, told by its name and attributes, so that the old package need not be there.

    Limits that the type of a box cannot hold become those of the type: Habitat's semantic sensor promises unsigned
    numbers of 32 bits and gives signed ones.

    Raises:
        ObservationError: for a kind that Gymnasium does not have.

    >>> modern(spaces.Discrete(3))
    Discrete(3)
    """
    kind = type(space).__name__
    if kind == "Box":
        low, high = _within(space.low, space.dtype), _within(space.high, space.dtype)
        return spaces.Box(low, high, tuple(space.shape), space.dtype)
    if kind == "Discrete":
        return spaces.Discrete(int(space.n), start=int(getattr(space, "start", 0)))
    if kind == "MultiDiscrete":
        return spaces.MultiDiscrete(np.array(space.nvec))
    if kind == "MultiBinary":
        return spaces.MultiBinary(space.n)
    if kind in ("Dict", "SpaceDict"):
        return spaces.Dict({name: modern(part) for name, part in space.spaces.items()})
    if kind == "Tuple":
        return spaces.Tuple([modern(part) for part in space.spaces])
    raise ObservationError(
        f"{space!r} is a space of the kind {kind}, which Gymnasium does not have: leave its sensor out of the configuration"
    )


def _within(limits: Any, dtype: np.dtype[Any]) -> Any:
    wide = np.asarray(limits)
    if np.issubdtype(dtype, np.integer):
        whole = np.iinfo(dtype)
        return np.clip(wide.astype(np.float64), whole.min, whole.max).astype(dtype)
    most = np.finfo(dtype).max if np.issubdtype(dtype, np.floating) else np.inf
    return np.clip(wide.astype(np.float64), -most, most).astype(dtype)

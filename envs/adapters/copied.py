"""Observations and infos that belong to whoever got them."""

from __future__ import annotations

from typing import Any, SupportsFloat

import gymnasium
import numpy as np

__all__ = ["Copied", "copied"]


class Copied(gymnasium.Wrapper[Any, Any, Any, Any], gymnasium.utils.RecordConstructorArgs):
    """Copies what an environment hands out, and gives rewards and flags their plain types.

    Gymnasium 1.4 refuses environments whose calls share an array or a dictionary: whoever keeps an observation would
    see it change.
    """

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        gymnasium.utils.RecordConstructorArgs.__init__(self)
        super().__init__(env)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """As the environment's own."""
        seen, info = self.env.reset(seed=seed, options=options)
        return copied(seen), copied(info)

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """As the environment's own."""
        seen, reward, terminated, truncated, info = self.env.step(action)
        return copied(seen), float(reward), bool(terminated), bool(truncated), copied(info)


def copied(value: Any) -> Any:
    """The same arrays, dictionaries, lists and tuples anew; whatever else is in them is handed on."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: copied(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(copied, value))
    return value

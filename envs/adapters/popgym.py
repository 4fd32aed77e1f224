"""POPGym (Morad et al. 2023): small partially observable games, in Gymnasium's present terms."""

from __future__ import annotations

from typing import Any

import gymnasium

from streammem.envs.adapters.copied import Copied
from streammem.envs.adapters.extras import load

__all__ = ["make_popgym"]


def make_popgym(name: str = "RepeatPreviousEasy", **options: Any) -> gymnasium.Env[Any, Any]:
    """A game by its short name, "RepeatPreviousEasy", or its id, "popgym-RepeatPreviousEasy-v0".

    Its infos are copied: CountRecall and MultiarmedBandit hand the same arrays out again and again.

    Raises:
        ImportError: without POPGym.
        gymnasium.error.Error: if there is no such game.
    """
    load("popgym", "popgym")
    id = name if name.startswith("popgym-") else f"popgym-{name}-v0"
    return Copied(gymnasium.make(id, disable_env_checker=True, **options))

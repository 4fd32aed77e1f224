"""Which scene an episode is played in: from a split, a list of seeds, or scenes that somebody hands in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from streammem.envs.apartment.scene import Scene
from streammem.errors import ObservationError

__all__ = ["SceneSupply"]


class SceneSupply:
    """Scenes by seed, drawn anew after every so many episodes."""

    def __init__(
        self,
        *,
        split: str = "train",
        scenes: Sequence[int | Scene] | None = None,
        version: int = 1,
        episodes_per_scene: int = 1,
        make: Callable[[int], Scene] | None = None,
    ) -> None:
        from streammem.envs.apartment.generate import SPLITS, generate

        if split not in SPLITS:
            raise ObservationError(f"a split is one of {', '.join(SPLITS)}, got {split!r}")
        if scenes is not None and not len(scenes):
            raise ObservationError("scenes holds none: hand in seeds, or leave it out for a whole split")
        if episodes_per_scene < 1:
            raise ObservationError(f"a scene serves at least 1 episode, got {episodes_per_scene}")
        self._choices: Sequence[int | Scene] = SPLITS[split] if scenes is None else scenes
        self._own = make is not None
        self._make = make or (lambda seed: generate(seed, version=version))
        self._per_scene = episodes_per_scene
        self._version = version
        self._current: Scene | None = None
        self._left = 0

    def reseed(self) -> None:
        """Forget which scene was played last, so that a seed decides all."""
        self._current, self._left = None, 0

    def draw(self, rng: np.random.Generator) -> Scene:
        """The scene of the next episode."""
        if self._current is None or self._left < 1:
            choice = self._choices[int(rng.integers(len(self._choices)))]
            self._current, self._left = self.made(choice), self._per_scene
        self._left -= 1
        return self._current

    def another(self, rng: np.random.Generator) -> Scene:
        """Another scene, where the last one did not suit."""
        self._left = 0
        return self.draw(rng)

    def made(self, choice: int | str | Scene) -> Scene:
        """The scene of a seed, of a name ("apartment/1/42"), or as it is.

        Raises:
            ObservationError: if it is none of these, or of another version.
        """
        if isinstance(choice, Scene):
            return choice
        if isinstance(choice, str):
            return self._named(choice)
        if isinstance(choice, bool) or not isinstance(choice, int | np.integer):
            raise ObservationError(f"a scene is a seed, a name or a Scene, got {type(choice).__name__}")
        return self._make(int(choice))

    def _named(self, name: str) -> Scene:
        for choice in self._choices if not isinstance(self._choices, range) else ():
            if isinstance(choice, Scene) and choice.name == name:
                return choice
        parts = name.split("/")
        if len(parts) == 3 and self._own and parts[2].isdecimal():
            return self._make(int(parts[2]))
        if len(parts) != 3 or parts[0] != "apartment" or not (parts[1] + parts[2]).isdecimal():
            raise ObservationError(f'a scene is called "apartment/<version>/<seed>", got {name!r}')
        if int(parts[1]) != self._version:
            raise ObservationError(
                f"{name} is of version {parts[1]}, this environment of {self._version}: make it with version={parts[1]}"
            )
        return self._make(int(parts[2]))

"""Which scene an episode is played in: from a split, a list of seeds, scenes that somebody hands in, or a file."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from streammem.envs.apartment.scene import Scene
from streammem.envs.habitat.episode import Episode
from streammem.envs.habitat.episodes import read_episodes
from streammem.errors import ObservationError

if TYPE_CHECKING:
    from streammem.envs.apartment.designs import Designs

__all__ = ["SceneConfig", "SceneSupply"]

_log = logging.getLogger(__name__)
_KEPT = 16  # scenes with people in them
_NAME = re.compile(r"[^/]+/([0-9]{1,9})/([0-9]{1,18})(?:\+.*)?")


@dataclass(frozen=True, kw_only=True)
class SceneConfig:
    """Where scenes and episodes come from.

    Attributes:
        split: "train", "val" or "test": which seeds are drawn.
        scenes: seeds or scenes to draw from instead.
        version: of the generator.
        designs: where the furniture comes from; the procedural models if None.
        assets: a folder of Sweet Home 3D catalogues to take it from (`envs.furniture.Catalogues`), instead of designs.
        people: how many walk about.
        episodes_per_scene: how many episodes are played before another scene is drawn.
        episodes: a file in Habitat's format, or episodes, to be played in turn; each names its scene. A seed says
            which one is first.
    """

    split: str = "train"
    scenes: Sequence[int | Scene] | None = None
    version: int = 1
    designs: Designs | None = None
    assets: str | Path | None = None
    people: int = 0
    episodes_per_scene: int = 1
    episodes: str | Path | Sequence[Episode] | None = None

    def __post_init__(self) -> None:
        if self.scenes is not None and not len(self.scenes):
            raise ObservationError("scenes holds none: hand in seeds, or leave it out for a whole split")
        if self.episodes_per_scene < 1:
            raise ObservationError(f"a scene serves at least 1 episode, got {self.episodes_per_scene}")
        if not 0 <= self.people <= 8:
            raise ObservationError(f"people are 0 to 8, got {self.people}")
        if self.designs is not None and self.assets is not None:
            raise ObservationError("furniture comes from designs or from assets: leave one of them out")


class SceneSupply:
    """Gives the scenes; the same objects for the same seeds while they are in use.

    Args:
        config: from where.
        make: a task's own scenes; they take no furniture, version or people from the config.
        dress: what a task adds to an apartment; the same object for the same scene.

    Attributes:
        unreachable: how many episodes of the file were left out as it was read.
        refused: places in the list of those that turned out not to be playable here.
    """

    def __init__(
        self,
        config: SceneConfig,
        *,
        make: Callable[[int], Scene] | None = None,
        dress: Callable[[Scene], Scene] | None = None,
    ) -> None:
        from streammem.envs.apartment.generate import SPLITS

        if config.split not in SPLITS:
            raise ObservationError(f"a split is one of {', '.join(SPLITS)}, got {config.split!r}")
        if make is not None:
            _check_own(config)
        self.config = config
        self._choices: Sequence[int | Scene] = (
            SPLITS[config.split] if config.scenes is None else config.scenes
        )
        self._own, self._dress = make, dress
        self._designs = _designs(config)
        self._current: Scene | None = None
        self._left = 0
        self._peopled: OrderedDict[str, Scene] = OrderedDict()
        self.unreachable = 0
        self.refused: set[int] = set()
        self._episodes = self._listed(config.episodes)
        self._next: int | None = None

    @property
    def skipped(self) -> int:
        """How many given episodes were left out so far."""
        return self.unreachable + len(self.refused)

    def reseed(self) -> None:
        """Forget what was played last, so that a seed decides all."""
        self._current, self._left, self._next = None, 0, None

    def draw(self, rng: np.random.Generator) -> tuple[Scene, Episode | None]:
        """The scene of the next episode, and the episode if it is a given one."""
        if self._episodes is not None:
            if self._next is None:
                self._next = int(rng.integers(len(self._episodes)))
            self._next = (self._next + 1) % len(self._episodes)
            while self._next in self.refused and len(self.refused) < len(self._episodes):
                self._next = (self._next + 1) % len(self._episodes)
            episode = self._episodes[self._next]
            return self.made(episode.scene), episode
        if self._current is None or self._left < 1:
            choice = self._choices[int(rng.integers(len(self._choices)))]
            self._current, self._left = self.made(choice), self.config.episodes_per_scene
        self._left -= 1
        return self._current, None

    def refuse(self, scene: Scene, episode: Episode | None) -> None:
        """The last draw cannot be played: draw another scene next time."""
        self._left = 0
        if episode is not None and self._next is not None and self._next not in self.refused:
            self.refused.add(self._next)
            _log.warning(
                "episode %s of %s is left out: no goal can be reached, or the task cannot be played there",
                episode.episode_id,
                scene.name,
            )

    def made(self, choice: object) -> Scene:
        """The scene of a seed, of a name ("apartment/1/42"), or as it is, with people if there are to be any.

        Raises:
            ObservationError: if it is none of these, or of another version.
        """
        if isinstance(choice, Scene):
            scene = choice if self._dress is None else self._dress(choice)
        elif isinstance(choice, str):
            scene = self._named(choice)
        elif isinstance(choice, bool) or not isinstance(choice, int | np.integer):
            raise ObservationError(f"a scene is a seed, a name or a Scene, got {type(choice).__name__}")
        else:
            scene = self._made(int(choice))
        return self._with_people(scene)

    def _made(self, seed: int) -> Scene:
        from streammem.envs.apartment.generate import generate

        if self._own is not None:
            return self._own(seed)
        scene = generate(seed, version=self.config.version, designs=self._designs)
        return scene if self._dress is None else self._dress(scene)

    def _named(self, name: str) -> Scene:
        for choice in self.config.scenes or ():
            scene = choice if self._dress is None or not isinstance(choice, Scene) else self._dress(choice)
            if isinstance(scene, Scene) and scene.name == name:
                return scene
        match = _NAME.fullmatch(name)
        if match is None:
            raise ObservationError(f'a scene is called "apartment/<version>/<seed>", got {name!r}')
        version, seed = match[1], match[2]
        if self._own is None and int(version) != self.config.version:
            raise ObservationError(
                f"{name} is of version {version}, this environment of {self.config.version}: "
                f"make it with version={version}"
            )
        scene = self._made(int(seed))
        if scene.name != name:
            raise ObservationError(
                f"{name} is not {scene.name}, which this environment has: make it for the same task, with the same assets"
            )
        return scene

    def _with_people(self, scene: Scene) -> Scene:
        if not self.config.people:
            return scene
        from streammem.envs.apartment.people import with_people

        if scene.name not in self._peopled:
            rng = np.random.default_rng((scene.seed, self.config.people))
            self._peopled[scene.name] = with_people(scene, self.config.people, rng)
            if len(self._peopled) > _KEPT:
                self._peopled.popitem(last=False)
        self._peopled.move_to_end(scene.name)
        return self._peopled[scene.name]

    def _listed(self, episodes: str | Path | Sequence[Episode] | None) -> tuple[Episode, ...] | None:
        if episodes is None:
            return None
        if isinstance(episodes, str | Path):
            file = read_episodes(episodes)
            self.unreachable = file.skipped
            found = file.episodes
        else:
            found = tuple(episodes)
        if not found:
            raise ObservationError(
                f"there is no episode to play in {episodes}: {self.unreachable} were left out"
            )
        return found


def _check_own(config: SceneConfig) -> None:
    """A task that builds its own scenes does so without an apartment's options; better said than ignored."""
    default = SceneConfig()
    given = [
        name
        for name in ("version", "designs", "assets", "people")
        if getattr(config, name) != getattr(default, name)
    ]
    if given:
        raise ObservationError(f"this task is played in scenes of its own: leave out {', '.join(given)}")


def _designs(config: SceneConfig) -> Designs:
    from streammem.envs.apartment.designs import PROCEDURAL

    if config.assets is None:
        return config.designs or PROCEDURAL
    from streammem.envs.furniture import Catalogues

    return Catalogues.open(config.assets)

"""What a task is: it sets the scene, may script what happens, judges what the agent does, and knows the way.

For authors of tasks. `ApartmentEnv` owns the clock, the body, the camera and the sensors; a `Task` object belongs to
one environment, keeps its episode's state in its own attributes, and is called like this:

    reset:  begin -> (the agent is placed at the episode's start) -> observe, measures, information
    step:   steer -> (the body moves, the world goes on for `agent.step_s`) -> judge -> observe, measures, information

- `begin` draws an episode with `situation.rng` (never another generator), may alter the world (`situation.world.move`,
  `.open`, ...) and calls `situation.refresh()` if a door or something on the floor changed. It gives None where this
  scene does not suit the task (no two cups, say) or no goal of a given episode can be reached: the environment then
  draws another scene, takes the file's next episode, or says that the one that was asked for cannot be played.
- `steer` turns the action of the agent into what the body does: an index of `ACTIONS` that the body carries out, an
  `AgentPose` to which the agent is carried (a scripted tour: its action is ignored), or None (it is frozen). The world
  may be altered here, too: this is where scripts and experimenters act. Time always goes on.
- Actions of a task's own (an answer, a number) come after those of the body: `action_space` gives
  `Discrete(len(agent.actions) + n)`; `steer` gives None for these and `judge` takes them for what they are. A stop of
  the body moves nothing; what it means is the task's affair.
- `observation_spaces` names what the task adds to the observation: finite boxes and discrete values of fixed shape.
  Words are ids there and text in `information`, which is joined to `info`. Arrays must be new in every call.
- `measures` are numbers (or dictionaries of numbers) under `info["measures"]`; the same keys in every step.
- `oracle_action` may use everything that is true, hidden or not; it solves every episode.

A task that is not played in apartments as they are has a method `scene(seed) -> Scene` besides, which the environment
calls in place of `generate`: the same object for the same seed while it is in use, so that renderers know it again.
One that is played in apartments to which it adds something has `dressed(scene) -> Scene`, of which the same holds.

`GoalTask` (goal_task.py) does all of this for "go there and stop": success, SPL, SoftSPL, distance, Habitat's reward
and the oracle. Most tasks are one of it with an own `begin` and a `steer` for the tour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import gymnasium

from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.episode import Episode

if TYPE_CHECKING:
    from streammem.envs.tasks.situation import Situation

__all__ = ["AgentPose", "Task", "Verdict"]


@dataclass(frozen=True, slots=True)
class AgentPose:
    """Where the agent stands and looks: yaw 0 along +y, left positive; pitch up positive, of the camera alone."""

    x: float
    y: float
    yaw: float
    pitch: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a step was worth. `truncated` is for a task's own time limits; the registered limit is not its affair."""

    reward: float = 0.0
    terminated: bool = False
    truncated: bool = False


@runtime_checkable
class Task(Protocol):
    """See the module's text; `name` is the environment's without "streammem/" and version."""

    name: str

    def action_space(self, agent: AgentConfig) -> gymnasium.spaces.Discrete:
        """The body's actions, and the task's own after them."""

    def observation_spaces(self, agent: AgentConfig) -> Mapping[str, gymnasium.Space[Any]]:
        """What `observe` gives, by name."""

    def begin(self, situation: Situation, episode: Episode | None) -> Episode | None:
        """Set up this episode, or draw one if None is given; None where it cannot be played."""

    def steer(self, situation: Situation, action: int) -> int | AgentPose | None:
        """What the body does for this action."""

    def judge(self, situation: Situation, action: int) -> Verdict:
        """What the step was worth; called once, after it."""

    def observe(self, situation: Situation) -> dict[str, Any]:
        """The task's own entries of the observation."""

    def measures(self, situation: Situation) -> dict[str, Any]:
        """How well it goes, so far."""

    def information(self, situation: Situation) -> dict[str, Any]:
        """The task's own entries of `info`: the instruction in words, the phase."""

    def oracle_action(self, situation: Situation) -> int:
        """What one does who knows everything."""

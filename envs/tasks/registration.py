"""The apartment's tasks under Gymnasium's names: `gymnasium.make("streammem/PointNav-v0")`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gymnasium

from streammem.errors import ObservationError

if TYPE_CHECKING:
    from streammem.envs.habitat.config import AgentConfig
    from streammem.envs.tasks.apartment_env import ApartmentEnv

__all__ = ["TASKS", "Registered", "make_task", "register"]


POSED = ("rgb", "depth", "gps", "compass")


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """A task's name, its class, its agent (one of `habitat.config`), and after how many steps it is cut off."""

    name: str
    task: str  # "module:class" below streammem.envs.tasks
    agent: str = "APARTMENT"
    steps: int = 500
    sensors: tuple[str, ...] = ("rgb", "depth")


TASKS: Mapping[str, Registered] = {
    entry.name: entry
    for entry in (
        Registered(name="PointNav", task="point_nav:PointNav", agent="POINT_NAV"),
        Registered(
            name="ObjectNav",
            task="object_nav:ObjectNav",
            agent="OBJECT_NAV",
            sensors=("rgb", "depth", "gps", "compass"),
        ),
        Registered(name="ImageNav", task="image_nav:ImageNav", agent="IMAGE_NAV", steps=1000),
        Registered(
            name="Explore", task="explore:Explore", steps=1000, sensors=("rgb", "depth", "gps", "compass")
        ),
        Registered(name="Recall", task="recall:Recall", steps=1500, sensors=POSED),
        Registered(name="Hidden", task="hidden:Hidden", steps=600, sensors=POSED),
        Registered(name="Moved", task="moved:Moved", steps=1500, sensors=POSED),
        Registered(name="Count", task="count:Count", steps=1500, sensors=POSED),
        Registered(name="Order", task="order:Order", steps=1500, sensors=POSED),
        Registered(name="TCorridor", task="corridor:TCorridor", steps=300),
        Registered(name="Ballet", task="ballet:Ballet", steps=320),
        Registered(name="Scavenger", task="scavenger:Scavenger", steps=1000, sensors=POSED),
    )
}


def register() -> None:
    """Make all tasks known to Gymnasium; a second call changes nothing."""
    for entry in TASKS.values():
        name = f"streammem/{entry.name}-v0"
        if name not in gymnasium.registry:
            gymnasium.register(
                id=name,
                entry_point=f"{__name__}:make_task",
                kwargs={"name": entry.name},
                max_episode_steps=entry.steps,
            )


def make_task(
    name: str,
    *,
    agent: AgentConfig | Mapping[str, Any] | None = None,
    task_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> ApartmentEnv:
    """A registered task, without the limit of steps that `gymnasium.make` adds.

    Args:
        name: one of `TASKS`.
        agent: another agent, or some of its settings: `agent={"width": 128, "height": 128}`.
        task_options: for the task's class.
        options: for `ApartmentEnv`.

    Raises:
        ObservationError: if there is no such task, or the agent has no such setting.
    """
    from importlib import import_module

    from streammem.envs.habitat import config
    from streammem.envs.tasks.apartment_env import ApartmentEnv

    if name not in TASKS:
        raise ObservationError(f"a task is one of {', '.join(TASKS)}, got {name!r}")
    entry = TASKS[name]
    preset: AgentConfig = getattr(config, entry.agent)
    if isinstance(agent, Mapping):
        known = {field.name for field in dataclasses.fields(preset)}
        if not set(agent) <= known:
            raise ObservationError(f"an agent has {', '.join(sorted(known))}; got {', '.join(agent)}")
        agent = dataclasses.replace(preset, **agent)
    module, _, kind = entry.task.partition(":")
    task = getattr(import_module(f"streammem.envs.tasks.{module}"), kind)(**(task_options or {}))
    return ApartmentEnv(task, agent=agent or preset, **{"sensors": entry.sensors, **options})

"""Memory tasks on small pictures, and episodes played through."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from apartment_scenes import CABINET, CUP, LEAF, solid, tiny_scene

from streammem.envs.apartment.scene import Scene, Thing
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.tasks.apartment_env import ApartmentEnv
from streammem.envs.tasks.task import Task
from streammem.envs.tasks.tour import TourConfig

SMALL = AgentConfig(width=32, height=32, normalize_depth=False, turn_deg=30.0)
SHORT = TourConfig(step_m=0.5, turn_deg=90.0)

Act = Callable[[ApartmentEnv, dict[str, Any], dict[str, Any]], int]


def small_env(task: Task, scenes: Sequence[int | Scene] | None = None, **more: Any) -> ApartmentEnv:
    """The task with a camera of 32 x 32 pixels that gives instances, too."""
    return ApartmentEnv(
        task, agent=more.pop("agent", SMALL), scenes=scenes, sensors=("rgb", "semantic"), **more
    )


def oracle(env: ApartmentEnv, observation: dict[str, Any], info: dict[str, Any]) -> int:
    """The task's own."""
    return env.task.oracle_action(env.situation)


def played(env: ApartmentEnv, seed: int, act: Act = oracle, *, most: int = 800) -> list[tuple[Any, ...]]:
    """All that reset and the steps gave: (observation, reward, terminated, truncated, info), reset without the rest."""
    observation, info = env.reset(seed=seed)
    found: list[tuple[Any, ...]] = [(observation, 0.0, False, False, info)]
    while not (found[-1][2] or found[-1][3]) and len(found) <= most:
        found.append(env.step(act(env, found[-1][0], found[-1][4])))
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two observations (infos, or tuples of them) agree to the bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return bool(np.array_equal(np.asarray(one), np.asarray(other)))


def lived_in() -> Scene:
    """The tiny scene with its door open, three more cabinets, two stools, and another cup in the other room."""
    tiny = tiny_scene()
    by_id = tiny.by_id
    stool = solid("stool", ((-0.18, -0.18, 0), (0.18, 0.18, 0.45), (200, 170, 40)))
    cabinet = by_id[CABINET]
    more = (
        dataclasses.replace(cabinet, id=11, at=(0.24, 0.9, 0), yaw=math.pi / 2, room=0),
        dataclasses.replace(cabinet, id=12, at=(3.0, 2.75, 0), room=0),
        dataclasses.replace(cabinet, id=13, at=(6.76, 1.7, 0), yaw=-math.pi / 2),
        Thing(id=14, model=stool, at=(3.7, 0.3, 0), yaw=0, room=0, relation="floor"),
        Thing(id=15, model=stool, at=(4.4, 2.7, 0), yaw=0, room=1, relation="floor"),
        dataclasses.replace(by_id[CUP], id=16, at=(5.4, 2.7, 0.8), room=1, parent=CABINET),
    )
    things = tuple(dataclasses.replace(t, open=1.0) if t.id == LEAF else t for t in tiny.things)
    return dataclasses.replace(tiny, name="lived in/1/0", things=(*things, *more))


LIVED_IN = lived_in()

"""The environments that are put beside each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium

import streammem.envs  # noqa: F401  (makes the tasks known)

__all__ = ["Candidate", "apartments", "others"]

SENSORS = ("rgb", "depth", "semantic")


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A name, the size of its picture, and how it is made."""

    name: str
    size: str
    make: Callable[[], gymnasium.Env[Any, Any]]


def _apartment(width: int, height: int, **options: Any) -> Callable[[], gymnasium.Env[Any, Any]]:
    def make() -> gymnasium.Env[Any, Any]:
        return gymnasium.make(
            "streammem/Explore-v0",
            agent={"width": width, "height": height},
            sensors=SENSORS,
            disable_env_checker=True,
            max_episode_steps=100_000,
            **options,
        )

    return make


def apartments(assets: Path | None) -> list[Candidate]:
    """The apartment with colour, depth and instances: every renderer and size, with people, with catalogue furniture."""
    sizes = [(64, 64), (128, 128), (256, 256), (640, 480)]
    found = [
        Candidate(name=f"apartment, {kind}", size=f"{w}x{h}", make=_apartment(w, h, renderer=kind))
        for kind in ("gl", "rays")
        for w, h in sizes
    ]
    found.append(
        Candidate(
            name="apartment, gl, 2 people", size="128x128", make=_apartment(128, 128, renderer="gl", people=2)
        )
    )
    if assets is not None:
        found.append(
            Candidate(
                name="apartment, gl, catalogue furniture",
                size="128x128",
                make=_apartment(128, 128, renderer="gl", assets=str(assets)),
            )
        )
    return found


def others() -> list[Candidate]:
    """Neighbours, through their own makers: MiniWorld (OpenGL; colour alone) and MiniGrid (a grid; colour alone)."""

    def miniworld(width: int, height: int) -> Callable[[], gymnasium.Env[Any, Any]]:
        def make() -> gymnasium.Env[Any, Any]:
            import pyglet

            pyglet.options["headless"] = True
            import miniworld  # noqa: F401  # registers its worlds

            return gymnasium.make(
                "MiniWorld-FourRooms-v0", obs_width=width, obs_height=height, disable_env_checker=True
            )

        return make

    def minigrid() -> gymnasium.Env[Any, Any]:
        import minigrid  # noqa: F401  # registers its worlds
        from minigrid.wrappers import RGBImgPartialObsWrapper

        env = gymnasium.make("MiniGrid-MemoryS13-v0", disable_env_checker=True)
        return RGBImgPartialObsWrapper(env)

    return [
        Candidate(name="MiniWorld FourRooms, colour alone", size="128x128", make=miniworld(128, 128)),
        Candidate(name="MiniWorld FourRooms, colour alone", size="256x256", make=miniworld(256, 256)),
        Candidate(name="MiniWorld FourRooms, colour alone", size="640x480", make=miniworld(640, 480)),
        Candidate(name="MiniGrid MemoryS13, colour alone", size="56x56", make=minigrid),
    ]

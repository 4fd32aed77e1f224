"""Other people's environments, in today's Gymnasium terms, posed and measured in ours."""

from streammem.envs.adapters.habitat import make_habitat
from streammem.envs.adapters.memory_gym import make_memory_gym
from streammem.envs.adapters.memory_maze import make_memory_maze
from streammem.envs.adapters.minigrid import make_minigrid
from streammem.envs.adapters.miniworld import make_miniworld
from streammem.envs.adapters.popgym import make_popgym

__all__ = [
    "make_habitat",
    "make_memory_gym",
    "make_memory_maze",
    "make_minigrid",
    "make_miniworld",
    "make_popgym",
]

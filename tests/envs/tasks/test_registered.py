"""Every registered task, by its name: the same episode for the same seed, here and in a new process."""

import os
import subprocess
import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv

import streammem.envs  # noqa: F401  # registers the tasks
from streammem.envs.tasks.registration import TASKS

DIGEST = """
import hashlib, sys, gymnasium, numpy as np, streammem.envs
def digest(name):
    env = gymnasium.make(f"streammem/{name}-v0", agent={"width": 16, "height": 16}, disable_env_checker=True)
    seen = [env.reset(seed=7)[0]] + [env.step(action)[0] for action in (1, 2, 1, 3, 1)]
    env.close()
    return hashlib.sha256(b"".join(np.asarray(o[k]).tobytes() for o in seen for k in sorted(o))).hexdigest()
"""


def digest(name: str) -> str:
    space: dict[str, object] = {}
    exec(DIGEST, space)
    return str(space["digest"](name))  # type: ignore[operator]


@pytest.fixture(scope="module")
def elsewhere() -> dict[str, str]:
    """The digests that another process finds, whose strings hash otherwise."""
    code = DIGEST + "\nfor name in sys.argv[1:]: print(name, digest(name), flush=True)"
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code, *TASKS],
        env={**os.environ, "PYTHONHASHSEED": "123"},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert ran.returncode == 0, ran.stderr
    return dict(line.split() for line in ran.stdout.splitlines())


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_seed_repeats_itself_here_and_in_a_new_process(name: str, elsewhere: dict[str, str]) -> None:
    assert digest(name) == digest(name) == elsewhere[name]


@pytest.mark.parametrize("name", sorted(TASKS))
def test_an_async_worker_sees_the_same(name: str) -> None:
    def make() -> gymnasium.Env[dict[str, Any], int]:
        return gymnasium.make(
            f"streammem/{name}-v0", agent={"width": 16, "height": 16}, disable_env_checker=True
        )

    alone, workers = make(), AsyncVectorEnv([make], shared_memory=False)
    seen, together = alone.reset(seed=7)[0], workers.reset(seed=[7])[0]
    for action in (1, 2, 1, 3):
        assert all(np.array_equal(seen[key], together[key][0]) for key in seen)
        seen, together = alone.step(action)[0], workers.step(np.array([action]))[0]
    alone.close()
    workers.close()


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_task_can_be_looked_at(name: str) -> None:
    env = gymnasium.make(
        f"streammem/{name}-v0",
        agent={"width": 32, "height": 32},
        render_mode="panel",
        disable_env_checker=True,
    )
    env.reset(seed=7)
    env.step(1)
    picture = np.asarray(env.render())
    env.close()
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3 and picture.std() > 1

"""Every registered task, by its name: the same episode for the same seed, here and in a new process."""

import os
import subprocess
import sys

import gymnasium
import numpy as np
import pytest

import streammem.envs  # noqa: F401  # registers the tasks
from streammem.envs.tasks.registration import TASKS

DIGEST = """
import hashlib, sys, gymnasium, numpy as np, streammem.envs
from gymnasium.vector import AsyncVectorEnv

def make(name):
    return gymnasium.make(f"streammem/{name}-v0", agent={"width": 16, "height": 16}, disable_env_checker=True)

def digest_of(seen, row=()):
    parts = [np.asarray(o[key])[row].tobytes() for o in seen for key in sorted(o)]
    return hashlib.sha256(b"".join(parts)).hexdigest()

def digest(name):
    env = make(name)
    seen = [env.reset(seed=7)[0]] + [env.step(action)[0] for action in (1, 2, 1, 3, 1)]
    env.close()
    return digest_of(seen)

def digest_by_worker(name):
    envs = AsyncVectorEnv([lambda: make(name)], shared_memory=False)
    seen = [envs.reset(seed=[7])[0]] + [envs.step(np.array([action]))[0] for action in (1, 2, 1, 3, 1)]
    envs.close()
    return digest_of(seen, 0)
"""


def digest(name: str) -> str:
    space: dict[str, object] = {}
    exec(DIGEST, space)
    return str(space["digest"](name))  # type: ignore[operator]  # found by name


@pytest.fixture(scope="module")
def elsewhere() -> dict[str, str]:
    """The digests that workers of another process find, whose strings hash otherwise."""
    code = DIGEST + "\nfor name in sys.argv[1:]: print(name, digest_by_worker(name), flush=True)"
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
def test_a_seed_repeats_itself_here_and_in_a_worker_of_a_new_process(
    name: str, elsewhere: dict[str, str]
) -> None:
    assert digest(name) == digest(name) == elsewhere[name]


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

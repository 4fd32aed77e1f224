"""MiniWorld's OpenGL, ours and torch's compiler live in one process."""

import importlib.util
import subprocess
import sys

import pytest

MINIWORLD_FIRST = """
from streammem.envs.adapters import make_miniworld
try:
    env = make_miniworld("MiniWorld-Hallway-v0")
except ImportError:
    raise SystemExit(9)
env.reset(seed=0)
from streammem.envs.rendering import context
with context.drawing():
    pass
assert not context._held().forkable  # MiniWorld's Mesa has threads, and they are ours, too
import triton
env.step(0)
env.close()
"""


def test_miniworld_before_the_compiler():
    if importlib.util.find_spec("triton") is None:
        pytest.skip("torch brings no compiler here")
    done = subprocess.run(
        [sys.executable, "-P", "-c", MINIWORLD_FIRST],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    if done.returncode == 9:
        pytest.skip("no MiniWorld or no OpenGL here")
    assert done.returncode == 0, done.stderr[-2000:]

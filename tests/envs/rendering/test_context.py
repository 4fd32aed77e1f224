"""One context for a process, in any thread, beside torch, after a fork."""

import importlib.util
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from renderers import AT_TABLE, CAMERA, SCENE, opened, view

from streammem.envs.apartment.world import World
from streammem.envs.rendering import context

BESIDE_TORCH = """
from streammem.envs.rendering.context import drawing
def draw():
    with drawing() as gl:
        canvas = gl.simple_framebuffer((8, 8))
        canvas.clear(1.0)
        assert canvas.read(components=1)[0] == 255
draw()
import triton
draw()
"""


def test_lives_with_a_compiler_of_torch_that_comes_later():
    if importlib.util.find_spec("triton") is None:  # importing it here could meet an OpenGL that came before
        pytest.skip("torch brings no compiler here")
    opened("gl")
    done = subprocess.run(
        [sys.executable, "-P", "-c", BESIDE_TORCH], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_draws_after_a_fork():
    parent = view("gl").depth_m.sum()
    if not context._held().forkable:
        pytest.skip("this driver does not survive a fork")
    if (child := os.fork()) == 0:
        signal.signal(
            signal.SIGALRM, signal.SIG_DFL
        )  # pytest's own handler would never run in a child that hangs
        signal.alarm(20)
        os._exit(7 if view("gl").depth_m.sum() == parent else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert view("gl").depth_m.sum() == parent


def test_says_why_it_cannot_draw_after_a_fork(monkeypatch):
    before = context._Held(None, forkable=False)
    before.process = -1
    monkeypatch.setattr(context, "_kept", [before])
    with pytest.raises(context.GlError, match="forked.*spawn"), context.drawing():
        pass


def test_draws_in_any_thread():
    renderer = opened("gl")
    renderer.load(World(SCENE))
    frames = [renderer.render(AT_TABLE, CAMERA)]
    thread = threading.Thread(target=lambda: frames.append(renderer.render(AT_TABLE, CAMERA)))
    thread.start()
    thread.join()
    np.testing.assert_array_equal(frames[0].rgb, frames[1].rgb)


@pytest.mark.parametrize(("threads", "used"), [(None, "0"), ("", "0"), ("2", "2")])
def test_threads_are_set_for_the_making_alone(monkeypatch, threads, used):
    import moderngl

    monkeypatch.delenv(context.THREADS, raising=False)
    if threads is not None:
        monkeypatch.setenv(context.THREADS, threads)
    seen = []
    monkeypatch.setattr(moderngl, "create_context", lambda **_: seen.append(os.environ[context.THREADS]))
    with pytest.raises(AttributeError):  # what was made is nothing
        context._made()
    assert seen == [used] and os.environ.get(context.THREADS) == threads


def test_says_why_there_is_no_gl(monkeypatch):
    import moderngl

    def refuse(**_):
        raise RuntimeError("eglInitialize failed")

    monkeypatch.setattr(moderngl, "create_context", refuse)
    with pytest.raises(context.GlError, match="eglInitialize failed.*install EGL"):
        context._made()

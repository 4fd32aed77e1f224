"""The gate looks at what changed, no more often than it may, and resumes as if it had never stopped."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import ObservationError
from streammem.memory.gate import ChangeGate, GateConfig


def unit(seed: int, n: int = 1) -> torch.Tensor:
    rows = np.random.default_rng(seed).normal(size=(n, 16)).astype(np.float32)
    return torch.from_numpy(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def test_first_frame_is_looked_at_and_the_same_again_is_not() -> None:
    gate = ChangeGate(GateConfig(), 16)
    assert gate.step(0.0, unit(0))
    assert not gate.step(5.0, unit(0))


def test_still_scene_is_looked_at_again_after_the_refresh() -> None:
    gate = ChangeGate(GateConfig(refresh_s=10), 16)
    looks = [t for t in range(31) if gate.step(float(t), unit(0))]
    assert looks == [0, 10, 20, 30]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.floats(0.5, 8))
@settings(max_examples=50, deadline=None)
def test_never_more_looks_than_the_rate(scenes: list[int], rate_hz: float) -> None:
    gate = ChangeGate(GateConfig(rate_hz=rate_hz), 16)
    looks = [i / 30 for i, scene in enumerate(scenes) if gate.step(i / 30, unit(scene))]
    assert all(b - a >= 1 / rate_hz - 1e-6 for a, b in itertools.pairwise(looks))


@given(st.lists(st.integers(0, 5), min_size=2, max_size=40), st.data())
@settings(max_examples=50, deadline=None)
def test_resumed_gate_decides_as_one_that_never_stopped(scenes: list[int], data: st.DataObject) -> None:
    stop = data.draw(st.integers(0, len(scenes)))
    whole, first, second = (ChangeGate(GateConfig(), 16) for _ in range(3))
    expected = [whole.step(i / 4, unit(s)) for i, s in enumerate(scenes)]
    begun = [first.step(i / 4, unit(s)) for i, s in enumerate(scenes[:stop])]
    second.restore(first.state())
    ended = [second.step((i + stop) / 4, unit(s)) for i, s in enumerate(scenes[stop:])]
    assert begun + ended == expected
    assert second.nbytes() == sum(array.nbytes for array in second.state().values())


@pytest.mark.parametrize("bad", [{"rate_hz": 0.0}, {"threshold": -1.0}, {"refresh_s": float("nan")}])
def test_impossible_gates_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ObservationError, match="a gate needs"):
        GateConfig(**bad)

"""A few of a stream's events, picked out: as if all had been told."""

import itertools

import numpy as np
import pytest

import streammem as sm
from streammem.types import Interval


@pytest.fixture(scope="module")
def memory() -> sm.StreamMemory:
    memory = sm.StreamMemory.open(encoder="classic", budget="4 MB")
    rng = np.random.default_rng(3)
    scenes = rng.integers(0, 255, (5, 6, 10, 3), dtype=np.uint8)
    for t, (stream, _) in enumerate(itertools.product(range(60), range(4))):
        picture = np.kron(scenes[(stream * stream) % 5], np.ones((12, 12, 1), np.uint8))
        memory.observe(sm.Observation(index=t, t_s=t / 2, rgb=picture, stream="ab"[t % 2]))
    return memory


def test_one_by_its_number(memory: sm.StreamMemory) -> None:
    every = memory.timeline()
    assert len(every) > 10 and len({event.stream for event in every}) == 2
    assert [memory.event(event.id) for event in every] == every
    assert memory.event(10**6) is None


@pytest.mark.parametrize("seed", range(30))
def test_those_of_a_time(memory: sm.StreamMemory, seed: int) -> None:
    low, high = np.sort(np.random.default_rng(seed).uniform(-5, 130, 2).round(seed % 2))
    during = Interval(float(low), float(high))
    wanted = [event for event in memory.timeline() if event.interval.overlaps(during)]
    assert memory.timeline(during=during) == wanted

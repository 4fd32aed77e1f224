"""Wrapped environments in vectors: workers remember and record on their own, and never hang."""

from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv
from posed_env import Altered, Wall

from streammem.envs.wrappers import MemoryObservation, RecordStream


def remembering() -> gymnasium.Env[Any, Any]:
    return MemoryObservation(Wall(length=4), budget="2 MB")


def narrowed(seen: Any, info: Any) -> Any:
    return {**seen, "rgb": seen["rgb"][:, :9]}, info


def failing() -> gymnasium.Env[Any, Any]:
    return MemoryObservation(Altered(Wall(length=9), narrowed), budget="2 MB")


def test_workers_see_what_one_process_sees(tmp_path: Path) -> None:
    def recording(worker: int) -> Any:
        return lambda: RecordStream(remembering(), tmp_path / str(worker))

    makes = [recording(worker) for worker in range(2)]
    told = []
    for kind in (lambda: AsyncVectorEnv(makes), lambda: SyncVectorEnv([remembering, remembering])):
        with_workers = kind()
        steps = [with_workers.reset(seed=4)[0]]
        steps += [with_workers.step(np.array([1, 0]))[0] for _ in range(7)]
        told.append(steps)
        with_workers.close()
    for one, other in zip(*told, strict=True):
        assert all(np.array_equal(one[name], other[name]) for name in one)
    assert [len(list((tmp_path / str(worker)).iterdir())) for worker in range(2)] == [2, 2]


@pytest.mark.timeout(60)
@pytest.mark.filterwarnings("ignore")
def test_an_error_in_a_worker_comes_out() -> None:
    workers = AsyncVectorEnv([remembering, failing])
    workers.reset(seed=0)
    with pytest.raises(Exception, match="was of shape"):
        for _ in range(3):
            workers.step(np.array([1, 1]))
    workers.close(terminate=True)

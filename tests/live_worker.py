"""A worker over a small memory, with pictures that are quickly taken in; the news that it tells."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import streammem as sm
from streammem.app.server.opening import EngineSettings
from streammem.app.server.worker import Worker
from streammem.heads.propagation import PropagationConfig
from streammem.heads.segmentation import SegmentationConfig
from streammem.heads.tracking import TrackingConfig
from streammem.memory.feature_config import FeatureConfig

PATIENCE_S = 60.0  # for what takes milliseconds, on a machine that is busy
SCENES = [np.random.default_rng(seed).integers(0, 255, (5, 8, 3), dtype=np.uint8) for seed in range(6)]
SMALL = FeatureConfig(working_max=4, working_min=2, prototypes=4, long_term=16)
TRACKING = TrackingConfig(
    segmentation=SegmentationConfig(propagation=PropagationConfig(memory_every=2, memory=SMALL))
)
FOLLOWING = sm.MemoryConfig(max_streams=3, object_share=0.1, tracking=TRACKING)
News = list[dict[str, Any]]


def scene(number: int) -> np.ndarray:
    return cv2.resize(SCENES[number % len(SCENES)], (160, 90), interpolation=cv2.INTER_CUBIC)


def frame(index: int, number: int = 0, *, stream: str = "door", t_s: float | None = None) -> sm.Observation:
    return sm.Observation(
        index=index, t_s=index / 2 if t_s is None else t_s, rgb=scene(number), stream=stream
    )


def story(scenes: list[int], *, frames: int = 6, stream: str = "door") -> list[sm.Observation]:
    """Each scene in turn, two frames a second."""
    shown = [number for number in scenes for _ in range(frames)]
    return [frame(index, number, stream=stream) for index, number in enumerate(shown)]


def square_at(t: int, *, size: tuple[int, int] = (64, 96), stream: str = "door") -> sm.Observation:
    """A light square that moves right over dark noise."""
    rgb = np.random.default_rng(t % 7).integers(0, 60, (*size, 3), np.uint8)
    rgb[20:44, 10 + 2 * t : 34 + 2 * t] = (220, 200, 40)
    return sm.Observation(index=t, t_s=t / 10, rgb=rgb, stream=stream)


def worker(
    path: Path | None = None, *, follow: bool = False, commit_every_s: float = 10.0
) -> tuple[Worker, News]:
    """A worker without a deep encoder, and the list that its news go to."""
    config = FOLLOWING if follow else sm.MemoryConfig(commit_every_s=commit_every_s)
    memory = sm.StreamMemory.open(path, encoder="classic", budget="4 MB", config=config)
    news: News = []
    return Worker(memory, news.append), news


def take(worker: Worker, *observations: sm.Observation) -> None:
    for observation in observations:
        worker.take(observation, time.monotonic_ns())


def kinds(news: News, kind: str) -> News:
    return [item for item in news if item["type"] == kind]


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something that another thread or process does."""
    end_s = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not true():
        assert time.monotonic() < end_s, f"{what} did not happen within {PATIENCE_S:g} s"
        pause.wait(0.005)


SETTINGS = EngineSettings(encoder="classic", budget="4 MB", track=False)

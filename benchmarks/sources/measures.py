"""One measurement each, meant for a process of its own."""

import time
from pathlib import Path

import numpy as np
import psutil

from benchmarks.sources.footage import STRETCH, number, truth
from benchmarks.sources.readers import READERS, SEEKS

EVERY = 500  # frames between two looks at the memory
WARM = 0.2  # of the pass is left out of the slope


def reading(name: str, path: Path, *, most: int) -> dict[str, float]:
    """CPU time a frame, and how resident memory grows in an hour of video."""
    process = psutil.Process()
    bare = process.memory_info().rss / 1e6  # Python with everything imported
    began_cpu, began = time.process_time(), time.perf_counter()
    looks: list[tuple[int, float]] = []
    wrong, n = 0, 0
    for _, picture in READERS[name](path):
        if n % EVERY == 0:
            looks.append((n, process.memory_info().rss / 1e6))
            if picture is not None and number(picture) != n % STRETCH:
                wrong += 1
        n += 1
        if n == most:
            break
    cpu, wall = time.process_time() - began_cpu, time.perf_counter() - began
    late = [(frame, mb) for frame, mb in looks if frame >= WARM * n]
    hours = np.array([frame for frame, _ in late]) / (25 * 3600)
    slope = float(np.polyfit(hours, [mb for _, mb in late], 1)[0]) if len(late) > 2 else float("nan")
    return {
        "frames": n,
        "cpu_ms": 1e3 * cpu / n,
        "wall_ms": 1e3 * wall / n,
        "rss_mb": late[-1][1] - bare,
        "slope_mb_per_h": slope,
        "wrong": wrong,
    }


def seeking(name: str, path: Path, *, n: int) -> dict[str, float]:
    """How many of `n` random seeks show the frame of that time, and their CPU time."""
    times = truth(path)
    wanted = np.random.default_rng(7).integers(0, len(times), n)
    seek = SEEKS[name](path)
    began = time.process_time()
    exact = 0
    for frame in wanted:
        picture = seek(float(times[frame]))
        exact += picture is not None and number(picture) == frame % STRETCH
    return {"seeks": n, "exact": int(exact), "cpu_ms": 1e3 * (time.process_time() - began) / n}

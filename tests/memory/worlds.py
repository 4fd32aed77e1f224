"""Small made-up streams for the tests of the episodic memory."""

from collections.abc import Iterator

import numpy as np
import torch

from streammem.interface import SpaceSpec
from streammem.memory.episodic import EpisodicConfig, EpisodicMemory
from streammem.types import Features, Observation

PIXEL = {"pixel": SpaceSpec(dim=64)}
DEEP = {
    **PIXEL,
    "frame": SpaceSpec(dim=80),
    "patch": SpaceSpec(dim=40, grid=(2, 3)),
    "text": SpaceSpec(dim=30, grid=(2, 3), kind="distribution"),
}
LEAN = {"pixel": 1.0, "events": 0.05, "snapshots": 0.0, "other": 0.3}
SCENES = np.random.default_rng(0).standard_normal((40, 2000)).astype(np.float32)


def scene(number: int, spaces: dict[str, SpaceSpec], noise: float = 0.0, seed: int = 0) -> Features:
    """Features of a scene: the same number looks the same but for noise."""
    rng, made, grids = np.random.default_rng((number, seed)), {}, {}
    for at, (name, spec) in enumerate(spaces.items()):
        size = spec.cells * spec.dim
        matrix = np.roll(SCENES[number], 37 * at)[:size].reshape(spec.cells, spec.dim)
        matrix = matrix + noise * rng.standard_normal(matrix.shape).astype(np.float32)
        if spec.kind == "distribution":
            matrix = np.exp(2 * matrix) / np.exp(2 * matrix).sum(axis=1, keepdims=True)
        else:
            matrix = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
        made[name] = torch.from_numpy(matrix.astype(np.float32))
        if spec.grid:
            grids[name] = spec.grid
    return Features(spaces=made, grids=grids)


def picture(number: int) -> np.ndarray:
    """What a scene looks like."""
    rough = np.random.default_rng(number).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return np.kron(rough, np.ones((8, 8, 1), np.uint8))


def frame(index: int, number: int, *, stream: str = "main", t_s: float | None = None, gap_s: float = 0.0) -> Observation:  # fmt: skip
    """Frame `index`, two a second unless told otherwise."""
    when = index / 2 if t_s is None else t_s
    return Observation(index=index, t_s=when, rgb=picture(number), stream=stream, gap_s=gap_s)


def story(
    numbers: list[int], spaces: dict[str, SpaceSpec], *, frames: int = 8, noise: float = 0.05
) -> Iterator[tuple[Observation, Features]]:
    """Each scene in turn for some frames; deep features come with every second one."""
    shown = [number for number in numbers for _ in range(frames)]
    for index, number in enumerate(shown):
        made = scene(number, spaces, noise, seed=index)
        if index % 2:
            made = Features(spaces={"pixel": made.spaces["pixel"]})
        yield frame(index, number), made


def memory(budget: int = 200_000, spaces: dict[str, SpaceSpec] = PIXEL, **knobs: object) -> EpisodicMemory:
    """A memory with small codes."""
    return EpisodicMemory(EpisodicConfig(**{"shares": LEAN, **knobs}), spaces, budget)  # type: ignore[arg-type]  # by name


def watched(numbers: list[int], *, frames: int = 8, noise: float = 0.05, **options: object) -> EpisodicMemory:
    """A memory that saw a story."""
    made = memory(**options)  # type: ignore[arg-type]  # by name
    for observation, features in story(numbers, made._specs, frames=frames, noise=noise):
        made.write(observation, features)
    return made

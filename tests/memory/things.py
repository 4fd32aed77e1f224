"""Made-up pictures of small things that move over still scenes."""

from collections.abc import Iterator

import cv2
import numpy as np

from streammem.types import Observation

WIDTH, HEIGHT = 320, 180


def texture(number: int, size: tuple[int, int], *, cells: int = 5) -> np.ndarray:
    """A soft pattern of its own colours, (height, width) = `size`."""
    rng = np.random.default_rng((99, number))
    rough = rng.integers(0, 255, (cells, cells, 3), dtype=np.uint8)
    return cv2.resize(rough, size[::-1], interpolation=cv2.INTER_CUBIC)


def ground(number: int) -> np.ndarray:
    """A still scene, of muted colours."""
    return (texture(1000 + number, (HEIGHT, WIDTH)) * 0.3 + 90).astype(np.uint8)


def thing(number: int, side: int = 64) -> np.ndarray:
    """A small square thing."""
    return texture(number, (side, side))


def shown(number: int | None, step: int, scene: int = 0) -> np.ndarray:
    """A thing on its way through a scene, or the scene alone."""
    picture = ground(scene)
    if number is not None:
        left, top = 32 + 16 * (step % 12), 48
        picture[top : top + 64, left : left + 64] = thing(number)
    return picture


def passing(
    numbers: list[int | None], *, frames: int = 8, stream: str = "main", scene: int = 0, rate_hz: float = 2.0
) -> Iterator[Observation]:
    """Each thing in turn passes for some frames; None for nobody."""
    turns = [(number, step) for number in numbers for step in range(frames)]
    for index, (number, step) in enumerate(turns):
        yield Observation(index=index, t_s=index / rate_hz, rgb=shown(number, step, scene), stream=stream)

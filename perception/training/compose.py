"""Clips with known masks: cut-outs and pieces of photographs that move, turn, deform and hide each other.

As in the pretraining of STM (Oh et al. 2019) and XMem, pictures stand in for video; here each thing has its own
smooth path over a ground that moves as well, and things that nobody asks for move among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from streammem.perception.training.assets import Assets

__all__ = ["Clip", "ComposeConfig", "compose"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComposeConfig:
    """How large, how long, how many."""

    size: tuple[int, int] = (192, 320)  # height, width
    frames: int = 8
    most: int = 3  # things with a mask
    distractors: int = 2  # at most, without one
    photographs: float = 0.45  # share of things that are pieces of photographs instead of cut-outs
    pace: float = 0.07  # of the picture's height a frame, typically


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """Frames, and for each pixel the thing that is seen there (0: none)."""

    frames: UInt8[np.ndarray, "t h w 3"]
    labels: UInt8[np.ndarray, "t h w"]


def compose(assets: Assets, config: ComposeConfig, rng: np.random.Generator) -> Clip:
    """One clip; everything follows from the generator. Each thing is seen in the first frame."""
    for _ in range(50):
        clip = _draw(assets, config, rng)
        shown = np.unique(clip.labels[0], return_counts=True)
        areas = dict(zip(shown[0].tolist(), shown[1].tolist(), strict=True))
        if any(area > 120 for label, area in areas.items() if label):
            return _only(clip, [label for label, area in areas.items() if label and area > 120])
    raise RuntimeError("fifty clips in a row whose first frame shows nothing: the cut-outs are all but empty")


def _only(clip: Clip, labels: list[int]) -> Clip:
    """The things that the first frame shows, renumbered from 1."""
    table = np.zeros(256, np.uint8)
    table[labels] = np.arange(1, len(labels) + 1)
    return Clip(frames=clip.frames, labels=table[clip.labels])


def _draw(assets: Assets, config: ComposeConfig, rng: np.random.Generator) -> Clip:
    frames = _ground(assets, config, rng)
    labels = np.zeros(frames.shape[:3], np.uint8)
    things = int(rng.integers(1, config.most + 1))
    numbers = [*range(1, things + 1), *([0] * int(rng.integers(0, config.distractors + 1)))]
    twin: UInt8[np.ndarray, "_ _ 4"] | None = None
    for number in rng.permutation(numbers).tolist():
        thing = twin if twin is not None and rng.random() < 0.3 else _thing(assets, config, rng)
        twin = thing
        _move(frames, labels, int(number), thing, config, rng)
    for i in range(len(frames)):
        frames[i] = _camera(frames[i], rng)
    return Clip(frames=frames, labels=labels)


def _ground(assets: Assets, config: ComposeConfig, rng: np.random.Generator) -> UInt8[np.ndarray, "t h w 3"]:
    """A window that wanders over a photograph or a piece of video."""
    run = assets.grounds[int(rng.integers(len(assets.grounds)))]
    high, wide = config.size
    tall, broad = run[0].shape[:2]
    scale = max(high / tall, wide / broad) * float(rng.uniform(1.05, 2.0))
    path = _path(config.frames, rng, 0.4 * config.pace * high * float(rng.integers(0, 2)))
    room = np.array([broad * scale - wide, tall * scale - high])
    at = np.clip(rng.uniform(0, 1, 2) * room + path, 0, room)
    back = bool(rng.integers(0, 2))
    frames = np.zeros((config.frames, high, wide, 3), np.uint8)
    for i in range(config.frames):
        shown = run[min(i, 2 * len(run) - 2 - i if len(run) > 1 and i >= len(run) else i, len(run) - 1)]
        matrix = np.array([[scale, 0, -at[i, 0]], [0, scale, -at[i, 1]]], np.float64)
        frames[i] = cv2.warpAffine(
            shown, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
    return np.ascontiguousarray(frames[::-1]) if back else frames


def _thing(assets: Assets, config: ComposeConfig, rng: np.random.Generator) -> UInt8[np.ndarray, "_ _ 4"]:
    """A cut-out, or a piece of a photograph with a smooth outline."""
    if rng.random() >= config.photographs:
        return assets.cutouts[int(rng.integers(len(assets.cutouts)))]
    run = assets.grounds[int(rng.integers(len(assets.grounds)))]
    picture = run[int(rng.integers(len(run)))]
    side = int(rng.integers(64, min(picture.shape[:2]) // 2 + 65))
    high, wide = min(side, picture.shape[0]), min(int(side * rng.uniform(0.5, 2.0)), picture.shape[1])
    top, left = int(rng.integers(picture.shape[0] - high + 1)), int(rng.integers(picture.shape[1] - wide + 1))
    piece = picture[top : top + high, left : left + wide]
    return np.dstack([piece, _outline(high, wide, rng)])


def _outline(high: int, wide: int, rng: np.random.Generator) -> UInt8[np.ndarray, "h w"]:
    """A closed curve about the middle whose radius is a sum of a few waves."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    radius = np.full(72, 0.75)
    for wave in range(2, 7):
        radius += rng.normal(0, 0.25 / wave) * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    radius = np.clip(radius, 0.25, 1.0) / 2
    curve = np.stack([(0.5 + radius * np.cos(angle)) * wide, (0.5 + radius * np.sin(angle)) * high], 1)
    mask = np.zeros((high, wide), np.uint8)
    cv2.fillPoly(mask, [np.rint(curve).astype(np.int32)], 255, cv2.LINE_AA)
    return mask


def _path(steps: int, rng: np.random.Generator, pace: float) -> Float32[np.ndarray, "t 2"]:
    """A smooth walk from the origin: a steady velocity that drifts."""
    velocity = rng.normal(0, 1, 2) + np.cumsum(rng.normal(0, 0.35, (steps, 2)), axis=0)
    path = np.cumsum(velocity * pace, axis=0)
    return np.asarray(path - path[0], np.float32)


def _move(
    frames: UInt8[np.ndarray, "t h w 3"],
    labels: UInt8[np.ndarray, "t h w"],
    number: int,
    thing: UInt8[np.ndarray, "_ _ 4"],
    config: ComposeConfig,
    rng: np.random.Generator,
) -> None:
    """Lay one thing over all frames along its own path."""
    high, wide = config.size
    tall, broad = thing.shape[:2]
    share = float(np.exp(rng.uniform(np.log(0.18), np.log(0.8))))
    size = share * high / max(tall, broad) * np.exp(np.cumsum(rng.normal(0, 0.03, config.frames)))
    turn = rng.uniform(-np.pi, np.pi) * 0.15 + np.cumsum(np.full(config.frames, rng.normal(0, 0.06)))
    shear = np.cumsum(rng.normal(0, 0.03, config.frames)) + rng.normal(0, 0.1)
    squeeze = np.exp(np.cumsum(rng.normal(0, 0.03, config.frames)))
    start = rng.uniform(0.15, 0.85, 2) * (wide, high)
    at = start + _path(config.frames, rng, config.pace * high * float(rng.uniform(0, 1)))
    flip = -1.0 if rng.random() < 0.5 else 1.0
    bend, phase = rng.normal(0, 0.05) * share * high, rng.uniform(0, 2 * np.pi)
    light = np.cumsum(rng.normal(0, 0.03, config.frames)) + rng.normal(1, 0.15)
    for i in range(config.frames):
        cos, sin = np.cos(turn[i]), np.sin(turn[i])
        linear = np.array([[cos, -sin], [sin, cos]]) @ np.array(
            [[flip * squeeze[i], shear[i]], [0, 1 / squeeze[i]]]
        )
        linear *= size[i]
        shift = at[i] - linear @ (broad / 2, tall / 2)
        _lay(
            frames[i],
            labels[i],
            number,
            thing,
            np.c_[linear, shift],
            (bend * np.sin(phase + 0.5 * i), light[i]),
        )


def _lay(
    frame: UInt8[np.ndarray, "h w 3"],
    label: UInt8[np.ndarray, "h w"],
    number: int,
    thing: UInt8[np.ndarray, "_ _ 4"],
    matrix: np.ndarray,
    looks: tuple[float, float],
) -> None:
    """Alpha over, in place; where the thing covers more than half of a pixel, the pixel is its."""
    high, wide = label.shape
    bend, light = looks
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    x = x + np.float32(bend) * np.sin(y * np.float32(2 * np.pi / high))
    map_x = (inverse[0, 0] * x + inverse[0, 1] * y + inverse[0, 2]).astype(np.float32)
    map_y = (inverse[1, 0] * x + inverse[1, 1] * y + inverse[1, 2]).astype(np.float32)
    seen = cv2.remap(thing, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    alpha = seen[..., 3:].astype(np.float32) / 255
    colour = np.clip(seen[..., :3] * np.float32(light), 0, 255)
    frame[:] = np.rint(frame * (1 - alpha) + colour * alpha).astype(np.uint8)
    label[alpha[..., 0] > 0.5] = number


def _camera(frame: UInt8[np.ndarray, "h w 3"], rng: np.random.Generator) -> UInt8[np.ndarray, "h w 3"]:
    """What a lens and a sensor add: blur, light, noise."""
    if rng.random() < 0.3:
        length = int(rng.integers(2, 6))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1 / length
        frame = cv2.filter2D(frame, -1, kernel if rng.random() < 0.5 else kernel.T)
    noisy = frame * rng.uniform(0.9, 1.1) + rng.normal(0, rng.uniform(0, 5), frame.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)

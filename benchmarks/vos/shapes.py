"""Things of the procedural split: blobs on smooth routes, and pillars that stand in front of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int32

from benchmarks.vos.textures import Picture

__all__ = ["Blob", "Pillar", "Thing", "make_blob"]

Canvas = Float32[np.ndarray, "h w 3"]
Labels = Int32[np.ndarray, "h w"]
WAVES = 5


class Thing(Protocol):
    """Draws itself over a canvas, and its label over the labels."""

    def lay(self, canvas: Canvas, labels: Labels, time: float) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Blob:
    """A closed outline r(angle) = 1 + sum of waves whose heights swing, in units of its size; a texture inside."""

    texture: Picture
    label: int
    place: Float64[np.ndarray, "t 2"]  # x, y of the centre, pixels
    size: Float64[np.ndarray, " t"]  # radius, pixels
    angle: Float64[np.ndarray, " t"]  # radians
    squeeze: float  # height over width
    heights: Float64[np.ndarray, " waves"]
    phases: Float64[np.ndarray, " waves"]
    swing: float  # radians a frame
    roll: float  # radii a frame by which the texture slides

    def lay(self, canvas: Canvas, labels: Labels, time: float) -> None:
        steps = np.arange(len(self.size))
        x, y = (float(np.interp(time, steps, line)) for line in self.place.T)
        size, angle = float(np.interp(time, steps, self.size)), float(np.interp(time, steps, self.angle))
        reach = int(2 * size) + 2
        height, width = labels.shape
        left, right = max(0, int(x) - reach), min(width, int(x) + reach + 1)
        top, bottom = max(0, int(y) - reach), min(height, int(y) + reach + 1)
        if left >= right or top >= bottom:
            return
        window = np.s_[top:bottom, left:right]
        v, u = np.mgrid[top:bottom, left:right].astype(np.float32)
        u, v = (u - x) / size, (v - y) / size
        u, v = u * np.cos(angle) + v * np.sin(angle), v * np.cos(angle) - u * np.sin(angle)
        v = v / self.squeeze
        inside = self._outline(np.arctan2(v, u), time) - np.hypot(u, v)
        cover = np.clip(inside * size + 0.5, 0, 1).astype(np.float32)
        colour = self._colour(u + self.roll * time, v) * (0.75 + 0.25 * np.clip(inside * 4, 0, 1))[..., None]
        canvas[window] += cover[..., None] * (colour.astype(np.float32) - canvas[window])
        labels[window][cover > 0.5] = self.label

    def _outline(self, around: Float32[np.ndarray, "y x"], time: float) -> Float32[np.ndarray, "y x"]:
        radius = np.ones_like(around)
        for wave, (tall, phase) in enumerate(zip(self.heights, self.phases, strict=True), start=2):
            beat = 1 + 0.8 * np.sin(self.swing * time * wave + 2 * phase)
            radius += np.float32(tall * beat) * np.cos(wave * around + np.float32(phase))
        return np.clip(radius, 0.3, 1.9)

    def _colour(
        self, u: Float32[np.ndarray, "y x"], v: Float32[np.ndarray, "y x"]
    ) -> Float32[np.ndarray, "y x 3"]:
        tall, broad = self.texture.shape[:2]
        x = np.float32(broad / 2) + u * np.float32(broad / 3)
        y = np.float32(tall / 2) + v * np.float32(tall / 3)
        seen = cv2.remap(
            self.texture, np.float32(x), np.float32(y), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        return np.asarray(seen, np.float32)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pillar:
    """An upright strip in front of everything, from edge to edge."""

    texture: Picture
    at: float  # x of the middle, pixels
    width: float

    def lay(self, canvas: Canvas, labels: Labels, time: float) -> None:
        left, right = (max(0, round(self.at + half)) for half in (-self.width / 2, self.width / 2))
        strip = canvas[:, left:right]
        if strip.size:
            piece = self.texture[:, : max(1, self.texture.shape[1] // 5)]
            strip[:] = cv2.resize(piece, strip.shape[1::-1], interpolation=cv2.INTER_LINEAR)
            labels[:, left:right] = 0


def make_blob(
    rng: np.random.Generator,
    picture: Picture,
    label: int,
    size: tuple[int, int],
    frames: int,
    *,
    route: str,
    lane: float,
    share: float,
    turn: float,
    deform: float,
    roll: float,
) -> Blob:
    """A blob with a piece of the picture, on one of the routes.

    "about" wanders around its lane, "across" goes from one side to the other through the middle (even labels from right to left), "away" leaves the
    picture by a side, stays out for a quarter of the time and comes back. `lane` is where between top and bottom
    (across) or left and right (about) it runs, `share` scales its size.
    """
    radius = size[0] * share * rng.uniform(0.2, 0.3)
    steps = np.arange(frames)
    return Blob(
        texture=_piece(rng, picture),
        label=label,
        place=_route(rng, route, lane, radius, size, frames, back=label % 2 == 0),
        size=radius
        * (1 + rng.uniform(0.05, 0.2) * np.sin(steps * rng.uniform(0.05, 0.2) + rng.uniform(0, 6))),
        angle=rng.uniform(-np.pi, np.pi)
        + steps * turn * rng.choice([-1, 1])
        + np.cumsum(rng.normal(0, 0.01, frames)),
        squeeze=float(rng.uniform(0.6, 1.0)),
        heights=rng.normal(0, 1, WAVES) * deform / np.sqrt(np.arange(1, WAVES + 1)),
        phases=rng.uniform(0, 2 * np.pi, WAVES),
        swing=float(rng.uniform(0.03, 0.08)),
        roll=roll * float(rng.choice([-1, 1])),
    )


def _piece(rng: np.random.Generator, picture: Picture) -> Picture:
    """A square of the picture with some contrast, its light and colour moved a little."""
    side = min(200, *picture.shape[:2])
    best, spread = picture[:side, :side], -1.0
    for _ in range(8):
        top = int(rng.integers(picture.shape[0] - side + 1))
        left = int(rng.integers(picture.shape[1] - side + 1))
        piece = picture[top : top + side, left : left + side]
        if piece.std() > spread:
            best, spread = piece, float(piece.std())
    return np.clip(best * rng.uniform(0.7, 1.2, 3), 0, 255).astype(np.uint8)


def _route(
    rng: np.random.Generator,
    route: str,
    lane: float,
    radius: float,
    size: tuple[int, int],
    frames: int,
    *,
    back: bool,
) -> Float64[np.ndarray, "t 2"]:
    height, width = size
    along = np.linspace(0, 1, frames)
    bob = 0.06 * height * np.sin(2 * np.pi * (along * rng.uniform(0.5, 2) + rng.random()))
    if route == "across":
        x = np.interp(along, [0, 1], [width * rng.uniform(0.12, 0.2), width * rng.uniform(0.8, 0.88)])
        y = height * (0.5 + 0.3 * (lane - 0.5)) + bob
        path = np.column_stack([x, y])
        return path * [-1, 1] + [width, 0] if back else path
    middle = np.array([width * lane, height * rng.uniform(0.35, 0.65)])
    swing = np.array([width * 0.15, height * 0.15]) * rng.uniform(0.5, 1.0, 2)
    pace, phase = rng.uniform(0.6, 1.2, 2), rng.uniform(0, 2 * np.pi, 2)
    about = middle + swing * np.sin(2 * np.pi * along[:, None] * pace + phase)
    about[:, 1] += bob
    if route == "about":
        return about
    # Out between a third and six tenths of the time, by the nearer side.
    side = -2.2 * radius if middle[0] < width / 2 else width + 2.2 * radius
    gone = np.interp(along, [0, 0.12, 0.35, 0.6, 0.85, 1], [0, 0, 1, 1, 0, 0])
    about[:, 0] += gone * (side - about[:, 0])
    return about

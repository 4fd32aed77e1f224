"""A split about long absences: what was marked is out of sight for seconds, and then there again.

Six scenes of the procedural split's shapes and grounds, ten frames a second. Everything follows from the seed.

    python -m benchmarks.vos.switches --split absences
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64

from benchmarks.vos.procedural import Ground, Scene, Stage, film, kept
from benchmarks.vos.shapes import Blob, Canvas, Labels, Pillar, make_blob
from benchmarks.vos.textures import Picture, packaged, painted
from benchmarks.vos.videos import MaskedVideo

__all__ = ["ABSENCES", "Absence", "Screen", "absence_split"]

WORD = 0x41574159  # keeps these draws apart from every other use of small seeds
BEYOND = 2.1  # radii from a blob's middle at which no part of it can be
Way = Float64[np.ndarray, "t 2"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """One scene: its plan gives what stands before the camera at each frame."""

    name: str
    frames: int
    away: bool  # whether its objects are ever out of sight
    plan: Callable[[Studio], Callable[[int], Stage]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Screen:
    """A pillar that crosses the picture, as one near the camera does when it pans."""

    texture: Picture
    at: Float64[np.ndarray, " t"]  # x of the middle, pixels
    width: float

    def lay(self, canvas: Canvas, labels: Labels, time: float) -> None:
        at = float(np.interp(time, np.arange(len(self.at)), self.at))
        Pillar(texture=self.texture, at=at, width=self.width).lay(canvas, labels, time)


@dataclass(frozen=True, kw_only=True, slots=True)
class Studio:
    """What plans are made from: pictures in the order in which they are used, and random numbers."""

    stock: Sequence[Picture]
    rng: np.random.Generator
    frames: int
    size: tuple[int, int]

    def ground(self, picture: int = 0, *, pan: float = 0.0, sway: float = 1.0) -> Ground:
        """A ground; `pan` is in widths a sequence, `sway` scales how unsteady the camera is."""
        steps = np.arange(self.frames)
        drift = sway * np.cumsum(self.rng.normal(0, 0.4, (self.frames, 2)), axis=0)
        drift[:, 0] += pan * self.size[1] * steps / self.frames
        zoom = 1 + sway * 0.04 * np.sin(steps * self.rng.uniform(0.02, 0.1))
        roll = sway * 0.03 * np.sin(steps * self.rng.uniform(0.05, 0.15) + self.rng.uniform(0, 6))
        return Ground(self.stock[picture], np.column_stack([drift, zoom, roll]), self.size)

    def blob(
        self, picture: int, label: int = 0, *, lane: float = 0.5, turn: float = 0.02, deform: float = 0.15
    ) -> Blob:
        """A shape that wanders about its lane."""
        return make_blob(
            self.rng, self.stock[picture], label, self.size, self.frames,
            route="about", lane=lane, share=0.72, turn=turn, deform=deform, roll=0.0,
        )  # fmt: skip

    def way(self, *points: tuple[float, float, float]) -> Way:
        """Straight from point to point: share of the time, x and y in pixels."""
        when, x, y = np.array(points).T
        share = np.arange(self.frames) / (self.frames - 1)
        return np.column_stack([np.interp(share, when, line) for line in (x, y)])

    def inside(self) -> tuple[float, float]:
        """Somewhere near the middle."""
        height, width = self.size
        return width * self.rng.uniform(0.35, 0.65), height * self.rng.uniform(0.4, 0.6)


def absence_split(
    *,
    seed: int = 0,
    frames: int | None = None,
    size: tuple[int, int] = (240, 432),
    textures: str = "packaged",
    scenes: Sequence[Absence] | None = None,
) -> list[MaskedVideo]:
    """The scenes as sequences, of their own lengths unless `frames` is given.

    `textures` is "packaged" (pictures) or "painted" (needs no package).
    """
    pictures = packaged() if textures == "packaged" else None
    videos = []
    for number, scene in enumerate(ABSENCES if scenes is None else scenes):
        rng = np.random.default_rng([WORD, seed, *scene.name.encode()])
        stock = pictures if pictures is not None else [painted(rng) for _ in range(8)]
        ground = (number + seed) % len(stock)
        others = [stock[n] for n in rng.permutation(len(stock)).tolist() if n != ground]
        length = scene.frames if frames is None else frames
        studio = Studio(stock=[stock[ground], *others], rng=rng, frames=length, size=size)
        # The scene's objects are in its plan; its shutter, light and noise are those of a plain procedural scene.
        shots = film(scene.plan(studio), Scene(name=scene.name, objects=1), rng, frames=length)
        videos.append(kept(scene.name, *shots))
    return videos


# -- plans -------------------------------------------------------------------------------------------------------


def _cut(studio: Studio) -> Callable[[int], Stage]:
    """Another ground with other things for three eighths of the time; the objects move on meanwhile."""
    here = ([studio.blob(1, 1, lane=0.27), studio.blob(2, 2, lane=0.73)], studio.ground())
    there = ([studio.blob(4, lane=0.3), studio.blob(5, lane=0.7)], studio.ground(3))
    first, last = round(0.31 * studio.frames), round(0.685 * studio.frames)
    return lambda i: there if first <= i < last else here


def _gone(studio: Studio) -> Callable[[int], Stage]:
    """Out by one side, back by another."""
    blob = studio.blob(1, 1)
    return _steady([_leaving(studio, blob, (0.22, 0.37), (0.67, 0.84))], studio.ground())


def _look_alike(studio: Studio) -> Callable[[int], Stage]:
    """While the object is away, something with its pattern in other colours and another outline comes by."""
    blob = studio.blob(1, 1)
    gains = studio.rng.permutation([1.35, 0.95, 0.6])
    other = np.clip(blob.texture * gains, 0, 255).astype(np.uint8)
    visitor = replace(studio.blob(1, deform=0.3), texture=other)
    visitor = _visiting(studio, visitor, studio.size[0] * studio.rng.uniform(0.4, 0.6), (0.28, 0.74))
    return _steady([visitor, _leaving(studio, blob, (0.12, 0.26), (0.76, 0.9))], studio.ground())


def _hidden(studio: Studio) -> Callable[[int], Stage]:
    """A screen wider than half the picture passes in front, while the camera pans with the object."""
    blob = studio.blob(1, 1)
    width, y = studio.size[1], studio.size[0] * studio.rng.uniform(0.4, 0.6)
    place = studio.way((0, 0.4 * width, y), (1, 0.6 * width, 1.05 * y))
    broad = 0.56 * width
    reach = broad / 2 + 1.3 * float(blob.size.max())
    at, pan = place[:, 0] + studio.way((0.1, reach, 0), (0.9, -reach, 0))[:, 0], -0.35
    if studio.rng.random() < 0.5:
        place, at, pan = place * [-1, 1] + [width, 0], width - at, -pan
    screen = Screen(texture=studio.stock[2], at=at, width=broad)
    return _steady([replace(blob, place=place), screen], studio.ground(pan=pan))


def _distractors(studio: Studio) -> Callable[[int], Stage]:
    """A twin with the same texture comes by, right beside the object, stays for a while and goes on."""
    blob = studio.blob(1, 1)
    height, width = studio.size
    x, flipped = width * studio.rng.uniform(0.4, 0.6), studio.rng.random() < 0.5
    y = height * 0.33
    place = studio.way((0, x - 0.06 * width, y), (1, x + 0.06 * width, y))
    twin = replace(studio.blob(1), texture=blob.texture)
    apart = 0.95 * float(blob.size.mean() + twin.size.mean())
    twin = _visiting(studio, twin, y + apart, (0.08, 0.9))
    both = [twin, replace(blob, place=place)]  # the object is the one in front
    if flipped:
        both = [replace(one, place=one.place * [1, -1] + [0, height]) for one in both]
    return _steady(both, studio.ground())


def _still(studio: Studio) -> Callable[[int], Stage]:
    """A camera at rest, and an object that moves by a fifteenth of the width, all told."""
    blob = studio.blob(1, 1, turn=0.002, deform=0.05)
    x, y = studio.inside()
    place = studio.way((0, x, y), (1, x + studio.size[1] / 15 * studio.rng.choice([-1, 1]), y))
    blob = replace(blob, place=place, size=np.full_like(blob.size, blob.size.mean()))
    return _steady([blob], studio.ground(sway=0.0))


ABSENCES = (
    Absence(name="cut", frames=80, away=True, plan=_cut),
    Absence(name="gone", frames=76, away=True, plan=_gone),
    Absence(name="look-alike", frames=80, away=True, plan=_look_alike),
    Absence(name="hidden", frames=76, away=True, plan=_hidden),
    Absence(name="distractors", frames=60, away=False, plan=_distractors),
    Absence(name="still", frames=60, away=False, plan=_still),
)


# -- ways --------------------------------------------------------------------------------------------------------


def _steady(things: Sequence[Blob | Screen], ground: Ground) -> Callable[[int], Stage]:
    return lambda i: (things, ground)


def _leaving(studio: Studio, blob: Blob, out: tuple[float, float], back: tuple[float, float]) -> Blob:
    """Inside, out of the picture within the times `out`, back by another side within the times `back`.

    From one side to the other it goes high above the picture, so that no moment between two frames shows it.
    """
    height, width = studio.size
    margin = BEYOND * float(blob.size.max())
    start, end = studio.inside(), studio.inside()
    sides = studio.rng.permutation(["left", "right", "top"])
    gone, again = (
        {"left": (-margin, y), "right": (width + margin, y), "top": (x, -margin)}[str(side)]
        for side, (x, y) in zip(sides[:2], (start, end), strict=True)
    )
    high, third = -10.0 * height, (back[0] - out[1]) / 3
    way = studio.way(
        (0, *start), (out[0], start[0] + 0.04 * width, start[1]), (out[1], *gone),
        (out[1] + third, gone[0], high), (back[0] - third, again[0], high),
        (back[0], *again), (back[1], *end), (1, end[0], end[1] + 0.06 * height),
    )  # fmt: skip
    return replace(blob, place=way)


def _visiting(studio: Studio, blob: Blob, y: float, within: tuple[float, float]) -> Blob:
    """In by one side, slowly through the middle, out by the other, within these times."""
    width, margin = studio.size[1], BEYOND * float(blob.size.max())
    x = np.array([-margin, 0.4 * width, 0.6 * width, width + margin])[:: studio.rng.choice([-1, 1])]
    times = np.interp([0, 0.35, 0.65, 1], [0, 1], within)
    return replace(
        blob, place=studio.way(*((float(t), float(at), y) for t, at in zip(times, x, strict=True)))
    )

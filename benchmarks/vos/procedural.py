"""A test split made on the fly: textured shapes whose every mask is known.

Shapes are blobs, outlines whose radius is a sum of waves. They move, turn, swell and deform over a ground that pans,
turns and zooms; they cross each other, pass behind pillars, leave and come back, meet look-alikes nobody asked for,
under changing light, blurred by their motion. Six scenes, each with its own trouble. Everything follows from the
seed; neither the seeds nor the code nor the pictures are those of the training (benchmarks/vos/textures.py says which
pictures: keep them out of it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int32, UInt8

from benchmarks.vos.shapes import Blob, Pillar, Thing, make_blob
from benchmarks.vos.textures import Picture, packaged, painted
from benchmarks.vos.videos import MaskedVideo, Truth

__all__ = ["SCENES", "Ground", "Scene", "Stage", "film", "kept", "procedural_split", "render", "shoot"]

WORD = 0x564F53  # keeps these draws apart from every other use of small seeds


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What happens in one sequence."""

    name: str
    objects: int
    turn: float = 0.02  # radians a frame, typically
    deform: float = 0.15  # share of the radius by which outlines swing
    roll: float = 0.0  # how fast the texture slides over the shape, in radii a frame
    twins: int = 0  # look-alikes without a label
    pillars: int = 0  # in front of everything
    leaves: bool = False  # whether the last object goes out of the picture and comes back
    meets: bool = False  # whether objects cross in the middle of the picture
    camera: float = 1.0  # pixels a frame by which the ground drifts, typically
    shutter: float = 0.3  # share of the time between frames that is exposed
    light: float = 1.0  # what the light has become by the last frame


SCENES = (
    Scene(name="turning", objects=1, turn=0.09, deform=0.25, roll=0.01),
    Scene(name="crossing", objects=2, meets=True, camera=1.5),
    Scene(name="pillars", objects=1, pillars=2, turn=0.04),
    Scene(name="leaving", objects=2, leaves=True, deform=0.2),
    Scene(name="twins", objects=3, twins=2, turn=0.03),
    Scene(name="dusk", objects=3, camera=1.5, shutter=0.9, light=0.4, meets=True, pillars=1),
)


def procedural_split(
    *,
    seed: int = 0,
    frames: int = 40,
    size: tuple[int, int] = (240, 432),
    textures: str = "packaged",
    scenes: Sequence[Scene] = SCENES,
) -> list[MaskedVideo]:
    """The scenes as sequences; `textures` is "packaged" (pictures) or "painted" (needs no package)."""
    pictures = packaged() if textures == "packaged" else None
    videos = []
    for number, scene in enumerate(scenes):
        rng = np.random.default_rng([WORD, seed, number])
        stock = pictures if pictures is not None else [painted(rng) for _ in range(8)]
        stock = [*stock[number:], *stock[:number]]  # each scene its own ground
        videos.append(_video(scene, stock, rng, frames, size))
    return videos


def _video(
    scene: Scene, stock: Sequence[Picture], rng: np.random.Generator, frames: int, size: tuple[int, int]
) -> MaskedVideo:
    return kept(scene.name, *render(scene, stock, rng, frames=frames, size=size))


def kept(
    name: str, pictures: UInt8[np.ndarray, "t h w 3"], labels: Int32[np.ndarray, "t h w"]
) -> MaskedVideo:
    """Frames and labels in memory as a sequence."""
    nobody = np.zeros(labels.shape[1:], bool)

    def frame(i: int) -> UInt8[np.ndarray, "h w 3"]:
        return pictures[i]

    def truth(i: int) -> Truth:
        return Truth(labels=labels[i], void=nobody)

    return MaskedVideo(name=name, length=len(labels), frame=frame, truth=truth)


def render(
    scene: Scene,
    stock: Sequence[Picture],
    rng: np.random.Generator,
    *,
    frames: int,
    size: tuple[int, int],
) -> tuple[UInt8[np.ndarray, "t h w 3"], Int32[np.ndarray, "t h w"]]:
    """Frames and labels of a scene; each object shows at least 400 pixels (of 240x432) in the first frame."""
    least = 400 * size[0] * size[1] / (240 * 432)
    for _ in range(20):
        things, ground, camera = _plan(scene, stock, rng, frames, size)
        _, first = shoot(things, Ground(ground, camera, size), 0, scene)
        if all(np.count_nonzero(first == label) >= least for label in range(1, scene.objects + 1)):
            break
    else:
        raise RuntimeError(f"{scene.name}: twenty plans in a row hide an object in the first frame")
    view = Ground(ground, camera, size)
    return film(lambda i: (things, view), scene, rng, frames=frames)


def film(
    stage: Callable[[int], Stage], scene: Scene, rng: np.random.Generator, *, frames: int
) -> tuple[UInt8[np.ndarray, "t h w 3"], Int32[np.ndarray, "t h w"]]:
    """Frames and labels of what each frame's stage shows, with the scene's shutter and light, and with noise."""
    size = stage(0)[1].size
    pictures = np.zeros((frames, *size, 3), np.uint8)
    labels = np.zeros((frames, *size), np.int32)
    flicker = 1 + np.cumsum(rng.normal(0, 0.01, frames))
    for i in range(frames):
        exposed, labels[i] = shoot(*stage(i), i, scene)
        fading = 1 + (scene.light - 1) * i / max(1, frames - 1)
        noisy = exposed * (flicker[i] * fading) + rng.normal(0, 3, exposed.shape)
        pictures[i] = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    return pictures, labels


def shoot(
    things: Sequence[Thing], ground: Ground, i: int, scene: Scene
) -> tuple[Float32[np.ndarray, "h w 3"], Int32[np.ndarray, "h w"]]:
    """One exposure: the mean of a few instants, and the labels of the middle one."""
    instants = 3 if scene.shutter < 0.5 else 7  # odd: the middle one is what the masks are of
    offsets = np.linspace(-0.5, 0.5, instants) * scene.shutter
    total = np.zeros((*ground.size, 3), np.float32)
    truth = np.zeros(ground.size, np.int32)
    for n, offset in enumerate(offsets):
        time = i + float(offset)
        canvas = ground.at(time)
        labels = np.zeros(ground.size, np.int32)
        for thing in things:
            thing.lay(canvas, labels, time)
        total += canvas
        if n == instants // 2:
            truth = labels
    return total / instants, truth


def _plan(
    scene: Scene, stock: Sequence[Picture], rng: np.random.Generator, frames: int, size: tuple[int, int]
) -> tuple[list[Thing], Picture, Float64[np.ndarray, "t 4"]]:
    """Things from back to front, the ground's picture, and how the camera goes over it."""
    ground = stock[0]
    order = [0, *(1 + rng.permutation(len(stock) - 1)).tolist()]
    blobs: list[Blob] = []
    for number in range(1, scene.objects + 1):
        picture = stock[order[number]]
        middle = scene.meets or (scene.pillars > 0 and number == 1)
        away = scene.leaves and number == scene.objects
        route = "across" if middle else "away" if away else "about"
        lane = (number - 0.5) / scene.objects
        blobs.append(
            make_blob(
                rng, picture, number, size, frames, route=route, lane=lane, share=1 / (0.9 + 0.2 * scene.objects),
                turn=scene.turn, deform=scene.deform, roll=scene.roll,
            )
        )  # fmt: skip
    twins = [
        make_blob(
            rng, blobs[n % len(blobs)].texture, 0, size, frames, route="about", lane=rng.uniform(0.2, 0.8),
            share=0.5, turn=scene.turn, deform=scene.deform, roll=0.0,
        )
        for n in range(scene.twins)
    ]  # fmt: skip
    moving: list[Thing] = [*twins, *blobs]
    shuffled: list[Thing] = [moving[n] for n in rng.permutation(len(moving)).tolist()]
    pillars = [
        Pillar(
            texture=stock[order[-1 - n]],
            at=size[1] * (n + 1 + rng.uniform(-0.1, 0.1)) / (scene.pillars + 1),
            width=size[1] * rng.uniform(0.1, 0.2),
        )
        for n in range(scene.pillars)
    ]
    steps = np.arange(frames)
    drift = np.cumsum(rng.normal(0, 0.3, (frames, 2)), axis=0) + rng.normal(0, 1, 2) * steps[:, None]
    zoom = 1 + 0.06 * np.sin(steps * rng.uniform(0.02, 0.1))
    sway = 0.04 * np.sin(steps * rng.uniform(0.05, 0.15) + rng.uniform(0, 6))
    return [*shuffled, *pillars], ground, np.column_stack([scene.camera * drift, zoom, sway])


class Ground:
    """A picture seen through a window that drifts, zooms and sways; mirrored beyond its edges."""

    def __init__(self, picture: Picture, camera: Float64[np.ndarray, "t 4"], size: tuple[int, int]) -> None:
        self.size, self._camera = size, camera
        cover = 1.3 * max(size[0] / picture.shape[0], size[1] / picture.shape[1])
        self._picture = cv2.resize(picture, None, fx=cover, fy=cover, interpolation=cv2.INTER_AREA)

    def at(self, time: float) -> Float32[np.ndarray, "h w 3"]:
        steps = np.arange(len(self._camera))
        x, y, zoom, sway = (float(np.interp(time, steps, line)) for line in self._camera.T)
        height, width = self.size
        tall, broad = self._picture.shape[:2]
        matrix = cv2.getRotationMatrix2D((broad / 2, tall / 2), float(np.degrees(sway)), zoom)
        matrix[:, 2] += (width / 2 - broad / 2 + x, height / 2 - tall / 2 + y)
        seen = cv2.warpAffine(
            self._picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        return np.asarray(seen, np.float32)


Stage = tuple[Sequence[Thing], Ground]  # things from back to front, and what they stand on

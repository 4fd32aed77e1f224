"""Views of things in furnished apartments: the camera in the same room, turned to the thing, at eye height or below."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from streammem.envs.apartment.generate import generate
from streammem.envs.apartment.scene import RoomSpace, Scene, Thing
from streammem.envs.apartment.world import World
from streammem.envs.furniture.catalogues import Catalogues
from streammem.envs.rendering.camera import camera_pose, intrinsics_of
from streammem.envs.rendering.frame import Renderer
from streammem.types import Intrinsics

__all__ = ["CAMERA", "LEAST", "View", "views_of"]

CAMERA = intrinsics_of(448, 256, 60.0)  # what `lite` sees without resizing
SMALL = intrinsics_of(112, 64, 60.0)  # for trying places
LEAST = 0.05  # of the picture that the thing covers
MOST = 0.5
TARGET = (0.07, 0.3)  # of the picture that its outline should cover
TRIES = 60
HEIGHT_M = (0.25, 1.75)  # of the camera
ASIDE = 1.1  # radians from its front
APART_M = 0.25  # of the camera from walls


@dataclass(frozen=True, kw_only=True)
class View:
    """A picture of a thing.

    Attributes:
        share: of the picture that the thing covers.
        seen: where it is.
    """

    category: str
    variant: int
    name: str
    seed: int
    share: float
    rgb: np.ndarray
    seen: np.ndarray


def views_of(
    categories: Sequence[str],
    catalogues: Catalogues,
    renderer: Renderer,
    *,
    most: int,
    seeds: range,
    each: int = 2,
) -> Iterator[View]:
    """Up to `most` views of each category: `each` of a thing, one thing of a design after another."""
    left = dict.fromkeys(categories, most)
    shown: dict[tuple[str, int], int] = {}
    for seed in seeds:
        if not any(left.values()):
            return
        rng = np.random.default_rng(seed)
        scene = generate(seed, designs=catalogues)
        world = World(scene)
        renderer.load(world)
        things = [thing for thing in scene.things if left.get(thing.category, 0) > 0]
        for thing in things:
            key = (thing.category, thing.model.variant)
            variants = max(len(catalogues.entries(thing.category)), 1)
            if left[thing.category] <= 0 or shown.get(key, 0) >= max(math.ceil(most / variants), each):
                continue
            for _ in range(each):
                view = _view(scene, thing, renderer, rng)
                if view is not None:
                    shown[key] = shown.get(key, 0) + 1
                    left[thing.category] -= 1
                    yield view


def _view(scene: Scene, thing: Thing, renderer: Renderer, rng: np.random.Generator) -> View | None:
    """A view of which the thing covers enough; None where none was found."""
    width, depth, height = thing.model.size
    centre = np.array(thing.at) + np.array([0, 0, height / 2])
    room = scene.rooms[thing.room]
    for _ in range(TRIES):
        side = math.sqrt(max(width, depth) * max(height, 0.5 * max(width, depth)))
        share = rng.uniform(*TARGET)
        away = side / (2 * math.tan(math.radians(30)) * math.sqrt(share * 64 / 112))
        azimuth = thing.yaw + rng.uniform(-ASIDE, ASIDE)
        rise = rng.uniform(0.1, 0.7)
        front = np.array([math.sin(azimuth), -math.cos(azimuth), 0.0]) * math.cos(rise)
        place = centre + away * (front + np.array([0, 0, math.sin(rise)]))
        place[2] = np.clip(place[2], *HEIGHT_M)
        if not _within(room, place):
            continue
        pose = _looking(place, centre)
        if _share(renderer, pose, SMALL, thing.id) < LEAST:
            continue
        frame = renderer.render(pose, CAMERA)
        seen = frame.instances == thing.id
        if LEAST <= seen.mean() <= MOST:
            return View(
                category=thing.category,
                variant=thing.model.variant,
                name=thing.model.name,
                seed=scene.seed,
                share=float(seen.mean()),
                rgb=frame.rgb,
                seen=seen,
            )
    return None


def _within(room: RoomSpace, place: np.ndarray) -> bool:
    low, high = np.array(room.low) + APART_M, np.array(room.high) - APART_M
    return bool((place[:2] > low).all() and (place[:2] < high).all())


def _looking(place: np.ndarray, at: np.ndarray) -> np.ndarray:
    """A camera at a place, turned to another."""
    x, y, z = at - place
    return camera_pose(*place.tolist(), math.atan2(-x, y), math.atan2(z, math.hypot(x, y)))


def _share(renderer: Renderer, pose: np.ndarray, camera: Intrinsics, thing: int) -> float:
    return float((renderer.render(pose, camera).instances == thing).mean())

"""A bare hall of 9 x 9 m with dancers who are told apart by their clothes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.model import Model, Part
from streammem.envs.apartment.models.catalogue import person
from streammem.envs.apartment.scene import Lamp, RoomSpace, Scene, Thing
from streammem.envs.headings import heading
from streammem.envs.tasks.bare_room import HEIGHT_M, bare_shell
from streammem.errors import ObservationError

__all__ = ["SIDE_M", "WATCH_AT", "BalletScene", "ballet_scene"]

SIDE_M = 9.0
WATCH_AT = (0.0, 0.7)  # where the agent stands while it looks on, the hall's low wall behind it
SPOTS = 8
NEAR_M, FAR_M = 3.9, 6.0  # from the agent, in turn
HALF_ANGLE = math.radians(37)  # all of them are within 74 degrees before it
RAISED = 2.7  # how far an arm swings up, radians
KICKED = 1.2  # and a leg
CANDIDATES = 24  # people of which the most different ones dance


@dataclass(frozen=True, kw_only=True)
class BalletScene:
    """The scene, the dancers' ids from left to right, and where each of them stands."""

    scene: Scene
    dancers: tuple[int, ...]
    places: tuple[tuple[float, float], ...]


@lru_cache(maxsize=64)
def ballet_scene(cast: int, dancers: int) -> BalletScene:
    """The hall with this cast; the agent stands at `WATCH_AT` and looks along +y.

    Raises:
        ObservationError: if there are fewer than 2 dancers or more than 8.
    """
    if not 2 <= dancers <= SPOTS:
        raise ObservationError(f"a ballet has 2 to {SPOTS} dancers, got {dancers}")
    rng = np.random.default_rng([cast, dancers])
    half = SIDE_M / 2
    room = RoomSpace(id=0, kind="hall", low=(-half, 0.0), high=(half, SIDE_M))
    things = bare_shell([room]).things
    first = things[-1].id + 1
    spots = _spots(dancers, rng)
    for id, (x, y), model in zip(range(first, first + dancers), spots, _cast(dancers, rng), strict=True):
        things.append(
            Thing(
                id=id, model=model, at=(x, y, 0.0), yaw=_facing(x, y), room=0, relation="floor", movable=True,
                open=0.5,  # joints stand half-way: limbs at rest
            )
        )  # fmt: skip
    lamps = tuple(Lamp(at=(x, y, HEIGHT_M - 0.2), room=0) for x in (-2.2, 2.2) for y in (2.0, 6.5))
    scene = Scene(
        name=f"ballet{dancers}/1/{cast}", seed=cast, version=1, style="plain", height_m=HEIGHT_M, rooms=(room,),
        doorways=(), things=tuple(things), lamps=lamps, sees=(frozenset({0}),),
    )  # fmt: skip
    return BalletScene(scene=scene, dancers=tuple(range(first, first + dancers)), places=tuple(spots))


def _spots(dancers: int, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Places on two arcs before the agent, none right behind another."""
    angles = np.linspace(HALF_ANGLE, -HALF_ANGLE, SPOTS)
    chosen = np.sort(rng.choice(SPOTS, size=dancers, replace=False))
    found: list[tuple[float, float]] = []
    for spot in chosen:
        away = NEAR_M if spot % 2 else FAR_M
        found.append(
            (
                float(WATCH_AT[0] - away * np.sin(angles[spot])),
                float(WATCH_AT[1] + away * np.cos(angles[spot])),
            )
        )
    return found


def _facing(x: float, y: float) -> float:
    """The yaw at which somebody's front is toward the agent: it is along -y at 0."""
    return heading(*WATCH_AT, x, y)


def _cast(dancers: int, rng: np.random.Generator) -> list[Model]:
    """People whose colours are as different as can be, their limbs freer than a walker's."""
    people = [person(rng) for _ in range(CANDIDATES)]
    looks = np.stack([_look(model) for model in people])
    chosen = [0]
    while len(chosen) < dancers:
        away = np.linalg.norm(looks[:, None] - looks[chosen], axis=2).min(axis=1)
        chosen.append(int(away.argmax()))
    return [_freed(people[i]) for i in chosen]


def _look(model: Model) -> Float64[np.ndarray, " 6"]:
    """The mean colours of somebody's body and, half as important, of the limbs."""
    return np.concatenate([_colour(model.parts[:1]), _colour(model.parts[1:]) / 2])


def _colour(parts: Sequence[Part]) -> Float64[np.ndarray, " 3"]:
    """The mean colour of parts, by area."""
    sums, total = np.zeros(3), 0.0
    for part in parts:
        corners = part.mesh.vertices[part.mesh.triangles]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        sums += area @ part.mesh.colours[part.mesh.triangles[:, 0], :3]
        total += float(area.sum())
    return np.asarray(sums / max(total, 1e-9))


def _freed(model: Model) -> Model:
    """Somebody whose arms go up over the head: joints above the hip are arms, the others legs."""
    parts: list[Part] = []
    for part in model.parts:
        if part.joint is None:
            parts.append(part)
            continue
        most = RAISED if part.joint.origin[2] > 0.65 * model.size[2] else KICKED
        parts.append(dataclasses.replace(part, joint=dataclasses.replace(part.joint, low=-most, high=most)))
    return dataclasses.replace(model, parts=tuple(parts))

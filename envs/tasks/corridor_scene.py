"""A corridor that ends in a cross passage, with coloured cues and goals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from streammem.envs.apartment.openings import Opening
from streammem.envs.apartment.scene import Doorway, Lamp, RoomSpace, Scene
from streammem.envs.tasks.bare_room import HEIGHT_M, bare_shell, placed_thing
from streammem.envs.tasks.coloured import COLOURS, cube, pillar
from streammem.errors import ObservationError

__all__ = ["ARM_M", "WIDTH_M", "CorridorScene", "corridor_scene"]

WIDTH_M = 1.6
ARM_M = 3.0  # from the corridor's middle to the end of an arm
START_Y = 0.5
CUE_AT = (0.5, 1.9)  # to the right; to the left where the first is negative


@dataclass(frozen=True, kw_only=True)
class CorridorScene:
    """The scene and what matters in it: ids of the cubes and the pillars by colour."""

    scene: Scene
    length_m: float
    cues: dict[str, int]
    goals: dict[str, int]
    spare: int  # another white pillar

    def arm(self, side: int) -> tuple[float, float]:
        """Where the goal of an arm stands: -1 left, 1 right."""
        return side * (ARM_M - 0.5), self.length_m + WIDTH_M / 2


@lru_cache(maxsize=32)
def corridor_scene(length_m: float = 6.0) -> CorridorScene:
    """The T of this length. One starts at x = 0, y = 0.5 and looks along +y; the arms go left (-x) and right.

    Raises:
        ObservationError: if the corridor is too short for the cue, or longer than 200 m.
    """
    if not 3.0 <= length_m <= 200.0:
        raise ObservationError(f"a corridor is 3 to 200 m long, got {length_m}")
    half, end = WIDTH_M / 2, length_m + WIDTH_M
    rooms = (
        RoomSpace(id=0, kind="corridor", low=(-half, 0.0), high=(half, length_m)),
        RoomSpace(id=1, kind="cross passage", low=(-ARM_M, length_m), high=(ARM_M, end)),
    )
    mouth = Doorway(
        rooms=(0, 1), at=(0.0, length_m), yaw=0.0, width_m=WIDTH_M, height_m=HEIGHT_M, depth_m=0.0
    )
    shell = bare_shell(rooms, [Opening(doorway=mouth)])
    things = shell.things
    first = things[-1].id + 1
    cues = {colour: first + i for i, colour in enumerate(COLOURS)}
    goals = {colour: first + len(COLOURS) + i for i, colour in enumerate(COLOURS)}
    for colour in COLOURS:
        things.append(placed_thing(cues[colour], cube(colour), *CUE_AT, 0))
    for colour in COLOURS:
        things.append(placed_thing(goals[colour], pillar(colour), ARM_M - 0.5, length_m + half, 1))
    spare = things[-1].id + 1
    things.append(placed_thing(spare, pillar("white"), ARM_M - 0.5, length_m + half, 1))
    lamps = [
        Lamp(at=(0.0, min(2.0 + 5.0 * i, length_m), HEIGHT_M - 0.2), room=0)
        for i in range(int(length_m / 5) + 1)
    ]
    lamps += [Lamp(at=(x, length_m + half, HEIGHT_M - 0.2), room=1) for x in (-1.8, 1.8)]
    scene = Scene(
        name=f"corridor {length_m:g} m/1/0", seed=0, version=1, style="plain", height_m=HEIGHT_M, rooms=rooms,
        doorways=shell.doorways, things=tuple(things), lamps=tuple(lamps), sees=(frozenset({0, 1}),) * 2,
    )  # fmt: skip
    return CorridorScene(scene=scene, length_m=length_m, cues=cues, goals=goals, spare=spare)

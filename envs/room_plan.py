"""How a synthetic room is laid out: walls and doors, furniture along them, small things on top."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from streammem.envs.room_catalogue import FURNITURE, SMALL, design
from streammem.envs.room_paint import Paint, Pattern, bright, dull
from streammem.envs.room_shapes import Block
from streammem.envs.room_things import Part, Thing
from streammem.types import Box

__all__ = ["Plan", "overlap"]

HEIGHT_M = 2.6
WALL_M = 0.12
DOOR_M, LINTEL_M = 0.95, 2.05
CLEAR_M = 0.9  # kept free before a door
TRIES = 80  # places tried for a thing before it is left out


def overlap(one: Box, other: Box, margin_m: float = 0.0) -> bool:
    """Whether two boxes share volume, the first one grown by a margin."""
    return all(
        one.low[i] - margin_m < other.high[i] and other.low[i] < one.high[i] + margin_m for i in range(3)
    )


class Plan:
    """Lays out one or two rooms, thing by thing; `things` and `spaces` (the inside of each room) are the result."""

    def __init__(self, rng: np.random.Generator, *, rooms: int, objects: int, ceiling: bool) -> None:
        self.rng = rng
        self.things: list[Thing] = []
        self.spaces: list[Box] = []
        self.clear: list[Box] = []
        depth = float(rng.uniform(3.8, 4.8))
        left = 0.0
        for _ in range(rooms):
            width = float(rng.uniform(4.4, 5.6))
            self.spaces.append(Box(low=(left, 0.0, 0.0), high=(left + width, depth, HEIGHT_M)))
            left += width + WALL_M
        self._shell(ceiling)
        for number in range(rooms):
            self._furnish(number)
        for number in range(rooms):
            self._scatter(number, objects)

    def _add(self, name: str, *parts: Part) -> None:
        self.things.append(Thing(id=len(self.things) + 1, name=name, parts=parts, structure=True))

    def _shell(self, ceiling: bool) -> None:
        rng, x1, y1 = self.rng, self.spaces[-1].high[0], self.spaces[0].high[1]
        floor = Paint(
            pattern="planks", first=(0.66, 0.5, 0.34), second=(0.4, 0.28, 0.18), repeat_m=1.3, seed=_seed(rng)
        )
        self._add("floor", Part(Block(low=(0, 0, -WALL_M), high=(x1, y1, 0)), floor))
        if ceiling:
            white = Paint(
                pattern="plain", first=(0.93, 0.93, 0.9), second=(1, 1, 1), repeat_m=2.0, seed=_seed(rng)
            )
            self._add("ceiling", Part(Block(low=(0, 0, HEIGHT_M), high=(x1, y1, HEIGHT_M + WALL_M)), white))
        t, low, high = WALL_M, -WALL_M, HEIGHT_M
        for corners in (
            ((-t, -t, low), (0, y1 + t, high)),
            ((x1, -t, low), (x1 + t, y1 + t, high)),
            ((0, -t, low), (x1, 0, high)),
            ((0, y1, low), (x1, y1 + t, high)),
        ):
            self._add("wall", Part(Block(low=corners[0], high=corners[1]), self._wall_paint()))
        self._doors(y1)
        for space in self.spaces:
            for _ in range(3):
                self._hang_picture(space)

    def _wall_paint(self) -> Paint:
        patterns: tuple[Pattern, ...] = ("noise", "bricks", "noise", "stripes")
        pattern, rng = patterns[int(self.rng.integers(4))], self.rng
        first, second = dull(rng, 0.88), dull(rng, 0.72)
        return Paint(pattern=pattern, first=first, second=second, repeat_m=1.2, seed=_seed(rng))

    def _doors(self, y1: float) -> None:
        start = float(self.rng.uniform(0.4, self.spaces[0].high[0] - DOOR_M - 0.4))
        wood = Paint(pattern="planks", first=(0.5, 0.33, 0.2), second=(0.3, 0.2, 0.1), repeat_m=0.9, seed=5)
        self._add("door", Part(Block(low=(start, 0, 0), high=(start + DOOR_M, 0.03, LINTEL_M)), wood))
        self.clear.append(Box(low=(start, 0, 0), high=(start + DOOR_M, CLEAR_M, LINTEL_M)))
        for space in self.spaces[:-1]:
            x, paint = space.high[0], self._wall_paint()
            gap = float(self.rng.uniform(0.6, y1 - DOOR_M - 0.6))
            pieces = (
                ((x, 0, 0), (x + WALL_M, gap, HEIGHT_M)),
                ((x, gap + DOOR_M, 0), (x + WALL_M, y1, HEIGHT_M)),
                ((x, gap, LINTEL_M), (x + WALL_M, gap + DOOR_M, HEIGHT_M)),
            )
            self._add("wall", *(Part(Block(low=low, high=high), paint) for low, high in pieces))
            self.clear.append(
                Box(low=(x - CLEAR_M, gap, 0), high=(x + WALL_M + CLEAR_M, gap + DOOR_M, LINTEL_M))
            )

    def _hang_picture(self, space: Box) -> None:
        rng = self.rng
        patterns: tuple[Pattern, ...] = ("noise", "checker", "dots", "bricks")
        wide, high, z = (float(value) for value in rng.uniform((0.5, 0.4, 1.35), (0.9, 0.6, 1.6)))
        pattern: Pattern = patterns[int(rng.integers(4))]
        paint = Paint(
            pattern=pattern, first=bright(rng), second=bright(rng), repeat_m=max(wide, high), seed=_seed(rng)
        )
        for _ in range(TRIES):
            along, side = int(rng.integers(2)), bool(rng.integers(2))
            across, axis_low, axis_high = 1 - along, [0.0, 0.0, z], [0.0, 0.0, z + high]
            start = float(rng.uniform(space.low[along] + 0.2, space.high[along] - wide - 0.2))
            wall = space.high[across] - 0.02 if side else space.low[across]
            axis_low[along], axis_high[along] = start, start + wide
            axis_low[across], axis_high[across] = wall, wall + 0.02
            box = Box(low=_three(axis_low), high=_three(axis_high))
            free = not any(overlap(box, place) for place in self.clear) and not any(
                overlap(box, thing.box, 0.1) for thing in self.things if thing.name == "picture"
            )
            if free:
                return self._add("picture", Part(Block(low=box.low, high=box.high), paint))
        return None

    def _try(self, thing: Thing, margin_m: float) -> bool:
        """Put a thing down where it stands, if nothing else is there."""
        blocked = any(overlap(thing.box, box) for box in self.clear) if thing.name in FURNITURE else False
        grown = [other.box for other in self.things if other.name not in ("floor", "ceiling")]
        if blocked or any(overlap(thing.box, box, margin_m) for box in grown):
            return False
        self.things.append(dataclasses.replace(thing, id=len(self.things) + 1))
        return True

    def _furnish(self, number: int) -> None:
        space, rng = self.spaces[number], self.rng
        along = (
            ("shelf", "sofa", "cabinet", "plant") if number % 2 == 0 else ("bed", "shelf", "cabinet", "plant")
        )
        if number % 2 == 0:
            self._seat_table(space)
        for name in along:
            parts, tops = design(name, rng)
            thing = Thing(id=0, name=name, parts=parts, tops=tops)
            self._lean(thing, space)
        if number % 2 == 1:
            self._seat_table(space)

    def _lean(self, thing: Thing, space: Box) -> None:
        """Set it with its back against some wall."""
        deep, wide = thing.box.high[1] + 0.002, (thing.box.high[0] - thing.box.low[0]) / 2 + 0.02
        for _ in range(TRIES):
            side = int(self.rng.integers(4))
            axis, upper = side // 2, side % 2 == 1
            other = 1 - axis
            if space.high[other] - space.low[other] < 2 * wide:
                continue
            at = [0.0, 0.0, 0.0]
            at[axis] = space.high[axis] - deep if upper else space.low[axis] + deep
            at[other] = float(self.rng.uniform(space.low[other] + wide, space.high[other] - wide))
            yaw = (math.pi / 2, -math.pi / 2, math.pi, 0.0)[side]
            if self._try(dataclasses.replace(thing, at=_three(at), yaw=yaw), 0.0):
                return

    def _seat_table(self, space: Box) -> None:
        """A table in the open with chairs about it."""
        rng = self.rng
        parts, tops = design("table", rng)
        for _ in range(TRIES):
            low, high = np.array(space.low[:2]) + 1.4, np.array(space.high[:2]) - 1.4
            x, y = (float(value) for value in rng.uniform(low, high))
            turned = float(rng.choice((0.0, math.pi / 2)))
            table = Thing(id=0, name="table", parts=parts, tops=tops, at=(x, y, 0.0), yaw=turned)
            if self._try(table, 0.3):
                break
        else:
            return
        box, chair = self.things[-1].box, design("chair", rng)
        for dx, dy, yaw in ((0, -1, math.pi), (0, 1, 0.0), (-1, 0, math.pi / 2), (1, 0, -math.pi / 2)):
            at = (
                x + dx * ((box.high[0] - box.low[0]) / 2 + 0.3),
                y + dy * ((box.high[1] - box.low[1]) / 2 + 0.3),
                0.0,
            )
            turned = yaw + float(rng.uniform(-0.2, 0.2))
            if rng.random() < 0.75:
                self._try(Thing(id=0, name="chair", parts=chair[0], tops=chair[1], at=at, yaw=turned), 0.0)

    def _scatter(self, number: int, objects: int) -> None:
        """Small things on tops, some on the floor."""
        rng, names, space = self.rng, sorted(SMALL), self.spaces[number]
        order = [names[int(i)] for _ in range(-(-objects // len(names))) for i in rng.permutation(len(names))]
        tops = [
            (thing, top)
            for thing in self.things
            for top in thing.tops
            if space.low[0] <= thing.at[0] <= space.high[0]
        ]
        for name in order[:objects]:
            parts, _ = design(name, rng)
            thing = Thing(id=0, name=name, parts=parts, yaw=float(rng.uniform(0, 2 * math.pi)))
            reach = max(thing.box.high[0], thing.box.high[1], -thing.box.low[0], -thing.box.low[1])
            for _ in range(TRIES):
                if tops and rng.random() > 0.15:
                    carrier, top = tops[int(rng.integers(len(tops)))]
                    low, high = np.array(top.low) + reach + 0.01, np.array(top.high) - reach - 0.01
                    if (low > high).any() or thing.box.high[2] > top.clear_m:
                        continue
                    local = np.array([*rng.uniform(low, high), top.z + 0.001])
                    at = carrier.rotation @ local + np.array(carrier.at)
                else:
                    low, high = np.array(space.low[:2]) + 0.3, np.array(space.high[:2]) - 0.3
                    at = np.array([*rng.uniform(low, high), 0.0])
                if self._try(dataclasses.replace(thing, at=_three(at)), 0.0):
                    break


def _three(values: list[float] | np.ndarray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(1 << 31))

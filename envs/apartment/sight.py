"""Which rooms can be seen from which, through chains of doorways."""

from __future__ import annotations

import math
from collections.abc import Sequence

from streammem.envs.apartment.scene import Doorway, RoomSpace

__all__ = ["rooms_in_sight"]

Point = tuple[float, float]
SLACK_M = 0.05  # doorways are taken this much wider on each side, so that frames count


def rooms_in_sight(rooms: Sequence[RoomSpace], doorways: Sequence[Doorway]) -> tuple[frozenset[int], ...]:
    """For each room the rooms of which something may be seen from it: never too few, sometimes too many.

    A room is in sight where some straight line goes through every doorway on a way to it. Doors count as open. If such
    a line exists, one exists that touches two ends of doorways (turn and shift it until it does), so those are tried.
    """
    ends = [_ends(door) for door in doorways]
    return tuple(_from(room.id, doorways, ends) for room in rooms)


def _ends(door: Doorway) -> tuple[Point, Point]:
    half = door.width_m / 2 + SLACK_M
    dx, dy = half * math.cos(door.yaw), half * math.sin(door.yaw)
    return (door.at[0] - dx, door.at[1] - dy), (door.at[0] + dx, door.at[1] + dy)


def _from(start: int, doorways: Sequence[Doorway], ends: Sequence[tuple[Point, Point]]) -> frozenset[int]:
    seen = {start}
    ways: list[tuple[int, tuple[int, ...]]] = [(start, ())]
    while ways:
        room, through = ways.pop()
        for number, door in enumerate(doorways):
            if room not in door.rooms or number in through:
                continue
            if not _line_through([ends[i] for i in (*through, number)]):
                continue
            other = door.rooms[1] if door.rooms[0] == room else door.rooms[0]
            seen.add(other)
            ways.append((other, (*through, number)))
    return frozenset(seen)


def _line_through(segments: Sequence[tuple[Point, Point]]) -> bool:
    """Whether one line meets all segments."""
    if len(segments) <= 1:
        return True
    points = [point for segment in segments for point in segment]
    for i, one in enumerate(points):
        for other in points[i + 1 :]:
            if one != other and all(_crosses(one, other, segment) for segment in segments):
                return True
    return False


def _crosses(one: Point, other: Point, segment: tuple[Point, Point]) -> bool:
    dx, dy = other[0] - one[0], other[1] - one[1]
    sides = [dx * (p[1] - one[1]) - dy * (p[0] - one[0]) for p in segment]
    return min(sides) <= 1e-9 and max(sides) >= -1e-9
